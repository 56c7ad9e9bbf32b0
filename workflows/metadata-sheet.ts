import { cellText, plainColumn, readCsv, sheetHeader } from "@artesian/data";
import { parseWell, wellName } from "@artesian/imaging";
import { MetadataError } from "./errors.ts";

/** One well's row of a metadata sheet. */
export interface SheetRow {
  plate: string | null;
  well: string;
  /** 1-based line in the file, for messages. */
  line: number;
  /** All columns as text; missing cells are null. */
  cells: Record<string, string | null>;
}

export interface MetadataSheet {
  source: string;
  columns: string[];
  rows: SheetRow[];
}

const PLATE_COLUMNS = ["plate", "plate_id", "barcode", "assay_plate_barcode", "plate_name", "plate_map_name"];
const WELL_COLUMNS = ["well", "well_position", "well_id", "well_name"];
const ROW_COLUMNS = ["row", "well_row"];
const COLUMN_COLUMNS = ["column", "col", "well_column", "well_col"];

/**
 * Reads a sheet with one row a well. The well is in a column such as `Well` or `Metadata_well_position`, or in `Row` (letter or
 * number) and `Column`; the plate, where there are several, in a column such as `Plate` or `Assay_Plate_Barcode`.
 * @param source names the sheet in messages
 * @throws CsvError (data/csv); MetadataError (workflows/metadata) with the line: no well column, a well that is none, a well
 *   twice with different contents
 */
export function readMetadataSheet(text: string, source: string): MetadataSheet {
  const { delimiter, columns: named } = sheetHeader(text);
  // Bar codes stay text also when they look like numbers.
  const barCodes = named.filter((name) => PLATE_COLUMNS.includes(plainColumn(name)));
  const table = readCsv(text, { source, delimiter, text: barCodes });
  const columns = table.columns.map((column) => column.name);
  const plateColumn = findColumn(columns, PLATE_COLUMNS);
  const wellColumn = findColumn(columns, WELL_COLUMNS);
  const rowColumn = findColumn(columns, ROW_COLUMNS);
  const columnColumn = findColumn(columns, COLUMN_COLUMNS);
  if (wellColumn === undefined && (rowColumn === undefined || columnColumn === undefined)) {
    throw new MetadataError(
      source,
      1,
      `no column names the well. Found ${columns.join(", ")}; expected Well (such as C05), or Row and Column.`,
    );
  }
  const rows: SheetRow[] = [];
  const seen = new Map<string, SheetRow>();
  for (let index = 0; index < table.rowCount; index++) {
    const line = index + 2;
    const cells: Record<string, string | null> = {};
    for (const column of table.columns) cells[column.name] = cellText(column, index);
    const written =
      wellColumn === undefined
        ? `${rowLetter(cells[rowColumn ?? ""] ?? "")}${(cells[columnColumn ?? ""] ?? "").padStart(2, "0")}`
        : (cells[wellColumn] ?? "");
    const well = canonicalWell(written);
    if (well === undefined)
      throw new MetadataError(
        source,
        line,
        `"${written}" is not a well. Expected a row letter and a column number, such as C05.`,
      );
    const plate = plateColumn === undefined ? null : (cells[plateColumn] ?? null);
    const row = { plate, well, line, cells };
    const key = `${plate ?? ""}/${well}`;
    const other = seen.get(key);
    if (other === undefined) {
      seen.set(key, row);
      rows.push(row);
    } else if (contradicts(other, row)) {
      throw new MetadataError(
        source,
        line,
        `well ${well}${plate === null ? "" : ` of plate ${plate}`} is described again, differently from line ${other.line}. Keep one of them.`,
      );
    }
  }
  if (rows.length === 0) throw new MetadataError(source, 1, "has a header and no rows; expected one row a well.");
  return { source, columns, rows };
}

function findColumn(columns: readonly string[], names: readonly string[]): string | undefined {
  for (const name of names) {
    const found = columns.find((column) => plainColumn(column) === name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The first column whose name, without prefix and case, is one of `names`. */
export function sheetColumn(sheet: MetadataSheet, names: readonly string[]): string | undefined {
  return findColumn(sheet.columns, names);
}

function rowLetter(row: string): string {
  if (!/^\d+$/.test(row)) return row;
  return wellName(Number(row) - 1, 0).replace(/\d+$/, "");
}

function canonicalWell(text: string): string | undefined {
  try {
    const { row, column } = parseWell(text.trim());
    return wellName(row, column);
  } catch {
    return undefined;
  }
}

function contradicts(a: SheetRow, b: SheetRow): boolean {
  return Object.keys(a.cells).some(
    (column) => plainColumn(column) !== "imagenumber" && (a.cells[column] ?? null) !== (b.cells[column] ?? null),
  );
}
