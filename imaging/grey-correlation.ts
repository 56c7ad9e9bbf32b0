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
  const levelOf = levelFunction(low, high, values.scale);
  const levels = quantize(plane, levelOf, low, high, scratch);
  let sum = 0;
  let squares = 0;
  for (let index = 0; index < values.distinct; index++) {
    const level = levelOf(values.greys[index]!);
    sum += values.counts[index]! * level;
    squares += values.counts[index]! * level * level;
  }
  return scales.map((scale) => {
    if (scale >= width) return 0;
    let product = 0;
    for (let y = 0; y < height; y++) {
      const stop = (y + 1) * width - scale;
      let line = 0;
      for (let pixel = y * width; pixel < stop; pixel++) line += levels[pixel]! * levels[pixel + scale]!;
      product += line;
    }
    // the left partners are all pixels but those of the last columns, the right ones all but those of the first
    const last = edgeSums(levels, width, height, width - scale, width);
    const first = edgeSums(levels, width, height, 0, scale);
    const count = (width - scale) * height;
    const leftVariance = count * (squares - last.squares) - (sum - last.sum) ** 2;
    const rightVariance = count * (squares - first.squares) - (sum - first.sum) ** 2;
    const covariance = count * product - (sum - last.sum) * (sum - first.sum);
    return leftVariance > 0 && rightVariance > 0 ? covariance / Math.sqrt(leftVariance * rightVariance) : 0;
  });
}

/** The arithmetic is that of the reference, so that grey values on a boundary fall on the same side. */
function levelFunction(low: number, high: number, scale: number): (grey: number) => number {
  const bottom = low / scale;
  const range = high / scale - bottom;
  return (grey) => Math.min(Math.floor(((grey / scale - bottom) / range) * LEVELS), LEVELS - 1);
}

/** Grey levels 0…7 of every pixel. */
function quantize(
  plane: Plane,
  levelOf: (grey: number) => number,
  low: number,
  high: number,
  scratch: Scratch,
): Uint8Array {
  const { data } = plane;
  const levels = scratch.uint8("grey levels", data.length);
  if (data instanceof Float32Array) {
    for (let pixel = 0; pixel < data.length; pixel++) levels[pixel] = levelOf(data[pixel]!);
    return levels;
  }
  const table = scratch.uint8("level of grey", 65_536);
  for (let grey = low; grey <= high; grey++) table[grey] = levelOf(grey);
  for (let pixel = 0; pixel < data.length; pixel++) levels[pixel] = table[data[pixel]!]!;
  return levels;
}

function edgeSums(
  levels: Uint8Array,
  width: number,
  height: number,
  left: number,
  right: number,
): { sum: number; squares: number } {
  let sum = 0;
  let squares = 0;
  for (let y = 0; y < height; y++) {
    for (let pixel = y * width + left; pixel < y * width + right; pixel++) {
      const level = levels[pixel]!;
      sum += level;
      squares += level * level;
    }
  }
  return { sum, squares };
}
