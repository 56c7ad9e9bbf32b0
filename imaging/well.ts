import { PlateFormatError, WellNameError } from "./errors.ts";

/** Place of a well on its plate, counted from 0: A01 is row 0, column 0. */
export interface WellPlace {
  readonly row: number;
  readonly column: number;
}

const WELL = /^([A-Z]|A[A-F])0*([1-9]\d?)$/;

/**
 * Reads a well's name: "C05", "c5" and "C005" are row 2, column 4; "AA01" is row 26 (1536-well plates go to AF48).
 * @throws WellNameError (imaging/well-name)
 */
export function parseWell(name: string): WellPlace {
  const match = WELL.exec(name.trim().toUpperCase());
  const letters = match?.[1];
  const column = Number(match?.[2]);
  if (letters === undefined || column > 48) throw new WellNameError(name);
  const last = letters.charCodeAt(letters.length - 1) - 65;
  return { row: letters.length === 2 ? 26 + last : last, column: column - 1 };
}

/**
 * Writes a well's name with two digits: row 2, column 4 is "C05".
 * @throws WellNameError (imaging/well-name) when the place is not on a plate of up to 32 × 48 wells
 */
export function wellName(row: number, column: number): string {
  if (!Number.isInteger(row) || !Number.isInteger(column) || row < 0 || row > 31 || column < 0 || column > 47) {
    throw new WellNameError(`row ${row}, column ${column}`);
  }
  const letters = row < 26 ? String.fromCharCode(65 + row) : `A${String.fromCharCode(65 + row - 26)}`;
  return letters + String(column + 1).padStart(2, "0");
}

/** Rows and columns of a microplate. */
export interface PlateFormat {
  readonly rows: number;
  readonly columns: number;
}

const FORMATS = new Map<number, PlateFormat>(
  [1, 2, 4, 8, 16].map((n) => [6 * n * n, { rows: 2 * n, columns: 3 * n }] as const),
);

/**
 * Rows and columns of the standard plates (6, 24, 96, 384, 1536 wells; ANSI SLAS 4-2004).
 * @throws PlateFormatError (imaging/plate-format)
 */
export function plateFormat(wellCount: number): PlateFormat {
  const format = FORMATS.get(wellCount);
  if (format === undefined) throw new PlateFormatError(`${wellCount} wells`, [...FORMATS.keys()].join(", "));
  return format;
}

/** The smallest standard plate that holds all the wells; undefined for no wells. */
export function plateFormatOf(wells: Iterable<string>): (PlateFormat & { wellCount: number }) | undefined {
  const places = [...wells].map(parseWell);
  if (places.length === 0) return undefined;
  const rows = Math.max(...places.map((place) => place.row)) + 1;
  const columns = Math.max(...places.map((place) => place.column)) + 1;
  for (const [wellCount, format] of FORMATS) {
    if (rows <= format.rows && columns <= format.columns && wellCount >= 96) return { ...format, wellCount };
  }
  return undefined;
}

/** All wells of a plate in reading order, A01 A02 … ; `border` leaves out that many outer rings. */
export function wellsOf(format: PlateFormat, border = 0): string[] {
  const names: string[] = [];
  for (let row = border; row < format.rows - border; row++) {
    for (let column = border; column < format.columns - border; column++) names.push(wellName(row, column));
  }
  return names;
}
