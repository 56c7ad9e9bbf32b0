import { WellNameError } from "./errors.ts";

/** Plate formats by their number of wells; of shape (rows, columns). */
const FORMATS: readonly { wells: number; rows: number; columns: number }[] = [
  { wells: 6, rows: 2, columns: 3 },
  { wells: 12, rows: 3, columns: 4 },
  { wells: 24, rows: 4, columns: 6 },
  { wells: 48, rows: 6, columns: 8 },
  { wells: 96, rows: 8, columns: 12 },
  { wells: 384, rows: 16, columns: 24 },
  { wells: 1536, rows: 32, columns: 48 },
];

/**
 * Zero-based row and column of a well's name: "C05" is row 2, column 4; "AF48" the last of 1536.
 * @throws WellNameError (store/well-name)
 */
export function placeOf(plate: string, well: string): { row: number; column: number } {
  const match = /^(A?[A-Z])(\d{1,2})$/.exec(well);
  const letters = match?.[1] ?? "";
  const last = letters.charCodeAt(letters.length - 1) - 65;
  const row = letters.length === 2 ? 26 + last : last;
  const column = Number(match?.[2] ?? 0) - 1;
  if (match === null || row > 31 || column < 0 || column > 47) throw new WellNameError(plate, well);
  return { row, column };
}

/** "C" for row 2, "AA" for row 26. */
export function rowName(row: number): string {
  return row < 26 ? String.fromCharCode(65 + row) : `A${String.fromCharCode(65 + row - 26)}`;
}

/** The format of `wells` wells, or the smallest of 96 and more that holds the given place when the number is not known (0). */
export function formatOf(
  wells: number,
  maxRow: number,
  maxColumn: number,
): { wells: number; rows: number; columns: number } {
  const exact = FORMATS.find((format) => format.wells === wells);
  if (exact !== undefined) return exact;
  return (
    FORMATS.find((format) => format.wells >= 96 && format.rows > maxRow && format.columns > maxColumn) ??
    FORMATS[FORMATS.length - 1]!
  );
}
