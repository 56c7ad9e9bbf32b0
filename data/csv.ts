import { CsvError as ParserError, parse } from "csv-parse/sync";
import { CsvError } from "./errors.ts";
import type { Column, Table } from "./table.ts";
import { cellText, tableOf } from "./table.ts";

export interface ReadCsvOptions {
  /** Names the text in errors. Default "CSV". */
  source?: string;
  /** Default: comma, or tab when the first line has tabs and no comma. */
  delimiter?: string;
  /** Columns kept as text although every value looks like a number (bar codes keep their leading zeros). */
  text?: readonly string[];
}

const MISSING = new Set(["", "nan", "NaN", "None", "null", "NA"]);
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$|^[+-]?inf(?:inity)?$/i;

/**
 * Reads delimited text with a header line (RFC 4180 quotes, a byte-order mark and Windows line ends are fine). A column is numeric
 * when every present value is a plain number without leading zeros; `'' nan NaN None null NA` are missing. Meant for metadata and
 * result tables.
 * @throws CsvError (data/csv) with the line: no header, a repeated column name, a row of another width, an open quote
 */
export function readCsv(text: string, options: ReadCsvOptions = {}): Table {
  const source = options.source ?? "CSV";
  const firstLine = /^[^\r\n]*/.exec(text)?.[0] ?? "";
  const delimiter = options.delimiter ?? (firstLine.includes("\t") && !firstLine.includes(",") ? "\t" : ",");
  let records: string[][];
  try {
    records = parse(text, { bom: true, delimiter, skip_empty_lines: true, relax_column_count: false });
  } catch (error) {
    if (!(error instanceof ParserError)) throw error;
    throw new CsvError(source, Number(error.lines ?? 0), error.message.split("\n")[0] ?? "cannot be read");
  }
  const header = records.shift();
  if (header === undefined) throw new CsvError(source, 1, "is empty; expected a header line with column names");
  const seen = new Set<string>();
  for (const name of header) {
    if (seen.has(name)) throw new CsvError(source, 1, `column "${name}" appears twice; column names must be unique`);
    seen.add(name);
  }
  const forcedText = new Set(options.text ?? []);
  return tableOf(
    header.map((name, index) =>
      toColumn(
        name,
        records.map((record) => record[index] ?? ""),
        forcedText.has(name),
      ),
    ),
  );
}

function toColumn(name: string, cells: string[], asText: boolean): Column {
  const numeric =
    !asText &&
    cells.every((cell) => MISSING.has(cell) || isPlainNumber(cell)) &&
    cells.some((cell) => !MISSING.has(cell));
  if (!numeric) return { name, kind: "text", values: cells.map((cell) => (MISSING.has(cell) ? null : cell)) };
  return { name, kind: "number", values: Float64Array.from(cells, toNumber) };
}

function isPlainNumber(cell: string): boolean {
  return NUMBER.test(cell) && !/^[+-]?0\d/.test(cell);
}

function toNumber(cell: string): number {
  if (MISSING.has(cell)) return Number.NaN;
  if (/inf/i.test(cell)) return cell.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return Number(cell);
}

/** Writes a table as RFC 4180 text with `\n` line ends; numbers in their shortest exact form, missing cells empty. */
export function writeCsv(table: Table): string {
  const lines = [table.columns.map((column) => quote(column.name)).join(",")];
  for (let row = 0; row < table.rowCount; row++) {
    lines.push(table.columns.map((column) => quote(cellText(column, row) ?? "")).join(","));
  }
  return `${lines.join("\n")}\n`;
}

function quote(cell: string): string {
  return /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
