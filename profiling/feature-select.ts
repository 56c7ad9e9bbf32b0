import type { Table } from "@artesian/data";
import { tableFromRows } from "@artesian/data/table.ts";
import { correlatedFeatures } from "./correlated-features.ts";
import { NoSamplesError } from "./errors.ts";
import { checkOperations, type FeatureOperation } from "./feature-operations.ts";
import { type DropReason, frequencyReason, varianceReason } from "./low-variance.ts";
import { replicateNoise } from "./noise-removal.ts";
import { type Profiles, takeFeatures } from "./profiles.ts";
import { selectWells } from "./sample-query.ts";

export type { FeatureOperation } from "./feature-operations.ts";

/** A feature that was dropped and why. */
export interface FeatureDrop extends DropReason {
  feature: string;
  operation: FeatureOperation["operation"];
  /** The kept-or-dropped feature that it is most correlated with. */
  partner?: string;
}

/** What one operation saw and left. */
export interface FeatureStep {
  operation: FeatureOperation["operation"];
  before: number;
  dropped: number;
  after: number;
}

export interface FeatureSelection {
  /** The surviving features; metadata is shared. */
  profiles: Profiles;
  /** In order of operations, then of features. */
  dropped: FeatureDrop[];
  steps: FeatureStep[];
  /** Wells that the thresholds were computed on. */
  sampleCount: number;
}

/**
 * Selects features as pycytominer's `feature_select` does (image-based profiling handbook, chapter 5), and says for each dropped feature
 * why.
 * @param operations in order; by pycytominer's names: `featureOperationsOf`
 * @param options samples: wells that the thresholds are computed on, "all" (default) or a query, see `selectWells`
 * @throws NoSamplesError (profiling/no-samples) when the query selects no well, UnknownOperationError (profiling/unknown-operation),
 * OperationOptionError (profiling/operation-option), UnknownColumnError (profiling/unknown-column) for groups that are not there
 */
export function featureSelect(
  profiles: Profiles,
  operations: readonly FeatureOperation[],
  options: { samples?: string } = {},
): FeatureSelection {
  checkOperations(operations);
  const samples = options.samples ?? "all";
  const rows = selectWells(profiles, samples);
  if (rows.length === 0) throw new NoSamplesError(samples, "Feature selection", 0, 1);
  const columns = columnsOf(profiles, rows);
  let survivors = profiles.features.map((_, j) => j);
  const dropped: FeatureDrop[] = [];
  const steps: FeatureStep[] = [];
  for (const step of operations) {
    const drops = dropsOf(step, profiles, rows, survivors, columns);
    for (const [j, why] of drops) dropped.push({ feature: profiles.features[j]!, operation: step.operation, ...why });
    const before = survivors.length;
    survivors = survivors.filter((j) => !drops.has(j));
    steps.push({ operation: step.operation, before, dropped: drops.size, after: survivors.length });
  }
  return { profiles: takeFeatures(profiles, survivors), dropped, steps, sampleCount: rows.length };
}

/** Drops as a table with the columns feature, operation, reason, partner, value, limit: what `--explain` prints and writes. */
export function dropsToTable(dropped: readonly FeatureDrop[]): Table {
  return tableFromRows(
    dropped.map(({ feature, operation, reason, partner, value, limit }) => ({
      feature,
      operation,
      reason,
      partner,
      value,
      limit,
    })),
  );
}

/** Features of chosen wells, each a view of shape (rows) of one array. */
function columnsOf(profiles: Profiles, rows: readonly number[]): Float64Array[] {
  const width = profiles.features.length;
  const height = rows.length;
  const data = new Float64Array(width * height);
  const strip = 64;
  for (let start = 0; start < width; start += strip) {
    const stop = Math.min(start + strip, width);
    for (let i = 0; i < height; i++) {
      const from = rows[i]! * width;
      for (let j = start; j < stop; j++) data[j * height + i] = profiles.values[from + j]!;
    }
  }
  return profiles.features.map((_, j) => data.subarray(j * height, (j + 1) * height));
}

type Drops = Map<number, Omit<FeatureDrop, "feature" | "operation">>;

function dropsOf(
  step: FeatureOperation,
  profiles: Profiles,
  rows: readonly number[],
  survivors: readonly number[],
  columns: readonly Float64Array[],
): Drops {
  const drops: Drops = new Map();
  if (step.operation === "correlation_threshold") {
    const limit = step.threshold ?? 0.9;
    const left = survivors.map((j) => columns[j]!);
    for (const { index, partner, correlation } of correlatedFeatures(left, limit, step.method ?? "pearson"))
      drops.set(survivors[index]!, {
        reason: `correlation ${correlation.toFixed(3)} > ${limit}`,
        partner: profiles.features[survivors[partner]!]!,
        value: correlation,
        limit,
      });
    return drops;
  }
  if (step.operation === "noise_removal") {
    const left = survivors.map((j) => columns[j]!);
    replicateNoise(profiles, step.groups, rows, left).forEach((noise, place) => {
      if (noise > step.cutoff)
        drops.set(survivors[place]!, {
          reason: `varies by ${noise.toPrecision(3)} within replicates, above ${step.cutoff}`,
          value: noise,
          limit: step.cutoff,
        });
    });
    return drops;
  }
  const blocked = step.operation === "blocklist" ? new Set(step.features) : undefined;
  for (const j of survivors) {
    const why =
      step.operation !== "blocklist"
        ? reasonToDrop(step, columns[j]!)
        : blocked?.has(profiles.features[j]!)
          ? { reason: "on the blocklist" }
          : undefined;
    if (why !== undefined) drops.set(j, why);
  }
  return drops;
}

type ColumnOperation = Exclude<
  FeatureOperation,
  { operation: "correlation_threshold" | "noise_removal" | "blocklist" }
>;

function reasonToDrop(step: ColumnOperation, column: Float64Array): DropReason | undefined {
  switch (step.operation) {
    case "variance_threshold":
      if (step.semantics === "pycytominer-1.6")
        return frequencyReason(column, step.frequencyCut ?? 0.05, step.uniqueCut ?? 0.01, step.semantics);
      return varianceReason(column, step.varianceCut ?? 1e-6);
    case "frequency_threshold":
      return frequencyReason(column, step.frequencyCut ?? 0.05, step.uniqueCut ?? 0.01, "pycytominer-1.7");
    case "drop_na_columns": {
      const limit = step.cutoff ?? 0.05;
      let missing = 0;
      for (const value of column) if (Number.isNaN(value)) missing++;
      const share = missing / column.length;
      return share > limit
        ? { reason: `${(100 * share).toFixed(1)} % missing > ${100 * limit} %`, value: share, limit }
        : undefined;
    }
    case "drop_outliers": {
      const limit = step.cutoff ?? 500;
      let largest = 0;
      for (const value of column) if (Math.abs(value) > largest) largest = Math.abs(value);
      return largest > limit
        ? { reason: `largest |value| ${largest.toPrecision(4)} > ${limit}`, value: largest, limit }
        : undefined;
    }
  }
}
