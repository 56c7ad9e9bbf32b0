import { CsvError as ParserError, parse } from "csv-parse/sync";
import { PlateReaderError } from "./errors.ts";

/** A line of a plate reader's export. */
export interface Line {
  /** From 1; of a cell with line breaks in it, the last one. */
  number: number;
  /** Trimmed, line breaks within a cell as one space. */
  cells: string[];
}

/** An export in lines, and how its numbers are written. */
export interface PlateLines {
  /** Names the text in errors. */
  source: string;
  lines: Line[];
  decimalComma: boolean;
}

/** Text that a plate reader's software may export, bytes: a 1536-well plate read a thousand times is 20 MB. */
const MOST_BYTES = 64 << 20;
const WORDS =
  /^(?:over|ovrflw|overflow|ovfl|#?sat(?:urated)?|mask(?:ed)?|error|invalid|out|fail(?:ed)?|n\/?a|nan|[-–—]+|\*+|\?+|[<>]\s*[\d.,]+)$/i;

/** Text of an export in whatever encoding instruments write: UTF-8, UTF-16 with its mark, Windows-1252. */
export function decodeText(bytes: Uint8Array): string {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (a === 0xfe && b === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/**
 * Cuts an export into lines of cells. What separates cells is what most lines have: tab, semicolon or comma.
 * @throws PlateReaderError (data/plate-reader) when it is larger than any export
 */
export function plateLines(content: Uint8Array | string, source: string): PlateLines {
  const size = typeof content === "string" ? content.length : content.byteLength;
  if (size > MOST_BYTES)
    throw new PlateReaderError(source, 1, `has ${size} bytes, more than any plate reader exports (${MOST_BYTES})`);
  const text = typeof content === "string" ? content : decodeText(content);
  const delimiter = delimiterOf(text);
  const records = recordsOf(text, delimiter, source);
  const lines = records.map(({ record, info }) => ({
    number: info.lines,
    cells: record.map((cell) => cell.replaceAll(/\s+/g, " ").trim()),
  }));
  return { source, lines, decimalComma: delimiter !== "," && writesCommas(lines) };
}

function recordsOf(text: string, delimiter: string, source: string): { record: string[]; info: { lines: number } }[] {
  try {
    return parse(text, {
      bom: true,
      delimiter,
      info: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: false,
    }) as unknown as { record: string[]; info: { lines: number } }[];
  } catch (error) {
    if (!(error instanceof ParserError)) throw error;
    throw new PlateReaderError(source, Number(error.lines ?? 1), error.message.split(":")[0] ?? "cannot be read");
  }
}

function delimiterOf(text: string): string {
  const lines = text.split(/\r\n?|\n/, 2000);
  const counts = ["\t", ";", ","].map((sign) => ({ sign, count: lines.filter((line) => line.includes(sign)).length }));
  return counts.reduce((best, one) => (one.count > best.count ? one : best)).sign;
}

/** Commas are decimal when numbers have them and none has a point. */
function writesCommas(lines: readonly Line[]): boolean {
  const has = (form: RegExp): boolean => lines.some(({ cells }) => cells.some((cell) => form.test(cell)));
  return has(/^[+-]?\d+,\d+(?:[eE][+-]?\d+)?$/) && !has(/^[+-]?\d+\.\d+(?:[eE][+-]?\d+)?$/);
}

/** Whether nothing stands in a line. */
export function isBlank({ cells }: Line): boolean {
  return cells.every((cell) => cell === "");
}

/** What a well's cell says: a number, or a word in its place. */
export interface Cell {
  /** NaN when there is none. */
  value: number;
  /** "OVER", "*", …; null beside a number. */
  note: string | null;
}

/** Whether a cell can be a reading: empty, a number, or a word for a reading that failed. */
export function isReading(text: string, { decimalComma }: Pick<PlateLines, "decimalComma">): boolean {
  return text === "" || WORDS.test(text) || Number.isFinite(numberOf(text, decimalComma));
}

/**
 * A reading's cell.
 * @throws PlateReaderError (data/plate-reader) for text that is neither a number nor a word for a reading that failed
 */
export function cellOf(text: string, lines: PlateLines, line: number, what: string): Cell {
  if (text === "") return { value: Number.NaN, note: null };
  const value = numberOf(text, lines.decimalComma);
  if (Number.isFinite(value)) return { value, note: null };
  if (WORDS.test(text)) return { value: Number.NaN, note: text };
  const mixed =
    /^[+-]?\d+,\d+$/.test(text) && !lines.decimalComma
      ? "; other numbers here have a decimal point, this one a comma"
      : "";
  throw new PlateReaderError(
    lines.source,
    line,
    `${what}: "${text.slice(0, 40)}" is no reading; expected a number, nothing, or a word such as OVER${mixed}`,
  );
}

/** A number as written, or NaN. */
export function numberOf(text: string, decimalComma: boolean): number {
  const plain = decimalComma ? text.replace(",", ".") : text;
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(plain) ? Number(plain) : Number.NaN;
}

/** Zero-based row of "A" to "AF"; undefined for anything else. */
export function rowOfLetters(text: string): number | undefined {
  const match = /^(?:([A-Z])|A([A-F]))$/i.exec(text);
  if (match === null) return undefined;
  const [, single, second = "A"] = match;
  return single === undefined ? 26 + second.toUpperCase().charCodeAt(0) - 65 : single.toUpperCase().charCodeAt(0) - 65;
}

/** Zero-based place of "A1", "A01" or "af48"; undefined for anything else. */
export function wellOf(text: string): { row: number; column: number } | undefined {
  const match = /^([A-Z]{1,2})0{0,2}(\d{1,2})$/i.exec(text);
  const row = rowOfLetters(match?.[1] ?? "");
  const column = Number(match?.[2] ?? 0) - 1;
  return row === undefined || column < 0 || column > 47 ? undefined : { row, column };
}

/** "C05" of a zero-based place. */
export function wellName({ row, column }: { row: number; column: number }): string {
  const letters = row < 26 ? String.fromCharCode(65 + row) : `A${String.fromCharCode(39 + row)}`;
  return `${letters}${String(column + 1).padStart(2, "0")}`;
}

/**
 * Seconds of a time as readers write it: "300", "300 s", "5 min", "0 h 10 min 30 s", "0:10:00"; NaN for anything else.
 * @param unit of a plain number: s, min or h
 */
export function secondsOf(text: string, unit: "s" | "min" | "h" = "s", decimalComma = false): number {
  const perUnit = { s: 1, min: 60, h: 3600 };
  const clock = /^(\d+):(\d{1,2})(?::(\d{1,2}(?:\.\d+)?))?$/.exec(text);
  if (clock !== null) return Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0);
  const plain = numberOf(text, decimalComma);
  if (Number.isFinite(plain)) return plain * perUnit[unit];
  const parts = [...text.matchAll(/(\d+(?:[.,]\d+)?)\s*(h|min|m|s|sec)\b/gi)];
  if (parts.length === 0 || text.replaceAll(/(\d+(?:[.,]\d+)?)\s*(h|min|m|s|sec)\b|[\s,]/gi, "") !== "")
    return Number.NaN;
  return parts.reduce((sum, [, amount = "", name = "s"]) => {
    const of = /^h/i.test(name) ? "h" : /^m/i.test(name) ? "min" : "s";
    return sum + Number(amount.replace(",", ".")) * perUnit[of];
  }, 0);
}

/** The unit that a heading such as "Time [min]" or "Time (h)" names. */
export function unitOf(heading: string): "s" | "min" | "h" {
  if (/[[(]\s*(?:min|m)\b/i.test(heading)) return "min";
  return /[[(]\s*(?:h|hours?)\b/i.test(heading) ? "h" : "s";
}
