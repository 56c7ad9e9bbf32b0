/** The heat map on a plain canvas, for machines without WebGL2: the same levels and colours, made by the processor. */
import { NO_COSINE } from "@artesian/maps/similarity-tiles.ts";
import {
  byteAt,
  coarserLevel,
  finestLevel,
  type HeatCells,
  type HeatLevel,
  type HeatShown,
  isWhole,
  shownAs,
  shownByte,
  standIn,
} from "../model/heat-cells.ts";
import { levelOfView } from "../model/heat-view.ts";
import type { HeatColors, HeatRenderer } from "./heat-renderer.ts";

/** Marks of pixels beside the map, and between two columns. */
const [OUTSIDE, GAP] = [-1, -2];
/** A map of more tiles is not made coarser before all of it is here. */
const FEW_TILES = 9;

/** @throws Error where the canvas gives no 2-D context either */
export function canvasHeatmap(canvas: HTMLCanvasElement, cells: HeatCells): HeatRenderer {
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("This canvas gives no 2-D context.");
  let order: { rows: ArrayLike<number>; columns: ArrayLike<number> } = { rows: [], columns: [] };
  let shown = shownAs(cells, "raw");
  let colors: HeatColors | undefined;
  let levels: HeatLevel[] = [];
  const levelAt = (level: number): HeatLevel => {
    if (levels.length === 0) levels = [finestLevel(cells, order.rows, order.columns, shown)];
    while (levels.length <= level) levels.push(coarserLevel(levels.at(-1)!));
    return levels[level]!;
  };
  return {
    kind: "canvas",
    setTile: () => {
      levels = [];
    },
    setOrder: (rows, columns) => {
      order = { rows, columns };
      levels = [];
    },
    setShown: (next: HeatShown) => {
      shown = next;
      levels = [];
    },
    setColors: (next) => {
      colors = next;
    },
    draw: (view, width, height, pixelRatio) => {
      const [w, h] = [Math.max(1, Math.round(width * pixelRatio)), Math.max(1, Math.round(height * pixelRatio))];
      if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
      if (colors === undefined) return;
      const { palette, surface, sunken, line } = colors;
      const fine = levelOfView(view.cell, pixelRatio);
      const preview = standIn(cells, fine);
      if (
        preview === undefined &&
        (cells.isFarOnly || (fine > 0 && !isWhole(cells) && cells.tiles.length > FEW_TILES))
      ) {
        context.fillStyle = `rgb(${colors.sunken.join(" ")})`;
        context.fillRect(0, 0, w, h);
        return;
      }
      const level = preview?.level ?? fine;
      // Cells themselves are read where they lie: a level of them all would be made anew with each tile.
      const far = preview ?? (level > 0 ? levelAt(level) : undefined);
      const cell = view.cell * pixelRatio;
      const gap = view.cell >= 7 ? 1 - (0.8 * pixelRatio) / cell : 2;
      const across = Int32Array.from({ length: w }, (_, px) => {
        const x = view.x + (px + 0.5) / cell;
        return x >= order.columns.length ? OUTSIDE : x % 1 > gap ? GAP : Math.floor(x);
      });
      const image = context.createImageData(w, h);
      const pixels = image.data;
      for (let py = 0; py < h; py++) {
        const y = view.y + (py + 0.5) / cell;
        if (y >= order.rows.length) break;
        const isRowGap = y % 1 > gap;
        const row = order.rows[Math.floor(y)]!;
        const farRow = far === undefined ? 0 : (Math.floor(y) >> level) * far.columns;
        for (let px = 0; px < w; px++) {
          const x = across[px]!;
          if (x === OUTSIDE) break;
          const at = 4 * (py * w + px);
          let from: ArrayLike<number> = surface;
          let k = 0;
          if (!isRowGap && x !== GAP) {
            const column = far === undefined ? order.columns[x]! : 0;
            const stored = far === undefined ? byteAt(cells, row, column) : far.bytes[farRow + (x >> level)]!;
            const byte = stored === undefined || far !== undefined ? stored : shownByte(shown, stored, column);
            if (byte === undefined) from = sunken;
            else if (byte === NO_COSINE) from = level === 0 && (px + h - py) % 6 < 1.6 ? line : sunken;
            else {
              from = palette;
              k = 4 * (byte + 128);
            }
          }
          pixels[at] = from[k]!;
          pixels[at + 1] = from[k + 1]!;
          pixels[at + 2] = from[k + 2]!;
          pixels[at + 3] = 255;
        }
      }
      context.putImageData(image, 0, 0);
    },
    dispose: () => {
      levels = [];
    },
  };
}
