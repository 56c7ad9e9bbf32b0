import { logGamma } from "./distributions.ts";

const logChoose = (n: number, k: number): number => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);

/**
 * Chance of at least so many marked ones in a draw without replacement: the upper tail of the hypergeometric distribution (Fisher's
 * one-sided exact test), to about 1e-10 relative.
 * @param hits marked ones drawn
 * @param drawn size of the draw
 * @param marked marked ones in all
 * @param total all
 * @example hypergeometricTail(1, 1, 1, 4) // 0.25
 */
export function hypergeometricTail(hits: number, drawn: number, marked: number, total: number): number {
  const least = Math.max(hits, 0, drawn + marked - total);
  const most = Math.min(drawn, marked);
  if (hits <= Math.max(0, drawn + marked - total)) return 1;
  if (least > most) return 0;
  // Terms relative to the first, by their ratio; then the first from its logarithm.
  let term = 1;
  let sum = 1;
  for (let k = least; k < most; k++) {
    term *= ((marked - k) * (drawn - k)) / ((k + 1) * (total - marked - drawn + k + 1));
    sum += term;
    if (term < 1e-17 * sum) break;
  }
  const first = logChoose(marked, least) + logChoose(total - marked, drawn - least) - logChoose(total, drawn);
  return Math.min(1, Math.exp(first) * sum);
}
