import { decodeText, refuseRagged, refuseRepeated, splitRecords } from "./csv-text.ts";
import { EmptyTableError, EncodingError } from "./ingest-errors.ts";

/** Where each column of an object file belongs. */
export interface ObjectHeader {
  /** Name of each column, without its compartment. */
  names: string[];
  /** Compartment of each column, where the file says so in a line of its own (a munged `object.csv`). */
  compartments?: string[];
  /** Bytes that the header takes. */
  bytes: number;
  /** Line of the first record. */
  line: number;
}

/**
 * Reads the header of an object file.
 * @param bytes the beginning of the file
 * @param lines 1, or 2 when compartments stand in a line of their own
 * @param complete whether `bytes` is the whole file
 * @returns undefined when the header is longer than these bytes
 * @throws EmptyTableError (profiling/empty-table), EncodingError (profiling/encoding), RepeatedColumnError (profiling/repeated-column),
 *   RaggedRowError (profiling/ragged-row), UnclosedQuoteError (profiling/unclosed-quote)
 */
export function readHeader(bytes: Uint8Array, file: string, lines: 1 | 2, complete: boolean): ObjectHeader | undefined {
  if (bytes.length === 0 && complete) throw new EmptyTableError(file, "the file has no byte");
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    throw new EncodingError(file, 1, "UTF-16 text");
  let end = headerEnd(bytes, lines);
  if (end < 0) {
    if (!complete) return undefined;
    end = bytes.length;
  }
  const text = decodeText(bytes.subarray(0, end), file);
  const records = splitRecords(text, file);
  const [first, second] = records;
  if (first === undefined || (lines === 2 && second === undefined))
    throw new EmptyTableError(file, "the file has no byte");
  const line = 1 + (text.match(/\n/g)?.length ?? 0);
  if (lines === 1 || second === undefined) {
    refuseRepeated(first.cells, file, first.line);
    return { names: first.cells, bytes: end, line };
  }
  refuseRagged([second], first.cells.length, file);
  refuseRepeated(
    second.cells.map((name, i) => `${first.cells[i]}_${name}`),
    file,
    second.line,
  );
  return { names: second.cells, compartments: first.cells, bytes: end, line };
}

/** Behind the newline that ends the given number of records; -1 when it is not there. */
function headerEnd(bytes: Uint8Array, lines: number): number {
  let quoted = false;
  let left = lines;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!;
    if (byte === 34) quoted = !quoted;
    else if (byte === 10 && !quoted && --left === 0) return i + 1;
  }
  return -1;
}
