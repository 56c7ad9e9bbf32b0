/** The table twin of a picture: columns, rows, and its CSV text. */

/** A value of a table cell. */
export type Cell = string | number | boolean | null | undefined;

/** A column of a table twin; the unit stands in the header, never in the cells. */
export interface TwinColumn {
  key: string;
  label: string;
  unit?: string;
}

/** Columns and rows that hold everything that a picture shows. */
export interface TableTwin {
  columns: readonly TwinColumn[];
  rows: readonly Readonly<Record<string, Cell>>[];
}

function field(value: Cell): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
  const text = String(value);
  // A leading =, +, - or @ would be run as a formula by spreadsheets; numbers never come here as text.
  const safe = /^[=+@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * CSV (RFC 4180, LF line ends) of a table twin at full precision; missing values are empty.
 * @example twinToCsv({ columns: [{ key: "d", label: "dose", unit: "µM" }], rows: [{ d: 1 }] }) // "dose (µM)\n1\n"
 */
export function twinToCsv(twin: TableTwin): string {
  const header = twin.columns.map((c) => field(c.unit ? `${c.label} (${c.unit})` : c.label)).join(",");
  const lines = twin.rows.map((row) => twin.columns.map((c) => field(row[c.key])).join(","));
  return `${[header, ...lines].join("\n")}\n`;
}
