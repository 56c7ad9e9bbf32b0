import type { DispersionCutoffs } from "./hvg-dispersion.ts";

/** How highly variable genes are chosen. */
export interface GeneSelection extends DispersionCutoffs {
  flavour: "seurat" | "cell_ranger" | "seurat_v3" | "seurat_v3_paper";
  /** Choose this many instead of by bounds; `seurat_v3` always chooses by number (default 2000). */
  topGenes?: number;
  /** Bins of `seurat`. Default 20. */
  binCount?: number;
  /** Share of the genes in a local fit of `seurat_v3`. Default 0.3. */
  span?: number;
}

/** Everything that decides the numbers of a summary; equal parameters and equal input give equal output. */
export interface SummaryParameters {
  preset: PresetName;
  /** Cells with fewer genes are left out; `mad`: bounds from the cells themselves (`madBounds`). */
  minGenes: number | "mad";
  /** Genes in fewer of the kept cells are left out of normalisation and of the choice of genes. */
  minCells: number;
  /** Each cell's total after normalisation; `median` of the kept cells. */
  target: number | "median";
  /** Genes in the lists of the highest expression, cell count and variability. */
  topCount: number;
  selection: GeneSelection;
  /** Column about cells that says their batch. */
  batch?: string;
  /** Columns about cells by whose values the matrix is summarised once more, part by part. */
  splits: readonly string[];
}

export type PresetName = "modern" | "hca-2020";

/**
 * Parameters by name.
 *
 * - `modern`: bounds of cells from their own spread, genes in at least three cells, normalisation to the median total, the 2,000 genes
 *   of the highest normalised dispersion: what scanpy's and the best-practice tutorials do today.
 * - `hca-2020`: what the Human Cell Atlas' data-portal-summary-stats did in 2020: cells of at least 1,200 genes, genes in at least 10
 *   cells, totals of 1,000, mean between 0.05 and 30, normalised dispersion above 1.9.
 */
export const presets: Readonly<Record<PresetName, SummaryParameters>> = {
  modern: {
    preset: "modern",
    minGenes: "mad",
    minCells: 3,
    target: "median",
    topCount: 20,
    selection: { flavour: "seurat", topGenes: 2000 },
    splits: [],
  },
  "hca-2020": {
    preset: "hca-2020",
    minGenes: 1200,
    minCells: 10,
    target: 1000,
    topCount: 20,
    selection: { flavour: "seurat", minMean: 0.05, maxMean: 30, minDispersion: 1.9 },
    splits: [],
  },
};
