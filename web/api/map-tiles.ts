/** The tiles of a heat map as they come. */

import { TILE_EDGE } from "@artesian/maps/similarity-tiles.ts";
import type { MapSelection } from "@artesian/server/api.ts";
import { NotJsonError } from "../errors.ts";
import { emptyCells, type HeatCells, levelOfTiles } from "../model/heat-cells.ts";
import { errorFrom } from "./client.ts";
import { groupAddress } from "./map-queries.ts";

/** Cells of a selection that fill as tiles come. */
export interface TileSource {
  cells: HeatCells;
  /** Calls back with a tile's place in `cells.tiles`, or undefined when a preview came. */
  onTile: (listener: (index: number | undefined) => void) => () => void;
  /** Resolves when every tile is here. */
  whole: Promise<void>;
  stop: () => void;
}

/** Tiles that are asked for at once. */
const AT_ONCE = 6;
/** A map of more tiles is first shown from afar. */
export const FEW_TILES = 9;
/** Most cells along an edge of the map from afar. */
const PREVIEW_EDGE = 512;

/** Reads the tiles of a selection: of a large one first a level that shows it as a whole, then the finest, those at the top left first. */
export function openTiles(group: string, { selection, rows, columns, levels }: MapSelection): TileSource {
  const cells = emptyCells(rows.length, columns.length);
  const listeners = new Set<(index: number | undefined) => void>();
  const ending = new AbortController();
  const tile = async (level: number, row: number, column: number): Promise<Int8Array> => {
    const url = groupAddress(group, `/selections/${selection}/tiles/${level}/${row}/${column}`);
    const response = await fetch(url, { signal: ending.signal });
    if (!response.ok) throw errorFrom(await response.json().catch(() => undefined), url, response.status);
    const bytes = new Int8Array(await response.arrayBuffer());
    if (bytes.length !== TILE_EDGE * TILE_EDGE) throw new NotJsonError(url, response.status);
    return bytes;
  };
  const tell = (index: number | undefined): void => {
    for (const listener of listeners) listener(index);
  };
  const readPreview = async (): Promise<void> => {
    const size = levels.find((one) => Math.max(one.rows, one.columns) <= PREVIEW_EDGE);
    if (cells.tiles.length <= FEW_TILES || size === undefined) return;
    const { level, tileRows, tileColumns } = size;
    const places = Array.from({ length: tileRows * tileColumns }, (_, k) => k);
    const tiles = await Promise.all(places.map((k) => tile(level, Math.floor(k / tileColumns), k % tileColumns)));
    cells.preview = { level, ...levelOfTiles(tiles, size.rows, size.columns) };
    tell(undefined);
  };
  const waiting = cells.tiles
    .map((_, index) => ({ index, row: Math.floor(index / cells.tileColumns), column: index % cells.tileColumns }))
    .sort((a, b) => a.row + a.column - b.row - b.column || a.index - b.index);
  const reader = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      cells.tiles[next.index] = await tile(0, next.row, next.column);
      tell(next.index);
    }
  };
  return {
    cells,
    onTile: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    whole: readPreview()
      .then(() => (cells.isFarOnly ? [] : Promise.all(Array.from({ length: AT_ONCE }, reader))))
      .then(() => undefined),
    stop: () => ending.abort(),
  };
}
