/** How metrics are called on pages: label, unit, and what a person should know. Names follow CellProfiler's MeasureImageQuality. */
export interface MetricWords {
  label: string;
  unit: string;
  description: string;
}

const IMAGE: Record<string, MetricWords> = {
  PowerLogLogSlope: {
    label: "PowerLogLogSlope",
    unit: "",
    description: "Slope of the power spectrum on log–log axes; the lower, the more out of focus (Bray et al. 2012).",
  },
  FocusScore: {
    label: "FocusScore",
    unit: "",
    description: "Variance over mean of the intensities; low when out of focus.",
  },
  ThresholdOtsu: { label: "ThresholdOtsu", unit: "0..1", description: "Otsu's threshold." },
  TotalIntensity: { label: "TotalIntensity", unit: "0..1 × px", description: "Sum of all intensities." },
  MeanIntensity: { label: "MeanIntensity", unit: "0..1", description: "Mean intensity." },
  MedianIntensity: { label: "MedianIntensity", unit: "0..1", description: "Median intensity." },
  StdIntensity: { label: "StdIntensity", unit: "0..1", description: "Standard deviation of the intensities." },
  MADIntensity: { label: "MADIntensity", unit: "0..1", description: "Median absolute deviation of the intensities." },
  MinIntensity: { label: "MinIntensity", unit: "0..1", description: "Lowest intensity." },
  MaxIntensity: { label: "MaxIntensity", unit: "0..1", description: "Highest intensity." },
  PercentMaximal: { label: "PercentMaximal", unit: "%", description: "Pixels that equal the image's own maximum." },
  PercentMinimal: { label: "PercentMinimal", unit: "%", description: "Pixels that equal the image's own minimum." },
  SaturatedPixels: { label: "SaturatedPixels", unit: "px", description: "Pixels at the sensor's ceiling." },
  PercentSaturated: { label: "PercentSaturated", unit: "%", description: "Pixels at the sensor's ceiling." },
};

const OTHERS: Record<string, MetricWords> = {
  nuclei: { label: "nuclei", unit: "per site", description: "Nuclei found." },
  cells: { label: "cells", unit: "per site", description: "Cells found." },
  score: { label: "phenoprint score", unit: "", description: "Disease = 1, healthy = 0, cross-validated." },
};

/** Words for a metric; unknown ones are called by their name. */
export function metricWords(id: string): MetricWords {
  const known = IMAGE[id] ?? OTHERS[id];
  if (known !== undefined) return known;
  const scaled = /^(LocalFocusScore|Correlation)_(\d+)$/.exec(id);
  if (scaled?.[1] === "LocalFocusScore") {
    return {
      label: id,
      unit: "",
      description: `Variance of local focus over a grid of ${scaled[2]} px; low when out of focus.`,
    };
  }
  if (scaled?.[1] === "Correlation") {
    return { label: id, unit: "", description: `Haralick correlation at ${scaled[2]} px; high when out of focus.` };
  }
  return { label: id.replaceAll("_", " "), unit: "", description: "" };
}

/** Order of image metrics in menus: those that people look at first come first. */
export function metricRank(id: string): number {
  const rank = Object.keys(IMAGE).indexOf(id);
  return rank === -1 ? 100 : rank;
}
