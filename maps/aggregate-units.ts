import { median } from "@artesian/numerics";
import { type BuildCall, type MapUnits, unitsBy } from "./map-units.ts";
import type { GroupRow } from "./perturbation-group.ts";
import { tukeyMedian } from "./tukey-median.ts";

export interface Aggregation {
  /** Default "mean". "median": by feature. */
  method?: "mean" | "median" | "tukey-median";
  /** A row for each experiment too, after the row of all together. Default false. */
  byExperiment?: boolean;
  /** Keep controls as rows. Default false. */
  controls?: boolean;
  /** Of the directions of Tukey's median; default 1. */
  seed?: number;
}

/** Rows before their lengths are taken off. */
export interface Aggregated {
  rows: GroupRow[];
  dims: number;
  /** Of shape (rows, dims). */
  vectors: Float64Array;
  /** Units of each row, indices into what was aggregated. */
  members: number[][];
}

/**
 * One vector for each perturbation and concentration, in order of perturbation, then concentration, then experiment (all together first).
 * A perturbation seen in one experiment only gets no second row for it.
 */
export function aggregateUnits(given: MapUnits, options: Aggregation = {}, call: BuildCall = {}): Aggregated {
  const { units, values } = given;
  const dims = given.features.length;
  const groups = [
    ...unitsBy(units, ({ control, perturbation, concentration }) =>
      control && !options.controls ? null : JSON.stringify([perturbation, concentration]),
    ).values(),
  ].sort((a, b) => compareRows(units[a[0]!]!, units[b[0]!]!));
  const parts = groups.flatMap((members): { members: number[]; experiment: string | null }[] => {
    const split = options.byExperiment ? splitBy(members, (i) => units[i]!.experiment) : [];
    const own = split.length < 2 ? [] : split.map(([experiment, units]) => ({ members: units, experiment }));
    return [{ members, experiment: null }, ...own];
  });
  const vectors = new Float64Array(parts.length * dims);
  const rowAt = (i: number): Float32Array | Float64Array => values.subarray(i * dims, (i + 1) * dims);
  parts.forEach(({ members }, row) => {
    if (row % 256 === 0) {
      call.signal?.throwIfAborted();
      call.progress?.("aggregate", row, parts.length);
    }
    vectors.set(centreOf(members.map(rowAt), dims, options), row * dims);
  });
  call.progress?.("aggregate", parts.length, parts.length);
  return {
    dims,
    vectors,
    members: parts.map(({ members }) => members),
    rows: parts.map(({ members, experiment }) => {
      const { perturbation, type, symbol, concentration } = units[members[0]!]!;
      return {
        perturbation,
        type,
        symbol,
        concentration,
        units: members.length,
        experiment,
        arm: null,
        consistencyP: null,
      };
    }),
  };
}

function splitBy(members: readonly number[], textOf: (unit: number) => string): [string, number[]][] {
  const by = Map.groupBy(members, textOf);
  return [...by].sort(([a], [b]) => (a < b ? -1 : 1));
}

function centreOf(vectors: readonly ArrayLike<number>[], dims: number, { method, seed }: Aggregation): Float64Array {
  if (method === "tukey-median") return tukeyMedian(vectors, { seed: seed ?? 1 });
  if (method === "median")
    return Float64Array.from({ length: dims }, (_, j) => median(vectors.map((vector) => vector[j]!)));
  const centre = new Float64Array(dims);
  for (const vector of vectors) for (let j = 0; j < dims; j++) centre[j]! += vector[j]!;
  for (let j = 0; j < dims; j++) centre[j]! /= vectors.length;
  return centre;
}

function compareRows(
  a: Pick<GroupRow, "perturbation" | "concentration">,
  b: Pick<GroupRow, "perturbation" | "concentration">,
): number {
  if (a.perturbation !== b.perturbation) return a.perturbation < b.perturbation ? -1 : 1;
  return (a.concentration ?? -1) - (b.concentration ?? -1);
}
