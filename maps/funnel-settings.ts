import { tTwoSided } from "@artesian/numerics";
import { DOSE_TAU } from "./dose-trend.ts";
import { cosineAt } from "./percentile.ts";
import { TRUST_RULES, type TrustRules } from "./trust.ts";

/** Steps of the funnel in order. */
export const FUNNEL_STEPS = [
  "all pairs",
  "both ends trusted",
  "in the tails",
  "not on one arm",
  "not known",
  "dose-consistent",
  "replicated",
] as const;
export type FunnelStep = (typeof FUNNEL_STEPS)[number];

/** Pairs left after each step. */
export type FunnelCounts = Record<FunnelStep, number>;

/** Which pairs count as extreme. */
export type TailRule =
  /** The given percent of all pairs of the group on either side. */
  | { by: "percentile"; percent: number }
  /** At most this share of the pairs kept is false, by Benjamini and Hochberg on the empirical null (see `fdrCutoffs`). */
  | { by: "fdr"; q: number };

/** How pairs are sieved; plain JSON, so that a link reproduces it. */
export interface FunnelSettings {
  /** Kinds of ends. */
  between: "all" | "genes" | "compounds" | "gene-compound";
  trust: TrustRules;
  tails: TailRule;
  /** Leave out pairs of genes on one chromosome arm. */
  otherArm: boolean;
  /** Leave out published relations. */
  novel: boolean;
  /** Least trend of the cosine over each compound's doses, towards the side of the pair; null: not looked at. What has fewer than three doses passes. */
  doseTau: number | null;
  /** Fewest experiments that show the pair by themselves, in so many percent of their own pairs on the same side; null: not looked at. */
  replicated: { experiments: number; percent: number } | null;
}

export const FUNNEL_SETTINGS: Readonly<FunnelSettings> = {
  between: "all",
  trust: TRUST_RULES,
  tails: { by: "percentile", percent: 5 },
  otherArm: true,
  novel: true,
  doseTau: DOSE_TAU,
  replicated: { experiments: 2, percent: 10 },
};

/** Cosines at or beyond which a pair is extreme. */
export interface Cutoffs {
  low: number;
  high: number;
}

/** Cutoffs that leave so many percent of all pairs on either side. */
export function percentCutoffs(quantiles: ArrayLike<number>, percent: number): Cutoffs {
  return { low: cosineAt(quantiles, percent), high: cosineAt(quantiles, 100 - percent) };
}

/**
 * Cutoffs at a false discovery rate over counted pairs: Benjamini and Hochberg's step-up on two-sided p-values of an empirical null (Efron, JASA
 * 2004). The null is what random directions give: in d dimensions their cosine c has t = c·√((d − 1)/(1 − c²)) with d − 1 degrees of
 * freedom; d = 1/spread², where spread = interquartile range of the group's cosines / 1.349, and c is taken from their median.
 * @param quantiles of all pairs of the group, for the null
 * @param counts pairs tested, in even bins over −1 … 1
 * @param q false discovery rate
 * @returns cutoffs at edges of bins, or null when no pair is that extreme
 */
export function fdrCutoffs(quantiles: ArrayLike<number>, counts: ArrayLike<number>, q: number): Cutoffs | null {
  const centre = cosineAt(quantiles, 50);
  const spread = (cosineAt(quantiles, 75) - cosineAt(quantiles, 25)) / 1.3489795003921634;
  const width = 2 / counts.length;
  let total = 0;
  for (let bin = 0; bin < counts.length; bin++) total += counts[bin]!;
  if (!(spread > 0) || total === 0) return null;
  const freedom = Math.max(1, 1 / spread ** 2 - 1);
  const chance = (distance: number): number => {
    const c = Math.min(distance, 1 - 1e-9);
    return tTwoSided(c * Math.sqrt(freedom / (1 - c * c)), freedom);
  };
  // Bins are taken from both ends towards the centre, always the farther one.
  let [lower, upper] = [0, counts.length - 1];
  let reached = 0;
  let best: number | null = null;
  while (lower <= upper) {
    const below = centre - (-1 + (lower + 1) * width);
    const above = -1 + upper * width - centre;
    const distance = Math.max(below, above);
    if (!(distance > 0)) break;
    const taken = below >= above ? counts[lower++]! : counts[upper--]!;
    reached += taken;
    if (taken > 0 && chance(distance) * total <= q * reached) best = distance;
  }
  return best === null ? null : { low: centre - best, high: centre + best };
}
