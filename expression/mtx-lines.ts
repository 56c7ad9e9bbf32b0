import { EntryCountError, EntryIndexError, MatrixMarketError } from "./errors.ts";
import { plainLines } from "./plain-lines.ts";

export interface MtxHeader {
  field: "integer" | "real" | "pattern";
  rows: number;
  columns: number;
  entries: number;
  /** Lines up to and with the one of sizes. */
  lines: number;
}

/** Entries as they come; the arrays are reused. Indices count from 0. */
export interface MtxEntries {
  count: number;
  rows: Uint32Array;
  columns: Uint32Array;
  values: Float64Array;
}

/** Entries in one piece. */
export const CAPACITY = 1 << 15;
export const LONGEST_LINE = 1 << 16;

const NEWLINE = 10;
/** Bytes as the parser sees them: less 48, the code of 0. */
const BLANK = 32 - 48;
const POINT = 46 - 48;
const END_OF_LINE = NEWLINE - 48;
const POWERS = Float64Array.from({ length: 16 }, (_, i) => 10 ** i);

export interface LineParser {
  out: MtxEntries;
  /** Parses whole lines until `end` or until `out` is full; gives where it stopped. The byte before `end` is a newline. */
  parse(bytes: Uint8Array, start: number, end: number): number;
  take(): Generator<MtxEntries>;
  found(): number;
  tooLong(): MatrixMarketError;
}

/**
 * A parser of a Matrix Market file's entries. Plain lines go through a kernel; from the first line of another form on, the rest of the
 * bytes given is parsed here.
 *
 * @param file the file's name, for errors
 * @throws MatrixMarketError (expression/matrix-market), EntryIndexError (expression/entry-index), EntryCountError (expression/entry-count), as `parse` does
 */
export function lineParser(header: MtxHeader, file: string): LineParser {
  const { rows: rowCount, columns: columnCount, entries: declared } = header;
  const pattern = header.field === "pattern";
  const lines = plainLines(rowCount, columnCount, CAPACITY);
  const { rows, columns, values } = lines;
  const out: MtxEntries = { count: 0, rows, columns, values };
  let taken = 0;
  let skipped = 0;

  const lineNumber = (count: number): number => header.lines + taken + count + skipped + 1;

  function parse(bytes: Uint8Array, start: number, end: number): number {
    const done = pattern ? { count: out.count, stopped: start } : lines.parse(bytes, start, end, out.count);
    out.count = done.count;
    const stopped = parseAny(bytes, done.stopped, end);
    if (taken + out.count > declared) throw new EntryCountError(file, declared, taken + out.count);
    return stopped;
  }

  /** Lines of every form. */
  function parseAny(bytes: Uint8Array, start: number, end: number): number {
    let p = start;
    let n = out.count;
    while (p < end && n < CAPACITY) {
      const line = p;
      let row = 0;
      let column = 0;
      let value = 0;
      let d = bytes[p]! - 48;
      // Only 0 to 9 are below 10 as unsigned numbers.
      while (d >>> 0 < 10) {
        row = row * 10 + d;
        d = bytes[++p]! - 48;
      }
      const second = p + 1;
      let plain = d === BLANK && p > line;
      if (plain) {
        d = bytes[++p]! - 48;
        while (d >>> 0 < 10) {
          column = column * 10 + d;
          d = bytes[++p]! - 48;
        }
        plain = p > second;
        if (pattern) value = 1;
        else if (plain && d === BLANK) {
          const third = p + 1;
          d = bytes[++p]! - 48;
          while (d >>> 0 < 10) {
            value = value * 10 + d;
            d = bytes[++p]! - 48;
          }
          const point = p;
          // Up to 15 digits and powers up to 10^15 are exact, so that one division rounds correctly.
          if (d === POINT) {
            d = bytes[++p]! - 48;
            while (d >>> 0 < 10) {
              value = value * 10 + d;
              d = bytes[++p]! - 48;
            }
            value /= POWERS[p - point - 1] ?? 1;
          }
          plain = point > third && p - third <= 15;
        } else plain = false;
      }
      if (plain && d === END_OF_LINE) p++;
      else {
        let stop = line;
        while (bytes[stop] !== NEWLINE) stop++;
        const entry = slowLine(bytes, line, stop, lineNumber(n));
        p = stop + 1;
        if (entry === undefined) {
          skipped++;
          continue;
        }
        [row, column, value] = entry;
      }
      if ((row - 1) >>> 0 >= rowCount || row > rowCount)
        throw new EntryIndexError(file, `line ${lineNumber(n)}`, "row", row, 1, rowCount);
      if ((column - 1) >>> 0 >= columnCount || column > columnCount)
        throw new EntryIndexError(file, `line ${lineNumber(n)}`, "column", column, 1, columnCount);
      rows[n] = row - 1;
      columns[n] = column - 1;
      values[n++] = value;
    }
    out.count = n;
    return p;
  }

  /** A line with several blanks, a sign, an exponent, a carriage return … */
  function slowLine(
    bytes: Uint8Array,
    start: number,
    stop: number,
    number: number,
  ): [number, number, number] | undefined {
    if (stop - start > LONGEST_LINE) throw tooLong();
    const text = Buffer.from(bytes.subarray(start, stop)).toString("latin1").trim();
    if (text === "" || text.startsWith("%")) return undefined;
    const words = text.split(/\s+/);
    const [row = Number.NaN, column = Number.NaN, value = 1] = words.map(Number);
    const valueOk = !Number.isNaN(value) || /^[+-]?nan$/i.test(words[2] ?? "");
    if (words.length !== (pattern ? 2 : 3) || !Number.isSafeInteger(row) || !Number.isSafeInteger(column) || !valueOk)
      throw new MatrixMarketError(
        file,
        number,
        `found "${text.slice(0, 60)}", expected ${pattern ? "row and column" : "row, column and value"}. The file is damaged: export it again.`,
      );
    return [row, column, value];
  }

  function tooLong(): MatrixMarketError {
    return new MatrixMarketError(
      file,
      lineNumber(out.count),
      `a line of more than ${LONGEST_LINE} bytes. The file is damaged: copy it again.`,
    );
  }

  return {
    out,
    parse,
    *take() {
      if (out.count === 0) return;
      yield out;
      taken += out.count;
      out.count = 0;
    },
    found: () => taken + out.count,
    tooLong,
  };
}
