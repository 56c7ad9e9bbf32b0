import type { Place } from "@artesian/data";
import { GroupFileError } from "./errors.ts";
import type { GroupRow } from "./perturbation-group.ts";
import { readParts } from "./serve/read-parts.ts";

const MAGIC = 0x58494f52; // "ROIX"
const HEADER = 16;
/** Entries read around the place where a name's hash should be, either side. */
const WINDOW = 256;
/** Rows read at a time when all are: about ten milliseconds. */
const SLICE = 8192;

type Call = { signal?: AbortSignal };

/**
 * Rows as `rows.index`, for finding one row of millions by a few small reads: u32 magic, version 1, rows, entries; entries (hash, row) by hash, one for
 * each name of a row (symbol, identity; in capitals); u32 offsets of shape (rows + 1) into the text; then a JSON array a row, joined by ",\n". Little-endian.
 */
export function rowIndexBytes(rows: readonly GroupRow[]): Uint8Array {
  const encoder = new TextEncoder();
  const texts = rows.map((row, i) =>
    encoder.encode(JSON.stringify(valuesOf(row)) + (i < rows.length - 1 ? ",\n" : "")),
  );
  const entries = rows.flatMap((row, i) =>
    [...new Set(namesOf(row))].map((name): [number, number] => [hashOf(name), i]),
  );
  entries.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const textAt = HEADER + 8 * entries.length + 4 * (rows.length + 1);
  const bytes = new Uint8Array(textAt + texts.reduce((sum, text) => sum + text.byteLength, 0));
  const view = new DataView(bytes.buffer);
  [MAGIC, 1, rows.length, entries.length].forEach((word, i) => {
    view.setUint32(4 * i, word, true);
  });
  entries.forEach(([hash, row], i) => {
    view.setUint32(HEADER + 8 * i, hash, true);
    view.setUint32(HEADER + 8 * i + 4, row, true);
  });
  let at = 0;
  texts.forEach((text, i) => {
    view.setUint32(HEADER + 8 * entries.length + 4 * i, at, true);
    bytes.set(text, textAt + at);
    at += text.byteLength;
  });
  view.setUint32(textAt - 4, at, true);
  return bytes;
}

/** Where the parts of a `rows.index` are. */
export interface RowIndex {
  key: string;
  rows: number;
  entries: number;
  /** Where the offsets of rows into the text are, and where the text starts. */
  offsetsAt: number;
  textAt: number;
}

/** Opens a row index by reading its first bytes. @throws GroupFileError (maps/group-file) */
export async function openRowIndex(place: Place, key: string, call: Call = {}): Promise<RowIndex> {
  const head = viewOf(await place.read(key, { end: HEADER, ...call }));
  if (head.byteLength < HEADER || head.getUint32(0, true) !== MAGIC || head.getUint32(4, true) !== 1)
    throw new GroupFileError(key, "another kind of file", "an index of rows, version 1");
  const [rows, entries] = [head.getUint32(8, true), head.getUint32(12, true)];
  const offsetsAt = HEADER + 8 * entries;
  return { key, rows, entries, offsetsAt, textAt: offsetsAt + 4 * (rows + 1) };
}

/** Rows that a symbol or identity names, in any case, ascending: a read or two, where its hash should be. */
export async function rowsNamed(place: Place, index: RowIndex, name: string, call: Call = {}): Promise<number[]> {
  const hash = hashOf(name.toUpperCase());
  const found = await rowsOfHash(place, index, hash, call);
  // Two names may share a hash.
  const rows = await rowsAt(place, index, found, call);
  return found.filter((_, i) => namesOf(rows[i]!).includes(name.toUpperCase())).sort((a, b) => a - b);
}

/** Rows of the entries with a hash, by interpolation: hashes are spread evenly, so that an entry is near its share of what is left of the table. */
async function rowsOfHash(place: Place, index: RowIndex, hash: number, call: Call): Promise<number[]> {
  const readEntries = async (from: number, to: number): Promise<[hash: number, row: number][]> => {
    const view = viewOf(await place.read(index.key, { start: HEADER + 8 * from, end: HEADER + 8 * to, ...call }));
    return Array.from({ length: to - from }, (_, i) => [view.getUint32(8 * i, true), view.getUint32(8 * i + 4, true)]);
  };
  let [low, high] = [0, index.entries];
  let [lowHash, highHash] = [0, 2 ** 32];
  while (low < high) {
    const share = highHash > lowHash ? (hash - lowHash) / (highHash - lowHash) : 0;
    const middle = Math.min(high - 1, low + Math.floor(share * (high - low)));
    let [from, to] = [Math.max(low, middle - WINDOW), Math.min(high, middle + WINDOW)];
    let entries = await readEntries(from, to);
    if (entries.at(-1)![0] < hash) [low, lowHash] = [to, entries.at(-1)![0]];
    else if (entries[0]![0] > hash) [high, highHash] = [from, entries[0]![0]];
    else {
      // A name of many rows may reach beyond what was read.
      while (from > 0 && entries[0]![0] === hash) {
        const more = Math.max(0, from - (to - from));
        entries = [...(await readEntries(more, from)), ...entries];
        from = more;
      }
      while (to < index.entries && entries.at(-1)![0] === hash) {
        const more = Math.min(index.entries, to + (to - from));
        entries = [...entries, ...(await readEntries(to, more))];
        to = more;
      }
      return entries.flatMap(([one, row]) => (one === hash ? [row] : []));
    }
  }
  return [];
}

/** Rows by number, in the order given, by reading their offsets and texts alone. */
export async function rowsAt(
  place: Place,
  { key, offsetsAt, textAt }: RowIndex,
  wanted: readonly number[],
  call: Call = {},
): Promise<GroupRow[]> {
  const first = offsetsAt / 4;
  const ends = wanted.flatMap((row) => [first + row, first + row + 1]);
  const offsets = viewOf(await readParts(place, key, 4, ends, call));
  return Promise.all(
    wanted.map(async (_, i) => {
      const [from, to] = [offsets.getUint32(8 * i, true), offsets.getUint32(8 * i + 4, true)];
      const bytes = await place.read(key, { start: textAt + from, end: textAt + to, ...call });
      return rowOf(JSON.parse(new TextDecoder().decode(bytes).replace(/,\n$/, "")));
    }),
  );
}

/** All rows of a whole `rows.index`; a large one is read in slices, so that whoever else waits is answered meanwhile. @throws GroupFileError (maps/group-file) */
export async function rowsOfIndex(bytes: Uint8Array, key: string): Promise<GroupRow[]> {
  const view = viewOf(bytes);
  if (bytes.byteLength < HEADER || view.getUint32(0, true) !== MAGIC)
    throw new GroupFileError(key, "another kind of file", "an index of rows, version 1");
  const [count, entries] = [view.getUint32(8, true), view.getUint32(12, true)];
  const offsetsAt = HEADER + 8 * entries;
  const textAt = offsetsAt + 4 * (count + 1);
  const placeOf = (row: number): number => textAt + view.getUint32(offsetsAt + 4 * row, true);
  const decoder = new TextDecoder();
  const rows: GroupRow[] = [];
  for (let from = 0; from < count; from += SLICE) {
    const text = decoder.decode(bytes.subarray(placeOf(from), placeOf(Math.min(count, from + SLICE))));
    for (const values of JSON.parse(`[${text.replace(/,\n$/, "")}]`) as unknown[]) rows.push(rowOf(values));
    if (from + SLICE < count) await new Promise((resolve) => setImmediate(resolve));
  }
  return rows;
}

function valuesOf(row: GroupRow): unknown[] {
  const { perturbation, type, symbol, concentration, units, experiment, arm, consistencyP } = row;
  return [perturbation, type, symbol, concentration, units, experiment, arm, consistencyP];
}

function rowOf(values: unknown): GroupRow {
  const [perturbation, type, symbol, concentration, units, experiment, arm, consistencyP] = values as [
    string,
    GroupRow["type"],
    string,
    number | null,
    number,
    string | null,
    string | null,
    number | null,
  ];
  return { perturbation, type, symbol, concentration, units, experiment, arm, consistencyP };
}

const namesOf = ({ symbol, perturbation }: GroupRow): string[] => [symbol.toUpperCase(), perturbation.toUpperCase()];

/** FNV-1a over UTF-8, finished as MurmurHash3 does so that short names spread evenly. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
