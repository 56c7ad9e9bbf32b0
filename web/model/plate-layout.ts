/** The geometry of a plate. The grid comes from the plate format, never from the data. */

/** Rows and columns of a plate. */
export interface PlateShape {
  rows: number;
  columns: number;
}

/** Shape of a 96-, 384- or 1536-well plate. */
export function plateShape(wells: number): PlateShape {
  if (wells === 384) return { rows: 16, columns: 24 };
  if (wells === 1536) return { rows: 32, columns: 48 };
  return { rows: 8, columns: 12 };
}

/** Letters of a row counted from 0: A … Z, AA … AF. */
export function rowLetters(row: number): string {
  return row < 26 ? String.fromCharCode(65 + row) : `A${String.fromCharCode(65 + row - 26)}`;
}

/** Name of the well at a row and column counted from 0, "C05". */
export const wellAt = (row: number, column: number): string =>
  `${rowLetters(row)}${String(column + 1).padStart(2, "0")}`;

/** Row and column, counted from 0, of a well name; undefined when it is none. */
export function wellPosition(well: string): { row: number; column: number } | undefined {
  const match = /^([A-Z]{1,2})(\d{1,2})$/.exec(well);
  if (!match) return undefined;
  const letters = match[1]!;
  const row = letters.length === 1 ? letters.charCodeAt(0) - 65 : 26 + letters.charCodeAt(1) - 65;
  return { row, column: Number(match[2]) - 1 };
}

/** A key that moves the selection of a grid. */
export type GridKey = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight" | "Home" | "End";

const STEPS: Readonly<Record<GridKey, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Home: [0, -1],
  End: [0, 1],
};

/** Tells whether a key walks in grids. */
export const isGridKey = (key: string): key is GridKey => key in STEPS;

/**
 * The well that a key leads to: the nearest used well in that direction, else the well itself.
 * Home and End go to the first and last used well of the row.
 * @param used names of the wells that can be selected
 */
export function stepWell(from: string, key: GridKey, shape: PlateShape, used: ReadonlySet<string>): string {
  const start = wellPosition(from);
  if (!start) return used.values().next().value ?? from;
  const [dRow, dColumn] = STEPS[key];
  let found = from;
  let row = start.row + dRow;
  let column = start.column + dColumn;
  while (row >= 0 && row < shape.rows && column >= 0 && column < shape.columns) {
    const name = wellAt(row, column);
    if (used.has(name)) {
      found = name;
      if (key !== "Home" && key !== "End") break;
    }
    row += dRow;
    column += dColumn;
  }
  return found;
}

/** The used well before or after a well in reading order; stays at the ends. */
export function neighbourWell(from: string, step: 1 | -1, used: readonly string[]): string {
  const order = [...used].sort(byPosition);
  const index = order.indexOf(from);
  if (index < 0) return order[0] ?? from;
  return order[Math.max(0, Math.min(order.length - 1, index + step))]!;
}

/** Orders well names by row, then column. */
export function byPosition(a: string, b: string): number {
  const p = wellPosition(a);
  const q = wellPosition(b);
  if (!p || !q) return a < b ? -1 : a > b ? 1 : 0;
  return p.row - q.row || p.column - q.column;
}
