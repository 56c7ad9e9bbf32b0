import { greyCorrelations } from "./grey-correlation.ts";
import {
  type GreyValues,
  greyMean,
  greyMedianAbsoluteDeviation,
  greyQuantile,
  greySquaredDeviations,
  greyValuesOf,
} from "./grey-values.ts";
import { localFocusScore } from "./local-focus.ts";
import type { Plane } from "./plane.ts";
import { powerLogLogSlope } from "./power-spectrum.ts";
import { type Scratch, threadScratch } from "./scratch.ts";
import { otsuThreshold } from "./threshold-otsu.ts";

export interface QualityOptions {
  /** Distances in pixels at which LocalFocusScore and Correlation are measured. Default [20]. */
  scales?: readonly number[];
  /** Grey value at which the sensor saturates. Default: 255 or 65535; 4095 for a 12-bit camera; 1 for float planes. */
  saturationGrey?: number;
  /** Reused between calls. Default: this thread's. */
  scratch?: Scratch;
}

/**
 * Measures the quality of one plane as CellProfiler's MeasureImageQuality does (Bray et al. 2012, doi 10.1177/1087057111420292);
 * intensities are scaled to 0…1. Keys carry no channel: FocusScore, LocalFocusScore_20, Correlation_20, PowerLogLogSlope, TotalIntensity,
 * MeanIntensity, MedianIntensity, StdIntensity, MADIntensity, MinIntensity, MaxIntensity, PercentMaximal, PercentMinimal, ThresholdOtsu.
 *
 * PercentMaximal and PercentMinimal are percentages (0…100) of pixels equal to the plane's own extreme, as CellProfiler has them.
 * SaturatedPixels and PercentSaturated (also 0…100) count pixels at the sensor's ceiling: that is another question.
 * @example
 * const quality = measureImageQuality(planeOf(new Uint8Array([0, 10, 20, 255]), 2, 2), { scales: [1] });
 * quality.MaxIntensity; // 1
 */
export function measureImageQuality(plane: Plane, options: QualityOptions = {}): Record<string, number> {
  const scratch = options.scratch ?? threadScratch;
  const scales = options.scales ?? [20];
  const values = greyValuesOf(plane, scratch);
  const { scale, pixelCount } = values;
  const mean = greyMean(values);
  const quality = intensityQuality(values, mean);
  quality.FocusScore = mean > 0 ? greySquaredDeviations(values, mean) / (pixelCount * mean * scale) : 0;
  for (const size of scales) quality[`LocalFocusScore_${size}`] = localFocusScore(plane, size, scale);
  greyCorrelations(plane, values, scales, scratch).forEach((correlation, index) => {
    quality[`Correlation_${scales[index]}`] = correlation;
  });
  quality.PowerLogLogSlope = values.distinct > 1 ? powerLogLogSlope(plane, mean, scratch) : 0;
  quality.ThresholdOtsu = otsuThreshold(values);
  const saturated = pixelsFrom(values, options.saturationGrey ?? scale);
  quality.SaturatedPixels = saturated;
  quality.PercentSaturated = (100 * saturated) / pixelCount;
  return quality;
}

function intensityQuality(values: GreyValues, mean: number): Record<string, number> {
  const { greys, counts, distinct, pixelCount, scale } = values;
  const median = greyQuantile(values, 0.5);
  return {
    TotalIntensity: (mean * pixelCount) / scale,
    MeanIntensity: mean / scale,
    MedianIntensity: median / scale,
    StdIntensity: Math.sqrt(greySquaredDeviations(values, mean) / pixelCount) / scale,
    MADIntensity: greyMedianAbsoluteDeviation(values, median) / scale,
    MinIntensity: distinct > 0 ? greys[0]! / scale : Number.NaN,
    MaxIntensity: distinct > 0 ? greys[distinct - 1]! / scale : Number.NaN,
    PercentMaximal: distinct > 0 ? (100 * counts[distinct - 1]!) / pixelCount : Number.NaN,
    PercentMinimal: distinct > 0 ? (100 * counts[0]!) / pixelCount : Number.NaN,
  };
}

/**
 * The same values under CellProfiler's column names: `ImageQuality_<Feature>_<channel>`, with `_<scale>` or `_2W` at the end where it has them.
 * @example
 * qualityColumns({ LocalFocusScore_20: 0.1 }, "DNA"); // { ImageQuality_LocalFocusScore_DNA_20: 0.1 }
 */
export function qualityColumns(quality: Readonly<Record<string, number>>, channel: string): Record<string, number> {
  const columns: Record<string, number> = {};
  for (const [name, value] of Object.entries(quality)) {
    const [feature, scale] = name === "ThresholdOtsu" ? [name, "2W"] : name.split("_");
    columns[`ImageQuality_${feature}_${channel}${scale === undefined ? "" : `_${scale}`}`] = value;
  }
  return columns;
}

/** Pixels at or above a grey value. */
function pixelsFrom(values: GreyValues, grey: number): number {
  let count = 0;
  for (let index = values.distinct - 1; index >= 0 && values.greys[index]! >= grey; index--)
    count += values.counts[index]!;
  return count;
}
