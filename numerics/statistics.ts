import { ShapeError } from "./errors.ts";

/** Arithmetic mean; NaN of an empty array. A NaN among the values gives NaN (drop missing values first with `present`). */
export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}

/** The values that are not NaN, in order. */
export function present(values: ArrayLike<number>): Float64Array {
  const kept = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) if (!Number.isNaN(values[i]!)) kept[count++] = values[i]!;
  return kept.subarray(0, count);
}

/**
 * Variance about the mean, two-pass.
 * @param ddof subtracted from the count in the divisor: 1 for a sample (default), 0 for a population
 */
export function variance(values: ArrayLike<number>, ddof = 1): number {
  const centre = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i]! - centre) ** 2;
  return sum / (values.length - ddof);
}

/** Standard deviation; see `variance` for `ddof`. */
export function sd(values: ArrayLike<number>, ddof = 1): number {
  return Math.sqrt(variance(values, ddof));
}

/**
 * Quantile of values already sorted ascending, linear interpolation between order statistics (Hyndman and Fan's type 7, numpy's default).
 * @param probability 0 to 1
 */
export function quantileSorted(sorted: ArrayLike<number>, probability: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = (sorted.length - 1) * probability;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low === high || position === below ? low : low + (high - low) * (position - below);
}

/** Quantile, see `quantileSorted`; NaN when the array is empty or holds a NaN. */
export function quantile(values: ArrayLike<number>, probability: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0 || Number.isNaN(sorted[sorted.length - 1]!)) return Number.NaN;
  return quantileSorted(sorted, probability);
}

/** Median, the mean of the two middle values for an even count. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** Turns a median absolute deviation into a standard deviation for normal data: 1 / Φ⁻¹(3/4). */
export const MAD_TO_SD = 1.482602218505602;

/** Median absolute deviation from the median, unscaled; multiply by `MAD_TO_SD` for a standard deviation. */
export function mad(values: ArrayLike<number>, centre = median(values)): number {
  return median(Float64Array.from(values, (value) => Math.abs(value - centre)));
}

/**
 * Pearson's correlation.
 * @returns −1 to 1; NaN when a side is constant
 * @throws ShapeError (numerics/shape) when the lengths differ
 */
export function pearson(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length)
    throw new ShapeError("Correlation", `${x.length} and ${y.length} values`, "two equally long arrays");
  const meanX = mean(x);
  const meanY = mean(y);
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < x.length; i++) {
    const dx = x[i]! - meanX;
    const dy = y[i]! - meanY;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  if (xx === 0 || yy === 0) return Number.NaN;
  return Math.max(-1, Math.min(1, xy / Math.sqrt(xx * yy)));
}

/** Ranks from 1, ties share the mean of their ranks (scipy's `rankdata`, method "average"). */
export function rank(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1]!]! === values[order[start]!]!) end++;
    for (let i = start; i <= end; i++) ranks[order[i]!] = (start + end) / 2 + 1;
    start = end + 1;
  }
  return ranks;
}

/** Spearman's correlation: Pearson's of the ranks, so ties are handled. */
export function spearman(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return pearson(rank(x), rank(y));
}
