import { tTwoSided } from "./distributions.ts";

/** Whether values of y tend to be larger than values of x. */
export interface BrunnerMunzel {
  /** P(x < y) + P(x = y)/2: 0.5 when neither tends to be larger. */
  probability: number;
  /** Positive when y tends to be larger; NaN when it cannot be told (a sample below two, or two samples without overlap or spread). */
  statistic: number;
  degreesOfFreedom: number;
  /** Two-sided, by Student's t. */
  p: number;
}

/**
 * Test of two samples for stochastic equality without equal variances (Brunner and Munzel 2000), as scipy.stats.brunnermunzel does it: its
 * statistic and p are these. Values must not be NaN.
 */
export function brunnerMunzel(x: ArrayLike<number>, y: ArrayLike<number>): BrunnerMunzel {
  const [nx, ny] = [x.length, y.length];
  const sortedX = Float64Array.from(x).sort();
  const sortedY = Float64Array.from(y).sort();
  // A value's rank in both samples less its rank in its own is the number of values of the other below it, ties counted half.
  const [placesX, placesY] = [placements(sortedX, sortedY), placements(sortedY, sortedX)];
  const [meanX, meanY] = [meanOf(placesX), meanOf(placesY)];
  const [sx, sy] = [spreadOf(placesX, meanX), spreadOf(placesY, meanY)];
  const probability = nx === 0 || ny === 0 ? Number.NaN : meanY / nx;
  const variance = nx * sx + ny * sy;
  const statistic = (nx * ny * (probability - 0.5)) / Math.sqrt(variance);
  const degreesOfFreedom = variance ** 2 / ((nx * sx) ** 2 / (nx - 1) + (ny * sy) ** 2 / (ny - 1));
  if (!Number.isFinite(statistic) || nx < 2 || ny < 2)
    return { probability, statistic: Number.NaN, degreesOfFreedom: Number.NaN, p: Number.NaN };
  return { probability, statistic, degreesOfFreedom, p: tTwoSided(statistic, degreesOfFreedom) };
}

/** For each value of a sorted sample, how many of the other lie below, ties counted half. */
function placements(sorted: Float64Array, other: Float64Array): Float64Array {
  const places = new Float64Array(sorted.length);
  let below = 0;
  let notAbove = 0;
  for (let i = 0; i < sorted.length; i++) {
    while (below < other.length && other[below]! < sorted[i]!) below++;
    while (notAbove < other.length && other[notAbove]! <= sorted[i]!) notAbove++;
    places[i] = (below + notAbove) / 2;
  }
  return places;
}

function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function spreadOf(values: Float64Array, mean: number): number {
  let sum = 0;
  for (const value of values) sum += (value - mean) ** 2;
  return sum / (values.length - 1);
}
