import { readFileSync } from "node:fs";

/** Parses the plain lines of a Matrix Market file; see mtx-lines.as.ts for which those are. */
export interface PlainLines {
  /** Each of shape (capacity); entry `count` of a call goes to place `count`. */
  rows: Uint32Array;
  columns: Uint32Array;
  values: Float64Array;
  /**
   * Parses lines from `start` on until `end`, until the arrays are full, or until a line is not plain. The byte before `end` is a newline.
   * @param count entries that are there
   * @returns how many there are then, and where the parser stopped
   */
  parse(bytes: Uint8Array, start: number, end: number, count: number): { count: number; stopped: number };
}

type ParseLines = (...numbers: number[]) => number;

const PAGE_BYTES = 1 << 16;
/** Text in one call of the kernel: what it reads and writes stays in the processor's cache. */
const TEXT_BYTES = 1 << 16;
/** The kernel reads 32 bytes at once, from up to 17 bytes behind a line's start. */
const ROOM_BYTES = 64;
const NEWLINE = 10;
const POWERS = Float64Array.from({ length: 16 }, (_, i) => 10 ** i);

let compiled: WebAssembly.Module | undefined;

/** A parser with memory of its own. @param capacity entries in the arrays */
export function plainLines(rowCount: number, columnCount: number, capacity: number): PlainLines {
  compiled ??= new WebAssembly.Module(readFileSync(new URL("./mtx-lines.wasm", import.meta.url)));
  const { parseLines, stopped, memory } = new WebAssembly.Instance(compiled).exports;
  if (typeof parseLines !== "function" || typeof stopped !== "function" || !(memory instanceof WebAssembly.Memory))
    throw new TypeError("mtx-lines.wasm lacks its memory, parseLines or stopped");
  const kernel = parseLines as ParseLines;
  const stoppedAt = stopped as () => number;
  const powersAt = memory.buffer.byteLength;
  const valuesAt = powersAt + POWERS.byteLength;
  const rowsAt = valuesAt + 8 * capacity;
  const columnsAt = rowsAt + 4 * capacity;
  const textAt = columnsAt + 4 * capacity;
  memory.grow(Math.ceil((textAt + TEXT_BYTES + ROOM_BYTES - powersAt) / PAGE_BYTES));
  new Float64Array(memory.buffer, powersAt).set(POWERS);
  const text = new Uint8Array(memory.buffer, textAt, TEXT_BYTES);
  return {
    rows: new Uint32Array(memory.buffer, rowsAt, capacity),
    columns: new Uint32Array(memory.buffer, columnsAt, capacity),
    values: new Float64Array(memory.buffer, valuesAt, capacity),
    parse(bytes, start, end, before) {
      let at = start;
      let count = before;
      while (at < end && count < capacity) {
        const stop = end - at <= TEXT_BYTES ? end : bytes.lastIndexOf(NEWLINE, at + TEXT_BYTES - 1) + 1;
        if (stop <= at) break;
        text.set(bytes.subarray(at, stop));
        count += kernel(
          textAt,
          textAt + stop - at,
          rowsAt + 4 * count,
          columnsAt + 4 * count,
          valuesAt + 8 * count,
          capacity - count,
          rowCount,
          columnCount,
          powersAt,
        );
        const parsed = stoppedAt() - textAt;
        at += parsed;
        if (at < stop) break;
      }
      return { count, stopped: at };
    },
  };
}
