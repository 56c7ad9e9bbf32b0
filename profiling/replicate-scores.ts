import { median, quantile, type Random } from "@artesian/numerics";
import { groupWells, type MetadataCell, type Profiles } from "./profiles.ts";
import { eachSimilarity, type Similarity } from "./similarity.ts";
import { OperationOptionError } from "./statistics-errors.ts";

export interface ReplicateScoreOptions {
  /** Default "pearson". */
  similarity?: Similarity;
  /** Random groups that a real one is compared with; default 1000. */
  draws?: number;
  /** Default 0.95. */
  percentile?: number;
  random: Random;
}

export interface GroupScore {
  key: MetadataCell[];
  wells: number;
  /** Median similarity of its pairs. */
  similarity: number;
  /** The percentile of random groups of as many wells. */
  threshold: number;
  passes: boolean;
}

export interface ReplicateScore {
  /** Share of groups whose median similarity passes, 0 to 1; NaN without groups. */
  share: number;
  groups: GroupScore[];
  /** Groups with fewer than two wells (or, for matching, two treatments). */
  tooSmall: MetadataCell[][];
}

/**
 * Percent replicating (Way et al. 2022; JUMP pilots): the share of treatments whose replicates' median pairwise similarity is above the 95th
 * percentile of that of random wells of different treatments, as many as there are replicates.
 * @param by metadata columns that name a treatment; wells without one take no part
 * @throws OperationOptionError (profiling/operation-option) when there are too few treatments for random groups
 */
export function percentReplicating(
  profiles: Profiles,
  by: readonly string[],
  options: ReplicateScoreOptions,
): ReplicateScore {
  const { groups } = groupWells(profiles, by);
  return scoreGroups(
    profiles,
    groups.map(({ key, rows }) => ({ key, rows, pairs: allPairs(rows) })),
    labelsOf(groups, profiles.rowCount),
    options,
  );
}

/**
 * Percent matching: the share of annotations (a target, a mechanism) whose wells of different treatments have a median similarity above the
 * 95th percentile of random wells that share neither.
 * @param by metadata columns that name a treatment
 * @param annotation metadata columns that name what treatments share
 * @throws OperationOptionError (profiling/operation-option)
 */
export function percentMatching(
  profiles: Profiles,
  by: readonly string[],
  annotation: readonly string[],
  options: ReplicateScoreOptions,
): ReplicateScore {
  const treatment = labelsOf(groupWells(profiles, by).groups, profiles.rowCount);
  const { groups } = groupWells(profiles, annotation);
  const usable = groups.map(({ key, rows }) => {
    const treated = rows.filter((row) => treatment[row]! >= 0);
    return { key, rows: treated, pairs: allPairs(treated).filter(([a, b]) => treatment[a] !== treatment[b]) };
  });
  return scoreGroups(profiles, usable, labelsOf(groups, profiles.rowCount), options);
}

type Pair = readonly [number, number];

function scoreGroups(
  profiles: Profiles,
  groups: readonly { key: MetadataCell[]; rows: number[]; pairs: Pair[] }[],
  labels: Int32Array,
  options: ReplicateScoreOptions,
): ReplicateScore {
  const scored = groups.filter(({ pairs }) => pairs.length > 0);
  const labelled = Array.from(labels.keys()).filter((row) => labels[row]! >= 0);
  const sizes = [...new Set(scored.map(({ rows }) => rows.length))];
  const random = new Map(sizes.map((size) => [size, randomGroups(size, labelled, labels, options)]));
  const wanted = new Map<number, number>();
  const key = (a: number, b: number): number => Math.max(a, b) * profiles.rowCount + Math.min(a, b);
  for (const { pairs } of scored) for (const [a, b] of pairs) wanted.set(key(a, b), Number.NaN);
  for (const draws of random.values())
    for (const pairs of draws) for (const [a, b] of pairs) wanted.set(key(a, b), Number.NaN);
  eachSimilarity(profiles, options.similarity ?? "pearson", (well, similarities) => {
    for (let other = 0; other < well; other++)
      if (wanted.has(key(well, other))) wanted.set(key(well, other), similarities[other]!);
  });
  const medianOf = (pairs: readonly Pair[]): number =>
    median(pairs.map(([a, b]) => wanted.get(key(a, b)) ?? Number.NaN).filter((value) => !Number.isNaN(value)));
  const thresholds = new Map(
    [...random].map(([size, draws]) => [
      size,
      quantile(
        draws.map(medianOf).filter((value) => !Number.isNaN(value)),
        options.percentile ?? 0.95,
      ),
    ]),
  );
  const found = scored.map(({ key: name, rows, pairs }): GroupScore => {
    const similarity = medianOf(pairs);
    const threshold = thresholds.get(rows.length) ?? Number.NaN;
    return { key: name, wells: rows.length, similarity, threshold, passes: similarity > threshold };
  });
  return {
    share: found.length === 0 ? Number.NaN : found.filter(({ passes }) => passes).length / found.length,
    groups: found,
    tooSmall: groups.filter(({ pairs }) => pairs.length === 0).map(({ key: name }) => name),
  };
}

/** Pairs of groups of wells that all differ in their label. */
function randomGroups(
  size: number,
  wells: readonly number[],
  labels: Int32Array,
  { draws = 1000, random }: ReplicateScoreOptions,
): Pair[][] {
  const kinds = new Set(wells.map((well) => labels[well])).size;
  const members = Math.min(size, kinds);
  if (members < 2)
    throw new OperationOptionError(
      "Replicate scores",
      "the grouping",
      `${kinds} kinds of wells`,
      "at least 2, to compare with",
    );
  return Array.from({ length: draws }, () => {
    const taken: number[] = [];
    const seen = new Set<number>();
    for (let tries = 0; taken.length < members && tries < 1000 * members; tries++) {
      const well = wells[random.below(wells.length)]!;
      if (seen.has(labels[well]!)) continue;
      seen.add(labels[well]!);
      taken.push(well);
    }
    return allPairs(taken);
  });
}

function allPairs(rows: readonly number[]): Pair[] {
  return rows.flatMap((a, i) => rows.slice(0, i).map((b): Pair => [a, b]));
}

function labelsOf(groups: readonly { rows: number[] }[], count: number): Int32Array {
  const labels = new Int32Array(count).fill(-1);
  groups.forEach(({ rows }, group) => {
    for (const row of rows) labels[row] = group;
  });
  return labels;
}
