import {
  MAD_TO_SD,
  mad,
  mean,
  median,
  pearson,
  present,
  robustSsmd,
  robustZPrime,
  sd,
  signalWindow,
  ssmd,
  zPrime,
} from "@artesian/numerics";

/** One number of one well, for plate metrics; a missing value is NaN. */
export interface WellValue {
  /** 0-based. */
  row: number;
  /** 0-based. */
  column: number;
  value: number;
}

/** How well two sets of control wells are told apart on one plate. */
export interface AssayWindow {
  positiveCount: number;
  negativeCount: number;
  zPrime: number;
  robustZPrime: number;
  ssmd: number;
  robustSsmd: number;
  signalWindow: number;
}

/** Window between positive and negative controls on a score; NaN metrics with fewer than two wells of a kind. */
export function assayWindow(positive: ArrayLike<number>, negative: ArrayLike<number>): AssayWindow {
  const p = present(positive);
  const n = present(negative);
  return {
    positiveCount: p.length,
    negativeCount: n.length,
    zPrime: zPrime(p, n),
    robustZPrime: robustZPrime(p, n),
    ssmd: ssmd(p, n),
    robustSsmd: robustSsmd(p, n),
    signalWindow: signalWindow(p, n),
  };
}

/** Position effects on a plate, in robust standard deviations of its wells. */
export interface PositionEffect {
  /** Median of the wells on the rim of the imaged area minus the median inside. */
  edge: number;
  /** Largest |row median − plate median| and the 0-based row. */
  row: { size: number; row: number };
  /** Largest |column median − plate median| and the 0-based column. */
  column: { size: number; column: number };
}

/**
 * Edge, row and column effects of a value that ought not to depend on the position (cell count, a control's score). Rows and columns
 * with fewer than 3 wells are left out. With no spread between wells the effects are 0.
 */
export function positionEffect(wells: readonly WellValue[]): PositionEffect {
  const known = wells.filter((well) => !Number.isNaN(well.value));
  const values = known.map((well) => well.value);
  const centre = median(values);
  const spread = MAD_TO_SD * mad(values) || sd(values) || 1;
  const rows = known.map((well) => well.row);
  const columns = known.map((well) => well.column);
  const [top, bottom] = [Math.min(...rows), Math.max(...rows)];
  const [left, right] = [Math.min(...columns), Math.max(...columns)];
  const onRim = (well: WellValue): boolean =>
    well.row === top || well.row === bottom || well.column === left || well.column === right;
  const rim = known.filter(onRim).map((well) => well.value);
  const inside = known.filter((well) => !onRim(well)).map((well) => well.value);
  const largest = (line: (well: WellValue) => number): { size: number; at: number } => {
    let best = { size: 0, at: -1 };
    for (const at of new Set(known.map(line))) {
      const members = known.filter((well) => line(well) === at).map((well) => well.value);
      const size = members.length < 3 ? 0 : (median(members) - centre) / spread;
      if (Math.abs(size) > Math.abs(best.size)) best = { size, at };
    }
    return best;
  };
  const row = largest((well) => well.row);
  const column = largest((well) => well.column);
  return {
    edge: rim.length === 0 || inside.length === 0 ? 0 : (median(rim) - median(inside)) / spread,
    row: { size: row.size, row: row.at },
    column: { size: column.size, column: column.at },
  };
}

/** Coefficient of variation (sd/mean, ddof 1) of a positive number such as the cell count; NaN with fewer than two wells. */
export function coefficientOfVariation(values: ArrayLike<number>): number {
  const known = present(values);
  return known.length < 2 ? Number.NaN : sd(known) / mean(known);
}

/**
 * Median Pearson correlation of replicate profiles against that of wells with different treatments.
 * @param values of shape (wells, features), row-major
 * @param treatments of shape (wells); undefined leaves a well out
 */
export function replicateCorrelation(
  values: Float64Array,
  features: number,
  treatments: readonly (string | undefined)[],
): { replicates: number; others: number; pairs: number } {
  const same: number[] = [];
  const different: number[] = [];
  for (let i = 0; i < treatments.length; i++) {
    if (treatments[i] === undefined) continue;
    for (let j = 0; j < i; j++) {
      if (treatments[j] === undefined) continue;
      const r = pearson(
        values.subarray(i * features, (i + 1) * features),
        values.subarray(j * features, (j + 1) * features),
      );
      if (!Number.isNaN(r)) (treatments[i] === treatments[j] ? same : different).push(r);
    }
  }
  return { replicates: median(same), others: median(different), pairs: same.length };
}
