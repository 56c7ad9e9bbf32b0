import { nearestName } from "./nearest-name.ts";

/** An operation, method or keyword that there is not. */
export class UnknownOperationError extends Error {
  readonly code = "profiling/unknown-operation";
  readonly kind: string;
  readonly found: string;
  readonly known: readonly string[];
  constructor(kind: string, found: string, known: readonly string[]) {
    const near = nearestName(found, known);
    super(
      `There is no ${kind} "${found}".${near === undefined ? "" : ` Did you mean "${near}"?`} There are: ${known.join(", ")}.`,
    );
    this.kind = kind;
    this.found = found;
    this.known = known;
  }
}

/** A setting of an operation that is out of its range or missing. */
export class OperationOptionError extends Error {
  readonly code = "profiling/operation-option";
  readonly operation: string;
  readonly option: string;
  readonly found: string;
  readonly expected: string;
  constructor(operation: string, option: string, found: string, expected: string) {
    super(`${operation}: ${option} is ${found}, expected ${expected}.`);
    this.operation = operation;
    this.option = option;
    this.found = found;
    this.expected = expected;
  }
}

/** Infinite values where a mean or a decomposition has to be taken. */
export class InfiniteValuesError extends Error {
  readonly code = "profiling/infinite-values";
  readonly operation: string;
  readonly features: readonly string[];
  readonly count: number;
  constructor(operation: string, features: readonly string[], count: number) {
    super(
      `${operation}: ${count} infinite values in ${features.length} features (${some(features)}). One would spoil its whole feature. ` +
        "Drop these features first (drop_outliers does), have infinite values read as missing, or use mad_robustize, which bears them.",
    );
    this.operation = operation;
    this.features = features;
    this.count = count;
  }
}

/** Missing values where every well needs all features. */
export class MissingValuesError extends Error {
  readonly code = "profiling/missing-values";
  readonly operation: string;
  readonly features: readonly string[];
  readonly wells: number;
  constructor(operation: string, features: readonly string[], wells: number) {
    super(
      `${operation}: values are missing in ${features.length} features (${some(features)}) of ${wells} wells; it needs all. ` +
        "Drop the features first (drop_na_columns with cutoff 0) or leave those wells out.",
    );
    this.operation = operation;
    this.features = features;
    this.wells = wells;
  }
}

/** Features without variation among the wells that a correlation-based whitening learns from. */
export class ConstantFeaturesError extends Error {
  readonly code = "profiling/constant-features";
  readonly operation: string;
  readonly features: readonly string[];
  constructor(operation: string, features: readonly string[]) {
    super(
      `${operation}: ${features.length} features do not vary among the samples (${some(features)}) and cannot be scaled to unit ` +
        "variance. Run feature selection with variance_threshold first, or choose more samples.",
    );
    this.operation = operation;
    this.features = features;
  }
}

/** Features that are combinations of others, so that no whitening exists. */
export class RankError extends Error {
  readonly code = "profiling/rank";
  readonly operation: string;
  readonly samples: number;
  readonly features: number;
  readonly rank: number;
  readonly expected: number;
  constructor(operation: string, samples: number, features: number, rank: number, expected: number) {
    super(
      `${operation}: ${samples} samples of ${features} features have rank ${rank}, expected ${expected}: some features are combinations ` +
        "of others, or samples repeat. Run correlation_threshold first to drop redundant features, and check for repeated wells.",
    );
    this.operation = operation;
    this.samples = samples;
    this.features = features;
    this.rank = rank;
    this.expected = expected;
  }
}

/** A column that is named like a feature and holds text. */
export class NonNumericFeatureError extends Error {
  readonly code = "profiling/non-numeric-feature";
  readonly source: string;
  readonly columns: readonly string[];
  readonly row: number;
  readonly found: string;
  constructor(source: string, columns: readonly string[], row: number, found: string) {
    super(
      `${source}: ${columns.length} feature columns hold text (${some(columns)}); the first is "${found}" in row ${row}, expected numbers. ` +
        "Correct the values, drop the columns, or name the feature columns explicitly.",
    );
    this.source = source;
    this.columns = columns;
    this.row = row;
    this.found = found;
  }
}

/** A table in which no column is a feature. */
export class NoFeaturesError extends Error {
  readonly code = "profiling/no-features";
  readonly source: string;
  readonly columns: readonly string[];
  constructor(source: string, columns: readonly string[]) {
    super(
      `${source} has no feature columns: expected names that start with Cells, Cytoplasm or Nuclei, found ${some(columns)}. ` +
        "For other data name the feature columns explicitly.",
    );
    this.source = source;
    this.columns = columns;
  }
}

/** A file that is not what its name or use says. */
export class ProfileFormatError extends Error {
  readonly code = "profiling/profile-format";
  readonly source: string;
  readonly problem: string;
  constructor(source: string, problem: string) {
    super(`${source}: ${problem}`);
    this.source = source;
    this.problem = problem;
  }
}

function some(names: readonly string[]): string {
  return `${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}`;
}
