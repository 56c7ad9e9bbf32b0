import { logGamma } from "@artesian/numerics";
import type { ReadCount } from "./rates.ts";

/**
 * Fisher's exact test of two shares, two-sided: the probability, margins given, of all tables that are no more likely than this one
 * (as R's fisher.test; a table counts as equally likely within a relative 1e-7).
 * @example fisherExact({ count: 3, of: 4 }, { count: 1, of: 4 }) // 0.4857…
 */
export function fisherExact(a: ReadCount, b: ReadCount): number {
  const total = a.of + b.of;
  const hits = a.count + b.count;
  if (total === 0 || hits === 0 || hits === total || a.of === 0 || b.of === 0) return 1;
  const low = Math.max(0, hits - b.of);
  const high = Math.min(hits, a.of);
  const logChoose = (n: number, k: number): number => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  const logProbability = (x: number): number => logChoose(a.of, x) + logChoose(b.of, hits - x) - logChoose(total, hits);
  const limit = logProbability(a.count) + 1e-7;
  const mode = Math.min(high, Math.max(low, Math.floor(((hits + 1) * (a.of + 1)) / (total + 2))));
  // On both sides of the mode probabilities only fall: the tails are summed from where they are small enough until they add nothing.
  const edge = (from: number, end: number): number => {
    let inside = from;
    let outside = end;
    if (logProbability(end) > limit) return end;
    while (Math.abs(outside - inside) > 1) {
      const middle = Math.floor((inside + outside) / 2);
      if (logProbability(middle) > limit) inside = middle;
      else outside = middle;
    }
    return outside;
  };
  let sum = 0;
  const tail = (from: number, end: number, step: 1 | -1): void => {
    let probability = Math.exp(logProbability(from));
    for (let x = from; step > 0 ? x <= end : x >= end; x += step) {
      sum += probability;
      if (probability < sum * 1e-18) break;
      probability *=
        step > 0
          ? ((a.of - x) * (hits - x)) / ((x + 1) * (b.of - hits + x + 1))
          : (x * (b.of - hits + x)) / ((a.of - x + 1) * (hits - x + 1));
    }
  };
  if (logProbability(mode) <= limit) return 1;
  const left = edge(mode, low);
  const right = edge(mode, high);
  if (logProbability(left) <= limit) tail(left, low, -1);
  if (logProbability(right) <= limit) tail(right, high, 1);
  return Math.min(1, sum);
}
