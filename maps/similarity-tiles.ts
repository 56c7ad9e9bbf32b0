import { UnknownTileError } from "./errors.ts";
import type { VectorProducts } from "./vector-products.ts";

/** Edge of a tile in cells. */
export const TILE_EDGE = 256;
/** A cell without a cosine: beyond the edge, or a row without length. */
export const NO_COSINE = -128;

/** A heat map's rows and columns in the order drawn; level 0 has one cell a cosine, each further level one for 2 × 2 cells of the one before. */
export interface TileLayout {
  rows: ArrayLike<number>;
  columns: ArrayLike<number>;
}

/** One level of the pyramid: its cells, and its tiles of at most 256 × 256. */
export interface TileLevel {
  level: number;
  rows: number;
  columns: number;
  tileRows: number;
  tileColumns: number;
}

/** Levels from full size to the first that fits in one tile. */
export function tileLevels({ rows, columns }: TileLayout): TileLevel[] {
  const levels: TileLevel[] = [];
  for (let level = 0; ; level++) {
    const cells = [rows.length, columns.length].map((count) => Math.ceil(count / 2 ** level)) as [number, number];
    const [tileRows, tileColumns] = cells.map((count) => Math.max(1, Math.ceil(count / TILE_EDGE))) as [number, number];
    levels.push({ level, rows: cells[0], columns: cells[1], tileRows, tileColumns });
    if (tileRows === 1 && tileColumns === 1) return levels;
  }
}

/** A cosine as a signed byte: −127 … 127 for −1 … 1; −128 for none. */
export function cosineByte(cosine: number): number {
  if (Number.isNaN(cosine)) return NO_COSINE;
  // As Math.round does, halves up, and four times as fast.
  return cosine >= 1 ? 127 : cosine <= -1 ? -127 : ((127 * cosine + 127.5) | 0) - 127;
}

/** Tiles of one heat map. Tiles that were made are kept while the pyramid is: a coarse tile makes the finer ones under it once. */
export interface TilePyramid {
  levels: TileLevel[];
  /**
   * Cells of a tile, of shape (256, 256), row-major; −128 beyond the edge of the heat map.
   * @throws UnknownTileError (maps/unknown-tile)
   */
  tile(level: number, tileRow: number, tileColumn: number): Int8Array;
}

/**
 * Similarities of chosen rows as tiles of signed bytes, for a heat map that is panned and zoomed. A coarse cell keeps the cosine of largest
 * size with its sign (the positive one of two equal), so that a lone strong pair stays visible from afar. A map of rows with themselves
 * (`rows` and `columns` are one list) is half made: the other half is turned over from it.
 * @param products the group's vectors
 * @param hasDirection whether a row has a length; cells of others are −128
 * @param keeps whether tiles of a level are kept once made; those that are not are made again when asked for
 */
export function tilePyramid(
  products: VectorProducts,
  layout: TileLayout,
  hasDirection: (row: number) => boolean = () => true,
  keeps: (level: number) => boolean = () => true,
): TilePyramid {
  const levels = tileLevels(layout);
  const made = new Map<string, Int8Array>();
  const isSquare = layout.rows === layout.columns;
  const finest = finestCells(products, layout, hasDirection);
  const make = (level: number, tileRow: number, tileColumn: number): Int8Array => {
    const mirrored = isSquare ? made.get(`${level}/${tileColumn}/${tileRow}`) : undefined;
    if (mirrored !== undefined) return turnedOver(mirrored);
    if (level === 0) return finest(tileRow, tileColumn);
    const finer = levels[level - 1]!;
    // What is not kept is not made either: cells go straight into the coarse ones that they lie under.
    if (!keeps(level - 1)) return gathered(finest, levels[0]!, level, tileRow, tileColumn);
    return coarserTile((down, right) => {
      const [row, column] = [2 * tileRow + down, 2 * tileColumn + right];
      return row < finer.tileRows && column < finer.tileColumns ? tile(level - 1, row, column) : undefined;
    });
  };
  const tile = (level: number, tileRow: number, tileColumn: number): Int8Array => {
    const size = levels[level];
    const isThere = (at: number, count: number): boolean => Number.isInteger(at) && at >= 0 && at < count;
    if (size === undefined || !isThere(tileRow, size.tileRows) || !isThere(tileColumn, size.tileColumns))
      throw new UnknownTileError(level, tileRow, tileColumn, levels.length);
    const name = `${level}/${tileRow}/${tileColumn}`;
    const known = made.get(name);
    if (known !== undefined) return known;
    const cells = make(level, tileRow, tileColumn);
    if (keeps(level)) made.set(name, cells);
    return cells;
  };
  return { levels, tile };
}

type Cells = (tileRow: number, tileColumn: number) => Int8Array;

/** Makes tiles of level 0. */
function finestCells(products: VectorProducts, layout: TileLayout, hasDirection: (row: number) => boolean): Cells {
  const part = (all: ArrayLike<number>, tile: number): number[] =>
    Array.from({ length: Math.min(TILE_EDGE, all.length - tile * TILE_EDGE) }, (_, i) => all[tile * TILE_EDGE + i]!);
  return (tileRow, tileColumn) => {
    const rows = part(layout.rows, tileRow);
    const columns = part(layout.columns, tileColumn);
    const cosines = products.ofRows(rows, columns);
    const cells = new Int8Array(TILE_EDGE * TILE_EDGE).fill(NO_COSINE);
    const isPresent = Uint8Array.from(columns, (column) => (hasDirection(column) ? 1 : 0));
    const count = columns.length;
    for (let i = 0; i < rows.length; i++) {
      if (!hasDirection(rows[i]!)) continue;
      for (let j = 0, from = i * count, to = i * TILE_EDGE; j < count; j++, from++, to++)
        if (isPresent[j] === 1) cells[to] = cosineByte(cosines[from]!);
    }
    return cells;
  };
}

function turnedOver(cells: Int8Array): Int8Array {
  const turned = new Int8Array(cells.length);
  for (let i = 0; i < TILE_EDGE; i++)
    for (let j = 0; j < TILE_EDGE; j++) turned[j * TILE_EDGE + i] = cells[i * TILE_EDGE + j]!;
  return turned;
}

/** A byte as a number that grows with its size, the positive one of two equal above the negative one; none is lowest. */
const rankOf = (byte: number): number => (byte === NO_COSINE ? -1 : (byte << 1) ^ (byte >> 31));
const byteOfRank = (rank: number): number => (rank < 0 ? NO_COSINE : (rank >> 1) ^ -(rank & 1));

/** A tile of a coarse level straight from the finest cells. */
function gathered(finest: Cells, size: TileLevel, level: number, tileRow: number, tileColumn: number): Int8Array {
  const ranks = new Int16Array(TILE_EDGE * TILE_EDGE).fill(-1);
  const edge = 2 ** level;
  for (let down = 0; down < Math.min(edge, size.tileRows - tileRow * edge); down++)
    for (let right = 0; right < Math.min(edge, size.tileColumns - tileColumn * edge); right++) {
      const cells = finest(tileRow * edge + down, tileColumn * edge + right);
      const corner = ((down * TILE_EDGE) >> level) * TILE_EDGE + ((right * TILE_EDGE) >> level);
      for (let i = 0, from = 0; i < TILE_EDGE; i++) {
        const to = corner + (i >> level) * TILE_EDGE;
        for (let j = 0; j < TILE_EDGE; j++, from++) {
          const rank = rankOf(cells[from]!);
          const at = to + (j >> level);
          if (rank > ranks[at]!) ranks[at] = rank;
        }
      }
    }
  return Int8Array.from(ranks, byteOfRank);
}

/**
 * A tile from the four under it.
 * @param child the tile `down` (0, 1) and `right` (0, 1); undefined where the finer level has none
 */
export function coarserTile(child: (down: 0 | 1, right: 0 | 1) => Int8Array | undefined): Int8Array {
  const cells = new Int8Array(TILE_EDGE * TILE_EDGE).fill(NO_COSINE);
  const half = TILE_EDGE / 2;
  for (const down of [0, 1] as const) {
    for (const right of [0, 1] as const) {
      const finer = child(down, right);
      if (finer === undefined) continue;
      for (let i = 0; i < half; i++) {
        for (let j = 0; j < half; j++) {
          const from = 2 * i * TILE_EDGE + 2 * j;
          cells[(down * half + i) * TILE_EDGE + right * half + j] = stronger(
            stronger(finer[from]!, finer[from + 1]!),
            stronger(finer[from + TILE_EDGE]!, finer[from + TILE_EDGE + 1]!),
          );
        }
      }
    }
  }
  return cells;
}

/** The cell of larger size; the positive one of two equal; anything rather than none. */
export function stronger(a: number, b: number): number {
  if (a === NO_COSINE) return b;
  if (b === NO_COSINE) return a;
  const difference = Math.abs(a) - Math.abs(b);
  return difference > 0 || (difference === 0 && a > b) ? a : b;
}
