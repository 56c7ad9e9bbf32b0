import type { CellTotals } from "./pass.ts";

/** Bounds that a cell must keep to, all inclusive; leave out what does not matter. */
export interface CellBounds {
  minGenes?: number;
  maxGenes?: number;
  minCounts?: number;
  maxCounts?: number;
  /** Largest share of mitochondrial counts, 0 to 1; cells without counts have no share and fail. */
  maxMitochondrial?: number;
}

/** Bounds that a gene must keep to, all inclusive. */
export interface GeneBounds {
  minCells?: number;
  maxCells?: number;
}

/**
 * Which cells keep to all bounds: scanpy's `filter_cells`, any number of bounds at once.
 * @param among shape (cells): only cells with 1 are looked at; default all
 * @returns shape (cells), 1 = keep
 * @example keepCells({ counts: Float64Array.of(9, 2), genes: Uint32Array.of(5, 2) }, { minGenes: 3 }) // 1, 0
 */
export function keepCells(totals: CellTotals, bounds: CellBounds, among?: Uint8Array): Uint8Array {
  const { minGenes = 0, minCounts = Number.NEGATIVE_INFINITY } = bounds;
  const { maxGenes = Number.POSITIVE_INFINITY, maxCounts = Number.POSITIVE_INFINITY, maxMitochondrial } = bounds;
  const share = maxMitochondrial === undefined ? undefined : totals.mitochondrial;
  return Uint8Array.from(totals.genes, (genes, cell) => {
    const counts = totals.counts[cell]!;
    if (among !== undefined && among[cell] !== 1) return 0;
    if (genes < minGenes || genes > maxGenes || counts < minCounts || counts > maxCounts) return 0;
    return share === undefined || share[cell]! <= maxMitochondrial! ? 1 : 0;
  });
}

/**
 * Which genes keep to all bounds: scanpy's `filter_genes`.
 * @param cells cells expressing each gene, of shape (genes)
 * @returns shape (genes), 1 = keep
 */
export function keepGenes(cells: Uint32Array, bounds: GeneBounds): Uint8Array {
  const { minCells = 0, maxCells = Number.POSITIVE_INFINITY } = bounds;
  return Uint8Array.from(cells, (count) => (count >= minCells && count <= maxCells ? 1 : 0));
}

/** How many are kept. */
export function countKept(mask: Uint8Array): number {
  let count = 0;
  for (const keep of mask) count += keep;
  return count;
}

/** The values of the kept ones, in order. */
export function takeKept(values: ArrayLike<number>, mask: Uint8Array): Float64Array {
  const kept = new Float64Array(countKept(mask));
  let at = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] === 1) kept[at++] = values[i]!;
  return kept;
}
