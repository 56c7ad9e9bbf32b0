// Numbers as Python's `repr` writes them: the shortest digits that read back as the same number, the nearest of those (AssemblyScript).
// Raffaello Giulietti, The Schubfach way to render doubles (2021). The reference is number-text.ts's pythonFloat.
// Compiled by ../numerics/build-wasm profiling into number-bytes.wasm.

/** Exponents of the powers of ten that are needed. */
const LEAST_POWER: i32 = -292;

/**
 * Writes numbers one after the other, each behind a separator.
 * @param powers of ten from 1e-292 to 1e324: the upper 128 bits of each, rounded up, as two u64 (low, high)
 * @param values of shape (count)
 * @param out room for 26 bytes a number
 * @param missing whether NaN is written as `nan`; otherwise nothing stands for it
 * @returns where the text ends
 */
export function numberBytes(
  powers: usize,
  values: usize,
  count: i32,
  out: usize,
  separator: i32,
  missing: bool,
): usize {
  const end = values + ((<usize>count) << 3);
  for (let at = values; at < end; at += 8) {
    store<u8>(out++, <u8>separator);
    out = numberText(powers, load<u64>(at), out, missing);
  }
  return out;
}

function numberText(powers: usize, bits: u64, out: usize, missing: bool): usize {
  const exponentBits = <i32>((bits >> 52) & 0x7ff);
  const fraction = bits & 0xfffffffffffff;
  if (exponentBits == 0x7ff) {
    if (fraction != 0) return missing ? word(out, 0x6e616e) : out; // nan
    if (bits >> 63) store<u8>(out++, 45);
    return word(out, 0x666e69); // inf
  }
  if (bits >> 63) store<u8>(out++, 45);
  if (exponentBits == 0 && fraction == 0) return word(out, 0x302e30); // 0.0

  const c: u64 = exponentBits == 0 ? fraction : fraction | 0x10000000000000;
  const q: i32 = exponentBits == 0 ? -1074 : exponentBits - 1075;
  const odd: u64 = c & 1;
  const closer: bool = fraction == 0 && exponentBits > 1;
  const k: i32 = (q * 1262611 - (closer ? 524031 : 0)) >> 22;
  const h: u64 = <u64>(q + ((-k * 1741647) >> 19) + 1);
  const power = powers + ((<usize>(-k - LEAST_POWER)) << 4);
  const low = load<u64>(power);
  const high = load<u64>(power + 8);
  const middle = roundToOdd(low, high, (4 * c) << h);
  const lower = roundToOdd(low, high, (4 * c - 2 + (closer ? 1 : 0)) << h) + odd;
  const upper = roundToOdd(low, high, (4 * c + 2) << h) - odd;

  const s: u64 = middle >> 2;
  if (s >= 10) {
    const tenth = s / 10;
    const below = lower <= 40 * tenth;
    const above = 40 * tenth + 40 <= upper;
    if (below != above) return decimalText(above ? tenth + 1 : tenth, k + 1, out);
  }
  const below = lower <= 4 * s;
  const above = 4 * s + 4 <= upper;
  if (below != above) return decimalText(above ? s + 1 : s, k, out);
  const half = 4 * s + 2;
  return decimalText(middle > half || (middle == half && (s & 1) != 0) ? s + 1 : s, k, out);
}

/** Three bytes, the first lowest. */
function word(out: usize, bytes: u32): usize {
  store<u16>(out, <u16>bytes);
  store<u8>(out + 2, <u8>(bytes >> 16));
  return out + 3;
}

/** The upper 64 bits of (high · 2⁶⁴ + low) · c / 2⁶⁴, with the last bit set when anything was cut off. */
function roundToOdd(low: u64, high: u64, c: u64): u64 {
  const carried = upperHalf(low, c);
  const lower = high * c + carried;
  const upper = upperHalf(high, c) + (lower < carried ? 1 : 0);
  return upper | (lower > 1 ? 1 : 0);
}

/** The upper 64 of the 128 bits of a · b. */
function upperHalf(a: u64, b: u64): u64 {
  const a0 = a & 0xffffffff;
  const a1 = a >> 32;
  const b0 = b & 0xffffffff;
  const b1 = b >> 32;
  const p01 = a0 * b1;
  const p10 = a1 * b0;
  const middle = ((a0 * b0) >> 32) + (p01 & 0xffffffff) + (p10 & 0xffffffff);
  return a1 * b1 + (p01 >> 32) + (p10 >> 32) + (middle >> 32);
}

/** digits · 10^exponent, laid out as repr does: plain from 1e-4 to below 1e16, otherwise with an exponent of two digits at least. */
function decimalText(digits: u64, exponent: i32, out: usize): usize {
  while (digits % 100 == 0) {
    digits /= 100;
    exponent += 2;
  }
  if (digits % 10 == 0) {
    digits /= 10;
    exponent++;
  }
  const length = lengthOf(digits);
  const point = length + exponent; // digits before the decimal point
  if (point > 16 || point < -3) {
    // d.ddde±XX: the digits go one place further, the first moves in front of the point
    writeDigits(digits, out + 1, length);
    store<u8>(out, load<u8>(out + 1));
    if (length > 1) {
      store<u8>(out + 1, 46);
      out += length + 1;
    } else out++;
    let power = point - 1;
    store<u8>(out, 101);
    store<u8>(out + 1, power < 0 ? 45 : 43);
    out += 2;
    if (power < 0) power = -power;
    const width = power >= 100 ? 3 : 2;
    writeDigits(<u64>power, out, width);
    return out + width;
  }
  if (point <= 0) {
    store<u16>(out, 0x2e30); // 0.
    out += 2;
    for (let zero = point; zero < 0; zero++) store<u8>(out++, 48);
    writeDigits(digits, out, length);
    return out + length;
  }
  if (exponent >= 0) {
    writeDigits(digits, out, length);
    out += length;
    for (let zero = 0; zero < exponent; zero++) store<u8>(out++, 48);
    store<u16>(out, 0x302e); // .0
    return out + 2;
  }
  writeDigits(digits, out + 1, length);
  for (let i = 0; i < point; i++) store<u8>(out + i, load<u8>(out + i + 1));
  store<u8>(out + point, 46);
  return out + length + 1;
}

function lengthOf(digits: u64): i32 {
  let length = digits >= 10000000000000000 ? 17 : digits >= 1000000000000000 ? 16 : 1; // most
  if (length > 1) return length;
  let limit: u64 = 10;
  while (length < 17 && digits >= limit) {
    length++;
    limit *= 10;
  }
  return length;
}

/** Exactly so many digits, with zeros in front. */
function writeDigits(digits: u64, out: usize, length: i32): void {
  let at = out + length;
  while (digits >= 100000000) {
    const rest = <u32>(digits % 100000000);
    digits /= 100000000;
    at -= 8;
    writeSmall(rest, at, 8);
  }
  writeSmall(<u32>digits, out, <i32>(at - out));
}

function writeSmall(digits: u32, out: usize, length: i32): void {
  while (length > 1) {
    const next = digits / 100;
    const pair = digits - 100 * next;
    const ten = pair / 10;
    length -= 2;
    store<u16>(out + length, <u16>(0x3030 + ten + ((pair - 10 * ten) << 8)));
    digits = next;
  }
  if (length > 0) store<u8>(out, <u8>(48 + digits));
}
