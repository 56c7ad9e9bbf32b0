import { mean, median, present } from "@artesian/numerics";
import { groupWells, type MetadataCell, type Profiles } from "./profiles.ts";

/** Aggregated profiles with the rows behind each. */
export interface Aggregated {
  /** One row a group; metadata holds the grouping columns, and every other column whose value is the same throughout each group. */
  profiles: Profiles;
  /** Rows that went into each group, of shape (groups). */
  counts: number[];
  /** Rows left out because a grouping column is missing. */
  ungrouped: number[];
}

/**
 * Mean or median of each feature over rows with equal grouping values, missing values left out (pandas' skipna). Groups are sorted by
 * their values, numbers by size and texts by code unit, as pandas' groupby does.
 * @param by metadata columns, for example `["Metadata_Plate", "Metadata_Well"]`
 * @throws UnknownColumnError (profiling/unknown-column)
 */
export function aggregate(
  profiles: Profiles,
  by: readonly string[],
  operation: "mean" | "median" = "median",
): Aggregated {
  const { groups, incomplete } = groupWells(profiles, by);
  groups.sort((a, b) => compareKeys(a.key, b.key));
  const width = profiles.features.length;
  const values = new Float64Array(groups.length * width);
  const summarise = operation === "mean" ? mean : median;
  groups.forEach(({ rows }, g) => {
    const column = new Float64Array(rows.length);
    for (let j = 0; j < width; j++) {
      for (let i = 0; i < rows.length; i++) column[i] = profiles.values[rows[i]! * width + j]!;
      values[g * width + j] = summarise(present(column));
    }
  });
  const metadata: Record<string, MetadataCell[]> = {};
  by.forEach((name, k) => {
    metadata[name] = groups.map((group) => group.key[k] ?? null);
  });
  for (const [name, cells] of Object.entries(profiles.metadata)) {
    if (by.includes(name)) continue;
    if (groups.every(({ rows }) => rows.every((row) => cells[row] === cells[rows[0]!]))) {
      metadata[name] = groups.map(({ rows }) => cells[rows[0]!] ?? null);
    }
  }
  return {
    profiles: { metadata, features: profiles.features, values, rowCount: groups.length },
    counts: groups.map(({ rows }) => rows.length),
    ungrouped: incomplete,
  };
}

function compareKeys(a: readonly MetadataCell[], b: readonly MetadataCell[]): number {
  for (let i = 0; i < a.length; i++) {
    const left = a[i]!;
    const right = b[i]!;
    if (left === right) continue;
    if (typeof left === typeof right) return left! < right! ? -1 : 1;
    return typeof left === "number" ? -1 : 1;
  }
  return 0;
}
