import { TableShapeError } from "./errors.ts";

/** Numbers of shape (rows); a missing value is NaN. */
export interface NumberColumn {
  name: string;
  kind: "number";
  values: Float64Array;
}

/** Texts of shape (rows); a missing value is null. */
export interface TextColumn {
  name: string;
  kind: "text";
  values: (string | null)[];
}

export type Column = NumberColumn | TextColumn;

/** Named columns of one length, in order. */
export interface Table {
  columns: Column[];
  rowCount: number;
}

/**
 * Makes a table of columns.
 * @throws TableShapeError (data/table-shape) when a column's length differs from the first one's
 */
export function tableOf(columns: Column[]): Table {
  const rowCount = columns[0]?.values.length ?? 0;
  for (const column of columns) {
    if (column.values.length !== rowCount) throw new TableShapeError(column.name, column.values.length, rowCount);
  }
  return { columns, rowCount };
}

/** The column of a name, or undefined. */
export function columnOf(table: Table, name: string): Column | undefined {
  return table.columns.find((column) => column.name === name);
}

/** One cell as text: missing is null, numbers in their shortest exact form. */
export function cellText(column: Column, row: number): string | null {
  if (column.kind === "text") return column.values[row] ?? null;
  const value = column.values[row] ?? Number.NaN;
  return Number.isNaN(value) ? null : String(value);
}

/** A row as a plain object; missing cells are null. */
export function rowOf(table: Table, row: number): Record<string, string | number | null> {
  const result: Record<string, string | number | null> = {};
  for (const column of table.columns) {
    if (column.kind === "text") result[column.name] = column.values[row] ?? null;
    else {
      const value = column.values[row] ?? Number.NaN;
      result[column.name] = Number.isNaN(value) ? null : value;
    }
  }
  return result;
}

/**
 * A table from plain rows; columns are the union of the rows' keys in order of first appearance. A column is numeric when all of
 * its present values are numbers.
 */
export function tableFromRows(rows: readonly Readonly<Record<string, string | number | null | undefined>>[]): Table {
  const names = new Set<string>();
  for (const row of rows) for (const name of Object.keys(row)) names.add(name);
  const columns = [...names].map((name): Column => {
    const cells = rows.map((row) => row[name] ?? null);
    const numeric =
      cells.every((cell) => cell === null || typeof cell === "number") && cells.some((cell) => cell !== null);
    return numeric
      ? {
          name,
          kind: "number",
          values: Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : Number(cell))),
        }
      : { name, kind: "text", values: cells.map((cell) => (cell === null ? null : String(cell))) };
  });
  return { columns, rowCount: rows.length };
}
