import {
  cellProfilerMad,
  cellProfilerQuantile,
  type FeatureSink,
  type MeasureInput,
  sortObject,
} from "./measure-pixels.ts";

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
  channels.forEach(({ plane, scale }, c) => {
    const { data } = plane;
    for (let k = 0; k < count; k++) {
      const start = pixels.start[k]!;
      const end = pixels.start[k + 1]!;
      const n = end - start;
      if (n === 0) continue;
      let sum = 0;
      let sumX = 0;
      let sumY = 0;
      let weightX = 0;
      let weightY = 0;
      let max = Number.NEGATIVE_INFINITY;
      let maxAt = 0;
      let edgeSum = 0;
      let edgeMin = Number.POSITIVE_INFINITY;
      let edgeMax = Number.NEGATIVE_INFINITY;
      let edgeCount = 0;
      for (let p = start; p < end; p++) {
        const i = pixels.index[p]!;
        const v = data[i]!;
        const y = (i / width) | 0;
        const x = i - y * width;
        sum += v;
        sumX += x;
        sumY += y;
        weightX += x * v;
        weightY += y * v;
        if (v > max) {
          max = v;
          maxAt = i;
        }
        if (edge[p] !== 0) {
          edgeSum += v;
          edgeCount++;
          if (v < edgeMin) edgeMin = v;
          if (v > edgeMax) edgeMax = v;
        }
      }
      const mean = sum / n;
      const edgeMean = edgeSum / edgeCount;
      let squares = 0;
      let edgeSquares = 0;
      for (let p = start; p < end; p++) {
        const v = data[pixels.index[p]!]!;
        squares += (v - mean) * (v - mean);
        if (edge[p] !== 0) edgeSquares += (v - edgeMean) * (v - edgeMean);
      }
      const { values: sorted, length } = sortObject(plane, pixels.index, start, end);
      const median = cellProfilerQuantile(sorted, length, 0.5);
      const centreX = weightX / sum;
      const centreY = weightY / sum;
      let at = k * sink.stride + sink.offset + c * perChannel.length;
      values[at++] = sum / scale;
      values[at++] = mean / scale;
      values[at++] = Math.sqrt(squares / n) / scale;
      values[at++] = sorted[0]! / scale;
      values[at++] = max / scale;
      values[at++] = edgeSum / scale;
      values[at++] = edgeMean / scale;
      values[at++] = Math.sqrt(edgeSquares / edgeCount) / scale;
      values[at++] = edgeMin / scale;
      values[at++] = edgeMax / scale;
      values[at++] = Math.hypot(centreX - sumX / n, centreY - sumY / n);
      values[at++] = cellProfilerQuantile(sorted, length, 0.25) / scale;
      values[at++] = median / scale;
      values[at++] = cellProfilerMad(sorted, length, median) / scale;
      values[at++] = cellProfilerQuantile(sorted, length, 0.75) / scale;
      values[at++] = centreX;
      values[at++] = centreY;
      values[at++] = maxAt % width;
      values[at++] = (maxAt / width) | 0;
    }
  });
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
