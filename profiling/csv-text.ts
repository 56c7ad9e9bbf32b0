import { EncodingError, RaggedRowError, RepeatedColumnError, UnclosedQuoteError } from "./ingest-errors.ts";

/**
 * Bytes as text, without a byte-order mark.
 * @throws EncodingError (profiling/encoding) naming the line of the first byte that is not UTF-8
 */
export function decodeText(bytes: Uint8Array, file: string): string {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    throw new EncodingError(file, 1, "UTF-16 text");
  const zero = bytes.indexOf(0);
  if (zero >= 0) throw new EncodingError(file, lineAt(bytes, zero), "a NUL byte, as UTF-16 text has");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const wrong = firstInvalid(bytes);
    throw new EncodingError(
      file,
      lineAt(bytes, wrong),
      `the byte 0x${(bytes[wrong] ?? 0).toString(16)}, as Latin-1 text has`,
    );
  }
}

function lineAt(bytes: Uint8Array, position: number): number {
  let line = 1;
  for (let i = 0; i < position; i++) if (bytes[i] === 10) line++;
  return line;
}

/** Where the text stops being UTF-8: the longest valid beginning, found by halving; of a character that is begun and not ended, its first byte. */
function firstInvalid(bytes: Uint8Array): number {
  let valid = 0;
  let invalid = bytes.length;
  while (invalid - valid > 1) {
    const middle = (valid + invalid) >> 1;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      valid = middle;
    } catch {
      invalid = middle;
    }
  }
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, valid));
  } catch {
    do valid--;
    while ((bytes[valid]! & 0xc0) === 0x80);
  }
  return valid;
}

/** A record's cells as text, and the line where it begins. */
export interface TextRecord {
  cells: string[];
  line: number;
}

/**
 * Splits comma-separated text into records (RFC 4180: quotes, newlines in fields, either line end). Blank lines are no records.
 * @param limit stop after so many records; default all
 * @throws UnclosedQuoteError (profiling/unclosed-quote)
 */
export function splitRecords(text: string, file: string, limit = Number.POSITIVE_INFINITY): TextRecord[] {
  const records: TextRecord[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length && records.length < limit) {
    let end = text.indexOf("\n", at);
    if (end < 0) end = text.length;
    const plain = text.slice(at, text[end - 1] === "\r" ? end - 1 : end);
    if (!plain.includes('"')) {
      if (plain !== "") records.push({ cells: plain.split(","), line });
      at = end + 1;
      line++;
      continue;
    }
    const { cells, next, lines } = splitQuoted(text, at, file, line);
    records.push({ cells, line });
    at = next;
    line += lines;
  }
  return records;
}

function splitQuoted(
  text: string,
  from: number,
  file: string,
  line: number,
): { cells: string[]; next: number; lines: number } {
  const cells: string[] = [];
  let at = from;
  let lines = 1;
  for (;;) {
    let cell = "";
    if (text[at] === '"') {
      at++;
      for (;;) {
        const quote = text.indexOf('"', at);
        if (quote < 0) throw new UnclosedQuoteError(file, line);
        cell += text.slice(at, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        cell += '"';
        at++;
      }
      for (const letter of cell) if (letter === "\n") lines++;
    }
    const start = at;
    while (at < text.length && text[at] !== "," && text[at] !== "\n") at++;
    cell += text.slice(start, text[at - 1] === "\r" && text[at] !== "," && at > start ? at - 1 : at);
    cells.push(cell);
    if (text[at] !== ",") return { cells, next: at + 1, lines };
    at++;
  }
}

/** @throws RepeatedColumnError (profiling/repeated-column) */
export function refuseRepeated(names: readonly string[], file: string, line: number): void {
  const seen = new Map<string, number>();
  names.forEach((name, i) => {
    const before = seen.get(name);
    if (before !== undefined) throw new RepeatedColumnError(file, line, name, [before + 1, i + 1]);
    seen.set(name, i);
  });
}

/** @throws RaggedRowError (profiling/ragged-row) at the first record of another width than the header's */
export function refuseRagged(records: readonly TextRecord[], width: number, file: string): void {
  for (const { cells, line } of records)
    if (cells.length !== width) throw new RaggedRowError(file, line, cells.length, width);
}
