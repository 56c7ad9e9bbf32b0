import { readCell } from "./csv-cell.ts";
import { decimal } from "./csv-number.ts";
import { EncodingError, RaggedRowError, UnclosedQuoteError } from "./ingest-errors.ts";

/** A table of numbers being read, row after row. */
export interface NumberRows {
  /** Names the file in errors. */
  file: string;
  /** Cells a row. */
  width: number;
  rowCount: number;
  /** Of shape (capacity, width), row-major; missing is NaN. Grows. */
  values: Float64Array;
  /** Line of the record to come, counted from 1. */
  line: number;
  /** Told of each cell that is neither number nor missing. */
  onText?: (column: number, text: string, line: number) => void;
}

const decoder = new TextDecoder();
const COMMA = 44;
const NEWLINE = 10;
const RETURN = 13;
const QUOTE = 34;

/**
 * Reads the complete records of a piece of a file and appends them. The hot path of ingest: digits are read into two integers and scaled by
 * `decimal`, so that a number costs no text; every other cell (quoted, missing, with more than 18 digits) goes through `readCell`.
 * @param bytes the piece; it begins at a record
 * @param last whether the file ends here, so that the last record may lack its newline
 * @returns bytes used: the rest belongs to a record whose end is in the next piece
 * @throws RaggedRowError (profiling/ragged-row), UnclosedQuoteError (profiling/unclosed-quote), EncodingError (profiling/encoding)
 */
export function readRows(bytes: Uint8Array, rows: NumberRows, last: boolean): number {
  const end = last ? bytes.length : recordsEnd(bytes);
  const { width } = rows;
  let at = 0;
  while (at < end) {
    const first = bytes[at]!;
    if (first === NEWLINE || first === RETURN) {
      if (first === NEWLINE) rows.line++;
      at++;
      continue;
    }
    const base = rows.rowCount * width;
    if (base + width > rows.values.length) grow(rows);
    const used = readRecord(bytes, at, end, base, rows);
    if (used === 0) break;
    at += used;
    rows.rowCount++;
  }
  if (last && at < end) throw new UnclosedQuoteError(rows.file, rows.line);
  return at;
}

/** Behind the last newline. */
function recordsEnd(bytes: Uint8Array): number {
  return bytes.lastIndexOf(NEWLINE) + 1;
}

function grow(rows: NumberRows): void {
  const values = new Float64Array(Math.max(rows.values.length * 2, rows.width * 64));
  values.set(rows.values);
  rows.values = values;
}

/** Reads one record into `values` at `base`; returns its length with the line's end, or 0 when a quoted field goes on behind `end`. */
function readRecord(bytes: Uint8Array, from: number, end: number, base: number, rows: NumberRows): number {
  const { values, width } = rows;
  let at = from;
  let column = 0;
  let extraLines = 0;
  for (;;) {
    const start = at;
    let a = 0;
    let b = 0;
    let digits = 0;
    let k = 0;
    let byte = at < end ? bytes[at]! : NEWLINE;
    const negative = byte === 45;
    if (negative) byte = ++at < end ? bytes[at]! : NEWLINE;
    const whole = at;
    let digit = byte - 48;
    while (digit >= 0 && digit < 10) {
      if (a < 100_000_000) a = a * 10 + digit;
      else {
        b = b * 10 + digit;
        digits++;
      }
      byte = ++at < end ? bytes[at]! : NEWLINE;
      digit = byte - 48;
    }
    let read = at - whole;
    if (byte === 46) {
      const fraction = ++at;
      byte = at < end ? bytes[at]! : NEWLINE;
      digit = byte - 48;
      while (digit >= 0 && digit < 10) {
        if (a < 100_000_000) a = a * 10 + digit;
        else {
          b = b * 10 + digit;
          digits++;
        }
        byte = ++at < end ? bytes[at]! : NEWLINE;
        digit = byte - 48;
      }
      k = at - fraction;
      read += k;
    }
    if (byte === 101 && read > 0) {
      let exponent = 0;
      byte = ++at < end ? bytes[at]! : NEWLINE;
      const down = byte === 45;
      if (down || byte === 43) byte = ++at < end ? bytes[at]! : NEWLINE;
      const firstDigit = at;
      digit = byte - 48;
      while (digit >= 0 && digit < 10 && exponent < 9999) {
        exponent = exponent * 10 + digit;
        byte = ++at < end ? bytes[at]! : NEWLINE;
        digit = byte - 48;
      }
      if (at === firstDigit) read = 0;
      k += down ? exponent : -exponent;
    }
    let value = Number.NaN;
    if ((byte === COMMA || byte === NEWLINE || byte === RETURN) && read > 0 && digits <= 9) {
      value = decimal(a, b, digits, k);
      if (negative) value = -value;
    }
    if (Number.isNaN(value)) {
      at = cellEnd(bytes, start, end);
      if (at < 0) return 0;
      if (at > start) {
        const text = cellText(bytes, start, at, rows);
        if (bytes[start] === QUOTE) for (let i = start; i < at; i++) if (bytes[i] === NEWLINE) extraLines++;
        const cell = readCell(text);
        if (cell.kind === "number") value = cell.value;
        else if (cell.kind === "text" && column < width) rows.onText?.(column, text, rows.line);
      }
      byte = at < end ? bytes[at]! : NEWLINE;
    }
    if (column < width) values[base + column] = value;
    column++;
    if (byte === COMMA) {
      at++;
      continue;
    }
    if (byte === RETURN) at++;
    if (column !== width) throw new RaggedRowError(rows.file, rows.line, column, width);
    rows.line += 1 + extraLines;
    return Math.min(at + 1, end) - from;
  }
}

/** Where the cell's delimiter is; -1 when a quoted cell does not end. */
function cellEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  if (bytes[at] === QUOTE) {
    at++;
    for (;;) {
      while (at < end && bytes[at] !== QUOTE) at++;
      if (at >= end) return -1;
      at++;
      if (bytes[at] !== QUOTE || at >= end) break;
      at++;
    }
  }
  while (at < end) {
    const byte = bytes[at]!;
    if (byte === COMMA || byte === NEWLINE) break;
    if (byte === RETURN && (at + 1 >= end || bytes[at + 1] === NEWLINE)) break;
    at++;
  }
  return at;
}

function cellText(bytes: Uint8Array, start: number, end: number, rows: NumberRows): string {
  const quoted = bytes[start] === QUOTE;
  let text = "";
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte === 0) throw new EncodingError(rows.file, rows.line, "a NUL byte, as UTF-16 text has");
    if (byte > 127) {
      text = decoder.decode(bytes.subarray(start, end));
      break;
    }
    text += String.fromCharCode(byte);
  }
  if (!quoted) return text;
  const closing = text.lastIndexOf('"');
  return text.slice(1, closing).replaceAll('""', '"') + text.slice(closing + 1);
}
