import type { TopLevelSpec } from "vega-lite";
import { PictureError } from "./errors.ts";
import { drawInThread } from "./png-thread.ts";
import { drawSvg } from "./vega.ts";

export interface PngOptions {
  /** Pixels for each unit of the figure. Default 2: sharp on today's screens and in slides. */
  scale?: number;
  /** Any CSS colour, or "transparent". Default "white". */
  background?: string;
  signal?: AbortSignal;
}

/**
 * Draws a figure as a PNG, the same bytes on every call: text is set in DejaVu Sans, whatever fonts the machine has. Pictures are drawn in a
 * thread of their own, one after the other.
 * @param figure a Vega-Lite specification with its data inline, or a whole SVG document such as `drawSvg` gives; images in it must be
 *   data URIs
 * @returns the PNG file, of size (scale × width, scale × height)
 * @throws FigureError (figures/specification) as `drawSvg` does
 * @throws PictureError (figures/picture) for a text that is no SVG, an image from elsewhere, a scale that is no positive number, or
 *   more than 64 million pixels
 * @example await drawPng({ data: { values: [{ x: 1, y: 2 }] }, mark: "point", encoding: { x: { field: "x" }, y: { field: "y" } } })
 */
export async function drawPng(figure: string | TopLevelSpec, options: PngOptions = {}): Promise<Uint8Array> {
  const { scale = 2, background = "white", signal } = options;
  signal?.throwIfAborted();
  if (!(scale > 0 && Number.isFinite(scale)))
    throw new PictureError(`the scale is ${scale}; expected a positive number`);
  const svg = typeof figure === "string" ? figure : await drawSvg(figure);
  signal?.throwIfAborted();
  return drawInThread({ svg, scale, background }, signal);
}
