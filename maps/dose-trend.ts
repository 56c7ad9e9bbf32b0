/** Least tau towards a side that counts as following the dose: of six doses, twelve of the fifteen pairs in order. */
export const DOSE_TAU = 0.6;

/** Whether values rise or fall along doses. */
export interface DoseTrend {
  /** Kendall's tau, −1 (each dose lower than the one before) to 1; pairs that tie count as neither. */
  tau: number;
  /** Exact chance, over all orders of the values, of a tau at least as far on the same side. */
  p: number;
}

/**
 * Trend of values given in order of dose (Mann 1945; Kendall 1938). The chance is counted exactly over all orders, the one seen
 * included, so that it is never 0; with ties it is a little too large.
 * @returns null for fewer than three doses, which have no trend to speak of
 */
export function doseTrend(values: ArrayLike<number>): DoseTrend | null {
  const n = values.length;
  if (n < 3) return null;
  const score = trendScore(values);
  const pairs = (n * (n - 1)) / 2;
  const counts = ordersByInversions(n);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const fewest = Math.ceil((pairs - Math.abs(score)) / 2);
  let reached = 0;
  for (let inversions = 0; inversions <= fewest; inversions++) reached += counts[inversions]!;
  return { tau: score / pairs, p: Math.min(1, reached / total) };
}

/** Pairs that rise less pairs that fall. */
function trendScore(values: ArrayLike<number>): number {
  let score = 0;
  for (let i = 0; i < values.length; i++)
    for (let j = i + 1; j < values.length; j++) score += Math.sign(values[j]! - values[i]!);
  return score;
}

/** Orders of n values by their number of inversions (Mahonian numbers). */
function ordersByInversions(n: number): number[] {
  let counts = [1];
  for (let size = 2; size <= n; size++) {
    const next = new Array<number>((size * (size - 1)) / 2 + 1).fill(0);
    for (const [inversions, count] of counts.entries()) for (let k = 0; k < size; k++) next[inversions + k]! += count;
    counts = next;
  }
  return counts;
}
