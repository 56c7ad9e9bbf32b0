import { MapShapeError } from "./errors.ts";

/**
 * Percentile of a cosine among all pairs of a group, 0 to 100, linear between the group's quantiles; half way where quantiles are equal.
 * @param quantiles of shape (n), ascending, evenly from the least to the greatest cosine (1,001 of them in a group's store)
 * @throws MapShapeError (maps/shape) for fewer than two quantiles
 */
export function percentileOf(quantiles: ArrayLike<number>, cosine: number): number {
  const steps = quantiles.length - 1;
  if (steps < 1) throw new MapShapeError("Quantiles of a group", quantiles.length, 1001);
  if (Number.isNaN(cosine) || Number.isNaN(quantiles[0]!)) return Number.NaN;
  const below = firstFrom(quantiles, (value) => value >= cosine);
  const notAbove = firstFrom(quantiles, (value) => value > cosine);
  if (notAbove > below) return (100 * (below + notAbove - 1)) / 2 / steps;
  if (below === 0) return 0;
  if (below > steps) return 100;
  const low = quantiles[below - 1]!;
  return (100 * (below - 1 + (cosine - low) / (quantiles[below]! - low))) / steps;
}

/** The cosine at a percentile, the inverse of {@link percentileOf}. */
export function cosineAt(quantiles: ArrayLike<number>, percentile: number): number {
  const position = (Math.max(0, Math.min(100, percentile)) / 100) * (quantiles.length - 1);
  const below = Math.floor(position);
  const low = quantiles[below]!;
  const high = quantiles[Math.min(below + 1, quantiles.length - 1)]!;
  return low + (high - low) * (position - below);
}

function firstFrom(values: ArrayLike<number>, holds: (value: number) => boolean): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(values[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
