/** The heat map on a plain canvas, for machines without WebGL2: the same levels and colours, made by the processor. */
import {
  coarserLevel,
  finestLevel,
  type HeatCells,
  type HeatLevel,
  type HeatShown,
  shownAs,
  standIn,
} from "../model/heat-cells.ts";
import { levelOfView } from "../model/heat-view.ts";
import type { HeatColors, HeatRenderer } from "./heat-renderer.ts";

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
      if (preview === undefined && cells.isFarOnly) {
        context.fillStyle = `rgb(${colors.sunken.join(" ")})`;
        context.fillRect(0, 0, w, h);
        return;
      }
      const level = preview?.level ?? fine;
      const { bytes, columns } = preview ?? levelAt(level);
      const cell = view.cell * pixelRatio;
      const gap = view.cell >= 7 ? 1 - (0.8 * pixelRatio) / cell : 2;
      const image = context.createImageData(w, h);
      const pixels = image.data;
      for (let py = 0; py < h; py++) {
        const y = view.y + (py + 0.5) / cell;
        if (y >= order.rows.length) break;
        const row = (Math.floor(y) >> level) * columns;
        for (let px = 0; px < w; px++) {
          const x = view.x + (px + 0.5) / cell;
          if (x >= order.columns.length) break;
          const at = 4 * (py * w + px);
          const byte = bytes[row + (Math.floor(x) >> level)]!;
          const isGap = y % 1 > gap || x % 1 > gap;
          const none = level === 0 && (px + h - py) % 6 < 1.6 ? line : sunken;
          const from = isGap ? surface : byte === -128 ? none : palette;
          const k = from === palette ? 4 * (byte + 128) : 0;
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
