import { digestOf } from "@artesian/data";
import {
  byteCache,
  type GroupView,
  type TileLayout,
  type TileLevel,
  type TilePyramid,
  tileLevels,
  tilePyramid,
} from "@artesian/maps";
import { RequestError } from "./errors.ts";

/** Heat maps that are read as tiles: which rows and columns, and the tiles made so far. */
export interface Selections {
  /** Names rows and columns of a group version; equal ones have one name, on every server. */
  open(view: GroupView, layout: TileLayout): Promise<{ selection: string; levels: TileLevel[] }>;
  /** @throws RequestError (server/not-found) for one that was never opened here, or not used for long; UnknownTileError (maps/unknown-tile) */
  tile(
    view: GroupView,
    selection: string,
    at: [level: number, tileRow: number, tileColumn: number],
  ): Promise<Int8Array>;
}

const TILE_BYTES = 256 * 256;

/** @param budgetBytes of selections and tiles that are kept; default 256 MiB, which holds two heat maps of 10,000 × 10,000 in full */
export function createSelections(budgetBytes = 256 * 2 ** 20): Selections {
  const layouts = byteCache(budgetBytes / 8);
  const pyramids = byteCache(budgetBytes);
  const pyramidOf = (view: GroupView, selection: string, layout: TileLayout): Promise<TilePyramid> =>
    pyramids.get(
      `${view.name}/${selection}`,
      async () => {
        const chosen = [...new Set([...Array.from(layout.rows), ...Array.from(layout.columns)])];
        const [products, norms] = await Promise.all([view.among(chosen), view.norms()]);
        const keeps = (level: number): boolean => level >= keptFrom(layout);
        return tilePyramid(products, layout, (row) => norms[row]! > 0, keeps);
      },
      // With all of the tiles that are kept, and its vectors.
      ({ levels }) =>
        levels
          .slice(keptFrom(layout))
          .reduce((sum, { tileRows, tileColumns }) => sum + tileRows * tileColumns * TILE_BYTES, 0) +
        (layout.rows.length + layout.columns.length) * view.manifest.dims * 4,
    );
  return {
    async open(view, layout) {
      const { rows, columns } = layout;
      const selection = digestOf({ group: view.name, rows: Array.from(rows), columns: Array.from(columns) }).slice(
        0,
        32,
      );
      await layouts.get(
        selection,
        async () => ({ group: view.name, layout }),
        () => 8 * (rows.length + columns.length),
      );
      return { selection, levels: tileLevels(layout) };
    },
    async tile(view, selection, [level, tileRow, tileColumn]) {
      const missing = new RequestError(
        404,
        "server/not-found",
        `There is no selection ${selection} of ${view.name}.`,
        "Post its rows and columns again: the name will be the same.",
      );
      const { group, layout } = await layouts.get<{ group: string; layout: TileLayout }>(
        selection,
        () => Promise.reject(missing),
        () => 0,
      );
      if (group !== view.name) throw missing;
      const pyramid = await pyramidOf(view, selection, layout);
      await makeUnder(pyramid, keptFrom(layout), [level, tileRow, tileColumn]);
      return pyramid.tile(level, tileRow, tileColumn);
    },
  };
}

/** Tiles of the finest level up to which all are kept: 10,000 × 10,000 cells. Of larger maps coarse levels alone, which people see from afar. */
const MOST_KEPT = 1600;
/** Level of a larger map from which tiles are kept; one of its tiles takes a few hundredths of a second. */
const COARSE = 2;

function keptFrom(layout: TileLayout): number {
  const { tileRows, tileColumns } = tileLevels(layout)[0]!;
  return tileRows * tileColumns <= MOST_KEPT ? 0 : COARSE;
}

/** Tiles made at one go: a few milliseconds. */
const AT_ONCE = 4;

/** Makes the kept tiles under a coarse one, letting others in between. */
async function makeUnder(
  pyramid: TilePyramid,
  from: number,
  [level, row, column]: [number, number, number],
): Promise<void> {
  const finest = pyramid.levels[from];
  if (finest === undefined || level <= from) return;
  const edge = 2 ** (level - from);
  let made = 0;
  for (let r = row * edge; r < Math.min(finest.tileRows, (row + 1) * edge); r++)
    for (let c = column * edge; c < Math.min(finest.tileColumns, (column + 1) * edge); c++) {
      if (from > 0 || made++ % AT_ONCE === AT_ONCE - 1) await new Promise((resolve) => setImmediate(resolve));
      pyramid.tile(from, r, c);
    }
}
