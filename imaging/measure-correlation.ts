import { type FeatureSink, type MeasureInput, sortObject } from "./measure-pixels.ts";

/** Every pair of channels once, in channel order. */
export function channelPairs<T>(channels: readonly T[]): [T, T][] {
  return channels.flatMap((a, i) => channels.slice(i + 1).map((b): [T, T] => [a, b]));
}

/** Names of the Pearson correlation and the regression slope of every pair of channels. */
export function correlationNames(channels: readonly string[]): string[] {
  return channelPairs(channels).flatMap(([a, b]) => [
    `Correlation_Correlation_${a}_${b}`,
    `Correlation_Slope_${a}_${b}`,
  ]);
}

/** Names of the overlap, Manders, rank-weighted and Costes colocalization of every pair of channels, in both directions. */
export function colocalizationNames(channels: readonly string[]): string[] {
  return channelPairs(channels).flatMap(([a, b]) => [
    `Correlation_Overlap_${a}_${b}`,
    `Correlation_K_${a}_${b}`,
    `Correlation_K_${b}_${a}`,
    `Correlation_Manders_${a}_${b}`,
    `Correlation_Manders_${b}_${a}`,
    `Correlation_RWC_${a}_${b}`,
    `Correlation_RWC_${b}_${a}`,
    `Correlation_Costes_${a}_${b}`,
    `Correlation_Costes_${b}_${a}`,
  ]);
}

/**
 * Pearson's correlation of two channels within each object, and the slope of the least-squares line of the second on the
 * first, in intensity units (CellProfiler MeasureColocalization). NaN when a channel is constant in the object.
 */
export function measureCorrelation(input: MeasureInput, sink: FeatureSink): void {
  const { labels, pixels, channels } = input;
  const centred = channels.map(() => new Float64Array(0));
  const spread = new Float64Array(channels.length);
  for (let k = 0; k < labels.count; k++) {
    const start = pixels.start[k]!;
    const n = pixels.start[k + 1]! - start;
    if (n === 0) continue;
    for (let c = 0; c < channels.length; c++) {
      const { data } = channels[c]!.plane;
      if (centred[c]!.length < n) centred[c] = new Float64Array(n * 2);
      const d = centred[c]!;
      let sum = 0;
      for (let p = 0; p < n; p++) {
        const v = data[pixels.index[start + p]!]!;
        d[p] = v;
        sum += v;
      }
      const mean = sum / n;
      for (let p = 0; p < n; p++) d[p]! -= mean;
      spread[c] = dot(d, d, n);
    }
    let at = k * sink.stride + sink.offset;
    for (let a = 0; a < channels.length; a++) {
      const x = centred[a]!;
      for (let b = a + 1; b < channels.length; b++) {
        const y = centred[b]!;
        const product = dot(x, y, n);
        const both = Math.sqrt(spread[a]!) * Math.sqrt(spread[b]!);
        sink.values[at++] = both > 0 ? Math.min(1, Math.max(-1, product / both)) : Number.NaN;
        const slope = product / spread[a]!;
        sink.values[at++] = spread[a]! > 0 ? (slope * channels[a]!.scale) / channels[b]!.scale : Number.NaN;
      }
    }
  }
}

/** Sum of products; four partial sums, because one would wait for itself at every step. */
function dot(x: Float64Array, y: Float64Array, n: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let p = 0;
  for (; p + 3 < n; p += 4) {
    a += x[p]! * y[p]!;
    b += x[p + 1]! * y[p + 1]!;
    c += x[p + 2]! * y[p + 2]!;
    d += x[p + 3]! * y[p + 3]!;
  }
  for (; p < n; p++) a += x[p]! * y[p]!;
  return a + b + (c + d);
}

/** What the colocalization coefficients need of one channel within one object. */
interface ObjectChannel {
  /** Intensities (grey value / scale) of the object's pixels. */
  values: Float64Array;
  /** Dense rank of every pixel's value: equal values share a rank, 0 is the lowest. */
  rank: Int32Array;
  highestRank: number;
  /** 15 % of the object's maximum: below it a pixel does not count. */
  limit: number;
  /** Sum of the values at or above the limit. */
  total: number;
}

/**
 * Colocalization of two channels within each object (CellProfiler MeasureColocalization; threshold 15 % of the object's
 * maximum): overlap and its two parts K, Manders' coefficients, rank-weighted colocalization (Singan et al. 2011) and
 * Manders' coefficients above Costes' automatic thresholds (Costes et al. 2004, the "Faster" bisection).
 * @param costesScale number of intensity steps the bisection searches; default the plane's own (255 or 65535)
 */
export function measureColocalization(input: MeasureInput, sink: FeatureSink, costesScale?: number): void {
  const { labels, pixels, channels } = input;
  for (let k = 0; k < labels.count; k++) {
    const start = pixels.start[k]!;
    const end = pixels.start[k + 1]!;
    if (end === start) continue;
    const of = channels.map((_, c) => objectChannel(input, c, start, end));
    let at = k * sink.stride + sink.offset;
    for (let a = 0; a < channels.length; a++) {
      for (let b = a + 1; b < channels.length; b++) {
        at = writePair(of[a]!, of[b]!, costesScale ?? Math.max(channels[a]!.scale, 255), sink.values, at);
      }
    }
  }
}

function objectChannel(input: MeasureInput, c: number, start: number, end: number): ObjectChannel {
  const { plane, scale } = input.channels[c]!;
  const n = end - start;
  const values = new Float64Array(n);
  const rank = new Int32Array(n);
  for (let p = 0; p < n; p++) values[p] = plane.data[input.pixels.index[start + p]!]! / scale;
  const sorted = sortObject(plane, input.pixels.index, start, end);
  let highestRank = 0;
  for (let p = 1; p < n; p++) {
    if (sorted.values[p] !== sorted.values[p - 1]) highestRank++;
    rank[sorted.order[p]!] = highestRank;
  }
  const limit = 0.15 * values[sorted.order[n - 1]!]!;
  let total = 0;
  for (let p = 0; p < n; p++) if (values[p]! >= limit) total += values[p]!;
  return { values, rank, highestRank, limit, total };
}

function writePair(x: ObjectChannel, y: ObjectChannel, costesScale: number, out: Float64Array, from: number): number {
  const n = x.values.length;
  const ranks = Math.max(x.highestRank, y.highestRank) + 1;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  let xBoth = 0;
  let yBoth = 0;
  let xWeighted = 0;
  let yWeighted = 0;
  for (let p = 0; p < n; p++) {
    const u = x.values[p]!;
    const v = y.values[p]!;
    if (u < x.limit || v < y.limit) continue;
    const weight = (ranks - Math.abs(x.rank[p]! - y.rank[p]!)) / ranks;
    xx += u * u;
    yy += v * v;
    xy += u * v;
    xBoth += u;
    yBoth += v;
    xWeighted += u * weight;
    yWeighted += v * weight;
  }
  const costes = costesThresholds(x.values, y.values, costesScale);
  let xAbove = 0;
  let yAbove = 0;
  let xCostes = 0;
  let yCostes = 0;
  for (let p = 0; p < n; p++) {
    const u = x.values[p]!;
    const v = y.values[p]!;
    if (u >= costes.x) xAbove += u;
    if (v >= costes.y) yAbove += v;
    if (u > costes.x && v > costes.y) {
      xCostes += u;
      yCostes += v;
    }
  }
  let at = from;
  out[at++] = xy / Math.sqrt(xx * yy);
  out[at++] = xy / xx;
  out[at++] = xy / yy;
  out[at++] = xBoth / x.total;
  out[at++] = yBoth / y.total;
  out[at++] = xWeighted / x.total;
  out[at++] = yWeighted / y.total;
  out[at++] = xAbove > 0 ? xCostes / xAbove : 0;
  out[at++] = yAbove > 0 ? yCostes / yAbove : 0;
  return at;
}

/**
 * Costes' thresholds: going down the orthogonal regression line until the pixels below it no longer correlate. Candidates
 * come from a shrinking window whose next candidate lies a sixth below its top, as CellProfiler's "Faster" method.
 */
function costesThresholds(x: Float64Array, y: Float64Array, scale: number): { x: number; y: number } {
  const line = orthogonalLine(x, y);
  let left = 1;
  let right = scale;
  let middle = Math.floor((right - left) / 1.2) + left;
  let last = 0;
  let valid = 1;
  while (last !== middle) {
    const limit = middle / scale;
    const r = correlationBelow(x, y, limit, line.slope * limit + line.offset);
    if (r === undefined || r < 0) left = middle - 1;
    else if (r >= 0) {
      right = middle + 1;
      valid = middle;
    }
    last = middle;
    middle = (right - left > 6 ? Math.floor((right - left) / 1.2) : Math.floor((right - left) / 2)) + left;
  }
  const limit = (valid - 1) / scale;
  return { x: limit, y: line.slope * limit + line.offset };
}

function orthogonalLine(x: Float64Array, y: Float64Array): { slope: number; offset: number } {
  let n = 0;
  let sumX = 0;
  let sumY = 0;
  for (let p = 0; p < x.length; p++) {
    if (!(x[p]! > 0 || y[p]! > 0)) continue;
    n++;
    sumX += x[p]!;
    sumY += y[p]!;
  }
  const meanX = sumX / n;
  const meanY = sumY / n;
  let varX = 0;
  let varY = 0;
  let covariance = 0;
  for (let p = 0; p < x.length; p++) {
    if (!(x[p]! > 0 || y[p]! > 0)) continue;
    const u = x[p]! - meanX;
    const v = y[p]! - meanY;
    varX += u * u;
    varY += v * v;
    covariance += u * v;
  }
  const difference = varY - varX;
  const slope = (difference + Math.sqrt(difference * difference + 4 * covariance * covariance)) / (2 * covariance);
  return { slope, offset: meanY - slope * meanX };
}

/** Pearson's r of the pixels below either limit; undefined with fewer than three, NaN when one channel is constant. */
function correlationBelow(x: Float64Array, y: Float64Array, limitX: number, limitY: number): number | undefined {
  let n = 0;
  let sumX = 0;
  let sumY = 0;
  for (let p = 0; p < x.length; p++) {
    if (x[p]! < limitX || y[p]! < limitY) {
      n++;
      sumX += x[p]!;
      sumY += y[p]!;
    }
  }
  if (n <= 2) return undefined;
  const meanX = sumX / n;
  const meanY = sumY / n;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let p = 0; p < x.length; p++) {
    if (x[p]! < limitX || y[p]! < limitY) {
      const u = x[p]! - meanX;
      const v = y[p]! - meanY;
      xx += u * u;
      yy += v * v;
      xy += u * v;
    }
  }
  return xy / (Math.sqrt(xx) * Math.sqrt(yy));
}
