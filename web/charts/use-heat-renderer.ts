import { type RefObject, useEffect, useRef, useState } from "react";
import type { DivergingName } from "../model/color.ts";
import type { HeatCells, HeatShown } from "../model/heat-cells.ts";
import { useTheme } from "../ui/theme.ts";
import { canvasHeatmap } from "./canvas-heatmap.ts";
import { glHeatmap } from "./gl-heatmap.ts";
import { heatColors } from "./heat-colors.ts";
import type { HeatRenderer } from "./heat-renderer.ts";

/** Cells with news of tiles as they come. */
export interface HeatSource {
  cells: HeatCells;
  /** Calls back with a tile, or undefined when a preview came. @returns ends the listening */
  onTile: (listener: (index: number | undefined) => void) => () => void;
}

/** The renderer of a canvas, told of whatever changes: tiles, order, variant, palette, theme, a graphics card that went and came back. */
export function useHeatRenderer(
  canvas: RefObject<HTMLCanvasElement | null>,
  told: {
    source: HeatSource;
    rowOrder: Uint32Array;
    columnOrder: Uint32Array;
    shown: HeatShown;
    palette: DivergingName;
    /** What to draw with, unless what suits the machine. */
    wanted: HeatRenderer["kind"] | undefined;
  },
  draw: () => void,
): RefObject<HeatRenderer | undefined> {
  const { source, rowOrder, columnOrder, shown, palette, wanted } = told;
  const renderer = useRef<HeatRenderer>(undefined);
  const theme = useTheme();
  // A graphics card that was taken away comes back empty: everything is told again.
  const [life, setLife] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another life is another renderer
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const made = heatRenderer(element, source.cells, wanted);
    renderer.current = made;
    element.dataset.renderer = made.kind;
    source.cells.tiles.forEach((tile, index) => {
      if (tile !== undefined) made.setTile(index);
    });
    const end = source.onTile((index) => {
      if (index !== undefined) made.setTile(index);
      draw();
    });
    const onLost = (event: Event): void => event.preventDefault();
    const onRestored = (): void => setLife((lives) => lives + 1);
    element.addEventListener("webglcontextlost", onLost);
    element.addEventListener("webglcontextrestored", onRestored);
    return () => {
      end();
      element.removeEventListener("webglcontextlost", onLost);
      element.removeEventListener("webglcontextrestored", onRestored);
      made.dispose();
      renderer.current = undefined;
    };
  }, [source, wanted, life, draw]);
  // After the renderer: what is told here goes to the one that was just made.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new renderer is told again
  useEffect(() => renderer.current?.setOrder(rowOrder, columnOrder), [source, wanted, life, rowOrder, columnOrder]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new renderer is told again
  useEffect(() => renderer.current?.setShown(shown), [source, wanted, life, shown]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => renderer.current?.setColors(heatColors(palette)), [source, wanted, life, palette, theme]);
  useEffect(() => {
    const query = matchMedia("(prefers-color-scheme: dark)");
    const onChange = (): void => {
      renderer.current?.setColors(heatColors(palette));
      draw();
    };
    query.addEventListener("change", onChange);
    return () => query.removeEventListener("change", onChange);
  }, [palette, draw]);
  return renderer;
}

/**
 * The renderer that this machine can run: WebGL2 on a graphics card, or a plain canvas where there is none, or it is too small for the map.
 * A canvas gives one kind of context only: ask once for each canvas.
 * @param wanted "canvas" or "webgl2" takes that one where it can be had
 */
function heatRenderer(
  canvas: HTMLCanvasElement,
  cells: HeatCells,
  wanted?: HeatRenderer["kind"] | undefined,
): HeatRenderer {
  const gl = wanted === "canvas" ? undefined : glHeatmap(canvas, cells, wanted === "webgl2");
  return gl ?? canvasHeatmap(canvas, cells);
}
