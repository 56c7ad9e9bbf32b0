import { DEFAULT_BLOCKLIST } from "./blocklist.ts";
import { CORRELATION_METHODS, type CorrelationMethod } from "./correlation.ts";
import type { MetadataCell } from "./profiles.ts";
import { OperationOptionError, UnknownOperationError } from "./statistics-errors.ts";

/** What variance_threshold means: the frequency rule of pycytominer up to 1.6, or the variance of 1.7 and later. */
export type VarianceSemantics = "pycytominer-1.6" | "pycytominer-1.7";

/** One step of a feature selection; steps run in the order given and each sees the survivors of those before. */
export type FeatureOperation =
  | {
      /**
       * Low variance. "pycytominer-1.6": the second most common value is rarer than `frequencyCut` (default 0.05) of the most common, or
       * distinct values are fewer than `uniqueCut` (0.01) of the wells. "pycytominer-1.7": population variance ≤ `varianceCut` (1e-6).
       */
      operation: "variance_threshold";
      semantics: VarianceSemantics;
      frequencyCut?: number;
      uniqueCut?: number;
      varianceCut?: number;
    }
  /** The frequency rule under its name since pycytominer 1.7. Defaults 0.05 and 0.01. */
  | { operation: "frequency_threshold"; frequencyCut?: number; uniqueCut?: number }
  | {
      /** Signed correlation above the threshold (default 0.9): of each pair, the feature with the larger Σ|r| is dropped. */
      operation: "correlation_threshold";
      threshold?: number;
      /** Default "pearson". */
      method?: CorrelationMethod;
    }
  /** Share of missing values above the cutoff, default 0.05. */
  | { operation: "drop_na_columns"; cutoff?: number }
  /** A value beyond ± cutoff, default 500. */
  | { operation: "drop_outliers"; cutoff?: number }
  /** Named features. */
  | { operation: "blocklist"; features: readonly string[] }
  /** Standard deviation within replicates, averaged over the groups, above the cutoff. `groups`: a metadata column, or one group a well. */
  | { operation: "noise_removal"; groups: string | readonly MetadataCell[]; cutoff: number };

export const FEATURE_OPERATIONS = [
  "variance_threshold",
  "frequency_threshold",
  "correlation_threshold",
  "drop_na_columns",
  "blocklist",
  "drop_outliers",
  "noise_removal",
] as const satisfies readonly FeatureOperation["operation"][];

/** pycytominer's keywords of `feature_select`, as a command line or a recipe gives them. */
export interface FeatureSelectKeywords {
  na_cutoff?: number;
  corr_threshold?: number;
  corr_method?: string;
  freq_cut?: number;
  unique_cut?: number;
  min_variance?: number;
  outlier_cutoff?: number;
  blocklist?: readonly string[];
  noise_removal_perturb_groups?: string | readonly MetadataCell[];
  noise_removal_stdev_cutoff?: number;
}

const KEYWORDS: readonly (keyof FeatureSelectKeywords)[] = [
  "na_cutoff",
  "corr_threshold",
  "corr_method",
  "freq_cut",
  "unique_cut",
  "min_variance",
  "outlier_cutoff",
  "blocklist",
  "noise_removal_perturb_groups",
  "noise_removal_stdev_cutoff",
];

/**
 * Operations by pycytominer's names and keywords.
 * @param semantics what variance_threshold means
 * @throws UnknownOperationError (profiling/unknown-operation) with the nearest name, OperationOptionError (profiling/operation-option)
 * @example featureOperationsOf(["drop_na_columns"], { na_cutoff: 0 }, "pycytominer-1.6") // [{ operation: "drop_na_columns", cutoff: 0 }]
 */
export function featureOperationsOf(
  names: readonly string[],
  keywords: FeatureSelectKeywords,
  semantics: VarianceSemantics,
): FeatureOperation[] {
  for (const keyword of Object.keys(keywords))
    if (!KEYWORDS.some((known) => known === keyword))
      throw new UnknownOperationError("keyword of feature selection", keyword, KEYWORDS);
  const operations = names.map((name) => operationOf(name, keywords, semantics));
  checkOperations(operations);
  return operations;
}

function operationOf(found: string, keywords: FeatureSelectKeywords, semantics: VarianceSemantics): FeatureOperation {
  const frequency = {
    ...(keywords.freq_cut === undefined ? {} : { frequencyCut: keywords.freq_cut }),
    ...(keywords.unique_cut === undefined ? {} : { uniqueCut: keywords.unique_cut }),
  };
  const name = FEATURE_OPERATIONS.find((known) => known === found);
  switch (name) {
    case undefined:
      throw new UnknownOperationError("feature selection operation", found, FEATURE_OPERATIONS);
    case "variance_threshold":
      return {
        operation: name,
        semantics,
        ...frequency,
        ...(keywords.min_variance === undefined ? {} : { varianceCut: keywords.min_variance }),
      };
    case "frequency_threshold":
      return { operation: name, ...frequency };
    case "correlation_threshold":
      return {
        operation: name,
        ...(keywords.corr_threshold === undefined ? {} : { threshold: keywords.corr_threshold }),
        ...(keywords.corr_method === undefined ? {} : { method: methodOf(keywords.corr_method) }),
      };
    case "drop_na_columns":
      return { operation: name, ...(keywords.na_cutoff === undefined ? {} : { cutoff: keywords.na_cutoff }) };
    case "drop_outliers":
      return {
        operation: name,
        ...(keywords.outlier_cutoff === undefined ? {} : { cutoff: keywords.outlier_cutoff }),
      };
    case "blocklist":
      return { operation: name, features: keywords.blocklist ?? DEFAULT_BLOCKLIST };
    case "noise_removal": {
      const groups = keywords.noise_removal_perturb_groups;
      const cutoff = keywords.noise_removal_stdev_cutoff;
      if (groups === undefined)
        throw new OperationOptionError(name, "noise_removal_perturb_groups", "missing", "a metadata column");
      if (cutoff === undefined)
        throw new OperationOptionError(name, "noise_removal_stdev_cutoff", "missing", "a standard deviation");
      return { operation: name, groups, cutoff };
    }
  }
}

function methodOf(found: string): CorrelationMethod {
  const method = CORRELATION_METHODS.find((known) => known === found.toLowerCase());
  if (method === undefined) throw new UnknownOperationError("correlation method", found, CORRELATION_METHODS);
  return method;
}

/** @throws UnknownOperationError (profiling/unknown-operation), OperationOptionError (profiling/operation-option) */
export function checkOperations(operations: readonly FeatureOperation[]): void {
  for (const step of operations) {
    if (!FEATURE_OPERATIONS.some((known) => known === step.operation))
      throw new UnknownOperationError("feature selection operation", String(step.operation), FEATURE_OPERATIONS);
    if ("frequencyCut" in step) within(step.operation, "frequencyCut", step.frequencyCut, 1);
    if ("uniqueCut" in step) within(step.operation, "uniqueCut", step.uniqueCut, 1);
    if ("threshold" in step) within(step.operation, "threshold", step.threshold, 1);
    if ("varianceCut" in step) within(step.operation, "varianceCut", step.varianceCut, Number.MAX_VALUE);
    if ("cutoff" in step)
      within(step.operation, "cutoff", step.cutoff, step.operation === "drop_na_columns" ? 1 : Number.MAX_VALUE);
    if (step.operation === "correlation_threshold" && step.method !== undefined) methodOf(step.method);
  }
}

function within(operation: string, option: string, value: number | undefined, most: number): void {
  if (value === undefined || (value >= 0 && value <= most)) return;
  throw new OperationOptionError(operation, option, String(value), most === 1 ? "0 to 1" : "0 or more");
}
