import type { Labels, ObjectPixels } from "./labels.ts";
import type { Plane } from "./plane.ts";

/** A plane as the measurements see it: its name, its grey values, and the grey value that counts as intensity 1. */
export interface MeasuredChannel {
  name: string;
  plane: Plane;
  /** Divisor from grey value to intensity: 255, 65535 or 1. */
  scale: number;
}

/** Everything that measurements of one set of objects share; made once by `measureObjects`. */
export interface MeasureInput {
  labels: Labels;
  pixels: ObjectPixels;
  channels: readonly MeasuredChannel[];
}

/** Where a measurement writes: `names[f]` of object k goes to `values[k * stride + offset + f]`. */
export interface FeatureSink {
  values: Float64Array;
  /** Features of the whole table. */
  stride: number;
  /** First column of this measurement. */
  offset: number;
}

/** Grey values of one object, sorted, in a scratch array that grows and is reused. */
export interface SortedValues {
  values: Float64Array | Uint16Array;
  /** Position, in the object's own pixel list, of every sorted value (stable). */
  order: Int32Array;
  length: number;
}

let scratchValues = new Uint16Array(4096);
let scratchOther = new Uint16Array(4096);
let scratchOrder = new Int32Array(4096);
let scratchOtherOrder = new Int32Array(4096);
const counts = new Int32Array(257);

/**
 * Sorts the grey values of one object: two passes of a radix sort for 8-bit and 16-bit planes, the engine's own sort for
 * float planes. The result lives in scratch memory until the next call.
 * @param start first position in `index`
 * @param end one past the last
 */
export function sortObject(plane: Plane, index: Int32Array, start: number, end: number): SortedValues {
  const length = end - start;
  const { data } = plane;
  if (data instanceof Float32Array) {
    const order = new Int32Array(length).map((_, k) => k);
    order.sort((a, b) => data[index[start + a]!]! - data[index[start + b]!]! || a - b);
    return { values: Float64Array.from(order, (k) => data[index[start + k]!]!), order, length };
  }
  reserve(length);
  let all = 0;
  counts.fill(0);
  for (let k = 0; k < length; k++) {
    const v = data[index[start + k]!]!;
    scratchValues[k] = v;
    all |= v;
    counts[(v & 255) + 1]!++;
  }
  for (let b = 1; b < 257; b++) counts[b]! += counts[b - 1]!;
  for (let k = 0; k < length; k++) {
    const v = scratchValues[k]!;
    const to = counts[v & 255]!++;
    scratchOther[to] = v;
    scratchOtherOrder[to] = k;
  }
  if (all < 256) return { values: scratchOther, order: scratchOtherOrder, length };
  counts.fill(0);
  for (let k = 0; k < length; k++) counts[(scratchOther[k]! >> 8) + 1]!++;
  for (let b = 1; b < 257; b++) counts[b]! += counts[b - 1]!;
  for (let k = 0; k < length; k++) {
    const v = scratchOther[k]!;
    const to = counts[v >> 8]!++;
    scratchValues[to] = v;
    scratchOrder[to] = scratchOtherOrder[k]!;
  }
  return { values: scratchValues, order: scratchOrder, length };
}

/**
 * The grey values of one object in ascending order, without their places: a third faster than `sortObject`. The result
 * lives in scratch memory until the next call.
 */
export function sortedGrey(plane: Plane, index: Int32Array, start: number, end: number): Uint16Array | Float64Array {
  const length = end - start;
  const { data } = plane;
  if (data instanceof Float32Array) return Float64Array.from({ length }, (_, k) => data[index[start + k]!]!).sort();
  reserve(length);
  let all = 0;
  counts.fill(0);
  for (let k = 0; k < length; k++) {
    const v = data[index[start + k]!]!;
    scratchValues[k] = v;
    all |= v;
    counts[(v & 255) + 1]!++;
  }
  for (let b = 1; b < 257; b++) counts[b]! += counts[b - 1]!;
  for (let k = 0; k < length; k++) {
    const v = scratchValues[k]!;
    scratchOther[counts[v & 255]!++] = v;
  }
  if (all < 256) return scratchOther;
  counts.fill(0);
  for (let k = 0; k < length; k++) counts[(scratchOther[k]! >> 8) + 1]!++;
  for (let b = 1; b < 257; b++) counts[b]! += counts[b - 1]!;
  for (let k = 0; k < length; k++) {
    const v = scratchOther[k]!;
    scratchValues[counts[v >> 8]!++] = v;
  }
  return scratchValues;
}

function reserve(length: number): void {
  if (length <= scratchValues.length) return;
  const room = Math.max(length, scratchValues.length * 2);
  scratchValues = new Uint16Array(room);
  scratchOther = new Uint16Array(room);
  scratchOrder = new Int32Array(room);
  scratchOtherOrder = new Int32Array(room);
}

/**
 * Quantile of sorted values as CellProfiler takes it: position n·fraction, interpolated with the next value
 * (MeasureObjectIntensity; differs from the usual position (n − 1)·fraction).
 */
export function cellProfilerQuantile(sorted: ArrayLike<number>, length: number, fraction: number): number {
  const position = length * fraction;
  const at = Math.floor(position);
  if (at >= length - 1) return sorted[Math.min(at, length - 1)]!;
  const share = position - at;
  return sorted[at]! * (1 - share) + sorted[at + 1]! * share;
}

/**
 * Median distance of sorted values from a centre, by the same quantile rule. The distances are merged from the two sides
 * of the centre, so no second sort is needed.
 */
export function cellProfilerMad(sorted: ArrayLike<number>, length: number, centre: number): number {
  let right = 0;
  let high = length;
  while (right < high) {
    const middle = (right + high) >> 1;
    if (sorted[middle]! < centre) right = middle + 1;
    else high = middle;
  }
  let left = right - 1;
  const position = length * 0.5;
  const at = Math.floor(position);
  let distance = 0;
  let lower = 0;
  const last = Math.min(at + 1, length - 1);
  for (let k = 0; k <= last; k++) {
    const below = left >= 0 ? centre - sorted[left]! : Number.POSITIVE_INFINITY;
    const above = right < length ? sorted[right]! - centre : Number.POSITIVE_INFINITY;
    if (below < above) {
      distance = below;
      left--;
    } else {
      distance = above;
      right++;
    }
    if (k === at) lower = distance;
  }
  if (at >= length - 1) return lower;
  const share = position - at;
  return lower * (1 - share) + distance * share;
}
