import { seededRandom } from "@artesian/numerics";
import { hasDirection } from "./group-rows.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";
import { referenceProducts, type VectorProducts } from "./vector-products.ts";

/** In words, what the experiments that saw a perturbation say about each other. */
export type AgreementBadge = "agree" | "mixed" | "disagree" | "not tested" | "one experiment";

/** When experiments agree. */
export interface AgreementRules {
  /** Largest permutation p of agreement. */
  p: number;
  /** An experiment whose mean cosine with the others is not above this contradicts them. */
  contradicts: number;
}

export const AGREEMENT_RULES: Readonly<AgreementRules> = { p: 0.05, contradicts: 0 };

/** How one perturbation at one dose looks in each experiment, and whether that agrees. */
export interface ExperimentAgreement {
  perturbation: string;
  concentration: number | null;
  /** Rows of the group, one an experiment. */
  rows: number[];
  experiments: string[];
  /** Pairwise cosines, of shape (experiments, experiments); null where a row has no length. */
  cosines: (number | null)[][];
  /** Mean over pairs; null with fewer than two experiments. */
  meanCosine: number | null;
  /** Permutation p, (r + 1)/(n + 1): r of n random draws of one other perturbation from each of these experiments agree at least as well. */
  p: number | null;
  badge: AgreementBadge;
  /** Experiments that contradict the others. */
  contradicting: string[];
}

/**
 * Splits a perturbation by experiment and judges the agreement: "agree" when chance seldom does as well and no experiment contradicts the
 * others, "mixed" when one does, "disagree" otherwise, "not tested" when an experiment holds too few other perturbations. The null is drawn from the same experiments, so that what an experiment does to all its
 * perturbations does not count as agreement.
 * @param group rows that stand for one experiment each (`experiment` not null); others are not looked at
 * @param options seed (default 1), permutations (default 999), rules, the group's vectors in a kernel
 */
export function experimentAgreement(
  group: PerturbationGroup,
  perturbation: string,
  concentration: number | null,
  options: { seed?: number; permutations?: number; rules?: AgreementRules; products?: VectorProducts } = {},
): ExperimentAgreement {
  const { seed = 1, permutations = 999, rules = AGREEMENT_RULES } = options;
  const products = options.products ?? referenceProducts(group.vectors, group.dims);
  const rows = group.rows.flatMap((row, i) =>
    row.experiment !== null && row.perturbation === perturbation && row.concentration === concentration ? [i] : [],
  );
  const experiments = rows.map((row) => group.rows[row]!.experiment!);
  const flat = products.ofRows(rows, rows);
  const cosines = rows.map((a, i) =>
    rows.map((b, j) => (hasDirection(group, a) && hasDirection(group, b) ? flat[i * rows.length + j]! : null)),
  );
  const used = rows.flatMap((row, i) => (hasDirection(group, row) ? [i] : []));
  const base = { perturbation, concentration, rows, experiments, cosines };
  if (used.length < 2) return { ...base, meanCosine: null, p: null, badge: "one experiment", contradicting: [] };

  const meanCosine = meanPair(
    group,
    used.map((i) => rows[i]!),
  );
  const pools = used.map((i) =>
    group.rows.flatMap((row, other) =>
      row.experiment === experiments[i] && row.perturbation !== perturbation && hasDirection(group, other)
        ? [other]
        : [],
    ),
  );
  let p: number | null = null;
  if (pools.every((pool) => pool.length > 1)) {
    const random = seededRandom(seed);
    let reached = 0;
    for (let trial = 0; trial < permutations; trial++) {
      const drawn = drawDifferent(group, pools, (bound) => random.below(bound));
      if (meanPair(group, drawn) >= meanCosine) reached++;
    }
    p = (reached + 1) / (permutations + 1);
  }
  const contradicting = used
    .filter((i) => {
      const others = used.filter((j) => j !== i).map((j) => cosines[i]![j]!);
      return others.reduce((sum, value) => sum + value, 0) / others.length <= rules.contradicts;
    })
    .map((i) => experiments[i]!);
  const badge: AgreementBadge =
    p === null ? "not tested" : p > rules.p ? "disagree" : contradicting.length > 0 ? "mixed" : "agree";
  return { ...base, meanCosine, p, badge, contradicting };
}

/** One row from each pool, of different perturbations while a few tries find some. */
function drawDifferent(
  group: PerturbationGroup,
  pools: readonly (readonly number[])[],
  below: (bound: number) => number,
): number[] {
  const taken = new Set<string>();
  return pools.map((pool) => {
    let row = pool[below(pool.length)]!;
    for (let tries = 0; tries < 10 && taken.has(group.rows[row]!.perturbation); tries++)
      row = pool[below(pool.length)]!;
    taken.add(group.rows[row]!.perturbation);
    return row;
  });
}

/** Mean cosine over pairs of rows: the square of a sum of unit vectors holds each pair twice and each vector once. */
function meanPair(group: PerturbationGroup, rows: readonly number[]): number {
  const { dims, vectors } = group;
  let square = 0;
  for (let k = 0; k < dims; k++) {
    let sum = 0;
    for (const row of rows) sum += vectors[row * dims + k]!;
    square += sum * sum;
  }
  return (square - rows.length) / (rows.length * (rows.length - 1));
}
