import type { Labels } from "./labels.ts";
import type { PlaneData } from "./plane.ts";

/** Means of 2 × 2 pixels; an odd last row or column is left out. */
export function halfSize(
  data: PlaneData,
  width: number,
  height: number,
): { data: Float32Array; width: number; height: number } {
  const w = width >> 1;
  const h = height >> 1;
  const out = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    let i = 2 * y * width;
    for (let x = y * w; x < y * w + w; x++, i += 2) {
      out[x] = (data[i]! + data[i + 1]! + data[i + width]! + data[i + width + 1]!) * 0.25;
    }
  }
  return { data: out, width: w, height: h };
}

/**
 * Draws labels found at half size at full size. Where all four nearest half-size pixels agree, that is the label; on an
 * outline the brightness, interpolated between them, decides against the limit of the object, so that outlines are as
 * smooth as the image and not made of 2 × 2 blocks.
 * @param half label image at half size
 * @param brightness what the labels were found in, at half size
 * @param limit brightness above which a pixel belongs to an object, by label, shape (count + 1)
 */
export function enlargeLabels(
  half: Labels,
  brightness: Float32Array,
  limit: Float32Array,
  width: number,
  height: number,
): Labels {
  const data = new Uint16Array(width * height);
  const w = half.width;
  const from = half.data;
  for (let y = 0; y < height; y++) {
    // A full-size pixel centre lies a quarter of a half-size pixel beside the nearest centre.
    const near = Math.min(y >> 1, half.height - 1);
    const far = Math.min(Math.max(near + (y & 1 ? 1 : -1), 0), half.height - 1);
    for (let x = 0; x < width; x++) {
      const nearX = Math.min(x >> 1, w - 1);
      const farX = Math.min(Math.max(nearX + (x & 1 ? 1 : -1), 0), w - 1);
      const a = near * w + nearX;
      const b = near * w + farX;
      const c = far * w + nearX;
      const d = far * w + farX;
      const label = from[a]!;
      if (label === from[b] && label === from[c] && label === from[d]) {
        data[y * width + x] = label;
        continue;
      }
      const candidate = label || from[b]! || from[c]! || from[d]!;
      const v = (9 * brightness[a]! + 3 * (brightness[b]! + brightness[c]!) + brightness[d]!) / 16;
      if (v > limit[candidate]!) data[y * width + x] = candidate;
    }
  }
  return { data, width, height, count: half.count };
}
