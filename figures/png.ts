import { fileURLToPath } from "node:url";
import type { ResvgRenderOptions } from "@resvg/resvg-js";
import type { TopLevelSpec } from "vega-lite";
import { PictureError } from "./errors.ts";
import { drawSvg } from "./vega.ts";

export interface PngOptions {
  /** Pixels for each unit of the figure. Default 2: sharp on today's screens and in slides. */
  scale?: number;
  /** Any CSS colour, or "transparent". Default "white". */
  background?: string;
  signal?: AbortSignal;
}

/** The widest picture, in pixels, that is not refused: 256 MB while it is drawn. */
const mostPixels = 64e6;

/** One typeface, brought along, in every role: machines with other fonts, or none, draw the same picture. */
function typeface(): NonNullable<ResvgRenderOptions["font"]> {
  const styles = ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique", "DejaVuSansMono"];
  return {
    loadSystemFonts: false,
    fontFiles: styles.map((name) => fileURLToPath(import.meta.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`))),
    defaultFontFamily: "DejaVu Sans",
    sansSerifFamily: "DejaVu Sans",
  };
}

/**
 * Draws a figure as a PNG, the same bytes on every call: text is set in DejaVu Sans, whatever fonts the machine has.
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
  refuseOutside(svg);
  const { renderAsync, Resvg } = await import("@resvg/resvg-js");
  signal?.throwIfAborted();
  const { width, height } = sizeOf(svg, Resvg);
  const pixels = Math.ceil(width * scale) * Math.ceil(height * scale);
  if (pixels > mostPixels) {
    const most = Math.floor(100 * Math.sqrt(mostPixels / (width * height))) / 100;
    throw new PictureError(
      `${width} × ${height} at scale ${scale} is ${Math.round(pixels / 1e6)} million pixels; expected at most ${mostPixels / 1e6} million, a scale up to ${most}`,
    );
  }
  const fill = background === "transparent" ? {} : { background };
  // The rasteriser takes a signal once only: each drawing has its own, which ends with the caller's.
  const ended = new AbortController();
  const end = (): void => ended.abort();
  signal?.addEventListener("abort", end, { once: true });
  try {
    const image = await renderAsync(
      withFixedWidth(svg),
      { font: typeface(), fitTo: { mode: "zoom", value: scale }, ...fill },
      ended.signal,
    );
    signal?.throwIfAborted();
    return image.asPng();
  } catch (error) {
    signal?.throwIfAborted();
    throw new PictureError(error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    signal?.removeEventListener("abort", end);
  }
}

function sizeOf(svg: string, Resvg: typeof import("@resvg/resvg-js").Resvg): { width: number; height: number } {
  try {
    const parsed = new Resvg(svg, { font: { loadSystemFonts: false } });
    const [elsewhere] = parsed.imagesToResolve();
    if (elsewhere !== undefined) throw new PictureError(`it shows an image from elsewhere, "${elsewhere}"`);
    return parsed;
  } catch (error) {
    if (error instanceof PictureError) throw error;
    throw new PictureError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** The rasteriser would open files that an SVG names: what it is given must bring everything along. */
function refuseOutside(svg: string): void {
  if (/<!ENTITY/i.test(svg)) throw new PictureError("it declares entities");
  for (const [, quoted = "", single = ""] of svg.matchAll(/href\s*=\s*(?:"([^"]*)"|'([^']*)')/gi)) {
    const address = (quoted === "" ? single : quoted).trim();
    if (address !== "" && !/^(?:#|data:|https?:|mailto:)/i.test(address))
      throw new PictureError(`it names something from elsewhere, "${address}"`);
  }
}

/** The rasteriser knows one family for all generic names: the fixed-width one is asked for by its own. */
function withFixedWidth(svg: string): string {
  return svg.replace(/font-family\s*=\s*(?:"[^"]*"|'[^']*')/gi, (attribute) =>
    attribute.replace(/(?<![\w-])(?:ui-)?monospace\b/gi, "DejaVu Sans Mono"),
  );
}
