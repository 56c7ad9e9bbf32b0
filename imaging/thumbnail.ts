import sharp, { type Sharp } from "sharp";
import { downscale } from "./downscale.ts";
import { PlaneShapeError } from "./errors.ts";
import { type IntensityWindow, intensityWindow } from "./intensity-window.ts";
import { commonShape, type Plane } from "./plane.ts";

/** Colours of channels 1 to 6 (DNA, ER, RNA, AGP, Mito, Golgi), the same as the pages' design tokens --ch-1 … --ch-6. */
export const CHANNEL_COLOURS: readonly string[] = ["#4c6ef5", "#12b886", "#fab005", "#f76707", "#e03131", "#be4bdb"];

/** How strongly each channel is painted (0…1), so that nuclei stay visible under five stains of the whole cell. */
export const CHANNEL_STRENGTHS: readonly number[] = [1, 0.55, 0.2, 0.3, 0.5, 0.25];

export type ImageFormat = "png" | "webp" | "jpeg";

/** Red, green, blue bytes of shape (height, width, 3). */
export interface RgbImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface CompositeOptions {
  /** A colour (#rrggbb) for each plane. Default: {@link CHANNEL_COLOURS} in order, from the start again after six. */
  colours?: readonly string[];
  /** How strongly each plane is painted, 0…1. Default: {@link CHANNEL_STRENGTHS} in order. */
  strengths?: readonly number[];
  /** A window for each plane, as when a plate shares them. Default: percentiles of the plane itself. */
  windows?: readonly (IntensityWindow | undefined)[];
  /** Longest edge in pixels. Default 180; never enlarges. */
  sizePx?: number;
}

/**
 * Paints planes of one site in their colours, one over the other as light through slides (screen blending: 1 − Π(1 − colour·value)), so
 * that overlapping channels brighten without clipping.
 * @throws PlaneShapeError (imaging/plane-shape) when planes differ in shape or a colour is not #rrggbb
 */
export function paintComposite(planes: readonly Plane[], options: CompositeOptions = {}): RgbImage {
  const shape = thumbnailShape(commonShape(planes), options.sizePx ?? 180);
  const colours = options.colours ?? CHANNEL_COLOURS;
  const strengths = options.strengths ?? CHANNEL_STRENGTHS;
  const pixels = shape.width * shape.height;
  const dark = new Float32Array(pixels * 3).fill(1);
  planes.forEach((plane, index) => {
    const window = options.windows?.[index] ?? intensityWindow(plane);
    const [red, green, blue] = colourParts(colours[index % colours.length] ?? "#ffffff");
    const strength = strengths[index % strengths.length] ?? 1;
    const means = downscale(plane, shape.width, shape.height);
    const gain = strength / (window.high - window.low);
    for (let pixel = 0, at = 0; pixel < pixels; pixel++, at += 3) {
      const value = Math.min(Math.max((means[pixel]! - window.low) * gain, 0), strength);
      dark[at] = dark[at]! * (1 - red * value);
      dark[at + 1] = dark[at + 1]! * (1 - green * value);
      dark[at + 2] = dark[at + 2]! * (1 - blue * value);
    }
  });
  const data = new Uint8Array(pixels * 3);
  for (let at = 0; at < data.length; at++) data[at] = Math.round(255 * (1 - dark[at]!));
  return { data, ...shape };
}

/**
 * The composite thumbnail of a site as an image file.
 * @param options format: "webp" by default
 */
export async function siteComposite(
  planes: readonly Plane[],
  options: CompositeOptions & { format?: ImageFormat } = {},
): Promise<Uint8Array> {
  return encodeImage(paintComposite(planes, options), options.format);
}

export interface ChannelImageOptions {
  /** Default: percentiles of the plane. */
  window?: IntensityWindow;
  /** Longest edge in pixels. Default: full size. */
  sizePx?: number;
  format?: ImageFormat;
}

/** One channel as an 8-bit grey image file: what lies between the ends of the window is spread over 0…255. */
export async function channelImage(plane: Plane, options: ChannelImageOptions = {}): Promise<Uint8Array> {
  const window = options.window ?? intensityWindow(plane);
  const { width, height } = thumbnailShape(plane, options.sizePx ?? Math.max(plane.width, plane.height));
  const whole = width === plane.width && height === plane.height;
  const values = whole ? plane.data : downscale(plane, width, height);
  const gain = 255 / (window.high - window.low);
  const grey = new Uint8ClampedArray(width * height);
  for (let pixel = 0; pixel < grey.length; pixel++) grey[pixel] = (values[pixel]! - window.low) * gain;
  return encoded(sharp(grey, { raw: { width, height, channels: 1 } }).toColourspace("b-w"), options.format ?? "png");
}

/** Writes red, green, blue bytes as an image file, WebP by default. */
export async function encodeImage(image: RgbImage, format: ImageFormat = "webp"): Promise<Uint8Array> {
  const { data, width, height } = image;
  return encoded(sharp(data, { raw: { width, height, channels: 3 } }), format);
}

async function encoded(image: Sharp, format: ImageFormat): Promise<Uint8Array> {
  if (format === "png") return image.png({ compressionLevel: 6 }).toBuffer();
  if (format === "jpeg") return image.jpeg({ quality: 85 }).toBuffer();
  return image.webp({ quality: 82, effort: 2 }).toBuffer();
}

/** The largest shape with this longest edge and the plane's proportions; the plane's own when that is smaller. */
function thumbnailShape(plane: { width: number; height: number }, sizePx: number): { width: number; height: number } {
  const shrink = Math.min(1, sizePx / Math.max(plane.width, plane.height));
  return {
    width: Math.max(1, Math.round(plane.width * shrink)),
    height: Math.max(1, Math.round(plane.height * shrink)),
  };
}

function colourParts(colour: string): [red: number, green: number, blue: number] {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(colour);
  if (match === null) throw new PlaneShapeError("channel colour", `"${colour}"`, "#rrggbb");
  const part = (index: number): number => Number.parseInt(match[index] ?? "", 16) / 255;
  return [part(1), part(2), part(3)];
}
