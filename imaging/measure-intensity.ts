import {
  cellProfilerMad,
  cellProfilerQuantile,
  type FeatureSink,
  type MeasureInput,
  sortedGrey,
} from "./measure-pixels.ts";
import type { PlaneData } from "./plane.ts";

const perChannel = [
  "Intensity_IntegratedIntensity",
  "Intensity_MeanIntensity",
  "Intensity_StdIntensity",
  "Intensity_MinIntensity",
  "Intensity_MaxIntensity",
  "Intensity_IntegratedIntensityEdge",
  "Intensity_MeanIntensityEdge",
  "Intensity_StdIntensityEdge",
  "Intensity_MinIntensityEdge",
  "Intensity_MaxIntensityEdge",
  "Intensity_MassDisplacement",
  "Intensity_LowerQuartileIntensity",
  "Intensity_MedianIntensity",
  "Intensity_MADIntensity",
  "Intensity_UpperQuartileIntensity",
  "Location_CenterMassIntensity_X",
  "Location_CenterMassIntensity_Y",
  "Location_MaxIntensity_X",
  "Location_MaxIntensity_Y",
] as const;

/** Names of the intensity features of the given channels, channel by channel. */
export function intensityNames(channels: readonly string[]): string[] {
  return channels.flatMap((channel) => perChannel.map((name) => `${name}_${channel}`));
}

/**
 * Measures CellProfiler's MeasureObjectIntensity: 15 intensities and 4 locations a channel (the constant Z locations of
 * flat images are left out). Intensities are grey value / 255 or / 65535; locations are pixels from the upper left.
 * The edge is every pixel with one of its four neighbours in another object or in background.
 */
export function measureIntensity(input: MeasureInput, sink: FeatureSink): void {
  const { labels, pixels, channels } = input;
  const { width, count } = labels;
  const edge = edgePixels(input);
  const { values } = sink;
  const { x: xs, y: ys } = positions(input);
  channels.forEach(({ plane, scale }, c) => {
    for (let k = 0; k < count; k++) {
      const start = pixels.start[k]!;
      const end = pixels.start[k + 1]!;
      const n = end - start;
      if (n === 0) continue;
      const s = sumsOf(plane.data, pixels.index, start, end, xs, ys, edge);
      const sorted = sortedGrey(plane, pixels.index, start, end);
      const median = cellProfilerQuantile(sorted, n, 0.5);
      const max = sorted[n - 1]!;
      const centreX = s.weightX / s.sum;
      const centreY = s.weightY / s.sum;
      let at = k * sink.stride + sink.offset + c * perChannel.length;
      values[at++] = s.sum / scale;
      values[at++] = s.sum / n / scale;
      values[at++] = s.std / scale;
      values[at++] = sorted[0]! / scale;
      values[at++] = max / scale;
      values[at++] = s.edgeSum / scale;
      values[at++] = s.edgeSum / s.edgeCount / scale;
      values[at++] = s.edgeStd / scale;
      values[at++] = s.edgeMin / scale;
      values[at++] = s.edgeMax / scale;
      values[at++] = Math.hypot(centreX - s.x, centreY - s.y);
      values[at++] = cellProfilerQuantile(sorted, n, 0.25) / scale;
      values[at++] = median / scale;
      values[at++] = cellProfilerMad(sorted, n, median) / scale;
      values[at++] = cellProfilerQuantile(sorted, n, 0.75) / scale;
      values[at++] = centreX;
      values[at++] = centreY;
      values[at++] = s.maxAt % width;
      values[at++] = (s.maxAt / width) | 0;
    }
  });
}

/**
 * One pass over an object's pixels. Squares are summed about the object's first pixel, which keeps the variance exact for
 * whole numbers and accurate for others.
 */
function sumsOf(
  data: PlaneData,
  index: Int32Array,
  start: number,
  end: number,
  xs: Uint16Array,
  ys: Uint16Array,
  edge: Uint8Array,
) {
  const origin = data[index[start]!]!;
  const x0 = xs[start]!;
  const y0 = ys[start]!;
  let deviation = 0;
  let squares = 0;
  let sumX = 0;
  let sumY = 0;
  let weightX = 0;
  let weightY = 0;
  let max = origin;
  let maxAt = index[start]!;
  let edgeDeviation = 0;
  let edgeSquares = 0;
  let edgeMin = Number.POSITIVE_INFINITY;
  let edgeMax = Number.NEGATIVE_INFINITY;
  let edgeCount = 0;
  for (let p = start; p < end; p++) {
    const i = index[p]!;
    const v = data[i]!;
    const x = xs[p]! - x0;
    const y = ys[p]! - y0;
    const d = v - origin;
    deviation += d;
    squares += d * d;
    sumX += x;
    sumY += y;
    weightX += x * v;
    weightY += y * v;
    if (v > max) {
      max = v;
      maxAt = i;
    }
    if (edge[p] !== 0) {
      edgeDeviation += d;
      edgeSquares += d * d;
      edgeCount++;
      if (v < edgeMin) edgeMin = v;
      if (v > edgeMax) edgeMax = v;
    }
  }
  const n = end - start;
  const sum = origin * n + deviation;
  return {
    sum,
    std: Math.sqrt(Math.max(0, squares - (deviation * deviation) / n) / n),
    x: x0 + sumX / n,
    y: y0 + sumY / n,
    weightX: weightX + x0 * sum,
    weightY: weightY + y0 * sum,
    maxAt,
    edgeSum: origin * edgeCount + edgeDeviation,
    edgeStd: Math.sqrt(Math.max(0, edgeSquares - (edgeDeviation * edgeDeviation) / edgeCount) / edgeCount),
    edgeMin,
    edgeMax,
    edgeCount,
  };
}

/** Column and row of every entry of `pixels.index`. */
function positions({ labels, pixels }: MeasureInput): { x: Uint16Array; y: Uint16Array } {
  const x = new Uint16Array(pixels.index.length);
  const y = new Uint16Array(pixels.index.length);
  for (let p = 0; p < x.length; p++) {
    const i = pixels.index[p]!;
    const row = (i / labels.width) | 0;
    y[p] = row;
    x[p] = i - row * labels.width;
  }
  return { x, y };
}

/** One byte for each entry of `pixels.index`: 1 when the pixel lies on the inner edge of its object. */
function edgePixels({ labels, pixels }: MeasureInput): Uint8Array {
  const { data, width, height } = labels;
  const edge = new Uint8Array(pixels.index.length);
  const lastRow = (height - 1) * width;
  for (let p = 0; p < edge.length; p++) {
    const i = pixels.index[p]!;
    const label = data[i]!;
    const x = i % width;
    if (
      (x > 0 && data[i - 1] !== label) ||
      (x < width - 1 && data[i + 1] !== label) ||
      (i >= width && data[i - width] !== label) ||
      (i < lastRow && data[i + width] !== label)
    ) {
      edge[p] = 1;
    }
  }
  return edge;
}
