import { type Matrix, matrix, median, present, quantileSorted } from "@artesian/numerics";
import { NoSamplesError, UnknownColumnError } from "./errors.ts";
import { type Landmarks, landmarksOf, normalScore } from "./inverse-normal.ts";
import { featureColumn, groupWells, type MetadataCell, type Profiles } from "./profiles.ts";
import { selectWells } from "./sample-query.ts";
import { applyWhitening, fitWhitening, type SpherizeVariant, type Whitening } from "./spherize.ts";
import { InfiniteValuesError, OperationOptionError, UnknownOperationError } from "./statistics-errors.ts";

/** How features are centred and scaled; the formulas are pycytominer's. */
export type NormalizeMethod = ScaleMethod | "spherize" | "inverse_normal";
export type ScaleMethod = "standardize" | "robustize" | "mad_robustize";
export const NORMALIZE_METHODS: readonly NormalizeMethod[] = [
  "standardize",
  "robustize",
  "mad_robustize",
  "spherize",
  "inverse_normal",
];

interface FitOptions {
  /** Wells to learn from: "all" (default) or a query, see `selectWells`. */
  samples?: string;
  /** Added to 1.4826·MAD in mad_robustize (default 1e-18; profiling recipes pass 0), to singular values in spherize (default 1e-6). */
  epsilon?: number;
  /** Fewest wells to learn from. Default 2. */
  minimumSamples?: number;
  /** Infinite values: refused (default) by every method but mad_robustize, which bears them; or read as missing. */
  infinite?: "refuse" | "missing";
}

export interface FitScaleOptions extends FitOptions {
  method: ScaleMethod;
}

export interface FitSpherizeOptions extends FitOptions {
  method: "spherize";
  /** Default "ZCA-cor". */
  variant?: SpherizeVariant;
  /** Subtract the mean; default true. */
  centre?: boolean;
}

export interface FitInverseNormalOptions extends FitOptions {
  method: "inverse_normal";
  /** Landmarks of each feature's distribution; default 1000, never more than samples. */
  quantiles?: number;
}

export type FitNormalizationOptions = FitScaleOptions | FitSpherizeOptions | FitInverseNormalOptions;

interface Learnt {
  samples: string;
  features: string[];
  sampleCount: number;
}

/** What a fit of a centre and a scale learnt; reusable on other wells with the same features. */
export interface ScaleNormalization extends Learnt {
  method: ScaleMethod;
  /** Subtracted, of shape (features). */
  centre: Float64Array;
  /** Divided by, of shape (features). */
  scale: Float64Array;
}

export interface SpherizeNormalization extends Learnt {
  method: "spherize";
  whitening: Whitening;
}

export interface InverseNormalNormalization extends Learnt {
  method: "inverse_normal";
  /** Of each feature: ascending landmarks of its distribution. */
  landmarks: Landmarks[];
}

/** What a fit learnt; reusable on other wells with the same features; see `normalizationToJson`. */
export type Normalization = ScaleNormalization | SpherizeNormalization | InverseNormalNormalization;

/**
 * Learns a normalization from chosen wells; missing values are left out, feature by feature. standardize: mean and standard deviation
 * with ddof 0, zero → 1. robustize: median and interquartile range, zero → 1. mad_robustize: median and 1.4826·MAD + ε (with ε 0 a MAD
 * of 0 gives infinite or missing values, as in pycytominer). spherize: see `fitWhitening`; it needs every value. inverse_normal: ranks to
 * normal scores through landmarks, as scikit-learn's QuantileTransformer without its random subsample.
 * @throws NoSamplesError (profiling/no-samples), SampleQueryError (profiling/sample-query), InfiniteValuesError
 * (profiling/infinite-values), UnknownOperationError (profiling/unknown-operation), OperationOptionError (profiling/operation-option); for
 * spherize also MissingValuesError (profiling/missing-values), ConstantFeaturesError (profiling/constant-features), RankError (profiling/rank)
 */
export function fitNormalization(profiles: Profiles, options: FitScaleOptions, group?: string): ScaleNormalization;
export function fitNormalization(
  profiles: Profiles,
  options: FitSpherizeOptions,
  group?: string,
): SpherizeNormalization;
export function fitNormalization(profiles: Profiles, options: FitNormalizationOptions, group?: string): Normalization;
export function fitNormalization(
  given: Profiles,
  options: FitNormalizationOptions,
  group = "Normalization",
): Normalization {
  if (!NORMALIZE_METHODS.includes(options.method))
    throw new UnknownOperationError("normalization method", options.method, NORMALIZE_METHODS);
  const samples = options.samples ?? "all";
  const rows = selectWells(given, samples);
  const minimum = Math.max(options.minimumSamples ?? 2, options.method === "spherize" ? 2 : 1);
  if (rows.length < minimum) throw new NoSamplesError(samples, group, rows.length, minimum);
  const profiles = options.infinite === "missing" ? withoutInfinite(given) : given;
  const sampled = rowsOf(profiles, rows);
  if (options.method !== "mad_robustize") refuseInfinite(sampled, `${group} (${options.method})`);
  const learnt: Learnt = { samples, features: [...profiles.features], sampleCount: rows.length };
  switch (options.method) {
    case "spherize": {
      const whitening = fitWhitening(matrixOf(sampled), profiles.features, {
        variant: options.variant ?? "ZCA-cor",
        centre: options.centre ?? true,
        epsilon: options.epsilon ?? 1e-6,
      });
      return { method: "spherize", ...learnt, whitening };
    }
    case "inverse_normal": {
      const most = options.quantiles ?? 1000;
      if (!(Number.isInteger(most) && most >= 1))
        throw new OperationOptionError("inverse_normal", "quantiles", String(most), "a whole number from 1");
      const count = Math.min(most, rows.length);
      const landmarks = profiles.features.map((_, j) => landmarksOf(featureColumn(sampled, j), count));
      return { method: "inverse_normal", ...learnt, landmarks };
    }
    default:
      return { method: options.method, ...learnt, ...fitScale(sampled, options) };
  }
}

function fitScale(sampled: Profiles, options: FitScaleOptions): Pick<ScaleNormalization, "centre" | "scale"> {
  const width = sampled.features.length;
  const centre = new Float64Array(width);
  const scale = new Float64Array(width);
  const column = new Float64Array(sampled.rowCount);
  for (let j = 0; j < width; j++) {
    for (let i = 0; i < column.length; i++) column[i] = sampled.values[i * width + j]!;
    const fit = FITS[options.method](present(column), options.epsilon ?? 1e-18);
    centre[j] = fit.centre;
    scale[j] = fit.scale;
  }
  return { centre, scale };
}

const FITS: Record<ScaleMethod, (values: Float64Array, epsilon: number) => { centre: number; scale: number }> = {
  standardize(values) {
    const n = values.length;
    let sum = 0;
    for (const value of values) sum += value;
    const rough = sum / n;
    let left = 0;
    for (const value of values) left += value - rough;
    const centre = rough + left / n;
    let squares = 0;
    let drift = 0;
    for (const value of values) {
      squares += (value - centre) ** 2;
      drift += value - centre;
    }
    const variance = (squares - (drift * drift) / n) / n;
    const rounding = n * Number.EPSILON * variance + (n * centre * Number.EPSILON) ** 2;
    return { centre, scale: variance <= rounding ? 1 : Math.sqrt(variance) };
  },
  robustize(values) {
    const sorted = values.slice().sort();
    const range = quantileSorted(sorted, 0.75) - quantileSorted(sorted, 0.25);
    return { centre: quantileSorted(sorted, 0.5), scale: range < 10 * Number.EPSILON ? 1 : range };
  },
  mad_robustize(values, epsilon) {
    const centre = median(values);
    return { centre, scale: 1.4826 * median(values.map((value) => Math.abs(value - centre))) + epsilon };
  },
};

/**
 * Applies a fit: (x − centre)/scale a feature, the whitening, or normal scores. A missing value stays missing; whitening needs all
 * features of a well, so there a well with a missing value is missing altogether.
 * @returns new profiles with the fit's features in the fit's order (PC1, PC2, … after a PCA whitening); metadata is shared
 * @throws UnknownColumnError (profiling/unknown-column) when the profiles lack one of them
 */
export function applyNormalization(profiles: Profiles, fit: Normalization): Profiles {
  const index = new Map(profiles.features.map((name, j) => [name, j]));
  const from = fit.features.map((name) => {
    const j = index.get(name);
    if (j === undefined) throw new UnknownColumnError(name, profiles.features);
    return j;
  });
  const [width, count] = [profiles.features.length, from.length];
  const values = new Float64Array(profiles.rowCount * count);
  for (let i = 0; i < profiles.rowCount; i++)
    for (let j = 0; j < count; j++) values[i * count + j] = profiles.values[i * width + from[j]!]!;
  if (fit.method === "spherize") {
    const { data } = applyWhitening(fit.whitening, matrix(profiles.rowCount, count, values));
    const isPca = fit.whitening.variant.startsWith("PCA");
    return { ...profiles, features: isPca ? fit.features.map((_, j) => `PC${j + 1}`) : fit.features, values: data };
  }
  for (let j = 0; j < count; j++) {
    if (fit.method === "inverse_normal") {
      const landmarks = fit.landmarks[j]!;
      for (let at = j; at < values.length; at += count) values[at] = normalScore(values[at]!, landmarks);
      continue;
    }
    const [centre, scale] = [fit.centre[j]!, fit.scale[j]!];
    for (let at = j; at < values.length; at += count) values[at] = (values[at]! - centre) / scale;
  }
  return { ...profiles, features: fit.features, values };
}

export interface GroupOptions {
  /** Metadata columns whose groups are normalized each by itself, for example `["Metadata_Plate"]`. Default: all wells together. */
  by?: readonly string[];
  /** What to do with a group that has too few samples: refuse (default), or learn from all of its wells and say so. */
  whenTooFew?: "refuse" | "use-all-wells";
}

export type NormalizeOptions = FitNormalizationOptions & GroupOptions;

/** How one group was normalized. */
export interface NormalizedGroup {
  key: MetadataCell[];
  wells: number;
  /** The samples used: the query, or "all" when there were too few. */
  samples: string;
  sampleCount: number;
  /** Features without variation among the samples (scale ≤ 1e-12, or replaced by 1): their values are not comparable across groups. */
  constantFeatures: string[];
  /** Features without any value among the samples: they stay missing. */
  emptyFeatures: string[];
  /** What was learnt. */
  fit: Normalization;
}

/**
 * Fits and applies a normalization group by group (usually plate by plate), keeping the order of the wells.
 * @returns the normalized profiles, how each group was done, and wells left out because a grouping value is missing (set to NaN)
 */
export function normalize(
  given: Profiles,
  options: NormalizeOptions,
): { profiles: Profiles; groups: NormalizedGroup[]; ungrouped: number[] } {
  const profiles = options.infinite === "missing" ? withoutInfinite(given) : given;
  const everything = { key: [], rows: Array.from({ length: profiles.rowCount }, (_, row) => row) };
  const { groups, incomplete } =
    options.by === undefined || options.by.length === 0
      ? { groups: [everything], incomplete: [] }
      : groupWells(profiles, options.by);
  const width = profiles.features.length;
  const values = new Float64Array(profiles.values.length).fill(Number.NaN);
  const selected = new Set(selectWells(profiles, options.samples ?? "all"));
  const minimum = options.minimumSamples ?? 2;
  let features = profiles.features;
  const report = groups.map(({ key, rows }): NormalizedGroup => {
    const wells = rowsOf(profiles, rows);
    const sampled = rows.flatMap((row, i) => (selected.has(row) ? [i] : []));
    const name =
      key.length === 0 ? "Normalization" : (options.by ?? []).map((column, i) => `${column} ${key[i]}`).join(", ");
    const tooFew = sampled.length < minimum;
    if (tooFew && options.whenTooFew !== "use-all-wells") {
      throw new NoSamplesError(options.samples ?? "all", name, sampled.length, minimum);
    }
    const source = tooFew ? wells : rowsOf(wells, sampled);
    const samples = tooFew ? "all" : (options.samples ?? "all");
    const fit = { ...fitNormalization(source, { ...options, samples: "all" }, name), samples };
    const normalized = applyNormalization(wells, fit);
    features = normalized.features;
    rows.forEach((row, i) => {
      values.set(normalized.values.subarray(i * width, (i + 1) * width), row * width);
    });
    return { key, wells: rows.length, samples, sampleCount: fit.sampleCount, ...unvaryingFeatures(source), fit };
  });
  return { profiles: { ...profiles, features, values }, groups: report, ungrouped: incomplete };
}

function unvaryingFeatures(source: Profiles): Pick<NormalizedGroup, "constantFeatures" | "emptyFeatures"> {
  const [constantFeatures, emptyFeatures]: [string[], string[]] = [[], []];
  const width = source.features.length;
  source.features.forEach((feature, j) => {
    let first = Number.NaN;
    let varies = false;
    for (let at = j; at < source.values.length && !varies; at += width) {
      const value = source.values[at]!;
      if (Number.isNaN(value)) continue;
      if (Number.isNaN(first)) first = value;
      else varies = !(Math.abs(value - first) <= 1e-12 * Math.abs(first));
    }
    if (varies) return;
    constantFeatures.push(feature);
    if (Number.isNaN(first)) emptyFeatures.push(feature);
  });
  return { constantFeatures, emptyFeatures };
}

function withoutInfinite(profiles: Profiles): Profiles {
  const values = profiles.values.map((value) => (Number.isFinite(value) ? value : Number.NaN));
  return { ...profiles, values };
}

function refuseInfinite(sampled: Profiles, name: string): void {
  const found = new Set<number>();
  let count = 0;
  for (let at = 0; at < sampled.values.length; at++) {
    const value = sampled.values[at]!;
    if (value - value === 0 || Number.isNaN(value)) continue;
    found.add(at % sampled.features.length);
    count++;
  }
  if (count === 0) return;
  const features = [...found].sort((a, b) => a - b).map((j) => sampled.features[j]!);
  throw new InfiniteValuesError(name, features, count);
}

function matrixOf(profiles: Profiles): Matrix {
  return matrix(profiles.rowCount, profiles.features.length, profiles.values);
}

function rowsOf(profiles: Profiles, rows: readonly number[]): Profiles {
  const width = profiles.features.length;
  const values = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    values.set(profiles.values.subarray(row * width, (row + 1) * width), i * width);
  });
  return { metadata: {}, features: profiles.features, values, rowCount: rows.length };
}
