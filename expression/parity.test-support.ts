import { plainClippedSums, plainStatistics, type SmallMatrix } from "./generated-matrix.test-support.ts";
import { selectByDispersion } from "./hvg-dispersion.ts";
import { fitVarianceTrend, selectByVariance, type VarianceFlavour } from "./hvg-variance.ts";
import { momentsOf } from "./moments.ts";
import type { GeneStatistics, View } from "./pass.ts";

export type Values = (number | string | null)[];
export type Selection = Record<string, Values>;
/** What the peer's program says of one matrix. */
export type Answer = Record<string, Values | Selection | { refused: string }>;

export const MIN_GENES = 30;
export const MIN_CELLS = 5;
export const TARGET = 1000;

/** The selections that the peer makes, by the peer's names. */
export function selections(matrix: SmallMatrix): Record<string, () => Selection> {
  const top = Math.floor(matrix.geneCount / 5);
  const names = Array.from({ length: matrix.geneCount }, (_, gene) => `G${gene}`);
  const all: View = { target: "median" };
  const byBatch: View = { target: "median", groups: Uint16Array.from(matrix.batches), groupCount: matrix.batchCount };
  const whole = plainStatistics(matrix, all);
  const parts = plainStatistics(matrix, byBatch);
  const runs: Record<string, () => Selection> = {};
  for (const flavour of ["seurat", "cell_ranger"] as const) {
    const scale = flavour === "seurat" ? "normalised" : "log";
    for (const [how, options] of [
      ["top", { topGenes: top }],
      ["bounds", { maxMean: 5 }],
    ] as const) {
      runs[`${flavour} ${how}`] = () =>
        dispersionColumns(selectByDispersion([momentsOf(whole, scale)], { flavour, ...options }));
      runs[`${flavour} ${how} by batch`] = () =>
        dispersionColumns(selectByDispersion(groupsOf(parts, scale), { flavour, names, ...options }, true));
    }
  }
  for (const flavour of ["seurat_v3", "seurat_v3_paper"] as const) {
    runs[flavour] = () => varianceColumns(matrix, all, whole, flavour, top, false);
    runs[`${flavour} by batch`] = () => varianceColumns(matrix, byBatch, parts, flavour, top, true);
  }
  const keepGenes = Uint8Array.from(whole.cells, (cells) => (cells >= MIN_CELLS ? 1 : 0));
  const kept = keepColumns(matrix, keepGenes);
  runs["seurat_v3 filtered"] = () => varianceColumns(kept, all, plainStatistics(kept, all), "seurat_v3", top, false);
  const keptByBatch: View = { ...byBatch, groups: Uint16Array.from(kept.batches) };
  runs["seurat_v3 filtered by batch"] = () =>
    varianceColumns(kept, keptByBatch, plainStatistics(kept, keptByBatch), "seurat_v3", top, true);
  runs["cell_ranger filtered"] = () =>
    dispersionColumns(
      selectByDispersion([momentsOf(plainStatistics(kept, all), "log")], { flavour: "cell_ranger", topGenes: top }),
    );
  return runs;
}

const groupsOf = (statistics: GeneStatistics, scale: "raw" | "normalised" | "log") =>
  Array.from({ length: statistics.groupCount }, (_, group) => momentsOf(statistics, scale, [group]));

function dispersionColumns(genes: ReturnType<typeof selectByDispersion>): Selection {
  return {
    means: [...genes.means],
    dispersions: [...genes.dispersions],
    dispersions_norm: [...genes.normalised],
    highly_variable: [...genes.selected],
    ...(genes.batches && { highly_variable_nbatches: [...genes.batches] }),
    ...(genes.intersection && { highly_variable_intersection: [...genes.intersection] }),
  };
}

function varianceColumns(
  matrix: SmallMatrix,
  view: View,
  statistics: GeneStatistics,
  flavour: VarianceFlavour,
  topGenes: number,
  batched: boolean,
): Selection {
  const batches = groupsOf(statistics, "raw");
  const trend = fitVarianceTrend(batches);
  const clipped = plainClippedSums(matrix, view, trend.clip);
  const genes = selectByVariance(momentsOf(statistics, "raw"), batches, trend, clipped, { flavour, topGenes });
  return {
    means: [...genes.means],
    variances: [...genes.variances],
    variances_norm: [...genes.normalised],
    highly_variable_rank: [...genes.rank],
    highly_variable: [...genes.selected],
    ...(batched && { highly_variable_nbatches: [...genes.batches] }),
  };
}

/** The matrix without some genes, and without the cells that then have no counts. */
function keepColumns(matrix: SmallMatrix, keepGenes: Uint8Array): SmallMatrix {
  const renumbered = new Map<number, number>();
  keepGenes.forEach((keep, gene) => {
    if (keep === 1) renumbered.set(gene, renumbered.size);
  });
  const kept: SmallMatrix = { ...matrix, geneCount: renumbered.size, indptr: [0], genes: [], values: [], batches: [] };
  for (let cell = 0; cell < matrix.cellCount; cell++) {
    const before = kept.genes.length;
    for (let i = matrix.indptr[cell]!; i < matrix.indptr[cell + 1]!; i++) {
      const gene = renumbered.get(matrix.genes[i]!);
      if (gene === undefined) continue;
      kept.genes.push(gene);
      kept.values.push(matrix.values[i]!);
    }
    if (kept.genes.length === before) continue;
    kept.indptr.push(kept.genes.length);
    kept.batches.push(matrix.batches[cell]!);
  }
  return { ...kept, cellCount: kept.batches.length };
}

/** Largest |found − wanted| in units of 2e-5 + 2e-5 × |wanted|: up to 1 passes. Missing values must be missing on both sides. */
export function worstDifference(found: Values, wanted: Values): number {
  if (found.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  wanted.forEach((expected, i) => {
    const here = Number(found[i]);
    const there =
      expected === null
        ? Number.NaN
        : expected === "inf"
          ? Infinity
          : expected === "-inf"
            ? -Infinity
            : Number(expected);
    if (Object.is(here, there) || here === there) return;
    const difference = Math.abs(here - there) / (2e-5 + 2e-5 * Math.abs(there));
    worst = difference <= worst ? worst : Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference;
  });
  return worst;
}
