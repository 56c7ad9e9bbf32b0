import { dot, type Matrix, norm, quantile, rowOf, seededRandom } from "@artesian/numerics";
import { agreeingReplicates } from "./agreeing-replicates.ts";
import { fitAxis, meanOfRows, type PhenotypeAxis } from "./axis.ts";
import { type AxisEnds, platesOf, type ScreenWell, wellsWith } from "./screen-wells.ts";

/** What wells do beside the axis, corrected for the noise of control wells. */
export interface SideEffects {
  /** Rejection of each well from its plate's line between goal (0) and start (1), in lengths of that line; NaN where not known. */
  rejection: Float64Array;
  /** Projection of each well on that line: 1 at the start controls, 0 at the goal. */
  projection: Float64Array;
  /**
   * Side effect of a set of replicate wells: length of their mean rejection, the part that noise explains taken off, broken
   * replicates set aside (see `agreeingReplicates`). Undefined with no known well.
   */
  of(wells: readonly number[]): number | undefined;
  /** The same for plots: raw length of the mean rejection, noise included. */
  rawOf(wells: readonly number[]): number | undefined;
  /** 99 % of random sets of so many start controls stay below. */
  limit(replicates: number): number;
}

/**
 * Rejections in the phenotype space of all controls. For a well with vector x on a plate with control means h (goal) and d (start):
 * p = (x − h)·u / (d − h)·u along the common axis u, e = x − h − p(d − h), rejection = ‖e‖/‖d − h‖. The noise part is the mean of ‖e‖²
 * over control wells in spaces that were learnt without them, divided by the number of replicates: a space fits the very controls that
 * it was learnt from too well, and new wells lie further out.
 * @param axis learnt from all wells
 * @param values plate-centred features that it was learnt from, of shape (wells, features)
 * @returns undefined when the space has fewer than two dimensions or no plate has both kinds of controls
 */
export function sideEffects(
  axis: PhenotypeAxis,
  values: Matrix,
  wells: readonly ScreenWell[],
  ends: AxisEnds,
  options: { seed?: number } = {},
): SideEffects | undefined {
  if (axis.points.columns < 2) return undefined;
  const { leftover, projection, plates } = rejectionsIn(axis, wells, ends);
  if (plates.length === 0) return undefined;
  const rejection = Float64Array.from(projection, (p, i) => (Number.isNaN(p) ? Number.NaN : norm(rowOf(leftover, i))));
  const { perWell, residuals } = heldOutNoise(values, wells, ends, plates);
  const meanLeftover = (members: readonly number[]): { square: number; count: number } | undefined => {
    const known = members.filter((i) => !Number.isNaN(projection[i]!));
    if (known.length === 0) return undefined;
    const vectors = known.map((i) => rowOf(leftover, i));
    const kept = agreeingReplicates(vectors);
    return { square: squareOfMean(kept.map((k) => vectors[k]!)), count: kept.length };
  };
  const corrected = (square: number, count: number): number => Math.sqrt(Math.max(0, square - perWell / count));
  const of = (members: readonly number[]): number | undefined => {
    const found = meanLeftover(members);
    return found === undefined ? undefined : corrected(found.square, found.count);
  };
  const rawOf = (members: readonly number[]): number | undefined => {
    const found = meanLeftover(members);
    return found === undefined ? undefined : Math.sqrt(found.square);
  };
  const limits = new Map<number, number>();
  const limit = (replicates: number): number => {
    const known = limits.get(replicates);
    if (known !== undefined) return known;
    const random = seededRandom(options.seed ?? 1);
    const drawn = Array.from({ length: 300 }, () => {
      const group = residuals[random.below(residuals.length)] ?? [];
      const members = Array.from({ length: replicates }, () => group[random.below(group.length)]!);
      return corrected(squareOfMean(members), replicates);
    });
    const value = quantile(drawn, 0.99);
    limits.set(replicates, value);
    return value;
  };
  return { rejection, projection, of, rawOf, limit };
}

/** Projection and rejection vector (over the line's length) of every well on a plate with both kinds of controls. */
function rejectionsIn(
  { points, axis }: PhenotypeAxis,
  wells: readonly ScreenWell[],
  ends: AxisEnds,
): { leftover: Matrix; projection: Float64Array; plates: string[] } {
  const leftover: Matrix = { data: new Float64Array(points.data.length), rows: points.rows, columns: points.columns };
  const projection = new Float64Array(wells.length).fill(Number.NaN);
  const plates: string[] = [];
  for (const plate of platesOf(wells)) {
    const start = wellsWith(wells, plate, ends.start);
    const goal = wellsWith(wells, plate, ends.goal);
    if (start.length < 2 || goal.length < 2) continue;
    const origin = meanOfRows(points, goal);
    const line = meanOfRows(points, start).map((value, j) => value - origin[j]!);
    const along = dot(line, axis);
    if (!(along > 0)) continue;
    const length = norm(line);
    plates.push(plate);
    for (let i = 0; i < wells.length; i++) {
      if (wells[i]!.plate !== plate) continue;
      const offset = rowOf(points, i).map((value, j) => value - origin[j]!);
      const p = dot(offset, axis) / along;
      const e = rowOf(leftover, i);
      for (let j = 0; j < e.length; j++) e[j] = (offset[j]! - p * line[j]!) / length;
      projection[i] = p;
    }
  }
  return { leftover, projection, plates };
}

/**
 * Squared rejection of a control well from its plate's line, in spaces learnt without it: without its plate, or, with one plate, without
 * a quarter of the controls at a time.
 */
function heldOutNoise(
  values: Matrix,
  wells: readonly ScreenWell[],
  ends: AxisEnds,
  plates: readonly string[],
): { perWell: number; residuals: Float64Array[][] } {
  const controlsOf = (plate: string): number[] => [
    ...wellsWith(wells, plate, ends.start),
    ...wellsWith(wells, plate, ends.goal),
  ];
  const folds =
    plates.length > 1
      ? Array.from({ length: Math.min(6, plates.length) }, (_, fold) =>
          plates.filter((__, k) => k % Math.min(6, plates.length) === fold).map(controlsOf),
        )
      : [0, 1, 2, 3].map((fold) => [controlsOf(plates[0] ?? "").filter((_, k) => k % 4 === fold)]);
  const residuals: Float64Array[][] = [];
  let noise = 0;
  let count = 0;
  for (const groups of folds) {
    const away = new Set(plates.length > 1 ? groups.flatMap((group) => platesWells(wells, group)) : groups.flat());
    const training = wells.flatMap((well, i) => (well.excluded === undefined && !away.has(i) ? [i] : []));
    const { leftover, projection } = rejectionsIn(fitAxis(values, wells, ends, training), wells, ends);
    for (const group of groups) {
      const known = group.filter((i) => !Number.isNaN(projection[i]!));
      if (known.length > 0) residuals.push(known.map((i) => rowOf(leftover, i)));
      for (const i of known) noise += dot(rowOf(leftover, i), rowOf(leftover, i));
      count += known.length;
    }
  }
  const controls = plates.reduce((sum, plate) => sum + controlsOf(plate).length, 0);
  const lost = 2 * plates.length;
  const smallest = Math.min(
    ...plates.map((plate) =>
      Math.min(wellsWith(wells, plate, ends.start).length, wellsWith(wells, plate, ends.goal).length),
    ),
  );
  // Means of the plate's own controls took part of the noise away (lost degrees), and add theirs to a treated well's.
  const perWell = (noise / Math.max(1, count)) * (controls / Math.max(1, controls - lost)) * (1 + 1 / smallest);
  return { perWell, residuals };
}

/** All wells of the plates that some wells lie on. */
function platesWells(wells: readonly ScreenWell[], members: readonly number[]): number[] {
  const plates = new Set(members.map((i) => wells[i]!.plate));
  return wells.flatMap((well, i) => (plates.has(well.plate) ? [i] : []));
}

function squareOfMean(vectors: readonly Float64Array[]): number {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  for (const vector of vectors) for (let j = 0; j < sum.length; j++) sum[j]! += vector[j]! / vectors.length;
  return dot(sum, sum);
}
