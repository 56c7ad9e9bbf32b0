import type { HeatCells, HeatShown } from "../model/heat-cells.ts";
import type { HeatView } from "../model/heat-view.ts";
import { canvasHeatmap } from "./canvas-heatmap.ts";
import { glHeatmap } from "./gl-heatmap.ts";

/** A colour for each byte (index byte + 128) as RGBA of 0–255, and the page's colours for what is no data. */
export interface HeatColors {
  palette: Uint8Array;
  surface: readonly [number, number, number];
  sunken: readonly [number, number, number];
  line: readonly [number, number, number];
}

/** Draws the cells of a heat map into a canvas. What changes is told; `draw` shows it. */
export interface HeatRenderer {
  readonly kind: "webgl2" | "canvas";
  /** A tile that came, by its place in `cells.tiles`. */
  setTile: (index: number) => void;
  /** Row and column of the cells at each place drawn. */
  setOrder: (rows: Uint32Array, columns: Uint32Array) => void;
  setShown: (shown: HeatShown) => void;
  setColors: (colors: HeatColors) => void;
  /** @param width CSS pixels of the plot */
  draw: (view: HeatView, width: number, height: number, pixelRatio: number) => void;
  /** Frees what the graphics card holds. */
  dispose: () => void;
}

/**
 * The renderer that this machine can run: WebGL2 on a graphics card, or a plain canvas where there is none, or it is too small for the map.
 * A canvas gives one kind of context only: ask once for each canvas.
 * @param wanted "canvas" or "webgl2" takes that one where it can be had
 */
export function heatRenderer(
  canvas: HTMLCanvasElement,
  cells: HeatCells,
  wanted?: HeatRenderer["kind"] | undefined,
): HeatRenderer {
  const gl = wanted === "canvas" ? undefined : glHeatmap(canvas, cells, wanted === "webgl2");
  return gl ?? canvasHeatmap(canvas, cells);
}
