/** What a heat map takes from the page's style: tokens, palettes as bytes, widths of names. */
import { type DivergingName, diverging } from "../model/color.ts";
import type { HeatLabel } from "../model/heat-export.ts";
import type { HeatColors } from "./heat-renderer.ts";

/** Colours of clusters and of annotations, told apart with any colour vision when beside each other. */
export const CLUSTER_TOKENS = ["--ch-1", "--ch-2", "--ch-3", "--ch-6", "--ch-4", "--ch-5"] as const;

/** Reads design tokens as they are now. */
export function tokens(): (name: string) => string {
  const style = getComputedStyle(document.documentElement);
  return (name) => style.getPropertyValue(name).trim();
}

/** The palette by byte, and the page's colours as numbers. */
export function heatColors(palette: DivergingName): HeatColors {
  const bytes = new Uint8Array(4 * 256);
  for (let byte = -128; byte < 128; byte++)
    bytes.set([...diverging(Math.max(-1, byte / 127), palette), 255], 4 * (byte + 128));
  const token = tokens();
  // A canvas writes any CSS colour as #rrggbb.
  const pen = new OffscreenCanvas(1, 1).getContext("2d")!;
  const rgb = (name: string): [number, number, number] => {
    pen.fillStyle = token(name);
    const code = Number.parseInt(String(pen.fillStyle).slice(1), 16);
    return [code >> 16, (code >> 8) & 255, code & 255];
  };
  return { palette: bytes, surface: rgb("--surface"), sunken: rgb("--sunken"), line: rgb("--line-strong") };
}

/** Width of the widest name in CSS pixels; of thousands, the longest ones are measured. */
export function widestName(labels: readonly HeatLabel[]): number {
  const pen = new OffscreenCanvas(1, 1).getContext("2d")!;
  pen.font = `650 11px ${tokens()("--font")}`;
  const longest = labels
    .map(({ label }) => label)
    .sort((a, b) => b.length - a.length)
    .slice(0, 40);
  return Math.max(0, ...longest.map((label) => pen.measureText(label).width));
}
