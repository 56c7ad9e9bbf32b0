import type { FeatureSink, MeasureInput } from "./measure-pixels.ts";

const steps = 16;
/** Images are looked at every fourth pixel, their background every sixteenth. */
const subsample = 4;
const backgroundRadius = 10;

/** Names of the granularity spectrum of the given channels. */
export function granularityNames(channels: readonly string[]): string[] {
  return channels.flatMap((channel) => Array.from({ length: steps }, (_, s) => `Granularity_${s + 1}_${channel}`));
}

interface Grid {
  data: Float64Array;
  width: number;
  height: number;
}

/**
 * Measures the granularity spectrum of every object (CellProfiler MeasureGranularity; Ravkin and Temov 1988): after
 * subtracting a background opened with a disk of radius 10, bright structures are eroded away pixel by pixel, and step s
 * gives the share of the object's mean, in percent, that goes when structures of radius s go. Quarter-size image, as by
 * CellProfiler's defaults; a plane under 32 pixels on a side is too small and gives NaN.
 */
export function measureGranularity(input: MeasureInput, sink: FeatureSink): void {
  const { labels, pixels, channels } = input;
  if (Math.min(labels.width, labels.height) < 32) return;
  channels.forEach(({ plane, scale }, c) => {
    const small = everyNth(plane, subsample);
    for (let i = 0; i < small.data.length; i++) small.data[i]! /= scale;
    subtractOpened(small);
    const first = new Float64Array(labels.count);
    const current = new Float64Array(labels.count);
    for (let k = 0; k < labels.count; k++) {
      let sum = 0;
      for (let p = pixels.start[k]!; p < pixels.start[k + 1]!; p++) sum += plane.data[pixels.index[p]!]! / scale;
      current[k] = sum / (pixels.start[k + 1]! - pixels.start[k]!);
      first[k] = Math.max(current[k]!, Number.EPSILON);
    }
    let eroded = small;
    for (let s = 0; s < steps; s++) {
      eroded = erodeCross(eroded);
      const rebuilt = reconstruct(eroded, small);
      const means = objectMeans(rebuilt, input);
      for (let k = 0; k < labels.count; k++) {
        if (pixels.start[k] === pixels.start[k + 1]) continue;
        sink.values[k * sink.stride + sink.offset + c * steps + s] = ((current[k]! - means[k]!) * 100) / first[k]!;
        current[k] = means[k]!;
      }
    }
  });
}

function everyNth(
  grid: { data: ArrayLike<number>; width: number; height: number },
  n: number,
  round: (v: number) => number = Math.floor,
): Grid {
  const width = round(grid.width / n);
  const height = round(grid.height / n);
  const data = new Float64Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * width + x] = grid.data[y * n * grid.width + x * n]!;
  }
  return { data, width, height };
}

/** Subtracts, in place, the image opened with a large disk at a quarter of its size. */
function subtractOpened(image: Grid): void {
  const { width, height } = image;
  const coarse = everyNth(image, subsample, Math.ceil);
  const opened = negated(diskMinimum(negated(diskMinimum(coarse, backgroundRadius)), backgroundRadius));
  const toX = (width / subsample - 1) / (width - 1);
  const toY = (height / subsample - 1) / (height - 1);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = y * width + x;
      image.data[i] = Math.max(0, image.data[i]! - bilinear(opened, x * toX, y * toY));
    }
  }
}

function negated({ data, width, height }: Grid): Grid {
  return { data: data.map((v) => -v), width, height };
}

function bilinear({ data, width, height }: Grid, x: number, y: number): number {
  const x0 = Math.min(Math.floor(x), width - 1);
  const y0 = Math.min(Math.floor(y), height - 1);
  const x1 = Math.min(x0 + 1, width - 1);
  const y1 = Math.min(y0 + 1, height - 1);
  const u = x - x0;
  const v = y - y0;
  const top = data[y0 * width + x0]! * (1 - u) + data[y0 * width + x1]! * u;
  const bottom = data[y1 * width + x0]! * (1 - u) + data[y1 * width + x1]! * u;
  return top * (1 - v) + bottom * v;
}

/**
 * Minimum over a disk; outside of the image does not count. A disk is a stack of rows, so every row is first reduced by
 * windows of each half-width that occurs.
 */
function diskMinimum({ data, width, height }: Grid, radius: number): Grid {
  const out = new Float64Array(data.length).fill(Number.POSITIVE_INFINITY);
  const reaches = Array.from({ length: radius + 1 }, (_, dy) => Math.floor(Math.sqrt(radius * radius - dy * dy)));
  let previous = -1;
  let rows = data;
  for (let dy = radius; dy >= 0; dy--) {
    const reach = reaches[dy]!;
    if (reach !== previous) rows = rowMinimum(data, width, height, reach);
    previous = reach;
    for (const sign of dy === 0 ? [1] : [1, -1]) {
      for (let y = Math.max(0, -sign * dy); y < Math.min(height, height - sign * dy); y++) {
        const to = y * width;
        const from = (y + sign * dy) * width;
        for (let x = 0; x < width; x++) if (rows[from + x]! < out[to + x]!) out[to + x] = rows[from + x]!;
      }
    }
  }
  return { data: out, width, height };
}

function rowMinimum(data: Float64Array, width: number, height: number, reach: number): Float64Array {
  const out = new Float64Array(data.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      let least = Number.POSITIVE_INFINITY;
      const end = Math.min(width - 1, x + reach);
      for (let u = Math.max(0, x - reach); u <= end; u++) if (data[row + u]! < least) least = data[row + u]!;
      out[row + x] = least;
    }
  }
  return out;
}

function erodeCross({ data, width, height }: Grid): Grid {
  const out = new Float64Array(data.length);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      let v = data[i]!;
      if (x > 0 && data[i - 1]! < v) v = data[i - 1]!;
      if (x < width - 1 && data[i + 1]! < v) v = data[i + 1]!;
      if (y > 0 && data[i - width]! < v) v = data[i - width]!;
      if (y < height - 1 && data[i + width]! < v) v = data[i + width]!;
      out[i] = v;
    }
  }
  return { data: out, width, height };
}

/**
 * Reconstruction by dilation: grows the marker under the mask until nothing changes. Two raster passes do nearly all of
 * it, a queue the rest (Vincent, IEEE Trans. Image Process. 2, 1993).
 */
function reconstruct(marker: Grid, mask: Grid): Grid {
  const { width, height } = marker;
  const data = marker.data.slice();
  const limit = mask.data;
  const n = data.length;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      let v = data[i]!;
      if (x > 0 && data[i - 1]! > v) v = data[i - 1]!;
      if (y > 0 && data[i - width]! > v) v = data[i - width]!;
      data[i] = v < limit[i]! ? v : limit[i]!;
    }
  }
  // A ring of pixels whose neighbours may still grow; a pixel waits at most once.
  const queue = new Int32Array(n + 1);
  const waiting = new Uint8Array(n);
  let head = 0;
  let tail = 0;
  for (let y = height - 1, i = n - 1; y >= 0; y--) {
    for (let x = width - 1; x >= 0; x--, i--) {
      let v = data[i]!;
      if (x < width - 1 && data[i + 1]! > v) v = data[i + 1]!;
      if (y < height - 1 && data[i + width]! > v) v = data[i + width]!;
      v = v < limit[i]! ? v : limit[i]!;
      data[i] = v;
      const right = x < width - 1 && data[i + 1]! < v && data[i + 1]! < limit[i + 1]!;
      const below = y < height - 1 && data[i + width]! < v && data[i + width]! < limit[i + width]!;
      if (right || below) {
        queue[tail++] = i;
        waiting[i] = 1;
      }
    }
  }
  const steps4 = [-1, 1, -width, width];
  while (head !== tail) {
    const i = queue[head]!;
    head = head === n ? 0 : head + 1;
    waiting[i] = 0;
    const v = data[i]!;
    const x = i % width;
    for (let k = 0; k < 4; k++) {
      if ((k === 0 && x === 0) || (k === 1 && x === width - 1)) continue;
      const j = i + steps4[k]!;
      if (j < 0 || j >= n) continue;
      const reach = v < limit[j]! ? v : limit[j]!;
      if (data[j]! >= reach) continue;
      data[j] = reach;
      if (waiting[j] !== 0) continue;
      waiting[j] = 1;
      queue[tail] = j;
      tail = tail === n ? 0 : tail + 1;
    }
  }
  return { data, width, height };
}

/** Mean of every object in a small image stretched to the size of the labels. */
function objectMeans(small: Grid, { labels, pixels }: MeasureInput): Float64Array {
  const toX = (small.width - 1) / (labels.width - 1);
  const toY = (small.height - 1) / (labels.height - 1);
  return Float64Array.from({ length: labels.count }, (_, k) => {
    let sum = 0;
    for (let p = pixels.start[k]!; p < pixels.start[k + 1]!; p++) {
      const i = pixels.index[p]!;
      const y = (i / labels.width) | 0;
      sum += bilinear(small, (i - y * labels.width) * toX, y * toY);
    }
    return sum / (pixels.start[k + 1]! - pixels.start[k]!);
  });
}
