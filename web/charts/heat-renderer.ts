import type { HeatShown } from "../model/heat-cells.ts";
import type { HeatView } from "../model/heat-view.ts";

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
