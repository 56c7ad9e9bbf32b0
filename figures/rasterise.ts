import { fileURLToPath } from "node:url";
import { Resvg, type ResvgRenderOptions } from "@resvg/resvg-js";
import { PictureError } from "./errors.ts";

/** What a picture is made of, as a message. */
export interface PictureJob {
  svg: string;
  /** Pixels for each unit of the figure. */
  scale: number;
  /** Any CSS colour, or "transparent". */
  background: string;
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
 * Draws an SVG document as a PNG.
 * @throws PictureError (figures/picture) for a text that is no SVG, an image from elsewhere, or more than 64 million pixels
 */
export function rasterise({ svg, scale, background }: PictureJob): Uint8Array<ArrayBuffer> {
  refuseOutside(svg);
  try {
    const picture = new Resvg(withFixedWidth(svg), {
      font: typeface(),
      fitTo: { mode: "zoom", value: scale },
      ...(background !== "transparent" && { background }),
    });
    const [elsewhere] = picture.imagesToResolve();
    if (elsewhere !== undefined) throw new PictureError(`it shows an image from elsewhere, "${elsewhere}"`);
    refuseLarge(picture, scale);
    return Uint8Array.from(picture.render().asPng());
  } catch (error) {
    if (error instanceof PictureError) throw error;
    throw new PictureError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function refuseLarge({ width, height }: Resvg, scale: number): void {
  const pixels = Math.ceil(width * scale) * Math.ceil(height * scale);
  if (pixels <= mostPixels) return;
  const most = Math.floor(100 * Math.sqrt(mostPixels / (width * height))) / 100;
  throw new PictureError(
    `${width} × ${height} at scale ${scale} is ${Math.round(pixels / 1e6)} million pixels; expected at most ${mostPixels / 1e6} million, a scale up to ${most}`,
  );
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
