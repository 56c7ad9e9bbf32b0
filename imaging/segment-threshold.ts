import type { PlaneData } from "./plane.ts";

/** Otsu's threshold: the split of a histogram that leaves the least variance within its two classes. */
export interface OtsuSplit {
  /** Bins up to this one (inclusive) are background. */
  bin: number;
  /** Share of the total variance that the split explains, 0 to 1. */
  explained: number;
}

/**
 * Splits a histogram in two by Otsu's method (IEEE Trans. SMC 9, 1979). When several bins tie (a gap between the
 * classes), the middle one is taken.
 * @param counts pixels per bin
 */
export function otsuSplit(counts: ArrayLike<number>): OtsuSplit {
  let total = 0;
  let sum = 0;
  let squares = 0;
  for (let b = 0; b < counts.length; b++) {
    const c = counts[b]!;
    total += c;
    sum += c * b;
    squares += c * b * b;
  }
  const variance = total === 0 ? 0 : squares / total - (sum / total) ** 2;
  let below = 0;
  let sumBelow = 0;
  let best = -1;
  let firstBest = 0;
  let lastBest = 0;
  for (let b = 0; b < counts.length - 1; b++) {
    below += counts[b]!;
    sumBelow += counts[b]! * b;
    const above = total - below;
    if (below === 0) continue;
    if (above === 0) break;
    const difference = sumBelow / below - (sum - sumBelow) / above;
    const between = below * above * difference * difference;
    if (between > best) {
      best = between;
      firstBest = b;
      lastBest = b;
    } else if (between === best) {
      lastBest = b;
    }
  }
  return {
    bin: (firstBest + lastBest) >> 1,
    explained: variance > 0 ? best / (total * total) / variance : 0,
  };
}

/** How a threshold between background and objects is found. */
export type ThresholdMethod = "robust-otsu" | "otsu" | "log-otsu";

/** What is known about the grey values of a smoothed image around its threshold. */
export interface Threshold {
  value: number;
  /** Typical background level: the mode of the image's darker half. */
  background: number;
  /** Spread of the background (a robust standard deviation, from values below the mode). */
  noise: number;
  /** Mean of the values above the threshold. */
  foreground: number;
  /** Share of pixels above the threshold. */
  coverage: number;
}

const fineBins = 65536;
const splitBins = 1024;

/**
 * What 32-bit arithmetic may add to a smoothed image by itself: without it a perfectly blank image would have structure.
 * @returns a grey value, two millionths of the largest one
 */
export function roundingNoise(image: Float32Array): number {
  let largest = 0;
  for (let i = 0; i < image.length; i++) {
    const v = Math.abs(image[i]!);
    if (v > largest) largest = v;
  }
  return largest * 2e-6;
}

/**
 * Finds a threshold in a smoothed image, from one histogram of 65,536 bins.
 *
 * `otsu` splits the grey values as they are. `log-otsu` splits asinh((I − background) / (3 noise)): linear within the
 * noise and logarithmic above it, which keeps dim objects beside bright ones but includes their halo. `robust-otsu`
 * splits the grey values after cutting them at twice the median of what `log-otsu` calls objects, so that debris and
 * dividing cells do not pull the threshold up; a haze of cytoplasm does not pull it down.
 * @param image smoothed grey values
 * @param step looks at every step-th pixel only; default 1 = all
 */
export function findThreshold(image: PlaneData, method: ThresholdMethod, step = 1): Threshold {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < image.length; i += step) {
    const v = image[i]!;
    if (v < min) min = v;
    if (v > max) max = v;
  }
  if (!(max > min)) return { value: max, background: min, noise: 0, foreground: max, coverage: 0 };
  const perBin = (fineBins - 1) / (max - min);
  const histogram: Histogram = {
    counts: new Uint32Array(fineBins),
    total: Math.ceil(image.length / step),
    min,
    max,
    width: 1 / perBin,
  };
  const { counts } = histogram;
  for (let i = 0; i < image.length; i += step) counts[((image[i]! - min) * perBin) | 0]!++;
  const otsu = splitAfter(histogram, max, (v) => v);
  const { background, noise } = backgroundOf(histogram, otsu);

  let value: number;
  if (method === "otsu") {
    value = otsu;
  } else {
    const scale = 1 / (3 * noise);
    const bend = (v: number) => Math.asinh((v - background) * scale);
    const unbend = (v: number) => background + Math.sinh(v) / scale;
    value = unbend(splitAfter(histogram, max, bend));
    if (method === "robust-otsu") {
      value = aboveHaze(histogram, value, unbend(splitAfter(histogram, max, bend, value)), background);
      const cut = background + 2 * (classAbove(histogram, value).median - background);
      value = splitAfter(histogram, cut, (v) => Math.min(v, cut));
    }
  }
  const { mean, count } = classAbove(histogram, value);
  return { value, background, noise, foreground: count === 0 ? value : mean, coverage: count / histogram.total };
}

/**
 * Dim cytoplasm around bright nuclei makes three classes, and the first split may fall below the cytoplasm. When what lies
 * above it splits again into a dim and an at least four times brighter part that is no mere speck, the second split holds.
 */
function aboveHaze(histogram: Histogram, first: number, second: number, background: number): number {
  const both = classAbove(histogram, first);
  const bright = classAbove(histogram, second);
  const dim = (both.mean * both.count - bright.mean * bright.count) / (both.count - bright.count);
  const share = bright.count / both.count;
  return share >= 0.05 && bright.mean - background >= 4 * (dim - background) ? second : first;
}

interface Histogram {
  counts: Uint32Array;
  total: number;
  min: number;
  max: number;
  /** Grey values per bin. */
  width: number;
}

function centreOf(histogram: Histogram, bin: number): number {
  return histogram.min + (bin + 0.5) * histogram.width;
}

/** Otsu's split of transformed grey values (from `above` on), on the transformed scale. */
function splitAfter(histogram: Histogram, max: number, transform: (v: number) => number, above?: number): number {
  const low = transform(above ?? histogram.min);
  const perBin = splitBins / (transform(max) - low);
  const coarse = new Float64Array(splitBins);
  for (let b = above === undefined ? 0 : firstBin(histogram, above); b < fineBins; b++) {
    const n = histogram.counts[b]!;
    if (n !== 0) coarse[Math.min(splitBins - 1, ((transform(centreOf(histogram, b)) - low) * perBin) | 0)]! += n;
  }
  return low + (otsuSplit(coarse).bin + 1) / perBin;
}

/** First bin whose centre lies above a grey value. */
function firstBin(histogram: Histogram, value: number): number {
  return Math.max(0, Math.ceil((value - histogram.min) / histogram.width - 0.5));
}

function classAbove(histogram: Histogram, value: number): { mean: number; median: number; count: number } {
  const first = firstBin(histogram, value);
  let count = 0;
  let sum = 0;
  for (let b = first; b < fineBins; b++) {
    count += histogram.counts[b]!;
    sum += histogram.counts[b]! * centreOf(histogram, b);
  }
  let seen = 0;
  let b = first;
  while (b < fineBins - 1 && seen + histogram.counts[b]! <= count / 2) seen += histogram.counts[b++]!;
  return { mean: sum / count, median: centreOf(histogram, b), count };
}

/**
 * Background level and noise: the mode of the grey values below Otsu's threshold and their 60th percentile, and 1.4826 times the median
 * distance of the values below the mode. Objects are brighter, so they cannot widen the noise.
 */
function backgroundOf(histogram: Histogram, otsu: number): { background: number; noise: number } {
  const { counts, total, width } = histogram;
  const last = Math.min(counts.length - 1, Math.ceil((otsu - histogram.min) / width));
  let seen = 0;
  let end = 0;
  while (end < last && seen < total * 0.6) seen += counts[end++]!;
  const mode = smoothedMode(counts, end);
  let below = counts[mode]! / 2;
  for (let b = 0; b < mode; b++) below += counts[b]!;
  seen = counts[mode]! / 2;
  let median = mode;
  while (median > 0 && seen < below / 2) seen += counts[--median]!;
  return { background: centreOf(histogram, mode), noise: Math.max(1.4826 * (mode - median) * width, width) };
}

/** Middle of the window of bins, a fiftieth of the range wide, that holds the most pixels. */
function smoothedMode(counts: Uint32Array, end: number): number {
  const radius = Math.max(1, Math.round(end / 100));
  let window = 0;
  let best = -1;
  let at = 0;
  for (let b = 0; b < end + radius; b++) {
    if (b < counts.length) window += counts[b]!;
    if (b - 2 * radius - 1 >= 0) window -= counts[b - 2 * radius - 1]!;
    if (b - radius >= 0 && window > best) {
      best = window;
      at = b - radius;
    }
  }
  return Math.min(at, counts.length - 1);
}
