import { inflateSync } from "node:zlib";
import sharp, { type OutputInfo } from "sharp";
import {
  DamagedFileError,
  EmptyFileError,
  ImageTooLargeError,
  NotAnImageError,
  UnsupportedImageError,
} from "./errors.ts";
import { fastUnpackLzw } from "./fast-tiff-lzw.ts";
import { type Plane, type PlaneData, planeOf } from "./plane.ts";
import { isPng, readPngHeader } from "./png-header.ts";
import { isTiff, readTiffDirectory, type TiffDirectory } from "./tiff-directory.ts";
import { isCurrentLzw } from "./tiff-lzw.ts";

export interface ReadPlaneOptions {
  /** Names the file in errors. Default "image". */
  name?: string;
  /** Images of more pixels are refused before anything is decoded. Default 100 million (10 000 × 10 000). */
  maxPixels?: number;
  /** Which image of a TIFF stack, from 0. Default 0. */
  page?: number;
}

const RAW = 1;
const LZW = 5;
const DEFLATE = 8;
const OLD_DEFLATE = 32_946;
const PALETTE = 3;
const LITTLE_ENDIAN_HOST = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Reads one grey plane: TIFF of 8 or 16 bits (uncompressed, LZW, deflate, PackBits; strips or tiles; grey palettes), float TIFF
 * (uncompressed, LZW or deflate), PNG of 8 or 16 bits, and RGB whose three channels are equal. Values are the file's own: 8-bit files stay 8-bit.
 * @param bytes the whole file
 * @throws EmptyFileError, NotAnImageError, TruncatedFileError, DamagedFileError, UnsupportedImageError, ImageTooLargeError
 */
export async function readPlane(bytes: Uint8Array, options: ReadPlaneOptions = {}): Promise<Plane> {
  const file = options.name ?? "image";
  const maxPixels = options.maxPixels ?? 100_000_000;
  if (bytes.length === 0) throw new EmptyFileError(file);
  if (isTiff(bytes)) {
    const directory = readTiffDirectory(bytes, file, options.page);
    guardSize(file, directory.width, directory.height, maxPixels);
    checkTiffKind(directory, file);
    if (isPlainGrey(directory, bytes)) return readPlainTiff(bytes, directory, file);
    if (directory.sampleFormat === 3) {
      throw new UnsupportedImageError(
        file,
        "float samples in tiles, in colour, or packed otherwise than by LZW or deflate",
      );
    }
    return decodeWithSharp(
      bytes,
      file,
      directory.bitsPerSample,
      directory.photometric === PALETTE ? 3 : directory.samplesPerPixel,
      options.page ?? 0,
      maxPixels,
    );
  }
  if (isPng(bytes)) {
    const header = readPngHeader(bytes, file);
    guardSize(file, header.width, header.height, maxPixels);
    return decodeWithSharp(bytes, file, header.bitDepth, header.colourType === 0 ? 1 : 3, 0, maxPixels);
  }
  const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  throw new NotAnImageError(file, `its first bytes are ${start}`);
}

function guardSize(file: string, width: number, height: number, maxPixels: number): void {
  if (width * height > maxPixels) throw new ImageTooLargeError(file, width, height, maxPixels);
}

function checkTiffKind(directory: TiffDirectory, file: string): void {
  const { bitsPerSample: bits, sampleFormat, photometric } = directory;
  const kind =
    sampleFormat === 3
      ? "float"
      : sampleFormat === 2
        ? "signed integer"
        : sampleFormat === 1
          ? "unsigned integer"
          : "other";
  const known = (sampleFormat === 1 && (bits === 8 || bits === 16)) || (sampleFormat === 3 && bits === 32);
  if (!known) throw new UnsupportedImageError(file, `${bits}-bit ${kind} samples`);
  if (photometric > 3)
    throw new UnsupportedImageError(file, `colours of TIFF photometric interpretation ${photometric}`);
}

/** Grey strips that need nothing but copying, inflating or unpacking. */
function isPlainGrey(directory: TiffDirectory, bytes: Uint8Array): boolean {
  const { compression, predictor, sampleFormat } = directory;
  const lzw = compression === LZW && isCurrentLzw(bytes.subarray(directory.offsets[0]));
  const plain = compression === RAW || lzw || compression === DEFLATE || compression === OLD_DEFLATE;
  const differences = compression === RAW ? 1 : predictor;
  const undone = differences === 1 || (differences === 2 && sampleFormat !== 3);
  return plain && undone && !directory.tiled && directory.samplesPerPixel === 1 && directory.photometric <= 1;
}

function readPlainTiff(bytes: Uint8Array, directory: TiffDirectory, file: string): Plane {
  const { width, height, bitsPerSample, rowsPerStrip, offsets, byteCounts } = directory;
  const sampleBytes = bitsPerSample / 8;
  const raw = new Uint8Array(width * height * sampleBytes);
  const strips = Math.ceil(height / rowsPerStrip);
  if (offsets.length < strips)
    throw new DamagedFileError(file, `it lists ${offsets.length} strips where ${strips} are needed`);
  for (let strip = 0; strip < strips; strip++) {
    const from = strip * rowsPerStrip * width * sampleBytes;
    const length = Math.min(rowsPerStrip, height - strip * rowsPerStrip) * width * sampleBytes;
    const stored = bytes.subarray(offsets[strip]!, offsets[strip]! + byteCounts[strip]!);
    const place = raw.subarray(from, from + length);
    const found = unpackStrip(stored, place, directory.compression, `strip ${strip + 1} of ${strips}`, file);
    if (found < length) {
      throw new DamagedFileError(
        file,
        `strip ${strip + 1} of ${strips} holds ${found} bytes where ${length} are needed`,
      );
    }
  }
  if (sampleBytes > 1 && directory.littleEndian !== LITTLE_ENDIAN_HOST) swapBytes(raw, sampleBytes);
  const data: PlaneData =
    bitsPerSample === 8 ? raw : bitsPerSample === 16 ? new Uint16Array(raw.buffer) : new Float32Array(raw.buffer);
  if (directory.predictor === 2 && directory.compression !== RAW) undoDifferences(data, width);
  if (directory.photometric === 0 && bitsPerSample !== 32) invert(data, bitsPerSample === 8 ? 255 : 65535);
  return planeOf(data, width, height);
}

/** Unpacks one strip into its place; says how many bytes there were. */
function unpackStrip(stored: Uint8Array, place: Uint8Array, compression: number, strip: string, file: string): number {
  try {
    if (compression === LZW) return fastUnpackLzw(stored, place);
    const pixels = compression === RAW ? stored : inflateSync(stored, { maxOutputLength: Math.max(place.length, 1) });
    place.set(pixels.length > place.length ? pixels.subarray(0, place.length) : pixels);
    return pixels.length;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DamagedFileError(file, `${strip} does not unpack (${reason})`);
  }
}

function swapBytes(raw: Uint8Array, sampleBytes: number): void {
  const buffer = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  if (sampleBytes === 2) buffer.swap16();
  else buffer.swap32();
}

function undoDifferences(data: PlaneData, width: number): void {
  for (let start = 0; start < data.length; start += width) {
    for (let at = start + 1; at < start + width; at++) data[at] = data[at]! + data[at - 1]!;
  }
}

function invert(data: PlaneData, ceiling: number): void {
  for (let at = 0; at < data.length; at++) data[at] = ceiling - data[at]!;
}

async function decodeWithSharp(
  bytes: Uint8Array,
  file: string,
  bits: number,
  samples: number,
  page: number,
  maxPixels: number,
): Promise<Plane> {
  const colour = samples > 1 ? (bits === 16 ? "rgb16" : "srgb") : bits === 16 ? "grey16" : "b-w";
  let pixels: Buffer;
  let info: OutputInfo;
  try {
    const image = sharp(bytes, {
      failOn: "warning",
      ignoreIcc: true,
      limitInputPixels: maxPixels,
      ...(page > 0 && { page }),
    });
    const decoded = image.toColourspace(colour).raw({ depth: bits === 16 ? "ushort" : "uchar" });
    ({ data: pixels, info } = await decoded.toBuffer({ resolveWithObject: true }));
  } catch (cause) {
    throw new DamagedFileError(file, cause instanceof Error ? cause.message : String(cause));
  }
  const { width, height, channels } = info;
  const aligned = pixels.byteOffset % 2 === 0 ? pixels : Buffer.from(pixels);
  const values =
    bits === 16
      ? new Uint16Array(aligned.buffer, aligned.byteOffset, width * height * channels)
      : new Uint8Array(aligned.buffer, aligned.byteOffset, width * height * channels);
  return planeOf(channels === 1 ? values : greyOf(values, channels, file), width, height);
}

/** One channel of pixels whose colour channels are equal; an alpha channel must be opaque everywhere. */
function greyOf(values: Uint8Array | Uint16Array, channels: number, file: string): Uint8Array | Uint16Array {
  const count = values.length / channels;
  const grey = values instanceof Uint16Array ? new Uint16Array(count) : new Uint8Array(count);
  const opaque = values instanceof Uint16Array ? 65535 : 255;
  const hasAlpha = channels === 2 || channels === 4;
  const colours = hasAlpha ? channels - 1 : channels;
  for (let pixel = 0, at = 0; pixel < count; pixel++, at += channels) {
    const value = values[at]!;
    for (let channel = 1; channel < colours; channel++) {
      if (values[at + channel] !== value) throw new UnsupportedImageError(file, "a colour image");
    }
    if (hasAlpha && values[at + colours] !== opaque)
      throw new UnsupportedImageError(file, "an image with transparency");
    grey[pixel] = value;
  }
  return grey;
}
