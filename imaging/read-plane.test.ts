import { deflateSync } from "node:zlib";
import fc from "fast-check";
import sharp, { type Sharp } from "sharp";
import { describe, expect, test } from "vitest";
import { type Plane, planeOf } from "./plane.ts";
import { readPlane } from "./read-plane.ts";
import { writeTiff } from "./write-tiff.ts";

const WIDTH = 70;
const HEIGHT = 53;
const grey16 = Uint16Array.from({ length: WIDTH * HEIGHT }, (_, at) => (at * 7919) % 65536);
const grey8 = Uint8Array.from({ length: WIDTH * HEIGHT }, (_, at) => (at * 31) % 256);

interface TiffLayout {
  littleEndian?: boolean;
  rowsPerStrip?: number;
  compression?: 1 | 8;
  predictor?: 1 | 2;
  photometric?: 0 | 1 | 3;
  bitsPerSample?: number;
  sampleFormat?: number;
}

/** A TIFF of several strips in either byte order, as other programs write them. */
function tiffOf(plane: Plane, layout: TiffLayout = {}): Uint8Array {
  const { littleEndian = true, rowsPerStrip = plane.height, compression = 1, predictor = 1, photometric = 1 } = layout;
  const sampleBytes = plane.bitDepth / 8;
  const strips: Uint8Array[] = [];
  for (let top = 0; top < plane.height; top += rowsPerStrip) {
    const rows = Math.min(rowsPerStrip, plane.height - top);
    const bytes = new Uint8Array(rows * plane.width * sampleBytes);
    const view = new DataView(bytes.buffer);
    for (let at = 0; at < rows * plane.width; at++) {
      const value = plane.data[top * plane.width + at]!;
      const before = predictor === 2 && at % plane.width > 0 ? plane.data[top * plane.width + at - 1]! : 0;
      if (sampleBytes === 1) view.setUint8(at, value - before);
      else if (sampleBytes === 2) view.setUint16(at * 2, value - before, littleEndian);
      else view.setFloat32(at * 4, value, littleEndian);
    }
    strips.push(compression === 8 ? deflateSync(bytes) : bytes);
  }
  const palette = photometric === 3 ? 3 * 256 : 0;
  const entries = 11 + (palette > 0 ? 1 : 0);
  const tablesAt = 8 + 2 + entries * 12 + 4;
  const paletteAt = tablesAt + strips.length * 8;
  let dataAt = paletteAt + palette * 2;
  const total = dataAt + strips.reduce((sum, strip) => sum + strip.length, 0);
  const out = new Uint8Array(total);
  const view = new DataView(out.buffer);
  view.setUint16(0, littleEndian ? 0x4949 : 0x4d4d);
  view.setUint16(2, 42, littleEndian);
  view.setUint32(4, 8, littleEndian);
  view.setUint16(8, entries, littleEndian);
  let entryAt = 10;
  const entry = (tag: number, type: 3 | 4, count: number, value: number): void => {
    view.setUint16(entryAt, tag, littleEndian);
    view.setUint16(entryAt + 2, type, littleEndian);
    view.setUint32(entryAt + 4, count, littleEndian);
    if (type === 3 && count === 1) view.setUint16(entryAt + 8, value, littleEndian);
    else view.setUint32(entryAt + 8, value, littleEndian);
    entryAt += 12;
  };
  const single = strips.length === 1;
  entry(256, 4, 1, plane.width);
  entry(257, 4, 1, plane.height);
  entry(258, 3, 1, layout.bitsPerSample ?? plane.bitDepth);
  entry(259, 3, 1, compression);
  entry(262, 3, 1, photometric);
  entry(273, 4, strips.length, single ? dataAt : tablesAt);
  entry(277, 3, 1, 1);
  entry(278, 4, 1, rowsPerStrip);
  entry(279, 4, strips.length, single ? (strips[0]?.length ?? 0) : tablesAt + strips.length * 4);
  entry(317, 3, 1, predictor);
  if (palette > 0) entry(320, 3, palette, paletteAt);
  entry(339, 3, 1, layout.sampleFormat ?? (plane.bitDepth === 32 ? 3 : 1));
  for (let colour = 0; colour < palette; colour++)
    view.setUint16(paletteAt + colour * 2, (colour % 256) * 257, littleEndian);
  strips.forEach((strip, index) => {
    view.setUint32(tablesAt + index * 4, dataAt, littleEndian);
    view.setUint32(tablesAt + strips.length * 4 + index * 4, strip.length, littleEndian);
    out.set(strip, dataAt);
    dataAt += strip.length;
  });
  return out;
}

async function encodedBySharp(depth: 8 | 16, encode: (image: Sharp) => Sharp): Promise<Uint8Array> {
  const image = sharp(depth === 8 ? grey8 : grey16, { raw: { width: WIDTH, height: HEIGHT, channels: 1 } });
  return encode(image.toColourspace(depth === 8 ? "b-w" : "grey16")).toBuffer();
}

describe("TIFF", () => {
  const layouts: readonly TiffLayout[] = [
    {},
    { rowsPerStrip: 8 },
    { littleEndian: false, rowsPerStrip: 8 },
    { compression: 8, rowsPerStrip: 8 },
    { compression: 8, predictor: 2, rowsPerStrip: 8 },
    { compression: 8, predictor: 2, littleEndian: false },
  ];
  for (const layout of layouts) {
    test(`8-bit and 16-bit values come back unchanged: ${JSON.stringify(layout)}`, async () => {
      for (const data of [grey8, grey16]) {
        const plane = planeOf(data, WIDTH, HEIGHT);
        expect(await readPlane(tiffOf(plane, layout))).toEqual(plane);
      }
    });
  }

  test("LZW and deflate, with and without differences, as strips or tiles, come back unchanged", async () => {
    for (const compression of ["lzw", "deflate", "packbits"] as const) {
      for (const predictor of ["none", "horizontal"] as const) {
        for (const tile of [false, true]) {
          for (const depth of [8, 16] as const) {
            const bytes = await encodedBySharp(depth, (image) =>
              image.tiff({ compression, predictor, tile, tileWidth: 32, tileHeight: 32 }),
            );
            const expected = planeOf(depth === 8 ? grey8 : grey16, WIDTH, HEIGHT);
            expect(await readPlane(bytes), `${compression} ${predictor} ${tile} ${depth}`).toEqual(expected);
          }
        }
      }
    }
  });

  test("a grey palette gives its greys, one of colours is an error", async () => {
    const plane = planeOf(grey8, WIDTH, HEIGHT);
    const bytes = tiffOf(plane, { photometric: 3 });
    expect(await readPlane(bytes)).toEqual(plane);
    // the palette's 256 reds lie after the directory of 12 entries and one pair of strip offset and length
    bytes.fill(0, 8 + 2 + 12 * 12 + 4 + 8, 8 + 2 + 12 * 12 + 4 + 8 + 512);
    await expect(readPlane(bytes)).rejects.toMatchObject({
      code: "imaging/unsupported-image",
      found: "a colour image",
    });
  });

  test("white-is-zero is turned round", async () => {
    const plane = planeOf(new Uint8Array([0, 1, 255]), 3, 1);
    expect((await readPlane(tiffOf(plane, { photometric: 0 }))).data).toEqual(new Uint8Array([255, 254, 0]));
  });

  test("float planes come back in either byte order and deflated", async () => {
    const plane = planeOf(
      Float32Array.from({ length: 12 }, (_, at) => at / 7 - 0.5),
      4,
      3,
    );
    for (const layout of [{}, { littleEndian: false }, { compression: 8 as const }]) {
      expect(await readPlane(tiffOf(plane, layout))).toEqual(plane);
    }
  });

  test("what is written is read back, for any plane", async () => {
    const shape = fc.tuple(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 12 }),
      fc.constantFrom(8, 16, 32),
    );
    await fc.assert(
      fc.asyncProperty(shape, fc.integer(), async ([width, height, depth], seed) => {
        const values = Array.from({ length: width * height }, (_, at) => Math.abs(seed % 1000) * (at + 1) * 3.5);
        const data =
          depth === 8 ? Uint8Array.from(values) : depth === 16 ? Uint16Array.from(values) : Float32Array.from(values);
        const plane = planeOf(data, width, height);
        expect(await readPlane(writeTiff(plane))).toEqual(plane);
      }),
    );
  });

  test("BigTIFF with its 64-bit offsets is read, as strips and as tiles", async () => {
    for (const tile of [false, true]) {
      const bytes = await encodedBySharp(16, (image) => image.tiff({ bigtiff: true, compression: "lzw", tile }));
      expect(await readPlane(bytes)).toEqual(planeOf(grey16, WIDTH, HEIGHT));
      await expect(readPlane(bytes.subarray(0, 12))).rejects.toMatchObject({ code: "imaging/truncated-file" });
    }
  });

  test("a stack gives the image asked for, and one that it does not have is an error", async () => {
    const first = writeTiff(planeOf(new Uint8Array([1, 2]), 2, 1));
    const second = writeTiff(planeOf(new Uint16Array([300, 400]), 2, 1));
    const stack = new Uint8Array([...first, ...second]);
    const view = new DataView(stack.buffer);
    const [directory, next] = [view.getUint32(4, true), first.length + view.getUint32(first.length + 4, true)];
    view.setUint32(directory + 2 + 10 * 12, next, true); // the first directory points to the second
    view.setUint32(next + 2 + 5 * 12 + 8, first.length + 8, true); // whose strip has moved
    expect((await readPlane(stack)).data).toEqual(new Uint8Array([1, 2]));
    expect((await readPlane(stack, { page: 1 })).data).toEqual(new Uint16Array([300, 400]));
    await expect(readPlane(stack, { page: 2, name: "stack.tif" })).rejects.toMatchObject({
      code: "imaging/unsupported-image",
      file: "stack.tif",
      found: "2 images, not number 3",
    });
  });
});

describe("PNG", () => {
  test("8-bit and 16-bit values come back unchanged, as palettes too", async () => {
    const png8 = await encodedBySharp(8, (image) => image.png());
    const png16 = await encodedBySharp(16, (image) => image.png());
    expect(await readPlane(png8)).toEqual(planeOf(grey8, WIDTH, HEIGHT));
    expect(await readPlane(png16)).toEqual(planeOf(grey16, WIDTH, HEIGHT));
  });

  test("RGB whose channels are equal is one plane; a colour image is an error", async () => {
    const rgb = Uint8Array.from({ length: 4 * 3 * 3 }, (_, at) => Math.floor(at / 3) * 20);
    const image = sharp(rgb, { raw: { width: 4, height: 3, channels: 3 } });
    const plane = await readPlane(await image.png().toBuffer());
    expect(plane.data).toEqual(Uint8Array.from({ length: 12 }, (_, at) => at * 20));
    const coloured = sharp(rgb.with(5, 255), { raw: { width: 4, height: 3, channels: 3 } });
    await expect(readPlane(await coloured.png().toBuffer(), { name: "rgb.png" })).rejects.toMatchObject({
      code: "imaging/unsupported-image",
    });
  });
});

describe("files that cannot be read", () => {
  const plane = planeOf(grey16, WIDTH, HEIGHT);

  test("an empty file", async () => {
    await expect(readPlane(new Uint8Array(), { name: "a.tif" })).rejects.toMatchObject({
      code: "imaging/empty-file",
      file: "a.tif",
    });
  });

  test("something else than TIFF or PNG, with its first bytes", async () => {
    const bytes = new TextEncoder().encode("II am not a TIFF");
    await expect(readPlane(bytes, { name: "a.tif" })).rejects.toMatchObject({
      code: "imaging/not-an-image",
      found: "its first bytes are 49 49 20 61",
    });
  });

  test("a TIFF that ends early says at which strip, whatever its compression", async () => {
    const raw = tiffOf(plane, { rowsPerStrip: 8 });
    await expect(readPlane(raw.subarray(0, raw.length - 3000), { name: "a.tif" })).rejects.toMatchObject({
      code: "imaging/truncated-file",
      where: "TIFF ends at strip 4 of 7",
      sizeBytes: raw.length - 3000,
      expectedBytes: raw.length,
    });
    const lzw = await encodedBySharp(16, (image) => image.tiff({ compression: "lzw" }));
    await expect(readPlane(lzw.subarray(0, lzw.length - 40), { name: "a.tif" })).rejects.toMatchObject({
      code: "imaging/truncated-file",
    });
  });

  test("a TIFF or PNG cut anywhere is an error of this room, never a plane", async () => {
    const png = await encodedBySharp(16, (image) => image.png());
    const files = [tiffOf(planeOf(grey8.subarray(0, 70), 10, 7), { rowsPerStrip: 2 }), writeTiff(plane), png];
    for (const bytes of files) {
      for (let length = 1; length < bytes.length; length += Math.ceil(bytes.length / 150)) {
        const failure = await readPlane(bytes.subarray(0, length)).then(
          () => `read ${length} of ${bytes.length} bytes`,
          (error: { code?: string }) => error.code,
        );
        expect(failure).toMatch(/^imaging\/(truncated-file|not-an-image)$/);
      }
    }
  });

  test("damaged compressed pixels", async () => {
    const bytes = tiffOf(plane, { compression: 8 });
    bytes.fill(0xaa, bytes.length - 400, bytes.length - 300);
    await expect(readPlane(bytes)).rejects.toMatchObject({ code: "imaging/damaged-file" });
    const png = await encodedBySharp(16, (image) => image.png());
    png.fill(0xaa, 100, 200);
    await expect(readPlane(png)).rejects.toMatchObject({ code: "imaging/damaged-file" });
  });

  test("more pixels than allowed, before anything is decoded", async () => {
    await expect(readPlane(writeTiff(plane), { maxPixels: 1000, name: "big.tif" })).rejects.toMatchObject({
      code: "imaging/image-too-large",
      width: WIDTH,
      height: HEIGHT,
      maxPixels: 1000,
    });
    const bomb = writeTiff(planeOf(new Uint8Array(1), 1, 1));
    const directoryAt = new DataView(bomb.buffer).getUint32(4, true);
    new DataView(bomb.buffer).setUint32(directoryAt + 2 + 8, 4_000_000_000, true);
    await expect(readPlane(bomb)).rejects.toMatchObject({ code: "imaging/image-too-large" });
  });

  test("signed, 12-bit and 32-bit integer samples say what was found", async () => {
    for (const layout of [{ sampleFormat: 2 }, { bitsPerSample: 12 }, { bitsPerSample: 32, sampleFormat: 1 }]) {
      await expect(readPlane(tiffOf(plane, layout))).rejects.toThrow(/-bit (un)?signed integer samples/);
    }
  });

  test("bytes at random never do anything but throw an error of this room", async () => {
    const start = fc.constantFrom(
      [0x49, 0x49, 42, 0],
      [0x4d, 0x4d, 0, 43],
      [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
    );
    await fc.assert(
      fc.asyncProperty(start, fc.uint8Array({ maxLength: 300 }), async (first, rest) => {
        const code = await readPlane(Uint8Array.from([...first, ...rest])).then(
          () => "imaging/read",
          (error: { code?: string }) => error.code,
        );
        expect(code).toMatch(/^imaging\//);
      }),
    );
  });
});
