import { DOSE_TAU, type DoseTrend, doseTrend } from "./dose-trend.ts";
import { checkRow, hasDirection, vectorOf } from "./group-rows.ts";
import type { KnownEdge, KnownRelations } from "./known-edges.ts";
import { percentileOf } from "./percentile.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";
import { referenceProducts, type VectorProducts } from "./vector-products.ts";

/** One dose of a compound as seen from a gene or a disease. */
export interface SeenDose {
  row: number;
  /** µM */
  concentration: number;
  cosine: number;
  percentile: number;
  /** Length of the vector: how strong the phenotype is. */
  strength: number;
}

/** A compound whose phenotype opposes (or mimics) a row's. */
export interface CompoundMatch {
  perturbation: string;
  symbol: string;
  /** In order of concentration. */
  doses: SeenDose[];
  /** The dose with the most extreme cosine. */
  best: SeenDose;
  /** Of the cosine over the doses; null with fewer than three. */
  trend: DoseTrend | null;
  /** The cosine moves to the side asked for with rising dose (tau at least the rule's); null when it cannot be told. */
  doseConsistent: boolean | null;
  known: readonly KnownEdge[] | null;
}

/**
 * Compounds opposite (or alike) to a row, with how the cosine moves over the doses: a compound that means it gets more opposite with more of it.
 * @param options `side`: default "opposite"; `tail`: the best dose lies in so many percent of all pairs (default 5); `tau`: least trend towards
 *   that side that counts as dose-consistent (default 0.6)
 * @returns dose-consistent compounds first, then those that cannot be told, then others; each by the most extreme cosine
 * @throws UnknownRowError (maps/unknown-row)
 */
export function oppositeCompounds(
  group: PerturbationGroup,
  row: number,
  options: {
    quantiles: ArrayLike<number>;
    side?: "opposite" | "similar";
    tail?: number;
    tau?: number;
    known?: KnownRelations;
    products?: VectorProducts;
  },
): CompoundMatch[] {
  checkRow(group, row);
  const { quantiles, side = "opposite", tail = 5, tau = DOSE_TAU, known } = options;
  const sign = side === "opposite" ? -1 : 1;
  if (!hasDirection(group, row)) return [];
  const products = options.products ?? referenceProducts(group.vectors, group.dims);
  const cosines = products.ofQuery(vectorOf(group, row));
  const own = group.rows[row]!;
  const series = Map.groupBy(
    group.rows.keys().filter((i) => {
      const { type, concentration, experiment, perturbation } = group.rows[i]!;
      const isSeries = type === "compound" && concentration !== null && perturbation !== own.perturbation;
      return isSeries && experiment === own.experiment && hasDirection(group, i);
    }),
    (i) => group.rows[i]!.perturbation,
  );
  const matches = [...series].flatMap(([perturbation, rows]): CompoundMatch[] => {
    const doses = rows
      .map((i): SeenDose => {
        const cosine = Math.max(-1, Math.min(1, cosines[i]!));
        const concentration = group.rows[i]!.concentration!;
        return {
          row: i,
          concentration,
          cosine,
          percentile: percentileOf(quantiles, cosine),
          strength: group.norms[i]!,
        };
      })
      .sort((a, b) => a.concentration - b.concentration);
    const best = doses.reduce((most, dose) => (sign * dose.cosine > sign * most.cosine ? dose : most));
    const isInTail = sign < 0 ? best.percentile <= tail : best.percentile >= 100 - tail;
    if (!isInTail || sign * best.cosine <= 0) return [];
    const trend = doseTrend(doses.map(({ cosine }) => cosine));
    const doseConsistent = trend === null ? null : sign * trend.tau >= tau;
    const edges = known === undefined ? null : known.between(own, group.rows[best.row]!);
    return [{ perturbation, symbol: group.rows[best.row]!.symbol, doses, best, trend, doseConsistent, known: edges }];
  });
  const order = (match: CompoundMatch): number =>
    match.doseConsistent === true ? 0 : match.doseConsistent === null ? 1 : 2;
  return matches.sort((a, b) => order(a) - order(b) || sign * (b.best.cosine - a.best.cosine));
}
