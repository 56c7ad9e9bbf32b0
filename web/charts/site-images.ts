/** Loading and mixing of a site's channel images; a few hundred decoded images are kept. */
import { ImageLoadError } from "../errors.ts";

const KEPT = 240;
const loaded = new Map<string, Promise<HTMLImageElement>>();

/** An image by its address, decoded. @throws ImageLoadError web/image-load */
export function loadImage(url: string): Promise<HTMLImageElement> {
  const known = loaded.get(url);
  if (known) {
    loaded.delete(url);
    loaded.set(url, known);
    return known;
  }
  const image = new Image();
  image.decoding = "async";
  image.src = url;
  const promise = image.decode().then(
    () => image,
    () => {
      loaded.delete(url);
      throw new ImageLoadError(url);
    },
  );
  loaded.set(url, promise);
  for (const key of loaded.keys()) {
    if (loaded.size <= KEPT) break;
    loaded.delete(key);
  }
  return promise;
}

/** A channel of the mix: its grey image and the colour that it is shown in. */
export interface Layer {
  image: HTMLImageElement;
  color: string;
}

/**
 * Adds tinted channels up to one picture, as a fluorescence overlay does: pixel = gain × Σ grey × colour, clipped at white.
 * One channel alone is shown in grey, which the eye reads best.
 */
export function mixLayers(layers: readonly Layer[], outlines?: HTMLImageElement): HTMLCanvasElement {
  const width = Math.max(1, ...layers.map((layer) => layer.image.naturalWidth));
  const height = Math.max(1, ...layers.map((layer) => layer.image.naturalHeight));
  const mix = sheet(width, height);
  mix.context.fillStyle = "#000";
  mix.context.fillRect(0, 0, width, height);
  // Three and more channels would clip to white where they overlap: each gives a little less.
  const gain = layers.length > 2 ? 0.72 : 1;
  for (const layer of layers) {
    const tint = sheet(width, height);
    tint.context.drawImage(layer.image, 0, 0, width, height);
    if (layers.length > 1) {
      tint.context.globalCompositeOperation = "multiply";
      tint.context.fillStyle = layer.color;
      tint.context.fillRect(0, 0, width, height);
    }
    mix.context.globalCompositeOperation = "lighter";
    mix.context.globalAlpha = gain;
    mix.context.drawImage(tint.canvas, 0, 0);
  }
  if (outlines) {
    mix.context.globalCompositeOperation = "source-over";
    mix.context.globalAlpha = 1;
    mix.context.drawImage(outlines, 0, 0, width, height);
  }
  return mix.canvas;
}

function sheet(width: number, height: number): { canvas: HTMLCanvasElement; context: CanvasRenderingContext2D } {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw new ImageLoadError("canvas");
  return { canvas, context };
}
