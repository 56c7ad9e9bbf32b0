import { type Plane, planeScale } from "./plane.ts";
import { type Scratch, threadScratch } from "./scratch.ts";

/**
 * The distinct grey values of a plane, ascending, and how many pixels have each. Everything that does not depend on where a pixel
 * lies (mean, median, threshold, percentiles …) follows from it exactly, in a pass over at most 65 536 values.
 */
export interface GreyValues {
  /** Distinct grey values, ascending, in the file's units; only the first `distinct` are meant. */
  readonly greys: Float64Array;
  readonly counts: Uint32Array;
  readonly distinct: number;
  readonly pixelCount: number;
  /** The grey value that is intensity 1. */
  readonly scale: number;
}

/**
 * Counts the grey values of a plane. The result lives in the scratch until its next use.
 * Not-a-number pixels of float planes are left out.
 */
export function greyValuesOf(plane: Plane, scratch: Scratch = threadScratch): GreyValues {
  const { data } = plane;
  return data instanceof Float32Array ? fromFloats(data, scratch) : fromHistogram(data, planeScale(plane), scratch);
}

function fromHistogram(data: Uint8Array | Uint16Array, scale: 255 | 65535 | 1, scratch: Scratch): GreyValues {
  const bins = data instanceof Uint8Array ? 256 : 65_536;
  const histogram = scratch.uint32("grey histogram", 65_536);
  histogram.fill(0, 0, bins);
  const pixelCount = data.length;
  for (let pixel = 0; pixel < pixelCount; pixel++) {
    const grey = data[pixel]!;
    histogram[grey] = histogram[grey]! + 1;
  }
  const greys = scratch.float64("grey values", 65_536);
  const counts = scratch.uint32("grey counts", 65_536);
  let distinct = 0;
  for (let grey = 0; grey < bins; grey++) {
    const count = histogram[grey]!;
    if (count === 0) continue;
    greys[distinct] = grey;
    counts[distinct] = count;
    distinct++;
  }
  return { greys, counts, distinct, pixelCount, scale };
}

function fromFloats(data: Float32Array, scratch: Scratch): GreyValues {
  const present = data.filter((value) => !Number.isNaN(value)).sort();
  const greys = scratch.float64("grey values", Math.max(65_536, present.length));
  const counts = scratch.uint32("grey counts", Math.max(65_536, present.length));
  let distinct = 0;
  for (let start = 0; start < present.length; ) {
    const grey = present[start]!;
    let stop = start + 1;
    while (stop < present.length && present[stop] === grey) stop++;
    greys[distinct] = grey;
    counts[distinct] = stop - start;
    distinct++;
    start = stop;
  }
  return { greys, counts, distinct, pixelCount: present.length, scale: 1 };
}

/**
 * The grey value below which a share of the pixels lies, in the file's units, interpolated between neighbouring order statistics
 * (numpy's default, Hyndman and Fan 1996 type 7). NaN without pixels.
 * @param share 0…1
 */
export function greyQuantile(values: GreyValues, share: number): number {
  if (values.pixelCount === 0) return Number.NaN;
  const rank = Math.min(Math.max(share, 0), 1) * (values.pixelCount - 1);
  const below = Math.floor(rank);
  const low = greyAtRank(values, below);
  return rank === below ? low : low + (rank - below) * (greyAtRank(values, below + 1) - low);
}

/** The grey value of the pixel at a rank (0 = darkest). */
function greyAtRank(values: GreyValues, rank: number): number {
  let seen = 0;
  for (let index = 0; index < values.distinct; index++) {
    seen += values.counts[index]!;
    if (seen > rank) return values.greys[index]!;
  }
  return values.greys[values.distinct - 1]!;
}

/** Σ count·grey / n, in the file's units. */
export function greyMean(values: GreyValues): number {
  let sum = 0;
  for (let index = 0; index < values.distinct; index++) sum += values.greys[index]! * values.counts[index]!;
  return sum / values.pixelCount;
}

/** Σ count·(grey − centre)², in the file's units squared. */
export function greySquaredDeviations(values: GreyValues, centre: number): number {
  let sum = 0;
  for (let index = 0; index < values.distinct; index++) {
    const deviation = values.greys[index]! - centre;
    sum += values.counts[index]! * deviation * deviation;
  }
  return sum;
}

/** Median of |grey − centre|, not scaled: walks outwards from the centre on both sides. In the file's units. */
export function greyMedianAbsoluteDeviation(values: GreyValues, centre: number): number {
  const { greys, counts, distinct, pixelCount } = values;
  if (pixelCount === 0) return Number.NaN;
  const lowRank = Math.floor((pixelCount - 1) / 2);
  const highRank = Math.floor(pixelCount / 2);
  let up = 0;
  while (up < distinct && greys[up]! < centre) up++;
  let down = up - 1;
  let seen = 0;
  let lowDeviation = Number.NaN;
  for (;;) {
    const above = up < distinct ? greys[up]! - centre : Number.POSITIVE_INFINITY;
    const below = down >= 0 ? centre - greys[down]! : Number.POSITIVE_INFINITY;
    const deviation = Math.min(above, below);
    seen += above <= below ? counts[up++]! : counts[down--]!;
    if (Number.isNaN(lowDeviation) && seen > lowRank) lowDeviation = deviation;
    if (seen > highRank) return (lowDeviation + deviation) / 2;
  }
}
