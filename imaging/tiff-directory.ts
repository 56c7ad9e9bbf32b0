import { NotAnImageError, TruncatedFileError, UnsupportedImageError } from "./errors.ts";

/** What the first part of a TIFF says about one of its images (TIFF 6.0, section 8; BigTIFF with 64-bit offsets). */
export interface TiffDirectory {
  readonly littleEndian: boolean;
  readonly width: number;
  readonly height: number;
  readonly bitsPerSample: number;
  readonly samplesPerPixel: number;
  /** 1 unsigned, 2 signed, 3 float. */
  readonly sampleFormat: number;
  /** 1 none, 5 LZW, 8 or 32946 deflate, 32773 PackBits … */
  readonly compression: number;
  /** 1 none, 2 horizontal differences, 3 floating point. */
  readonly predictor: number;
  /** 0 white is zero, 1 black is zero, 2 RGB, 3 palette. */
  readonly photometric: number;
  readonly tiled: boolean;
  readonly rowsPerStrip: number;
  /** Byte offset and byte count of every strip (or tile), in image order. */
  readonly offsets: readonly number[];
  readonly byteCounts: readonly number[];
  /** Images in the file. */
  readonly pages: number;
}

const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8];
const MAX_PAGES = 65_536;

/** Does the file begin as a TIFF or BigTIFF does? */
export function isTiff(bytes: Uint8Array): boolean {
  const [a, b, c, d] = bytes;
  return (
    (a === 0x49 && b === 0x49 && (c === 42 || c === 43) && d === 0) ||
    (a === 0x4d && b === 0x4d && c === 0 && (d === 42 || d === 43))
  );
}

/**
 * Reads the directory of image `page` (from 0) and checks that every strip lies inside the file.
 * @throws TruncatedFileError, NotAnImageError, UnsupportedImageError
 */
export function readTiffDirectory(bytes: Uint8Array, file: string, page = 0): TiffDirectory {
  const reader = byteReader(bytes, file);
  const { view, little, big, need } = reader;
  need(0, big ? 16 : 8, "TIFF ends inside its header");
  let at = big ? reader.u64(8) : view.getUint32(4, little);
  let fields: Map<number, number[]> | undefined;
  let pages = 0;
  const seen = new Set<number>();
  while (at !== 0 && pages < MAX_PAGES && !seen.has(at)) {
    seen.add(at);
    const directory = reader.directory(at, pages === page);
    if (pages === page) fields = directory.fields;
    at = directory.next;
    pages++;
  }
  if (pages === 0) throw new NotAnImageError(file, "a TIFF header without an image directory");
  if (fields === undefined) {
    throw new UnsupportedImageError(
      file,
      `${pages} image${pages === 1 ? "" : "s"}, not number ${page + 1}`,
      `ask for a page below ${pages}`,
    );
  }
  return checkedDirectory(fields, bytes.length, file, little, pages);
}

function checkedDirectory(
  fields: Map<number, number[]>,
  sizeBytes: number,
  file: string,
  littleEndian: boolean,
  pages: number,
): TiffDirectory {
  const one = (tag: number, otherwise: number): number => fields.get(tag)?.[0] ?? otherwise;
  const width = one(256, 0);
  const height = one(257, 0);
  if (width < 1 || height < 1) throw new NotAnImageError(file, `a TIFF image of ${height} × ${width} pixels`);
  const tiled = fields.has(322);
  const offsets = fields.get(tiled ? 324 : 273) ?? [];
  const byteCounts = fields.get(tiled ? 325 : 279) ?? [];
  const unit = tiled ? "tile" : "strip";
  if (offsets.length === 0 || offsets.length !== byteCounts.length) {
    throw new NotAnImageError(
      file,
      `a TIFF with ${offsets.length} ${unit} offsets and ${byteCounts.length} ${unit} byte counts`,
    );
  }
  let end = 0;
  let firstMissing = -1;
  for (let index = 0; index < offsets.length; index++) {
    const stop = offsets[index]! + byteCounts[index]!;
    if (stop > sizeBytes && firstMissing < 0) firstMissing = index;
    if (stop > end) end = stop;
  }
  if (firstMissing >= 0) {
    throw new TruncatedFileError(file, `TIFF ends at ${unit} ${firstMissing + 1} of ${offsets.length}`, sizeBytes, end);
  }
  return {
    littleEndian,
    width,
    height,
    bitsPerSample: one(258, 1),
    samplesPerPixel: one(277, 1),
    sampleFormat: one(339, 1),
    compression: one(259, 1),
    predictor: one(317, 1),
    photometric: one(262, 1),
    tiled,
    rowsPerStrip: Math.min(one(278, height), height),
    offsets,
    byteCounts,
    pages,
  };
}

function byteReader(bytes: Uint8Array, file: string) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const big = (little ? bytes[2] : bytes[3]) === 43;
  const need = (start: number, length: number, where: string): void => {
    if (start + length > bytes.length) throw new TruncatedFileError(file, where, bytes.length, start + length);
  };
  const u64 = (at: number): number => Number(view.getBigUint64(at, little));
  const value = (at: number, type: number): number => {
    if (type === 3) return view.getUint16(at, little);
    if (type === 4 || type === 13) return view.getUint32(at, little);
    if (type === 16 || type === 18) return u64(at);
    return view.getUint8(at);
  };

  /** One image file directory: entries by tag when wanted, and the place of the next directory (0 = last). */
  const directory = (at: number, wanted: boolean): { fields: Map<number, number[]>; next: number } => {
    const where = "TIFF ends before its image directory";
    need(at, big ? 8 : 2, where);
    const entries = big ? u64(at) : view.getUint16(at, little);
    const entryBytes = big ? 20 : 12;
    const first = at + (big ? 8 : 2);
    need(first, entries * entryBytes + (big ? 8 : 4), where);
    const fields = new Map<number, number[]>();
    for (let index = 0; wanted && index < entries; index++) {
      const entry = first + index * entryBytes;
      const tag = view.getUint16(entry, little);
      const type = view.getUint16(entry + 2, little);
      const size = TYPE_BYTES[type] ?? 0;
      const integer = type === 1 || type === 3 || type === 4 || type === 13 || type === 16 || type === 18;
      if (size === 0 || !integer) continue;
      const count = big ? u64(entry + 4) : view.getUint32(entry + 4, little);
      const inline = entry + (big ? 12 : 8);
      const room = big ? 8 : 4;
      const start = count * size <= room ? inline : big ? u64(inline) : view.getUint32(inline, little);
      need(start, count * size, `TIFF ends inside the values of tag ${tag}`);
      fields.set(
        tag,
        Array.from({ length: count }, (_, item) => value(start + item * size, type)),
      );
    }
    const nextAt = first + entries * entryBytes;
    return { fields, next: big ? u64(nextAt) : view.getUint32(nextAt, little) };
  };
  return { view, little, big, need, u64, directory };
}
