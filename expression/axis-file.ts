import { textColumn } from "@artesian/data";
import { AxisLengthError, UnknownCellColumnError } from "./errors.ts";
import { type KeptGenes, keptGenes } from "./gene-list.ts";
import type { CellColumn } from "./matrix.ts";
import { delimiterOf, fieldsOf, textLines } from "./text-lines.ts";

/** A list of genes or cells beside a Matrix Market file; it can be read again and again. */
export interface AxisFile {
  name: string;
  stream(): AsyncIterable<Uint8Array>;
}

export interface AxisShape {
  /** Rows that name something. */
  count: number;
  /** Names of columns, when the first row names them. */
  header?: string[];
  delimiter: string;
  /** Of the first row. */
  fields: number;
}

/** First fields of header rows as HCA, Seurat and pandas write them; none of them names a gene or a cell. */
const HEADER_WORDS =
  /^(?:|featurekey|featurename|cellkey|cell_?suspension.*|cell_?ids?|cell_?names?|bar_?codes?|gene_?ids?|gene_?names?|gene_?symbols?|ensembl_?ids?|feature_?ids?)$/i;

/** Counts the rows of a list. The first row is a header when its first field is a word that only such rows begin with. */
export async function axisShape(file: AxisFile): Promise<AxisShape> {
  let rows = 0;
  let first: string | undefined;
  for await (const batch of textLines(file.stream(), file.name)) {
    first ??= batch[0];
    rows += batch.length;
  }
  if (first === undefined) return { count: 0, delimiter: "\t", fields: 0 };
  const delimiter = delimiterOf(first);
  const fields = fieldsOf(first, delimiter);
  const isHeader = HEADER_WORDS.test((fields[0] ?? "").trim());
  return {
    count: rows - (isHeader ? 1 : 0),
    delimiter,
    fields: fields.length,
    ...(isHeader && { header: fields.map((field) => field.trim()) }),
  };
}

/** The list has a header of unknown words when it is one row longer than the axis. */
export function fitShape(
  file: AxisFile,
  shape: AxisShape,
  expected: number,
  first: readonly string[],
  axis: string,
): AxisShape {
  if (shape.count === expected) return shape;
  if (shape.count === expected + 1 && shape.header === undefined)
    return { ...shape, count: expected, header: first.map((field) => field.trim()) };
  throw new AxisLengthError(file.name, axis, shape.count, expected);
}

/** The first row's fields. */
export async function firstRow(file: AxisFile, delimiter: string): Promise<string[]> {
  for await (const batch of textLines(file.stream(), file.name)) return fieldsOf(batch[0] ?? "", delimiter);
  return [];
}

/** Rows below the header, as fields. */
export async function* axisRows(file: AxisFile, shape: AxisShape): AsyncGenerator<string[][]> {
  let skip = shape.header === undefined ? 0 : 1;
  for await (const batch of textLines(file.stream(), file.name)) {
    yield batch.slice(skip).map((line) => fieldsOf(line, shape.delimiter));
    skip = 0;
  }
}

const ID_COLUMNS = ["featurekey", "gene_id", "gene_ids", "ensembl_id", "id", "accession"];
const SYMBOL_COLUMNS = ["featurename", "gene_name", "gene_symbol", "symbol", "gene", "name"];
const TYPE_COLUMNS = ["feature_type", "feature_types"];

/** Genes of a list: identifier, symbol and kind of feature as 10x orders them, or by the names in the header. */
export async function readGenes(file: AxisFile, shape: AxisShape): Promise<KeptGenes> {
  const header = shape.header?.map((name) => name.toLowerCase());
  const find = (names: readonly string[], otherwise: number): number => {
    const at = header?.findIndex((name) => names.includes(name)) ?? -1;
    return at >= 0 ? at : otherwise;
  };
  const id = find(ID_COLUMNS, 0);
  const symbol = find(SYMBOL_COLUMNS, header === undefined && shape.fields > 1 ? 1 : id);
  const type = find(TYPE_COLUMNS, header === undefined ? 2 : -1);
  const ids: string[] = [];
  const symbols: string[] = [];
  const types: (string | undefined)[] = [];
  for await (const rows of axisRows(file, shape))
    for (const fields of rows) {
      ids.push((fields[id] ?? "").trim());
      symbols.push((fields[symbol] ?? "").trim());
      types.push(fields[type]?.trim());
    }
  return keptGenes(ids, symbols, types.includes("Gene Expression") ? types : undefined);
}

/** One column of a list of cells with a header. Numbers when every field that is not empty is one. */
export async function readCellColumn(file: AxisFile, shape: AxisShape, name: string): Promise<CellColumn> {
  const at = shape.header?.indexOf(name) ?? -1;
  if (at < 1) throw new UnknownCellColumnError(file.name, name, shape.header?.slice(1) ?? []);
  const texts: string[] = [];
  const known = new Map<string, string>();
  for await (const rows of axisRows(file, shape))
    for (const fields of rows) {
      const text = (fields[at] ?? "").trim();
      // Equal texts are kept once.
      const kept = known.get(text) ?? text;
      known.set(kept, kept);
      texts.push(kept);
    }
  return columnOfTexts(name, texts);
}

/** Numbers when every text that is not empty is one, else texts; an empty text is missing. */
export function columnOfTexts(name: string, texts: readonly string[]): CellColumn {
  const isNumber = texts.every((text) => text === "" || Number.isFinite(Number(text)));
  if (isNumber)
    return {
      kind: "number",
      name,
      values: Float64Array.from(texts, (text) => (text === "" ? Number.NaN : Number(text))),
    };
  const column = textColumn(name, texts);
  if (column.kind === "number") return column;
  const missing = column.levels.indexOf("");
  if (missing < 0) return column;
  const codes = column.codes.map((code) => (code === missing ? -1 : code > missing ? code - 1 : code));
  return { kind: "text", name, levels: column.levels.filter((level) => level !== ""), codes };
}
