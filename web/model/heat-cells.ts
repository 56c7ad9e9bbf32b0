/** Cosines of a heat map as signed bytes in tiles, and what is shown of them: variant, order, and coarser levels for a view from afar. */
import { percentileOf } from "@artesian/maps/percentile.ts";
import { cosineByte, NO_COSINE, stronger, TILE_EDGE } from "@artesian/maps/similarity-tiles.ts";

/** Cells of shape (rows, columns) in tiles of 256 × 256 as they come; −127 … 127 for −1 … 1, −128 for no cosine. */
export interface HeatCells {
  readonly rows: number;
  readonly columns: number;
  readonly tileRows: number;
  readonly tileColumns: number;
  /** Tiles in row-major order; undefined until one is here. */
  readonly tiles: (Int8Array | undefined)[];
  /** The whole map from afar, rows and columns as given: what is shown of a large map until all of its tiles are here. */
  preview?: HeatPreview;
  /** Too large for each of its cells: the preview is all that there will be. */
  readonly isFarOnly: boolean;
}

/** A coarser level of a whole map. */
export interface HeatPreview extends HeatLevel {
  /** Each of its cells stands for 2^level × 2^level. */
  level: number;
}

/** Whether every tile is here. */
export const isWhole = ({ tiles }: HeatCells): boolean => tiles.every((tile) => tile !== undefined);

/**
 * What stands for the map as long as tiles are missing; undefined when they are all here, or there is nothing to stand for them.
 * @param level that the view asks for; the cells themselves (0) are stood for only where they will never come
 */
export const standIn = (cells: HeatCells, level: number): HeatPreview | undefined =>
  (level === 0 && !cells.isFarOnly) || isWhole(cells) ? undefined : cells.preview;

/** A level put together from the server's tiles of it, row-major. @param tiles of 256 × 256, row-major, in row-major order */
export function levelOfTiles(tiles: readonly Int8Array[], rows: number, columns: number): HeatLevel {
  const across = Math.ceil(columns / TILE_EDGE);
  const bytes = new Int8Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (let first = 0; first < columns; first += TILE_EDGE) {
      const tile = tiles[(row >> 8) * across + (first >> 8)]!;
      const from = (row & 255) << 8;
      bytes.set(tile.subarray(from, from + Math.min(TILE_EDGE, columns - first)), row * columns + first);
    }
  return { rows, columns, bytes };
}

/** Most tiles that are read in full: 10,000 × 10,000 cells, 100 MB. */
const MOST_TILES = 1600;

/** A heat map without a tile yet. */
export function emptyCells(rows: number, columns: number): HeatCells {
  const tileRows = Math.max(1, Math.ceil(rows / TILE_EDGE));
  const tileColumns = Math.max(1, Math.ceil(columns / TILE_EDGE));
  const count = tileRows * tileColumns;
  return { rows, columns, tileRows, tileColumns, tiles: Array.from({ length: count }), isFarOnly: count > MOST_TILES };
}

/** A heat map of which every cosine is known. @param cosines of shape (rows, columns), row-major; null or NaN for none */
export function cellsOf(cosines: ArrayLike<number | null>, rows: number, columns: number): HeatCells {
  const cells = emptyCells(rows, columns);
  for (let k = 0; k < cells.tiles.length; k++) cells.tiles[k] = new Int8Array(TILE_EDGE * TILE_EDGE).fill(NO_COSINE);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      cells.tiles[tileOf(cells, i, j)]![placeInTile(i, j)] = cosineByte(cosines[i * columns + j] ?? Number.NaN);
  return cells;
}

const tileOf = (cells: HeatCells, row: number, column: number): number =>
  (row >> 8) * cells.tileColumns + (column >> 8);
const placeInTile = (row: number, column: number): number => ((row & 255) << 8) | (column & 255);

/** The byte of a cell; undefined while its tile is on its way. */
export const byteAt = (cells: HeatCells, row: number, column: number): number | undefined =>
  cells.tiles[tileOf(cells, row, column)]?.[placeInTile(row, column)];

/** The cosine of a cell, to 1/127; null when there is none, undefined while it is on its way. */
export function cosineOf(cells: HeatCells, row: number, column: number): number | null | undefined {
  const byte = byteAt(cells, row, column);
  return byte === undefined ? undefined : byte === NO_COSINE ? null : byte / 127;
}

/** Cosines as they are, less their column's mean over its standard deviation, or as percentiles among all pairs. */
export type HeatVariant = "raw" | "z" | "percentile";

/** z that has the full colour. */
export const FULL_Z = 3;

/** What turns a stored byte into a shown one. */
export interface HeatShown {
  variant: HeatVariant;
  /** Shown byte for each stored one, by byte + 128; for "percentile". */
  table: Int8Array;
  /** Mean, then 1 / standard deviation (0 where it does not vary), of each column's cosines; for "z". Of shape (columns, 2). */
  spread: Float32Array;
}

const unchanged = (): Int8Array => Int8Array.from({ length: 256 }, (_, k) => k - 128);

/**
 * @param quantiles of the group's cosines, for percentiles; without them percentiles are shown as they are stored
 */
export function shownAs(cells: HeatCells, variant: HeatVariant, quantiles: ArrayLike<number> = []): HeatShown {
  const table = unchanged();
  if (variant === "percentile" && quantiles.length > 1)
    for (let byte = -127; byte <= 127; byte++)
      table[byte + 128] = cosineByte(percentileOf(quantiles, byte / 127) / 50 - 1);
  return { variant, table, spread: variant === "z" ? columnSpread(cells) : new Float32Array(2 * cells.columns) };
}

/** Mean and 1 / standard deviation (ddof 1) of the cosines of each column, of shape (columns, 2); cells without a cosine are not counted. */
export function columnSpread(cells: HeatCells): Float32Array {
  const spread = new Float32Array(2 * cells.columns);
  for (let column = 0; column < cells.columns; column++) {
    let count = 0;
    let sum = 0;
    let squares = 0;
    for (let tileRow = 0; tileRow < cells.tileRows; tileRow++) {
      const tile = cells.tiles[tileRow * cells.tileColumns + (column >> 8)];
      const last = Math.min(TILE_EDGE, cells.rows - tileRow * TILE_EDGE);
      if (tile === undefined) continue;
      for (let i = 0; i < last; i++) {
        const byte = tile[(i << 8) | (column & 255)]!;
        if (byte === NO_COSINE) continue;
        count++;
        sum += byte;
        squares += byte * byte;
      }
    }
    // Sums of whole bytes are exact, so that a column of equal cells has no spread at all.
    const variance = count > 1 ? (squares - (sum * sum) / count) / (count - 1) : 0;
    spread[2 * column] = count > 0 ? sum / count / 127 : 0;
    spread[2 * column + 1] = variance > 0 ? 127 / Math.sqrt(variance) : 0;
  }
  return spread;
}

/** The byte that is drawn for a stored one. */
export function shownByte({ variant, table, spread }: HeatShown, byte: number, column: number): number {
  if (byte === NO_COSINE || variant === "raw") return byte;
  if (variant === "percentile") return table[byte + 128]!;
  const over = spread[2 * column + 1]!;
  return over === 0 ? NO_COSINE : cosineByte(((byte / 127 - spread[2 * column]!) * over) / FULL_Z);
}

/** A cosine less its column's mean, in its column's standard deviations; NaN in a column without spread. */
export function zOf({ spread }: HeatShown, cosine: number, column: number): number {
  const over = spread[2 * column + 1]!;
  return over === 0 ? Number.NaN : (cosine - spread[2 * column]!) * over;
}

/** Shown bytes of a part of a heat map, row-major. */
export interface HeatLevel {
  rows: number;
  columns: number;
  bytes: Int8Array;
}

/** The finest level in the order drawn; cells whose tile is on its way are −128. @param rowOrder row of the cells at each place drawn */
export function finestLevel(
  cells: HeatCells,
  rowOrder: ArrayLike<number>,
  columnOrder: ArrayLike<number>,
  shown: HeatShown,
): HeatLevel {
  const [rows, columns] = [rowOrder.length, columnOrder.length];
  const bytes = new Int8Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const column = columnOrder[j]!;
      bytes[i * columns + j] = shownByte(shown, byteAt(cells, rowOrder[i]!, column) ?? NO_COSINE, column);
    }
  return { rows, columns, bytes };
}

/** The next coarser level: of each 2 × 2 cells the one of largest size, with its sign, so that a lone strong pair is seen from afar. */
export function coarserLevel(finer: HeatLevel): HeatLevel {
  const [rows, columns] = [Math.ceil(finer.rows / 2), Math.ceil(finer.columns / 2)];
  const bytes = new Int8Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const at = 2 * i * finer.columns + 2 * j;
      const right = 2 * j + 1 < finer.columns;
      const down = 2 * i + 1 < finer.rows;
      let best = finer.bytes[at]!;
      if (right) best = stronger(best, finer.bytes[at + 1]!);
      if (down) best = stronger(best, finer.bytes[at + finer.columns]!);
      if (down && right) best = stronger(best, finer.bytes[at + finer.columns + 1]!);
      bytes[i * columns + j] = best;
    }
  return { rows, columns, bytes };
}
