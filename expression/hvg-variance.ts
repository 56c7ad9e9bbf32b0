import { quantileSorted } from "@artesian/numerics";
import { GeneSelectionError } from "./hvg-errors.ts";
import { loess } from "./loess.ts";
import type { GeneMoments } from "./moments.ts";
import type { ClippedSums } from "./pass.ts";

/** `seurat_v3` sorts by median rank, then by number of batches; `seurat_v3_paper` the other way about. They differ with batches only. */
export type VarianceFlavour = "seurat_v3" | "seurat_v3_paper";

/** What the trend says of each batch's genes, each of shape (batches, genes), row-major. */
export interface VarianceTrend {
  geneCount: number;
  /** Standard deviation that the mean lets expect; 1 for a constant gene. */
  expectedSd: Float64Array;
  /** Values above count as this: expectedSd × √cells + mean. Give it to `clippedSums`. */
  clip: Float64Array;
}

export interface VarianceOptions {
  /** Default `seurat_v3`. */
  flavour?: VarianceFlavour;
  /** Default 2000. */
  topGenes?: number;
}

/** Per gene, each of shape (genes). */
export interface VarianceGenes {
  kind: "variance";
  flavour: VarianceFlavour;
  /** 1 = highly variable. */
  selected: Uint8Array;
  means: Float64Array;
  variances: Float64Array;
  /** Variance after standardising by the trend and clipping, averaged over batches. */
  normalised: Float64Array;
  /** Median, over the batches that chose the gene, of its rank from 0; NaN when none did. */
  rank: Float64Array;
  /** In how many batches the gene is among the `topGenes`. */
  batches: Uint16Array;
}

/**
 * The first half of `seurat_v3` (Stuart et al. 2019): log10 variance against log10 mean of raw counts by local regression, batch by batch.
 * @param batches moments of raw counts
 * @param span share of the genes in a local fit. Default 0.3
 * @throws LoessError (expression/loess)
 * @throws GeneSelectionError (expression/gene-selection) when a batch has fewer than two cells
 */
export function fitVarianceTrend(batches: readonly GeneMoments[], span = 0.3): VarianceTrend {
  const geneCount = batches[0]?.mean.length ?? 0;
  const expectedSd = new Float64Array(batches.length * geneCount).fill(1);
  const clip = new Float64Array(batches.length * geneCount);
  batches.forEach(({ cellCount, mean, variance }, batch) => {
    if (cellCount < 2) throw new GeneSelectionError(`a batch of ${cellCount} cells has no variance; two are needed`);
    const varying = Array.from(mean.keys()).filter((gene) => variance[gene]! > 0);
    const fitted = loess(
      Float64Array.from(varying, (gene) => Math.log10(mean[gene]!)),
      Float64Array.from(varying, (gene) => Math.log10(variance[gene]!)),
      { span },
    );
    varying.forEach((gene, i) => {
      expectedSd[batch * geneCount + gene] = Math.sqrt(10 ** fitted[i]!);
    });
    for (let gene = 0; gene < geneCount; gene++) {
      const at = batch * geneCount + gene;
      clip[at] = expectedSd[at]! * Math.sqrt(cellCount) + mean[gene]!;
    }
  });
  return { geneCount, expectedSd, clip };
}

/**
 * The second half of `seurat_v3`: normalised variances from clipped sums, ranks within each batch, the median rank over batches.
 * Equal genes rank in the order of the matrix, where numpy's sorting leaves their order open.
 * @param overall moments of raw counts over all cells, for the result's means and variances
 * @example selectByVariance(overall, batches, trend, clipped, { topGenes: 2000 }).selected
 */
export function selectByVariance(
  overall: GeneMoments,
  batches: readonly GeneMoments[],
  trend: VarianceTrend,
  clipped: ClippedSums,
  options: VarianceOptions = {},
): VarianceGenes {
  const { geneCount } = trend;
  const topGenes = options.topGenes ?? 2000;
  const flavour = options.flavour ?? "seurat_v3";
  const normalised = new Float64Array(geneCount);
  const counts = new Uint16Array(geneCount);
  const ranks: number[][] = Array.from({ length: geneCount }, () => []);
  batches.forEach(({ cellCount, mean }, batch) => {
    const values = mean.map((centre, gene) => {
      const at = batch * geneCount + gene;
      const spread = (cellCount - 1) * trend.expectedSd[at]! ** 2;
      return (1 / spread) * (cellCount * centre ** 2 + clipped.sumSquares[at]! - 2 * clipped.sum[at]! * centre);
    });
    descending(values).forEach((gene, rank) => {
      normalised[gene] = normalised[gene]! + values[gene]! / batches.length;
      if (rank >= topGenes) return;
      counts[gene] = counts[gene]! + 1;
      ranks[gene]!.push(rank);
    });
  });
  const rank = Float64Array.from(ranks, (found) =>
    found.length === 0 ? Number.NaN : quantileSorted(Float64Array.from(found).sort(), 0.5),
  );
  const selected = new Uint8Array(geneCount);
  for (const gene of orderByRank(rank, counts, flavour).slice(0, topGenes)) selected[gene] = 1;
  return {
    kind: "variance",
    flavour,
    selected,
    means: overall.mean,
    variances: overall.variance,
    normalised,
    rank,
    batches: counts,
  };
}

function descending(values: Float64Array): number[] {
  return Array.from(values.keys()).sort((a, b) => values[b]! - values[a]! || a - b);
}

function orderByRank(rank: Float64Array, counts: Uint16Array, flavour: VarianceFlavour): number[] {
  const byRank = (a: number, b: number): number => {
    if (Number.isNaN(rank[a]!) || Number.isNaN(rank[b]!))
      return Number(Number.isNaN(rank[a]!)) - Number(Number.isNaN(rank[b]!));
    return rank[a]! - rank[b]!;
  };
  const byCount = (a: number, b: number): number => counts[b]! - counts[a]!;
  const [first, second] = flavour === "seurat_v3" ? [byRank, byCount] : [byCount, byRank];
  return Array.from(rank.keys()).sort((a, b) => first(a, b) || second(a, b) || a - b);
}
