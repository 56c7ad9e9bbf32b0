/** Powers of ten as unevaluated sums high + low, exact to 2⁻¹⁰⁶; up to 10²² the low part is 0. */
const HIGHEST_POWER = 80;
const powerHigh = new Float64Array(HIGHEST_POWER + 1);
const powerLow = new Float64Array(HIGHEST_POWER + 1);
/** The high part as a sum of two 26-bit halves (Veltkamp), so that products with it are exact. */
const powerTop = new Float64Array(HIGHEST_POWER + 1);
const powerTail = new Float64Array(HIGHEST_POWER + 1);
const SPLIT = 134217729; // 2²⁷ + 1

for (let k = 0; k <= HIGHEST_POWER; k++) {
  const exact = 10n ** BigInt(k);
  const high = Number(exact);
  powerHigh[k] = high;
  powerLow[k] = Number(exact - BigInt(high));
  const c = SPLIT * high;
  powerTop[k] = c - (c - high);
  powerTail[k] = high - powerTop[k]!;
}

/** Relative error that the correction of the quotient may have; the true bound is about 2⁻⁵⁰. */
const ABOVE = 1 + 2 ** -44;
const BELOW = 1 - 2 ** -44;

/**
 * (a · 10^digits + b) / 10^k, rounded as Number() rounds the decimal text, or NaN when this cannot be told from the quotient alone (then
 * read the text itself). Division in double-double with a rounding test after Ziv (ACM TOMS 1991): the remainder of the first quotient is
 * exact (Dekker 1971), and the answer stands when the correction, a little enlarged and a little diminished, rounds to the same double.
 * @param a the first significant digits, at most nine
 * @param b the following ones, at most nine
 * @param digits how many digits `b` has
 * @param k digits behind the point less the exponent; negative multiplies
 */
export function decimal(a: number, b: number, digits: number, k: number): number {
  // a · 10^digits is exact in two parts: 15 bits by 30 bits each.
  const scale = powerHigh[digits]!;
  const small = a & 0x7fff;
  const upper = (a - small) * scale;
  const lower = small * scale + b;
  const high = upper + lower;
  const low = lower - (high - upper);
  if (low === 0) {
    if (k === 0) return high;
    if (k > 0 && k <= 22) return high / powerHigh[k]!;
    if (high === 0) return 0;
    if (k < 0 && k >= -22 && high <= 0x1fffffffffffff) return high * powerHigh[-k]!;
  }
  if (k <= 0 || k > HIGHEST_POWER) return Number.NaN;
  const divisor = powerHigh[k]!;
  const quotient = high / divisor;
  const c = SPLIT * quotient;
  const top = c - (c - quotient);
  const tail = quotient - top;
  const product = quotient * divisor;
  const error = top * powerTop[k]! - product + top * powerTail[k]! + tail * powerTop[k]! + tail * powerTail[k]!;
  const rest = high - product - error - quotient * powerLow[k]! + low;
  const correction = rest / divisor;
  const result = quotient + correction * ABOVE;
  return result === quotient + correction * BELOW ? result : Number.NaN;
}
