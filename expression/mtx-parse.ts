/** Matrix Market's exchange format as bytes: NIST, "The Matrix Market Exchange Formats" (Boisvert, Pozo, Remington 1996), coordinate form. */
import { EntryCountError, MatrixMarketError } from "./errors.ts";
import { CAPACITY, LONGEST_LINE, lineParser, type MtxEntries, type MtxHeader } from "./mtx-lines.ts";

const LONGEST_HEADER = 1 << 20;
const NEWLINE = 10;

/**
 * The header and the entries of a Matrix Market file, in pieces of at most 32,768 entries, with memory for one piece. The bytes may be cut
 * anywhere.
 *
 * @param chunks the file's text as bytes
 * @param file its name, for errors
 * @throws MatrixMarketError (expression/matrix-market), EntryIndexError (expression/entry-index), EntryCountError (expression/entry-count)
 */
export async function openMtx(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
): Promise<{ header: MtxHeader; entries: AsyncGenerator<MtxEntries>; close(): Promise<void> }> {
  const reader = chunks[Symbol.asyncIterator]();
  const close = async (): Promise<void> => {
    await reader.return?.();
  };
  try {
    let head: Uint8Array = new Uint8Array(0);
    for (;;) {
      const { header, end } = readHeader(head, file);
      if (header !== undefined) return { header, entries: entriesOf(reader, head.subarray(end), header, file), close };
      if (head.length > LONGEST_HEADER)
        throw new MatrixMarketError(file, 1, "no line of sizes in the first megabyte. Is this a Matrix Market file?");
      const next = await reader.next();
      if (next.done) {
        if (head.length === 0) throw new MatrixMarketError(file, 1, "the file is empty. Copy it again.");
        const last = readHeader(concat(head, Uint8Array.of(NEWLINE)), file);
        if (last.header !== undefined)
          return { header: last.header, entries: entriesOf(reader, new Uint8Array(0), last.header, file), close };
        throw new MatrixMarketError(file, 1, "the file ends before its line of sizes. Copy it again.");
      }
      head = concat(head, next.value);
    }
  } catch (error) {
    await close();
    throw error;
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

function readHeader(head: Uint8Array, file: string): { header?: MtxHeader; end: number } {
  const end = head.indexOf(NEWLINE);
  if (end < 0) return { end: 0 };
  const banner = Buffer.from(head.subarray(0, Math.min(end, 200)))
    .toString("latin1")
    .trim();
  const words = banner.toLowerCase().split(/\s+/);
  if (words[0] !== "%%matrixmarket")
    throw new MatrixMarketError(
      file,
      1,
      `found "${banner.slice(0, 60)}", expected %%MatrixMarket matrix coordinate integer general. It is no Matrix Market file.`,
    );
  const [, object, format, field, symmetry] = words;
  if (object !== "matrix" || format !== "coordinate")
    throw new MatrixMarketError(
      file,
      1,
      `a ${object} in ${format} form. Expected a matrix in coordinate form: export it as a sparse matrix.`,
    );
  if (field !== "integer" && field !== "real" && field !== "pattern")
    throw new MatrixMarketError(file, 1, `the field is ${field}, expected integer, real or pattern.`);
  if (symmetry !== "general")
    throw new MatrixMarketError(
      file,
      1,
      `the symmetry is ${symmetry}, expected general: genes × cells are not symmetric.`,
    );
  let lines = 1;
  let start = end + 1;
  for (;;) {
    const stop = head.indexOf(NEWLINE, start);
    if (stop < 0) return { end: 0 };
    lines++;
    const line = Buffer.from(head.subarray(start, stop)).toString("latin1").trim();
    start = stop + 1;
    if (line === "" || line.startsWith("%")) continue;
    const sizes = line.split(/\s+/).map(Number);
    const [rows = -1, columns = -1, entries = -1] = sizes;
    if (sizes.length !== 3 || !sizes.every((size) => Number.isSafeInteger(size) && size >= 0))
      throw new MatrixMarketError(
        file,
        lines,
        `found "${line.slice(0, 60)}", expected the numbers of rows, columns and entries.`,
      );
    if (rows >= 2 ** 32 || columns >= 2 ** 32)
      throw new MatrixMarketError(
        file,
        lines,
        `${rows} × ${columns} is more than any matrix has. The header is damaged.`,
      );
    return { header: { field, rows, columns, entries, lines }, end: start };
  }
}

async function* entriesOf(
  reader: AsyncIterator<Uint8Array>,
  rest: Uint8Array,
  header: MtxHeader,
  file: string,
): AsyncGenerator<MtxEntries> {
  const lines = lineParser(header, file);
  let carry: Uint8Array = new Uint8Array(0);
  try {
    for (let chunk: Uint8Array | undefined = rest; ; ) {
      let start = 0;
      if (carry.length > 0) {
        // The line that two chunks share is put together; everything else is parsed where it lies.
        const stop = chunk.indexOf(NEWLINE);
        const joined = concat(carry, chunk.subarray(0, stop < 0 ? chunk.length : stop + 1));
        if (joined.length > LONGEST_LINE) throw lines.tooLong();
        if (stop < 0) carry = joined;
        else {
          lines.parse(joined, 0, joined.length);
          if (lines.out.count === CAPACITY) yield* lines.take();
          carry = carry.subarray(0, 0);
          start = stop + 1;
        }
      }
      if (carry.length === 0) {
        const end = chunk.lastIndexOf(NEWLINE) + 1;
        while (start < end) {
          start = lines.parse(chunk, start, end);
          if (lines.out.count === CAPACITY) yield* lines.take();
        }
        if (chunk.length - start > LONGEST_LINE) throw lines.tooLong();
        // A copy: the slice of a Buffer is none.
        carry = new Uint8Array(chunk.subarray(start));
      }
      const next = await reader.next();
      if (next.done) break;
      chunk = next.value;
    }
    if (carry.length > 0) {
      const last = concat(carry, Uint8Array.of(NEWLINE));
      for (let at = 0; at < last.length; ) {
        if (lines.out.count === CAPACITY) yield* lines.take();
        at = lines.parse(last, at, last.length);
      }
    }
    yield* lines.take();
    if (lines.found() !== header.entries) throw new EntryCountError(file, header.entries, lines.found());
  } finally {
    await reader.return?.();
  }
}
