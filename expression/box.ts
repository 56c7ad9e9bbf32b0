import { present, quantileSorted } from "@artesian/numerics";

/** What a box plot shows of one gene. */
export interface Box {
  lowest: number;
  /** Last value within 1.5 × the interquartile range below the box. */
  whiskerLow: number;
  lowerQuartile: number;
  median: number;
  upperQuartile: number;
  whiskerHigh: number;
  highest: number;
  /** Values beyond the whiskers. */
  outliers: number;
}

/**
 * Tukey's box with linear quartiles, as seaborn and matplotlib draw it. NaN is left out.
 * @returns undefined without values
 */
export function boxOf(values: Float64Array): Box | undefined {
  const sorted = present(values).sort();
  if (sorted.length === 0) return undefined;
  const lowerQuartile = quantileSorted(sorted, 0.25);
  const upperQuartile = quantileSorted(sorted, 0.75);
  const reach = 1.5 * (upperQuartile - lowerQuartile);
  let first = 0;
  while (sorted[first]! < lowerQuartile - reach) first++;
  let last = sorted.length - 1;
  while (sorted[last]! > upperQuartile + reach) last--;
  return {
    lowest: sorted[0]!,
    whiskerLow: Math.min(sorted[first]!, lowerQuartile),
    lowerQuartile,
    median: quantileSorted(sorted, 0.5),
    upperQuartile,
    whiskerHigh: Math.max(sorted[last]!, upperQuartile),
    highest: sorted[sorted.length - 1]!,
    outliers: first + sorted.length - 1 - last,
  };
}
