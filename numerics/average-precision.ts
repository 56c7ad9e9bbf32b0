import type { Random } from "./random.ts";

/**
 * Ranks from 0 of positives among all values, the largest first; of equal values, negatives come first.
 * @param positives,negatives sorted in place
 */
export function positiveRanks(positives: Float64Array, negatives: Float64Array): number[] {
  positives.sort();
  negatives.sort();
  let at = negatives.length;
  return Array.from({ length: positives.length }, (_, better) => {
    const value = positives[positives.length - 1 - better]!;
    while (at > 0 && negatives[at - 1]! >= value) at--;
    return better + negatives.length - at;
  });
}

/** Average precision: precision averaged over the ranks of the positives, which ascend from 0. */
export function averagePrecision(ranks: readonly number[]): number {
  let sum = 0;
  ranks.forEach((rank, better) => {
    sum += (better + 1) / (rank + 1);
  });
  return sum / ranks.length;
}

/** Average precision of a random ranking: the positives' ranks are a random choice (Floyd's). */
export function randomAveragePrecision(positives: number, negatives: number, random: Random): number {
  const total = positives + negatives;
  const chosen = new Set<number>();
  for (let last = total - positives; last < total; last++) {
    const rank = random.below(last + 1);
    chosen.add(chosen.has(rank) ? last : rank);
  }
  return averagePrecision([...chosen].sort((a, b) => a - b));
}
