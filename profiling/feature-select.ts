import { correlatedFeatures } from "./correlated-features.ts";
import { NoSamplesError } from "./errors.ts";
import { featureColumn, type Profiles, takeFeatures } from "./profiles.ts";
import { selectWells } from "./sample-query.ts";

/** One step of a feature selection; steps run in the order given and each sees the survivors of those before. */
export type FeatureOperation =
  | {
      /**
       * Low variance. "pycytominer-1.6": the second most common value is rarer than `frequencyCut` of the most common, or distinct values
       * are fewer than `uniqueCut` of the wells. "pycytominer-1.7": population variance ≤ `varianceCut`.
       */
      operation: "variance_threshold";
      semantics: "pycytominer-1.6" | "pycytominer-1.7";
      frequencyCut?: number;
      uniqueCut?: number;
      varianceCut?: number;
    }
  | { operation: "frequency_threshold"; frequencyCut?: number; uniqueCut?: number }
  | {
      /** Signed correlation above the threshold (default 0.9): of each pair, the feature with the larger Σ|r| is dropped. */
      operation: "correlation_threshold";
      threshold?: number;
      method?: "pearson" | "spearman";
    }
  | { operation: "drop_na_columns"; cutoff?: number }
  | { operation: "drop_outliers"; cutoff?: number }
  | { operation: "blocklist"; features: readonly string[] };

/** A feature that was dropped and why. */
export interface FeatureDrop {
  feature: string;
  operation: FeatureOperation["operation"];
  reason: string;
  /** The kept-or-dropped feature that it is correlated with. */
  partner?: string;
}

/**
 * Selects features as pycytominer does, and says for each dropped feature why.
 * @param operations in order
 * @param options samples: wells that the thresholds are computed on, "all" (default) or a query, see `selectWells`
 * @returns the surviving profiles (metadata shared) and the drops in order
 * @throws NoSamplesError (profiling/no-samples) when the query selects no well
 */
export function featureSelect(
  profiles: Profiles,
  operations: readonly FeatureOperation[],
  options: { samples?: string } = {},
): { profiles: Profiles; dropped: FeatureDrop[] } {
  const samples = options.samples ?? "all";
  const rows = selectWells(profiles, samples);
  if (rows.length === 0) throw new NoSamplesError(samples, "Feature selection", 0, 1);
  let survivors = profiles.features.map((_, j) => j);
  const dropped: FeatureDrop[] = [];
  const columns = new Map<number, Float64Array>();
  const columnOf = (j: number): Float64Array => {
    let column = columns.get(j);
    if (column === undefined) {
      const whole = featureColumn(profiles, j);
      column = Float64Array.from(rows, (row) => whole[row]!);
      columns.set(j, column);
    }
    return column;
  };
  for (const step of operations) {
    const drops = new Map<number, Omit<FeatureDrop, "feature" | "operation">>();
    if (step.operation === "correlation_threshold") {
      const found = correlatedFeatures(survivors.map(columnOf), step.threshold ?? 0.9, step.method ?? "pearson");
      for (const { index, partner, correlation } of found) {
        drops.set(survivors[index]!, {
          reason: `correlation ${correlation.toFixed(3)} > ${step.threshold ?? 0.9}`,
          partner: profiles.features[survivors[partner]!]!,
        });
      }
    } else {
      for (const j of survivors) {
        const reason = reasonToDrop(step, columnOf(j), profiles.features[j]!);
        if (reason !== undefined) drops.set(j, { reason });
      }
    }
    for (const [j, why] of drops) dropped.push({ feature: profiles.features[j]!, operation: step.operation, ...why });
    survivors = survivors.filter((j) => !drops.has(j));
  }
  return { profiles: takeFeatures(profiles, survivors), dropped };
}

type ColumnOperation = Exclude<FeatureOperation, { operation: "correlation_threshold" }>;

function reasonToDrop(step: ColumnOperation, column: Float64Array, name: string): string | undefined {
  switch (step.operation) {
    case "variance_threshold":
      if (step.semantics === "pycytominer-1.6")
        return frequencyReason(column, step.frequencyCut ?? 0.05, step.uniqueCut ?? 0.01);
      return varianceReason(column, step.varianceCut ?? 1e-6);
    case "frequency_threshold":
      return frequencyReason(column, step.frequencyCut ?? 0.05, step.uniqueCut ?? 0.01);
    case "drop_na_columns": {
      const share = column.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0) / column.length;
      return share > (step.cutoff ?? 0.05)
        ? `${(100 * share).toFixed(1)} % missing > ${100 * (step.cutoff ?? 0.05)} %`
        : undefined;
    }
    case "drop_outliers": {
      const largest = column.reduce((most, value) => (Math.abs(value) > most ? Math.abs(value) : most), 0);
      return largest > (step.cutoff ?? 500)
        ? `largest |value| ${largest.toPrecision(4)} > ${step.cutoff ?? 500}`
        : undefined;
    }
    case "blocklist":
      return step.features.includes(name) ? "on the blocklist" : undefined;
  }
}

/** Missing values are not counted as values; the number of wells includes them. */
function frequencyReason(column: Float64Array, frequencyCut: number, uniqueCut: number): string | undefined {
  const counts = new Map<number, number>();
  for (const value of column) if (!Number.isNaN(value)) counts.set(value + 0, (counts.get(value + 0) ?? 0) + 1);
  if (counts.size < 2) return counts.size === 0 ? "no values" : "one value only";
  let [first, second] = [0, 0];
  for (const count of counts.values()) {
    if (count > first) [first, second] = [count, first];
    else if (count > second) second = count;
  }
  if (second / first < frequencyCut)
    return `second most common value is ${second}/${first} as frequent, below ${frequencyCut}`;
  const unique = counts.size / column.length;
  return unique < uniqueCut
    ? `${counts.size} distinct values in ${column.length} wells, below ${uniqueCut}`
    : undefined;
}

function varianceReason(column: Float64Array, cut: number): string | undefined {
  let [count, sum] = [0, 0];
  for (const value of column) {
    if (Number.isNaN(value)) continue;
    count++;
    sum += value;
  }
  let squares = 0;
  for (const value of column) if (!Number.isNaN(value)) squares += (value - sum / count) ** 2;
  const variance = squares / count;
  return variance > cut ? undefined : `variance ${variance.toPrecision(3)} ≤ ${cut}`;
}
