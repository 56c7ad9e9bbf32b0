import type { GeneStatistics } from "./pass.ts";
import type { GeneShares } from "./pass-shares.ts";

/** Which values moments are of: as they are, after normalisation to the target, or log1p of that. */
export type Scale = "raw" | "normalised" | "log";

/** Mean and variance of each gene over one group of cells. */
export interface GeneMoments {
  /** Cells of the group, those without the gene included. */
  cellCount: number;
  /** Shape (genes). */
  mean: Float64Array;
  /** Shape (genes), with divisor cells − 1; the divisor is 1 for a single cell. */
  variance: Float64Array;
  /** Cells expressing the gene, of shape (genes). */
  cells: Uint32Array;
}

/**
 * Moments from the sums of a pass, over one or several of its groups together.
 * @param groups indices of the groups to put together; default all
 * @example momentsOf(statistics, "log", [0]).mean
 */
export function momentsOf(statistics: GeneStatistics, scale: Scale, groups?: readonly number[]): GeneMoments {
  const { geneCount } = statistics;
  const wanted = groups ?? Array.from({ length: statistics.groupCount }, (_, group) => group);
  const [sums, squares, factor] = sumsOf(statistics, scale);
  const mean = new Float64Array(geneCount);
  const variance = new Float64Array(geneCount);
  const cells = new Uint32Array(geneCount);
  let cellCount = 0;
  for (const group of wanted) {
    cellCount += statistics.cellCount[group]!;
    const base = group * geneCount;
    for (let gene = 0; gene < geneCount; gene++) {
      mean[gene] = mean[gene]! + sums[base + gene]!;
      variance[gene] = variance[gene]! + squares[base + gene]!;
      cells[gene] = cells[gene]! + statistics.cells[base + gene]!;
    }
  }
  const unbiased = cellCount > 1 ? cellCount / (cellCount - 1) : 1;
  for (let gene = 0; gene < geneCount; gene++) {
    const centre = (mean[gene]! * factor) / cellCount;
    mean[gene] = centre;
    variance[gene] = ((variance[gene]! * factor * factor) / cellCount - centre * centre) * unbiased;
  }
  return { cellCount, mean, variance, cells };
}

function sumsOf(statistics: GeneStatistics, scale: Scale): [Float64Array, Float64Array, number] {
  if (scale === "raw") return [statistics.sum, statistics.sumSquares, 1];
  if (scale === "normalised") return [statistics.shareSum, statistics.shareSumSquares, statistics.target];
  return [statistics.logSum, statistics.logSumSquares, 1];
}

/** Cells, means and shares of each gene over one group of cells. */
export interface GeneMeans {
  cellCount: number;
  /** Cells expressing the gene, of shape (genes). */
  cells: Uint32Array;
  /** Mean of the values, of shape (genes). */
  mean: Float64Array;
  /** Mean share of a cell's total, in percent, of shape (genes): every cell counts alike; cells without counts count as 0. */
  sharePercent: Float64Array;
}

/**
 * Means from the sums of a pass, over one or several of its groups together; scanpy's `highest_expr_genes` ranks by the share.
 * @param groups indices of the groups to put together; default all
 */
export function meansOf(sums: GeneShares, groups?: readonly number[]): GeneMeans {
  const { geneCount } = sums;
  const wanted = groups ?? Array.from({ length: sums.groupCount }, (_, group) => group);
  const cells = new Uint32Array(geneCount);
  const mean = new Float64Array(geneCount);
  const sharePercent = new Float64Array(geneCount);
  let cellCount = 0;
  for (const group of wanted) {
    cellCount += sums.cellCount[group]!;
    for (let gene = 0, at = group * geneCount; gene < geneCount; gene++, at++) {
      cells[gene] = cells[gene]! + sums.cells[at]!;
      mean[gene] = mean[gene]! + sums.sum[at]!;
      sharePercent[gene] = sharePercent[gene]! + sums.shareSum[at]!;
    }
  }
  for (let gene = 0; gene < geneCount; gene++) {
    mean[gene] = mean[gene]! / cellCount;
    sharePercent[gene] = (sharePercent[gene]! * 100) / cellCount;
  }
  return { cellCount, cells, mean, sharePercent };
}

/** Positions of the `count` largest values, largest first, equal ones in their order; NaN never. */
export function largest(values: ArrayLike<number>, count: number): number[] {
  const order: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const full = order.length >= count;
    if (Number.isNaN(value) || (full && !(value > values[order.at(-1) ?? i]!))) continue;
    if (full) order.pop();
    let place = order.length;
    while (place > 0 && value > values[order[place - 1]!]!) place--;
    order.splice(place, 0, i);
  }
  return order;
}
