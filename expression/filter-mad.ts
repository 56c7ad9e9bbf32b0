import { mad, median } from "@artesian/numerics";
import { type CellBounds, takeKept } from "./filter.ts";
import type { CellTotals } from "./pass.ts";

export interface MadOptions {
  /** Distance from the median of log1p counts and of log1p genes, in median absolute deviations. Default 5. */
  deviations?: number;
  /** The same above the median of the mitochondrial share. Default 3. */
  mitochondrialDeviations?: number;
}

/**
 * Bounds from the cells themselves: counts and genes within 5 median absolute deviations of the median, on a log1p scale, the
 * mitochondrial share at most 3 above. The deviation is taken as it is, without the factor 1.4826 (Heumos et al. 2023, Single-cell best
 * practices, chapter Quality control; after scater's `isOutlier`). A measure that is equal in half of the cells has no spread and sets
 * no bound.
 * @param among shape (cells): only cells with 1 are looked at; cells without counts never
 * @example keepCells(totals, madBounds(totals))
 */
export function madBounds(totals: CellTotals, options: MadOptions = {}, among?: Uint8Array): CellBounds {
  const { deviations = 5, mitochondrialDeviations = 3 } = options;
  const filled = Uint8Array.from(totals.counts, (counts, cell) => (counts > 0 && (among?.[cell] ?? 1) === 1 ? 1 : 0));
  const bounds: CellBounds = {};
  const counts = spreadOf(takeKept(totals.counts, filled).map(Math.log1p));
  if (counts !== undefined) {
    bounds.minCounts = Math.max(0, Math.expm1(counts.centre - deviations * counts.spread));
    bounds.maxCounts = Math.expm1(counts.centre + deviations * counts.spread);
  }
  const genes = spreadOf(takeKept(totals.genes, filled).map(Math.log1p));
  if (genes !== undefined) {
    bounds.minGenes = Math.max(1, Math.ceil(Math.expm1(genes.centre - deviations * genes.spread)));
    bounds.maxGenes = Math.floor(Math.expm1(genes.centre + deviations * genes.spread));
  }
  if (totals.mitochondrial !== undefined) {
    const share = spreadOf(takeKept(totals.mitochondrial, filled));
    if (share !== undefined)
      bounds.maxMitochondrial = Math.min(1, share.centre + mitochondrialDeviations * share.spread);
  }
  if (bounds.minGenes === undefined) bounds.minGenes = 1;
  return bounds;
}

function spreadOf(values: Float64Array): { centre: number; spread: number } | undefined {
  if (values.length === 0) return undefined;
  const centre = median(values);
  const spread = mad(values, centre);
  return spread > 0 ? { centre, spread } : undefined;
}
