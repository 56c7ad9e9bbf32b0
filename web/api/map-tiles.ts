/** The tiles of a heat map as they come. */
import type { MapSelection } from "@artesian/server/api.ts";
import { NotJsonError } from "../errors.ts";
import { emptyCells, type HeatCells } from "../model/heat-cells.ts";
import { errorFrom } from "./client.ts";
import { groupAddress } from "./map-queries.ts";

/** Cells of a selection that fill as tiles come. */
export interface TileSource {
  cells: HeatCells;
  onTile: (listener: (index: number) => void) => () => void;
  /** Resolves when every tile is here. */
  whole: Promise<void>;
  stop: () => void;
}

/** Tiles that are asked for at once. */
const AT_ONCE = 6;

/** Reads the finest tiles of a selection, those at the top left first. */
export function openTiles(group: string, { selection, rows, columns }: MapSelection): TileSource {
  const cells = emptyCells(rows.length, columns.length);
  const listeners = new Set<(index: number) => void>();
  const ending = new AbortController();
  const waiting = cells.tiles
    .map((_, index) => ({ index, row: Math.floor(index / cells.tileColumns), column: index % cells.tileColumns }))
    .sort((a, b) => a.row + a.column - b.row - b.column || a.index - b.index);
  const reader = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const url = groupAddress(group, `/selections/${selection}/tiles/0/${next.row}/${next.column}`);
      const response = await fetch(url, { signal: ending.signal });
      if (!response.ok) throw errorFrom(await response.json().catch(() => undefined), url, response.status);
      const bytes = new Int8Array(await response.arrayBuffer());
      if (bytes.length !== 65_536) throw new NotJsonError(url, response.status);
      cells.tiles[next.index] = bytes;
      for (const listener of listeners) listener(next.index);
    }
  };
  return {
    cells,
    onTile: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    whole: Promise.all(Array.from({ length: AT_ONCE }, reader)).then(() => undefined),
    stop: () => ending.abort(),
  };
}
