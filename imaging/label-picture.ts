import sharp from "sharp";
import type { Labels } from "./labels.ts";

/** A label image as 16-bit grey PNG of the same shape: pixel value = object number, 0 = background. */
export function labelsToPng(labels: Labels): Promise<Buffer> {
  const { data, width, height } = labels;
  return sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace("grey16")
    .png({ compressionLevel: 3 })
    .toBuffer();
}

/** A line in a picture: object borders of one label image in one colour. */
export interface Outline {
  labels: Labels;
  /** Red, green, blue, 0..255. */
  colour: readonly [number, number, number];
}

/**
 * Borders of objects on a transparent ground, to be laid over the site's picture; later outlines cover earlier ones. A border pixel
 * is an object's pixel that touches another object or background to its left, right, top or bottom.
 * @param outlines at least one, all of one shape
 * @returns PNG with alpha, of the labels' shape
 */
export function outlinesToPng(outlines: readonly [Outline, ...Outline[]]): Promise<Buffer> {
  const { width, height } = outlines[0].labels;
  const pixels = new Uint8Array(width * height * 4);
  for (const { labels, colour } of outlines) {
    const { data } = labels;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const i = y * width + x;
        const label = data[i]!;
        if (label === 0) continue;
        const inside =
          x > 0 &&
          x < width - 1 &&
          y > 0 &&
          y < height - 1 &&
          data[i - 1] === label &&
          data[i + 1] === label &&
          data[i - width] === label &&
          data[i + width] === label;
        if (inside) continue;
        pixels[4 * i] = colour[0];
        pixels[4 * i + 1] = colour[1];
        pixels[4 * i + 2] = colour[2];
        pixels[4 * i + 3] = 255;
      }
    }
  }
  return sharp(pixels, { raw: { width, height, channels: 4 } })
    .png({ compressionLevel: 3, palette: false })
    .toBuffer();
}
