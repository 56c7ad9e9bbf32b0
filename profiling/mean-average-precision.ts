import {
  averagePrecision,
  benjaminiHochberg,
  positiveRanks,
  type Random,
  randomAveragePrecision,
} from "@artesian/numerics";
import { type MetadataCell, metadataColumn, type Profiles } from "./profiles.ts";
import { eachSimilarity, type Similarity } from "./similarity.ts";

/** Which pairs of wells are a kind: alike in `same`, unlike in `different` (metadata columns). */
export interface PairRule {
  same: readonly string[];
  different: readonly string[];
}

export interface MeanAveragePrecisionOptions {
  positive: PairRule;
  negative: PairRule;
  /** Default "cosine". */
  similarity?: Similarity;
  /** Random rankings that a score is compared with; default 10 000. */
  permutations?: number;
  random: Random;
}

export interface AveragePrecision {
  well: number;
  /** NaN for a well without positive or negative pairs. */
  averagePrecision: number;
  positives: number;
  negatives: number;
}

export interface GroupPrecision {
  key: MetadataCell[];
  wells: number;
  meanAveragePrecision: number;
  /** Share of random rankings that do as well, with one added to both sides. */
  pValue: number;
  /** After Benjamini and Hochberg over all groups. */
  adjustedPValue: number;
}

/**
 * Mean average precision of retrieving a well's positives before its negatives (Kalinin et al. 2025, copairs): for each well, other wells
 * are ranked by similarity, and precision is averaged over the ranks of the positives; equal similarities rank negatives first. Groups
 * are the wells alike in `positive.same`; p-values come from random rankings with each well's own numbers of positives and negatives, of
 * which wells of one group with equal numbers share each draw, since replicates find each other together. Scores are copairs 0.5's to the last digits;
 * a random score that equals the group's counts against it here, which matters where few rankings are possible.
 * @throws UnknownColumnError (profiling/unknown-column)
 */
export function meanAveragePrecision(
  profiles: Profiles,
  options: MeanAveragePrecisionOptions,
): { wells: AveragePrecision[]; groups: GroupPrecision[] } {
  const isPositive = pairTest(profiles, options.positive);
  const isNegative = pairTest(profiles, options.negative);
  const wells: AveragePrecision[] = [];
  eachSimilarity(profiles, options.similarity ?? "cosine", (well, similarities) => {
    const [good, bad]: [number[], number[]] = [[], []];
    for (let other = 0; other < profiles.rowCount; other++) {
      if (other === well) continue;
      const similarity = similarities[other]!;
      const known = Number.isNaN(similarity) ? Number.NEGATIVE_INFINITY : similarity;
      if (isPositive(well, other)) good.push(known);
      else if (isNegative(well, other)) bad.push(known);
    }
    const [positives, negatives] = [good.length, bad.length];
    const precision =
      positives > 0 && negatives > 0
        ? averagePrecision(positiveRanks(Float64Array.from(good), Float64Array.from(bad)))
        : Number.NaN;
    wells.push({ well, averagePrecision: precision, positives, negatives });
  });
  return { wells, groups: groupsOf(profiles, wells, options) };
}

function groupsOf(
  profiles: Profiles,
  wells: readonly AveragePrecision[],
  { positive, permutations = 10_000, random }: MeanAveragePrecisionOptions,
): GroupPrecision[] {
  const columns = positive.same.map((name) => metadataColumn(profiles, name));
  const members = new Map<string, { key: MetadataCell[]; scored: AveragePrecision[] }>();
  for (const score of wells) {
    const key = columns.map((cells) => cells[score.well] ?? null);
    if (key.includes(null) || Number.isNaN(score.averagePrecision)) continue;
    const text = JSON.stringify(key);
    const group = members.get(text);
    if (group === undefined) members.set(text, { key, scored: [score] });
    else group.scored.push(score);
  }
  const nulls = new Map<string, Float64Array>();
  const nullOf = ({ positives, negatives }: AveragePrecision): Float64Array => {
    const name = `${positives} ${negatives}`;
    let known = nulls.get(name);
    if (known === undefined) {
      known = Float64Array.from({ length: permutations }, () => randomAveragePrecision(positives, negatives, random));
      nulls.set(name, known);
    }
    return known;
  };
  const scored = [...members.values()].map(({ key, scored: group }) => {
    const mean = group.reduce((sum, { averagePrecision: one }) => sum + one, 0) / group.length;
    const draws = group.map(nullOf);
    let asGood = 0;
    for (let draw = 0; draw < permutations; draw++) {
      let sum = 0;
      for (const values of draws) sum += values[draw]!;
      if (sum / group.length >= mean) asGood++;
    }
    return { key, wells: group.length, meanAveragePrecision: mean, pValue: (asGood + 1) / (permutations + 1) };
  });
  const adjusted = benjaminiHochberg(scored.map(({ pValue }) => pValue));
  return scored.map((group, i) => ({ ...group, adjustedPValue: adjusted[i]! }));
}

function pairTest(profiles: Profiles, rule: PairRule): (a: number, b: number) => boolean {
  const same = rule.same.map((name) => metadataColumn(profiles, name));
  const different = rule.different.map((name) => metadataColumn(profiles, name));
  return (a, b) =>
    same.every((cells) => (cells[a] ?? null) !== null && cells[a] === cells[b]) &&
    different.every((cells) => cells[a] !== cells[b]);
}
