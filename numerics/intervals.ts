import { normalQuantile, tQuantile, tTwoSided } from "./distributions.ts";
import type { Random } from "./random.ts";
import { mean, quantileSorted, rank, variance } from "./statistics.ts";

/** A value with the ends of its interval. */
export interface Estimate {
  value: number;
  lower: number;
  upper: number;
}

/**
 * Wilson's score interval of a proportion; sensible at 0 and 1 and for few trials.
 * @param confidence default 0.95
 */
export function wilsonInterval(successes: number, trials: number, confidence = 0.95): Estimate {
  if (trials === 0) return { value: Number.NaN, lower: 0, upper: 1 };
  const z = normalQuantile(0.5 + confidence / 2);
  const share = successes / trials;
  const denominator = 1 + (z * z) / trials;
  const centre = (share + (z * z) / (2 * trials)) / denominator;
  const half = (z * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials))) / denominator;
  return { value: share, lower: Math.max(0, centre - half), upper: Math.min(1, centre + half) };
}

/**
 * Percentile bootstrap of a statistic.
 * @param values resampled with replacement
 * @param statistic of one resample
 * @param random seeded, so that the interval is reproducible
 */
export function bootstrapInterval(
  values: ArrayLike<number>,
  statistic: (sample: Float64Array) => number,
  random: Random,
  options: { resamples?: number; confidence?: number } = {},
): Estimate {
  const resamples = options.resamples ?? 1000;
  const confidence = options.confidence ?? 0.95;
  const sample = new Float64Array(values.length);
  const results = new Float64Array(resamples);
  for (let r = 0; r < resamples; r++) {
    for (let i = 0; i < sample.length; i++) sample[i] = values[random.below(values.length)]!;
    results[r] = statistic(sample);
  }
  results.sort();
  return {
    value: statistic(Float64Array.from(values)),
    lower: quantileSorted(results, (1 - confidence) / 2),
    upper: quantileSorted(results, (1 + confidence) / 2),
  };
}

/** Welch's unequal-variance t test of two samples: t, Welch–Satterthwaite degrees of freedom, two-sided p, difference with interval. */
export function welchTest(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  confidence = 0.95,
): { t: number; degreesOfFreedom: number; p: number; difference: Estimate } {
  const partX = variance(x) / x.length;
  const partY = variance(y) / y.length;
  const error = Math.sqrt(partX + partY);
  const value = mean(x) - mean(y);
  const degreesOfFreedom = (partX + partY) ** 2 / (partX ** 2 / (x.length - 1) + partY ** 2 / (y.length - 1));
  const half = tQuantile(0.5 + confidence / 2, degreesOfFreedom) * error;
  const t = value / error;
  return {
    t,
    degreesOfFreedom,
    p: tTwoSided(t, degreesOfFreedom),
    difference: { value, lower: value - half, upper: value + half },
  };
}

/** Area under the ROC curve = P(positive > negative) + P(equal) / 2, from the Mann–Whitney rank sum. */
export function rocArea(positive: ArrayLike<number>, negative: ArrayLike<number>): number {
  const all = new Float64Array(positive.length + negative.length);
  all.set(Float64Array.from(positive));
  all.set(Float64Array.from(negative), positive.length);
  const ranks = rank(all);
  let sum = 0;
  for (let i = 0; i < positive.length; i++) sum += ranks[i]!;
  const m = positive.length;
  return (sum - (m * (m + 1)) / 2) / (m * negative.length);
}

/** One stratum (a plate) of a ROC area: scores of its positive and negative wells. */
export interface RocStratum {
  positive: ArrayLike<number>;
  negative: ArrayLike<number>;
}

/**
 * ROC area from pairs within strata only, so that shifts between plates neither help nor hurt, with a score interval: the areas θ
 * for which |estimate − θ| ≤ z·√V(θ), V by Hanley and McNeil's exponential model (Radiology 1982), the method recommended by
 * Newcombe (Stat Med 2006) because it stays honest at an area of 1.
 * @returns NaN with (0, 1) when no stratum has both kinds
 */
export function stratifiedRocArea(strata: readonly RocStratum[], confidence = 0.95): Estimate {
  const usable = strata.filter((stratum) => stratum.positive.length > 0 && stratum.negative.length > 0);
  const pairs = usable.reduce((sum, stratum) => sum + stratum.positive.length * stratum.negative.length, 0);
  if (pairs === 0) return { value: Number.NaN, lower: 0, upper: 1 };
  let value = 0;
  for (const { positive, negative } of usable)
    value += (rocArea(positive, negative) * positive.length * negative.length) / pairs;
  const varianceAt = (area: number): number => {
    let sum = 0;
    for (const { positive, negative } of usable) {
      const m = positive.length;
      const n = negative.length;
      const balance = (m + n) / 2 - 1;
      const one = (area * (1 - area) * (1 + balance * ((1 - area) / (2 - area) + area / (1 + area)))) / (m * n);
      sum += one * ((m * n) / pairs) ** 2;
    }
    return sum;
  };
  const z = normalQuantile(0.5 + confidence / 2);
  const edge = (outside: number): number => {
    let inside = value;
    let beyond = outside;
    for (let i = 0; i < 60; i++) {
      const middle = (inside + beyond) / 2;
      if (Math.abs(value - middle) <= z * Math.sqrt(varianceAt(middle))) inside = middle;
      else beyond = middle;
    }
    return inside;
  };
  return { value, lower: edge(0), upper: edge(1) };
}

/** Benjamini–Hochberg adjusted p values, in the order given; NaN stays NaN and does not count. */
export function benjaminiHochberg(pValues: ArrayLike<number>): Float64Array {
  const adjusted = new Float64Array(pValues.length).fill(Number.NaN);
  const order: number[] = [];
  for (let i = 0; i < pValues.length; i++) if (!Number.isNaN(pValues[i]!)) order.push(i);
  order.sort((a, b) => pValues[b]! - pValues[a]!);
  let smallest = 1;
  order.forEach((index, position) => {
    smallest = Math.min(smallest, (pValues[index]! * order.length) / (order.length - position));
    adjusted[index] = smallest;
  });
  return adjusted;
}
