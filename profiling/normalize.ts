import { median, present, quantileSorted } from "@artesian/numerics";
import { NoSamplesError, UnknownColumnError } from "./errors.ts";
import { featureColumn, groupWells, type MetadataCell, type Profiles } from "./profiles.ts";
import { selectWells } from "./sample-query.ts";

/** How features are centred and scaled; the formulas are pycytominer's. */
export type NormalizeMethod = "standardize" | "robustize" | "mad_robustize";

export interface FitNormalizationOptions {
  method: NormalizeMethod;
  /** Wells to learn from: "all" (default) or a query, see `selectWells`. */
  samples?: string;
  /** Added to 1.4826·MAD in mad_robustize. Default 1e-18; profiling recipes pass 0. */
  epsilon?: number;
  /** Fewest wells to learn from. Default 2. */
  minimumSamples?: number;
}

/** What a fit learnt; reusable on other wells with the same features. */
export interface Normalization {
  method: NormalizeMethod;
  samples: string;
  features: string[];
  /** Subtracted, of shape (features). */
  centre: Float64Array;
  /** Divided by, of shape (features). */
  scale: Float64Array;
  sampleCount: number;
}

/**
 * Learns a centre and a scale a feature from chosen wells; missing values are left out. standardize: mean and standard deviation with
 * ddof 0, zero → 1. robustize: median and interquartile range, zero → 1. mad_robustize: median and 1.4826·MAD + ε (with ε 0 a MAD
 * of 0 gives infinite or missing values, as in pycytominer).
 * @throws NoSamplesError (profiling/no-samples), SampleQueryError (profiling/sample-query)
 */
export function fitNormalization(
  profiles: Profiles,
  options: FitNormalizationOptions,
  group = "Normalization",
): Normalization {
  const samples = options.samples ?? "all";
  const rows = selectWells(profiles, samples);
  const minimum = options.minimumSamples ?? 2;
  if (rows.length < minimum) throw new NoSamplesError(samples, group, rows.length, minimum);
  const width = profiles.features.length;
  const centre = new Float64Array(width);
  const scale = new Float64Array(width);
  const column = new Float64Array(rows.length);
  for (let j = 0; j < width; j++) {
    for (let i = 0; i < rows.length; i++) column[i] = profiles.values[rows[i]! * width + j]!;
    const fit = FITS[options.method](present(column), options.epsilon ?? 1e-18);
    centre[j] = fit.centre;
    scale[j] = fit.scale;
  }
  return { method: options.method, samples, features: [...profiles.features], centre, scale, sampleCount: rows.length };
}

const FITS: Record<NormalizeMethod, (values: Float64Array, epsilon: number) => { centre: number; scale: number }> = {
  standardize(values) {
    const n = values.length;
    let sum = 0;
    for (const value of values) sum += value;
    const centre = sum / n;
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
 * Applies a fit: (x − centre)/scale a feature.
 * @returns new profiles with the fit's features in the fit's order; metadata is shared
 * @throws UnknownColumnError (profiling/unknown-column) when the profiles lack one of them
 */
export function applyNormalization(profiles: Profiles, fit: Normalization): Profiles {
  const index = new Map(profiles.features.map((name, j) => [name, j]));
  const from = fit.features.map((name) => {
    const j = index.get(name);
    if (j === undefined) throw new UnknownColumnError(name, profiles.features);
    return j;
  });
  const width = profiles.features.length;
  const values = new Float64Array(profiles.rowCount * from.length);
  for (let i = 0; i < profiles.rowCount; i++) {
    for (let j = 0; j < from.length; j++) {
      values[i * from.length + j] = (profiles.values[i * width + from[j]!]! - fit.centre[j]!) / fit.scale[j]!;
    }
  }
  return { ...profiles, features: fit.features, values };
}

export interface NormalizeOptions extends FitNormalizationOptions {
  /** Metadata columns whose groups are normalized each by itself, for example `["Metadata_Plate"]`. Default: all wells together. */
  by?: readonly string[];
  /** What to do with a group that has too few samples: refuse (default), or learn from all of its wells and say so. */
  whenTooFew?: "refuse" | "use-all-wells";
}

/** How one group was normalized. */
export interface NormalizedGroup {
  key: MetadataCell[];
  wells: number;
  /** The samples used: the query, or "all" when there were too few. */
  samples: string;
  sampleCount: number;
  /** Features without variation among the samples (scale ≤ 1e-12, or replaced by 1): their values are not comparable across groups. */
  constantFeatures: string[];
}

/**
 * Fits and applies a normalization group by group (usually plate by plate), keeping the order of the wells.
 * @returns the normalized profiles, how each group was done, and wells left out because a grouping value is missing (set to NaN)
 */
export function normalize(
  profiles: Profiles,
  options: NormalizeOptions,
): { profiles: Profiles; groups: NormalizedGroup[]; ungrouped: number[] } {
  const everything = { key: [], rows: Array.from({ length: profiles.rowCount }, (_, row) => row) };
  const { groups, incomplete } =
    options.by === undefined || options.by.length === 0
      ? { groups: [everything], incomplete: [] }
      : groupWells(profiles, options.by);
  const width = profiles.features.length;
  const values = new Float64Array(profiles.values.length).fill(Number.NaN);
  const selected = new Set(selectWells(profiles, options.samples ?? "all"));
  const minimum = options.minimumSamples ?? 2;
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
    const fit = fitNormalization(source, { ...options, samples: "all" }, name);
    const normalized = applyNormalization(wells, fit).values;
    rows.forEach((row, i) => {
      values.set(normalized.subarray(i * width, (i + 1) * width), row * width);
    });
    const constantFeatures = profiles.features.filter((_, j) => isConstant(featureColumn(source, j)));
    return {
      key,
      wells: rows.length,
      samples: tooFew ? "all" : (options.samples ?? "all"),
      sampleCount: fit.sampleCount,
      constantFeatures,
    };
  });
  return { profiles: { ...profiles, values }, groups: report, ungrouped: incomplete };
}

function rowsOf(profiles: Profiles, rows: readonly number[]): Profiles {
  const width = profiles.features.length;
  const values = new Float64Array(rows.length * width);
  rows.forEach((row, i) => {
    values.set(profiles.values.subarray(row * width, (row + 1) * width), i * width);
  });
  return { metadata: {}, features: profiles.features, values, rowCount: rows.length };
}

function isConstant(values: Float64Array): boolean {
  const known = present(values);
  return known.every((value) => Math.abs(value - known[0]!) <= 1e-12 * Math.abs(known[0]!));
}
