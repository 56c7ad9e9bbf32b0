import type { Plane } from "./plane.ts";

/**
 * Writes a plane as an uncompressed baseline TIFF: little-endian, one strip, the pixels first and the directory after them.
 * Float planes carry the sample format tag. Reading it back gives the same values.
 */
export function writeTiff(plane: Plane): Uint8Array {
  const sampleBytes = plane.bitDepth / 8;
  const pixelBytes = plane.width * plane.height * sampleBytes;
  const directoryAt = 8 + pixelBytes + (pixelBytes % 2);
  const entries: readonly (readonly [tag: number, type: 3 | 4, value: number])[] = [
    [256, 4, plane.width],
    [257, 4, plane.height],
    [258, 3, plane.bitDepth],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 4, plane.height],
    [279, 4, pixelBytes],
    [339, 3, plane.bitDepth === 32 ? 3 : 1],
  ];
  const bytes = new Uint8Array(directoryAt + 2 + entries.length * 12 + 4);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x4949);
  view.setUint16(2, 42, true);
  view.setUint32(4, directoryAt, true);
  writePixels(bytes, view, plane);
  view.setUint16(directoryAt, entries.length, true);
  entries.forEach(([tag, type, value], index) => {
    const at = directoryAt + 2 + index * 12;
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setUint32(at + 4, 1, true);
    if (type === 3) view.setUint16(at + 8, value, true);
    else view.setUint32(at + 8, value, true);
  });
  return bytes;
}

const LITTLE_ENDIAN_HOST = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function writePixels(bytes: Uint8Array, view: DataView, plane: Plane): void {
  const { data } = plane;
  if (LITTLE_ENDIAN_HOST || data instanceof Uint8Array) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 8);
  } else if (data instanceof Uint16Array) {
    data.forEach((value, index) => {
      view.setUint16(8 + index * 2, value, true);
    });
  } else {
    data.forEach((value, index) => {
      view.setFloat32(8 + index * 4, value, true);
    });
  }
}
