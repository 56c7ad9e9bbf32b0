import type { GreyValues } from "./grey-values.ts";
import type { Plane } from "./plane.ts";
import { type Scratch, threadScratch } from "./scratch.ts";

const LEVELS = 8;

/**
 * Correlation (Haralick 1973, feature 3) of each pixel with the one `scale` pixels to its right, after the plane was stretched from its
 * minimum to its maximum and cut into 8 grey levels; one value a scale. 0 for a plane of one level, or not wider than the scale.
 * Only moments of the co-occurrence matrix enter the feature, so that no matrix is filled: sums of integers, exact.
 */
export function greyCorrelations(
  plane: Plane,
  values: GreyValues,
  scales: readonly number[],
  scratch: Scratch = threadScratch,
): number[] {
  const { width, height } = plane;
  const low = values.greys[0]!;
  const high = values.greys[values.distinct - 1]!;
  if (values.distinct < 2) return scales.map(() => 0);
  const levels = quantize(plane, low, high, values.scale, scratch);
  const columns = columnSums(levels, width, height, scratch);
  return scales.map((scale) => {
    if (scale >= width) return 0;
    let product = 0;
    for (let y = 0; y < height; y++) {
      const stop = (y + 1) * width - scale;
      let line = 0;
      for (let pixel = y * width; pixel < stop; pixel++) line += levels[pixel]! * levels[pixel + scale]!;
      product += line;
    }
    let leftSum = 0;
    let leftSquares = 0;
    let rightSum = 0;
    let rightSquares = 0;
    for (let x = 0; x < width; x++) {
      if (x < width - scale) {
        leftSum += columns.sums[x]!;
        leftSquares += columns.squares[x]!;
      }
      if (x >= scale) {
        rightSum += columns.sums[x]!;
        rightSquares += columns.squares[x]!;
      }
    }
    const count = (width - scale) * height;
    const covariance = count * product - leftSum * rightSum;
    const variances = (count * leftSquares - leftSum ** 2) * (count * rightSquares - rightSum ** 2);
    return variances > 0 ? covariance / Math.sqrt(variances) : 0;
  });
}

/** Grey levels 0…7 of every pixel; the arithmetic is that of the reference, so that pixels on a boundary fall on the same side. */
function quantize(plane: Plane, low: number, high: number, scale: number, scratch: Scratch): Uint8Array {
  const { data } = plane;
  const levels = scratch.uint8("grey levels", data.length);
  const bottom = low / scale;
  const range = high / scale - bottom;
  const levelOf = (grey: number): number =>
    Math.min(Math.floor(((grey / scale - bottom) / range) * LEVELS), LEVELS - 1);
  if (data instanceof Float32Array) {
    for (let pixel = 0; pixel < data.length; pixel++) levels[pixel] = levelOf(data[pixel]!);
    return levels;
  }
  const table = scratch.uint8("level of grey", 65_536);
  for (let grey = low; grey <= high; grey++) table[grey] = levelOf(grey);
  for (let pixel = 0; pixel < data.length; pixel++) levels[pixel] = table[data[pixel]!]!;
  return levels;
}

function columnSums(
  levels: Uint8Array,
  width: number,
  height: number,
  scratch: Scratch,
): { sums: Uint32Array; squares: Uint32Array } {
  const sums = scratch.uint32("level sums", width).fill(0, 0, width);
  const squares = scratch.uint32("level squares", width).fill(0, 0, width);
  for (let y = 0, pixel = 0; y < height; y++) {
    for (let x = 0; x < width; x++, pixel++) {
      const level = levels[pixel]!;
      sums[x] = sums[x]! + level;
      squares[x] = squares[x]! + level * level;
    }
  }
  return { sums, squares };
}
