import { numberOf, readCell } from "./csv-cell.ts";
import { decodeText, refuseRagged, refuseRepeated, splitRecords } from "./csv-text.ts";
import { EmptyTableError, MissingColumnError } from "./ingest-errors.ts";

/** What is wanted of an image table. */
export interface ImageWish {
  strata: readonly string[];
  fieldOfViewColumn: string;
  /** Prefixes of features to add. */
  categories: readonly string[];
  /** Stands in for Metadata_Plate. */
  plateColumn?: string | undefined;
  /** The plate where no column names it. */
  plate?: string | undefined;
}

/** The rows of an image table, as far as they are wanted. */
export interface ImageTable {
  /** Columns of the table, as they are. */
  names: readonly string[];
  imageNumbers: Float64Array;
  /** Of shape (rows, strata); null when the cell is missing. */
  strata: (string | null)[][];
  /** Field of view of each row; null when missing. Undefined when the table has no such column. */
  fieldsOfView?: (string | null)[];
  /** Names as in profiles: `Image_…` and `Metadata_Count_…`. */
  features: string[];
  /** Of shape (rows, features). */
  values: Float64Array;
}

/** Rows of cells under a header, from a file or a database. */
export interface TextTable {
  names: readonly string[];
  rows: readonly (readonly (string | null)[])[];
}

/**
 * Reads the bytes of an Image.csv.
 * @throws EmptyTableError (profiling/empty-table), EncodingError (profiling/encoding), RaggedRowError (profiling/ragged-row),
 *   RepeatedColumnError (profiling/repeated-column), UnclosedQuoteError (profiling/unclosed-quote)
 */
export function parseImageTable(bytes: Uint8Array, file: string): TextTable {
  if (bytes.length === 0) throw new EmptyTableError(file, "the file has no byte");
  const [header, ...records] = splitRecords(decodeText(bytes, file), file);
  if (header === undefined) throw new EmptyTableError(file, "the file has no byte");
  refuseRepeated(header.cells, file, header.line);
  refuseRagged(records, header.cells.length, file);
  if (records.length === 0) throw new EmptyTableError(file, "there is a header and no record");
  return { names: header.cells, rows: records.map(({ cells }) => cells) };
}

/**
 * Takes what is wanted from an image table. Columns may carry the prefix `Image_`, as those of databases do.
 * @throws MissingColumnError (profiling/missing-column)
 */
export function takeImages(table: TextTable, file: string, wish: ImageWish): ImageTable {
  const index = new Map(table.names.map((name, i) => [name, i]));
  const find = (name: string): number | undefined => index.get(name) ?? index.get(`Image_${name}`);
  const cells = (column: number): (string | null)[] =>
    table.rows.map((row) => {
      const text = row[column] ?? null;
      return text === null || readCell(text).kind === "missing" ? null : text.trim();
    });
  const required = (name: string, hint: string): number => {
    const column = find(name);
    if (column === undefined) throw new MissingColumnError(file, name, table.names, hint);
    return column;
  };
  const imageColumn = required("ImageNumber", "It links objects to their image: export the image table with it.");
  const strataColumns = wish.strata.map((name): (string | null)[] => {
    const own =
      find(name) ?? (name === "Metadata_Plate" && wish.plateColumn !== undefined ? find(wish.plateColumn) : undefined);
    if (own !== undefined) return cells(own);
    if (name === "Metadata_Plate" && wish.plate !== undefined) return table.rows.map(() => wish.plate ?? null);
    return cells(
      required(
        name,
        name === "Metadata_Plate"
          ? "Name the column that holds the plate, or give the plate's name."
          : "Profiles are named by it: add it to the image table, or choose other strata.",
      ),
    );
  });
  const site = find(wish.fieldOfViewColumn);
  const picked = table.names.flatMap((name, i) => {
    const plain = name.startsWith("Image_") ? name.slice("Image_".length) : name;
    if (!wish.categories.some((category) => plain.startsWith(category))) return [];
    return [{ name: plain.startsWith("Count_") ? `Metadata_${plain}` : `Image_${plain}`, column: i }];
  });
  const values = new Float64Array(table.rows.length * picked.length);
  table.rows.forEach((row, r) => {
    picked.forEach(({ column }, j) => {
      values[r * picked.length + j] = numberOf(row[column] ?? "");
    });
  });
  return {
    names: table.names,
    imageNumbers: Float64Array.from(table.rows, (row) => numberOf(row[imageColumn] ?? "")),
    strata: table.rows.map((_, r) => strataColumns.map((column) => column[r] ?? null)),
    ...(site !== undefined && { fieldsOfView: cells(site) }),
    features: picked.map(({ name }) => name),
    values,
  };
}
