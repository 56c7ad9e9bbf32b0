import { mean, median } from "@artesian/numerics";
import { type ModzOptions, modz } from "./modz.ts";
import { type MetadataCell, metadataColumn, type Profiles } from "./profiles.ts";
import { OperationOptionError, UnknownOperationError } from "./statistics-errors.ts";

export type ConsensusOperation = "median" | "mean" | "modz";
export const CONSENSUS_OPERATIONS: readonly ConsensusOperation[] = ["median", "mean", "modz"];

export interface ConsensusOptions extends ModzOptions {
  /** Metadata columns whose equal values make replicates, for example `["Metadata_broad_sample", "Metadata_mmoles_per_liter"]`. */
  by: readonly string[];
  /** Default "median". */
  operation?: ConsensusOperation;
}

export interface Consensus {
  /** One row a group, sorted by the columns of `by`, missing last; metadata holds those columns. */
  profiles: Profiles;
  /** Replicates of each group, of shape (groups). */
  counts: number[];
}

/**
 * One profile for the replicates of each treatment, as pycytominer's `consensus`. A missing grouping value makes a group of its own.
 * @throws UnknownColumnError (profiling/unknown-column), UnknownOperationError (profiling/unknown-operation), OperationOptionError
 * (profiling/operation-option) without a column to group by
 */
export function consensus(profiles: Profiles, options: ConsensusOptions): Consensus {
  const operation = options.operation ?? "median";
  if (!CONSENSUS_OPERATIONS.includes(operation))
    throw new UnknownOperationError("consensus operation", operation, CONSENSUS_OPERATIONS);
  if (options.by.length === 0)
    throw new OperationOptionError("consensus", "the replicate columns", "empty", "one metadata column or more");
  const groups = replicatesOf(profiles, options.by);
  const width = profiles.features.length;
  const values = new Float64Array(groups.length * width);
  groups.forEach(({ rows }, g) => {
    const into = values.subarray(g * width, (g + 1) * width);
    if (operation === "modz")
      into.set(
        modz(
          rows.map((row) => profiles.values.subarray(row * width, (row + 1) * width)),
          options,
        ),
      );
    else summarise(profiles, rows, operation === "mean" ? mean : median, into);
  });
  const metadata = Object.fromEntries(options.by.map((name, k) => [name, groups.map(({ key }) => key[k] ?? null)]));
  return {
    profiles: { metadata, features: profiles.features, values, rowCount: groups.length },
    counts: groups.map(({ rows }) => rows.length),
  };
}

function summarise(
  profiles: Profiles,
  rows: readonly number[],
  of: (values: Float64Array) => number,
  into: Float64Array,
): void {
  const width = profiles.features.length;
  const column = new Float64Array(rows.length);
  for (let j = 0; j < width; j++) {
    let known = 0;
    for (const row of rows) {
      const value = profiles.values[row * width + j]!;
      if (!Number.isNaN(value)) column[known++] = value;
    }
    into[j] = of(column.subarray(0, known));
  }
}

function replicatesOf(profiles: Profiles, by: readonly string[]): { key: MetadataCell[]; rows: number[] }[] {
  const columns = by.map((name) => metadataColumn(profiles, name));
  const groups = new Map<string, { key: MetadataCell[]; rows: number[] }>();
  for (let row = 0; row < profiles.rowCount; row++) {
    const key = columns.map((cells) => cells[row] ?? null);
    const text = JSON.stringify(key);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, { key, rows: [row] });
    else group.rows.push(row);
  }
  return [...groups.values()].sort((a, b) => compareKeys(a.key, b.key));
}

function compareKeys(a: readonly MetadataCell[], b: readonly MetadataCell[]): number {
  for (let i = 0; i < a.length; i++) {
    const [left, right] = [a[i] ?? null, b[i] ?? null];
    if (left === right) continue;
    if (left === null || right === null) return left === null ? 1 : -1;
    if (typeof left === typeof right) return left < right ? -1 : 1;
    return typeof left === "number" ? -1 : 1;
  }
  return 0;
}
