import { decimal } from "./csv-number.ts";

/** What a cell that is no plain number turned out to be. */
export type Cell = { kind: "number"; value: number } | { kind: "missing" } | { kind: "text"; text: string };

const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;
const MISSING = new Set(["", "nan", "NaN", "None", "null", "NA"]);
const MISSING_CELL: Cell = { kind: "missing" };

/**
 * Reads a cell's text: `'' nan NaN None null NA` are missing; plain decimal numbers give what `Number()` gives (1e400 is Infinity), as do
 * `inf` and `infinity` with a sign; anything else is text. Spaces around do not count.
 */
export function readCell(text: string): Cell {
  const trimmed = text.trim();
  if (MISSING.has(trimmed)) return MISSING_CELL;
  if (PLAIN.test(trimmed)) return { kind: "number", value: Number(trimmed) };
  const infinite = INFINITE.exec(trimmed);
  if (infinite !== null)
    return { kind: "number", value: infinite[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY };
  return { kind: "text", text };
}

/** The number a text stands for; NaN when it is missing or no number. */
export function numberOf(text: string): number {
  const cell = readCell(text);
  return cell.kind === "number" ? cell.value : Number.NaN;
}

/**
 * The plain number in ASCII bytes, exactly as Number() reads it; NaN when they hold anything else. `readRows` does the same inline.
 * @param bytes followed by at least one byte that is no digit
 */
export function decimalOf(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  const negative = bytes[at] === 45;
  if (negative) at++;
  let a = 0;
  let b = 0;
  let digits = 0;
  let seen = 0;
  let k = 0;
  let point = false;
  for (; at < end; at++) {
    const digit = bytes[at]! - 48;
    if (digit === -2 && !point) {
      point = true;
      continue;
    }
    if (digit < 0 || digit > 9) break;
    seen++;
    if (point) k++;
    if (a < 100_000_000) a = a * 10 + digit;
    else {
      b = b * 10 + digit;
      digits++;
    }
  }
  if (at < end && seen > 0 && (bytes[at]! | 32) === 101) {
    let exponent = 0;
    at++;
    const down = bytes[at] === 45;
    if (down || bytes[at] === 43) at++;
    const first = at;
    for (; at < end; at++) {
      const digit = bytes[at]! - 48;
      if (digit < 0 || digit > 9) break;
      exponent = Math.min(exponent * 10 + digit, 99999);
    }
    if (at === first) return Number.NaN;
    k += down ? exponent : -exponent;
  }
  if (at < end || seen === 0) return Number.NaN;
  let value = digits <= 9 ? decimal(a, b, digits, k) : Number.NaN;
  if (Number.isNaN(value)) {
    let text = "";
    for (let i = start + (negative ? 1 : 0); i < end; i++) text += String.fromCharCode(bytes[i]!);
    value = Number(text);
  }
  return negative ? -value : value;
}
