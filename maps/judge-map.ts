import type { BuiltMap } from "./build-map.ts";
import { type ClusterSeparation, clusterSeparation, type GeneCluster } from "./cluster-separation.ts";
import { cosineDistribution } from "./cosine-distribution.ts";
import { perturbationMagnitude } from "./energy-distance.ts";
import { geneRows, type RelationRecall, type RelationSet, relationRecall } from "./known-relations.ts";
import type { BuildCall } from "./map-units.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";
import { replicateAgreement } from "./replicate-agreement.ts";
import { replicateRetrieval } from "./replicate-retrieval.ts";

/** How many of the sets of replicates that could be tested pass at a false discovery rate of 5 %. */
export interface TestSummary {
  tested: number;
  significant: number;
  /** Median of the statistic over those tested; null when there are none. */
  median: number | null;
}

/** What is said of a build's units, the same for all of its groups. */
export interface UnitBenchmark {
  /** Mean pairwise cosine of replicates. */
  consistency: TestSummary;
  /** Energy distance from controls. */
  magnitude: TestSummary;
  /** Mean average precision of finding replicates among controls. */
  retrieval: TestSummary;
}

/** What is said of one group. */
export interface GroupBenchmark {
  rows: number;
  perturbations: number;
  genes: number;
  recall: RelationRecall[];
  /** Sets of genes that lie together, by source. */
  clusters: { source: string; tested: number; significant: number; medianStatistic: number | null }[];
}

/** A map's benchmark as it is stored with a group version. */
export interface MapBenchmark extends UnitBenchmark, GroupBenchmark {}

/** Judges the units of a build by their replicates and controls; what has no controls has no magnitude and no retrieval. */
export function judgeUnits(
  { units, members }: Pick<BuiltMap, "units" | "members">,
  seed: number,
  call: BuildCall = {},
): UnitBenchmark {
  const agreement = replicateAgreement(units.values, units.features.length, members, { seed }, call);
  const magnitude = perturbationMagnitude(units, members, { seed }, call);
  const retrieval = replicateRetrieval(units, members, { seed }, call);
  return {
    consistency: summary(agreement.meanCosine, agreement.q),
    magnitude: summary(magnitude.distance, magnitude.q),
    retrieval: summary(retrieval.meanAveragePrecision, retrieval.q),
  };
}

/** Judges a group by what is known of genes. */
export function judgeGroup(
  group: PerturbationGroup,
  known: { relations?: readonly RelationSet[]; clusters?: readonly { source: string; sets: readonly GeneCluster[] }[] },
  call: BuildCall = {},
): GroupBenchmark {
  const genes = geneRows(group);
  const { relations = [], clusters = [] } = known;
  const distribution = relations.length > 0 ? cosineDistribution(group, [...genes.values()], call) : undefined;
  return {
    rows: group.rows.length,
    perturbations: new Set(group.rows.map(({ perturbation }) => perturbation)).size,
    genes: genes.size,
    recall: distribution === undefined ? [] : relationRecall(group, relations, { distribution }, call),
    clusters: clusters.map(({ source, sets }) => {
      const found = clusterSeparation(group, sets, {}, call);
      const together = found.filter(({ q, within, between }: ClusterSeparation) => q < 0.05 && within > between);
      const statistics = found.map(({ statistic }) => statistic).sort((a, b) => a - b);
      return { source, tested: found.length, significant: together.length, medianStatistic: middle(statistics) };
    }),
  };
}

function summary(statistic: Float64Array, q: Float64Array): TestSummary {
  const tested = [...q.keys()].filter((i) => !Number.isNaN(q[i]!));
  const sorted = tested.map((i) => statistic[i]!).sort((a, b) => a - b);
  return { tested: tested.length, significant: tested.filter((i) => q[i]! < 0.05).length, median: middle(sorted) };
}

function middle(sorted: readonly number[]): number | null {
  if (sorted.length === 0) return null;
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
