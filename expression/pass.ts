/**
 * The results of the passes over one matrix. The order of events:
 *
 * - `ingest(source, { scratch, signal, progress }): Promise<IngestedMatrix>` (ingest.ts) reads the source once, keeps what it learns of
 *   every cell and writes a compact spill below the folder `scratch`;
 * - `geneStatistics(matrix, view, call): Promise<GeneStatistics>`, `clippedSums(matrix, view, clip, call): Promise<ClippedSums>` with
 *   `clip` of shape (groups, genes), and `geneColumns(matrix, view, genes, call): Promise<GeneColumns>` (pass-*.ts) then read the spill
 *   for one view at a time, a second or less for a hundred million entries.
 */
import type { GeneList, MatrixFormat, MatrixWarning } from "./matrix.ts";
import type { Spill } from "./spill.ts";

/** What the values of a matrix are, as far as they tell: whole numbers ≥ 0; fractions; fractions below 30 (a logarithm); below zero. */
export type ValueKind = "counts" | "normalised" | "log-normalised" | "scaled";

/** Per cell, each of shape (cells). */
export interface CellTotals {
  /** Sum over all genes. */
  counts: Float64Array;
  /** Genes with a value other than zero. */
  genes: Uint32Array;
  /** Share of the counts in mitochondrial genes, 0 to 1; NaN in an empty cell; undefined when no gene of the kind is known. */
  mitochondrial?: Float32Array;
  ribosomal?: Float32Array;
  haemoglobin?: Float32Array;
}

/** A matrix after its first pass. `spill` holds every entry; close it when done. */
export interface IngestedMatrix {
  format: MatrixFormat;
  key: string;
  genes: GeneList;
  cellCount: number;
  geneCount: number;
  /** Entries other than zero, duplicates summed. */
  entryCount: number;
  valueKind: ValueKind;
  totals: CellTotals;
  /** Cells expressing each gene, of shape (genes). */
  geneCells: Uint32Array;
  warnings: MatrixWarning[];
  spill: Spill;
}

/** Which cells and genes count, and how cells are grouped and normalised. Leave a mask out to keep all. */
export interface View {
  /** Shape (cells): 1 keeps. */
  keepCells?: Uint8Array;
  /** Shape (genes): 1 keeps. Dropped genes take no part in a cell's total, as after scanpy's filter_genes. */
  keepGenes?: Uint8Array;
  /** Group of each cell, of shape (cells), 0 to groupCount − 1; e.g. the combinations of split value and batch. Default: one group. */
  groups?: Uint16Array;
  groupCount?: number;
  /** Each cell's total after normalisation; `median` of the kept cells' totals above zero, as scanpy's normalize_total. */
  target: number | "median";
}

/**
 * Sums over the cells of a group, each of shape (groups, genes), row-major. A gene dropped by the view has zeros. Sums are two-level
 * (a few hundred cells, then the rest), so that their error stays near 1e-15 of the sum of magnitudes.
 */
export interface GeneStatistics {
  groupCount: number;
  geneCount: number;
  /** Kept cells of each group, of shape (groups). */
  cellCount: Uint32Array;
  /** The target that `log` refers to, resolved when it was `median`. */
  target: number;
  /** Cells expressing the gene. */
  cells: Uint32Array;
  /** Of the values as they are. */
  sum: Float64Array;
  sumSquares: Float64Array;
  /** Of value / the cell's total (cells without counts have no share): × 100 ÷ cells is the mean share in %, × target is the sum after normalisation. */
  shareSum: Float64Array;
  shareSumSquares: Float64Array;
  /** Of log1p(target × share). */
  logSum: Float64Array;
  logSumSquares: Float64Array;
}

/** For seurat_v3: sums of min(value, clip) and its square, each of shape (groups, genes), row-major. */
export interface ClippedSums {
  sum: Float64Array;
  sumSquares: Float64Array;
}

/** Every kept cell's share of a few genes, zeros included, one gene at a time. */
export interface GeneColumns {
  /** The genes asked for. */
  genes: readonly number[];
  /** Kept cells, in order; the length of a column. */
  cellCount: number;
  /** Share of the cell's total in the gene `genes[i]`, 0 to 1, of shape (kept cells); NaN in a cell without counts. */
  column(i: number): Float64Array;
  close(): void;
}
