import type { Place } from "@artesian/data";
import { readCell } from "./csv-cell.ts";
import { readHeader } from "./csv-header.ts";
import type { FileRange } from "./file-pieces.ts";
import type { SetFile } from "./image-sets.ts";
import { MissingColumnError, UnclosedQuoteError } from "./ingest-errors.ts";

/** Records of one image that follow each other. */
export interface ImageRun extends FileRange {
  image: number;
}

const PIECE_BYTES = 8 * 2 ** 20;

/**
 * Where the records of each image are in a table too large to be read as a whole: one pass over its newlines, without reading numbers.
 * @param headerLines 2 for a munged table
 * @returns the header's range, then runs in the order of the file
 * @throws the errors of `readHeader`, MissingColumnError (profiling/missing-column), UnclosedQuoteError (profiling/unclosed-quote)
 */
export async function indexImages(
  place: Place,
  file: SetFile,
  headerLines: 1 | 2,
  signal?: AbortSignal,
): Promise<{ header: FileRange; runs: ImageRun[] }> {
  const call = signal === undefined ? {} : { signal };
  let bytes = await place.read(file.key, { start: 0, end: PIECE_BYTES, ...call });
  const header = readHeader(bytes, file.key, headerLines, bytes.length >= file.sizeBytes);
  if (header === undefined) throw new UnclosedQuoteError(file.key, 1);
  const column = header.names.indexOf("ImageNumber");
  if (column < 0) {
    const hint = "CellProfiler writes it into every object table: export it with them.";
    throw new MissingColumnError(file.key, "ImageNumber", header.names, hint);
  }
  const runs: ImageRun[] = [];
  let base = 0;
  let at = header.bytes;
  let line = header.line;
  for (;;) {
    const complete = base + bytes.length >= file.sizeBytes;
    const quotes = { next: quoteFrom(bytes, at) };
    while (at < bytes.length) {
      const record = recordAt(bytes, at, complete, quotes);
      if (record === undefined) break;
      if (record.end - at > 2) add(runs, imageOf(bytes, at, record.end, column), base + at, base + record.end, line);
      line += record.lines;
      at = record.end;
    }
    base += at;
    if (complete) {
      if (base < file.sizeBytes) throw new UnclosedQuoteError(file.key, line);
      return { header: { start: 0, end: header.bytes, line: 1 }, runs };
    }
    // a record longer than a piece is read with the next one's bytes
    const size = at === 0 ? bytes.length * 2 : PIECE_BYTES;
    bytes = await place.read(file.key, { start: base, end: Math.min(base + size, file.sizeBytes), ...call });
    at = 0;
  }
}

function add(runs: ImageRun[], image: number, start: number, end: number, line: number): void {
  const before = runs.at(-1);
  if (before !== undefined && before.image === image && before.end === start) before.end = end;
  else runs.push({ image, start, end, line });
}

function quoteFrom(bytes: Uint8Array, from: number): number {
  const found = bytes.indexOf(34, from);
  return found < 0 ? Number.POSITIVE_INFINITY : found;
}

/**
 * The record's end behind its newline; undefined when it is in the next piece. Newlines within quotes do not end a record.
 * @param quotes where the next quote of the piece is, so that it is looked for once
 */
function recordAt(
  bytes: Uint8Array,
  from: number,
  complete: boolean,
  quotes: { next: number },
): { end: number; lines: number } | undefined {
  let lines = 0;
  let at = from;
  let quoted = false;
  for (;;) {
    const newline = bytes.indexOf(10, at);
    const end = newline < 0 ? bytes.length : newline;
    while (quotes.next < end) {
      quoted = !quoted;
      quotes.next = quoteFrom(bytes, quotes.next + 1);
    }
    if (newline < 0) return complete && !quoted ? { end, lines } : undefined;
    lines++;
    at = newline + 1;
    if (!quoted) return { end: at, lines };
  }
}

function imageOf(bytes: Uint8Array, from: number, end: number, column: number): number {
  let start = from;
  for (let i = 0; i < column; i++) {
    const comma = bytes.indexOf(44, start);
    if (comma < 0 || comma >= end) return Number.NaN;
    start = comma + 1;
  }
  let text = "";
  for (let i = start; i < end && bytes[i] !== 44 && bytes[i] !== 10; i++) text += String.fromCharCode(bytes[i]!);
  const cell = readCell(text.replaceAll('"', ""));
  return cell.kind === "number" ? cell.value : Number.NaN;
}
