import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";

/** Reads rows of a table straight from the pages of an SQLite file. */
export interface PageReader {
  /** Calls back with each row of the table whose row number is within first and last, in their order. The record is valid during the call. */
  rows(rootPage: number, first: number, last: number, take: (rowid: number, record: Uint8Array) => void): void;
  close(): void;
}

/** The file is read in blocks of this size; neighbouring pages of a row come together. */
const BLOCK_BYTES = 2 ** 18;
const BLOCKS = 32;
const INTERIOR = 5;
const LEAF = 13;

/** A file that does not follow the format where it is read. */
export class SqlitePageError extends Error {}

/**
 * Opens an SQLite file by its format (sqlite.org/fileformat2.html, chapter 1), for tables with row numbers that no one is writing to. A value
 * costs a few nanoseconds this way; through SQL each becomes an object of its own.
 * @returns undefined when the file is better read through SQL: a write-ahead log is in use, or the format is unknown
 */
export function openPages(path: string): PageReader | undefined {
  // a journal with content belongs to a write that was cut off: only SQLite may undo it
  if (existsSync(`${path}-journal`) && statSync(`${path}-journal`).size > 0) return undefined;
  const file = openSync(path, "r");
  const head = Buffer.alloc(100);
  const read = readSync(file, head, 0, 100, 0);
  const stated = head.readUInt16BE(16);
  const pageBytes = stated === 1 ? 65536 : stated;
  // bytes 18 and 19 are 1 for a rollback journal, 2 for a write-ahead log
  if (read < 100 || head[18] !== 1 || head[19] !== 1 || pageBytes < 512) {
    closeSync(file);
    return undefined;
  }
  const usable = pageBytes - head[20]!;
  const blockBytes = Math.max(BLOCK_BYTES, pageBytes);
  const blocks = new Map<number, Uint8Array>();
  const page = (number: number): Uint8Array => {
    const at = (number - 1) * pageBytes;
    const index = Math.floor(at / blockBytes);
    let block = blocks.get(index);
    if (block === undefined) {
      const [oldest] = blocks.keys();
      const reused = blocks.size >= BLOCKS && oldest !== undefined ? blocks.get(oldest) : undefined;
      if (reused !== undefined) blocks.delete(oldest!);
      block = reused ?? new Uint8Array(blockBytes);
      block.fill(0, readSync(file, block, 0, blockBytes, index * blockBytes));
      blocks.set(index, block);
    }
    const from = at - index * blockBytes;
    return block.subarray(from, from + pageBytes);
  };
  const payload = new Payload(usable, page);
  const walk = (
    number: number,
    first: number,
    last: number,
    take: (rowid: number, record: Uint8Array) => void,
  ): void => {
    // a copy: reading overflow pages may reuse the block
    const bytes = page(number).slice();
    const start = number === 1 ? 100 : 0;
    const kind = bytes[start]!;
    const cells = (bytes[start + 3]! << 8) | bytes[start + 4]!;
    const pointers = start + (kind === INTERIOR ? 12 : 8);
    if (kind === INTERIOR) {
      let below = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < cells && below < last; i++) {
        const cell = (bytes[pointers + 2 * i]! << 8) | bytes[pointers + 2 * i + 1]!;
        const key = varint(bytes, cell + 4).value;
        if (key >= first) walk(uint32(bytes, cell), first, last, take);
        below = key;
      }
      if (below < last) walk(uint32(bytes, start + 8), first, last, take);
      return;
    }
    if (kind !== LEAF) throw new SqlitePageError(`page ${number} is no page of a table`);
    for (let i = 0; i < cells; i++) {
      const cell = (bytes[pointers + 2 * i]! << 8) | bytes[pointers + 2 * i + 1]!;
      const size = varint(bytes, cell);
      const rowid = varint(bytes, size.next);
      if (rowid.value < first) continue;
      if (rowid.value > last) return;
      take(rowid.value, payload.of(bytes, rowid.next, size.value));
    }
  };
  return { rows: walk, close: () => closeSync(file) };
}

/** The payload of a cell, put together from its overflow pages. */
class Payload {
  readonly #usable: number;
  readonly #page: (number: number) => Uint8Array;
  #whole = new Uint8Array(2 ** 14);
  constructor(usable: number, page: (number: number) => Uint8Array) {
    this.#usable = usable;
    this.#page = page;
  }

  of(bytes: Uint8Array, at: number, size: number): Uint8Array {
    const most = this.#usable - 35;
    if (size <= most) return bytes.subarray(at, at + size);
    const least = Math.floor(((this.#usable - 12) * 32) / 255) - 23;
    const wanted = least + ((size - least) % (this.#usable - 4));
    const local = wanted <= most ? wanted : least;
    if (this.#whole.length < size) this.#whole = new Uint8Array(size * 2);
    const whole = this.#whole;
    whole.set(bytes.subarray(at, at + local));
    let filled = local;
    let next = uint32(bytes, at + local);
    while (filled < size) {
      if (next === 0) throw new SqlitePageError("a row ends before its size says so");
      const overflow = this.#page(next);
      const part = Math.min(size - filled, this.#usable - 4);
      whole.set(overflow.subarray(4, 4 + part), filled);
      filled += part;
      next = uint32(overflow, 0);
    }
    return whole.subarray(0, size);
  }
}

function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** A variable-length integer of up to nine bytes. */
export function varint(bytes: Uint8Array, at: number): { value: number; next: number } {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = bytes[at + i]!;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, next: at + i + 1 };
  }
  return { value: value * 256 + bytes[at + 8]!, next: at + 9 };
}
