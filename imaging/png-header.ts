import { NotAnImageError, TruncatedFileError, UnsupportedImageError } from "./errors.ts";

/** What a PNG says about itself before its pixels (PNG specification, third edition, section 11.2.1). */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  readonly bitDepth: 8 | 16;
  /** 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGB and alpha. */
  readonly colourType: number;
}

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Does the file begin as a PNG does? */
export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((byte, at) => bytes[at] === byte || (at >= 4 && at >= bytes.length));
}

/**
 * Reads the header and walks the chunks to the end, so that a file cut anywhere is found without decoding.
 * @throws TruncatedFileError, NotAnImageError, UnsupportedImageError
 */
export function readPngHeader(bytes: Uint8Array, file: string): PngHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let header: PngHeader | undefined;
  let at = 8;
  let last = "its signature";
  for (;;) {
    if (at + 8 > bytes.length) throw new TruncatedFileError(file, `PNG ends after ${last}`, bytes.length, at + 12);
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const end = at + 12 + length;
    if (end > bytes.length)
      throw new TruncatedFileError(file, `PNG ends inside chunk ${type} at byte ${at}`, bytes.length, end);
    if (header === undefined) {
      if (type !== "IHDR" || length < 13) throw new NotAnImageError(file, "a PNG that does not begin with its header");
      header = parseHeader(view, at + 8, file);
    }
    if (type === "IEND") return header;
    last = `chunk ${type} at byte ${at}`;
    at = end;
  }
}

function parseHeader(view: DataView, at: number, file: string): PngHeader {
  const width = view.getUint32(at);
  const height = view.getUint32(at + 4);
  const bitDepth = view.getUint8(at + 8);
  if (width === 0 || height === 0) throw new NotAnImageError(file, `a PNG of ${height} × ${width} pixels`);
  if (bitDepth !== 8 && bitDepth !== 16) throw new UnsupportedImageError(file, `${bitDepth}-bit samples`);
  return { width, height, bitDepth, colourType: view.getUint8(at + 9) };
}
