import { tableFromRows } from "@artesian/data";
import {
  colours,
  countText,
  type FigureSpec,
  few,
  firstOf,
  percentText,
  SCHEMA,
  type SummaryFigure,
} from "./figure.ts";

export interface CountedGene {
  id: string;
  label: string;
  /** Cells with at least one count of it. */
  cells: number;
}

/**
 * The genes that the most cells express.
 * @param genes most cells first
 * @param cellCount of how many cells
 * @param cells which cells: `all cells` or `cells kept`
 */
export function cellCountFigure(
  genes: readonly CountedGene[],
  cellCount: number,
  id: string,
  cells: string,
): SummaryFigure {
  const title = `Genes seen in the most cells, ${cells}`;
  const rows = genes.map((gene) => ({
    gene_id: gene.id,
    gene: gene.label,
    cells: gene.cells,
    percent_of_cells: (gene.cells * 100) / cellCount,
  }));
  const spec = bars(
    title,
    rows.map((row) => ({ gene: row.gene, value: row.cells, percent: few(row.percent_of_cells) })),
    "cells",
    [{ field: "percent", type: "quantitative", title: "% of cells" }],
  );
  const first = genes[0];
  const alt =
    first === undefined
      ? `${title}: no gene has counts.`
      : `${title}: bars for ${genes.length} genes. ${firstOf(genes.map((gene) => gene.label))} lead; ${first.label} is seen in ${countText(first.cells)} of ${countText(cellCount)} cells (${percentText(first.cells / cellCount)}).`;
  return { id, title, alt, spec, table: tableFromRows(rows) };
}

export interface VariableGene {
  id: string;
  label: string;
  /** Normalised dispersion, or normalised variance for seurat_v3. */
  score: number;
  mean: number;
}

/**
 * The genes that vary most among genes of their mean.
 * @param genes most variable first
 * @param scoreTitle what the score is, such as `normalised dispersion`
 */
export function variableGenesFigure(genes: readonly VariableGene[], scoreTitle: string): SummaryFigure {
  const title = "Most variable genes";
  const rows = genes.map((gene) => ({
    gene_id: gene.id,
    gene: gene.label,
    [scoreTitle.replaceAll(" ", "_")]: gene.score,
    mean: gene.mean,
  }));
  const spec = bars(
    title,
    genes.map((gene) => ({ gene: gene.label, value: few(gene.score), mean: few(gene.mean) })),
    scoreTitle,
    [{ field: "mean", type: "quantitative", title: "mean" }],
  );
  const first = genes[0];
  const alt =
    first === undefined
      ? `${title}: no gene varies.`
      : `${title}: bars of the ${scoreTitle} of ${genes.length} genes. ${firstOf(genes.map((gene) => gene.label))} lead, ${first.label} with ${few(first.score)}.`;
  return { id: "variable-genes", title, alt, spec, table: tableFromRows(rows) };
}

function bars(
  title: string,
  values: Record<string, string | number | null>[],
  valueTitle: string,
  more: { field: string; type: "quantitative"; title: string }[],
): FigureSpec {
  return {
    $schema: SCHEMA,
    title,
    width: 420,
    height: { step: 17 },
    data: { values },
    mark: { type: "bar", color: colours.accent, size: 11 },
    encoding: {
      y: { field: "gene", type: "nominal", sort: null, title: null },
      x: { field: "value", type: "quantitative", title: valueTitle },
      tooltip: [
        { field: "gene", type: "nominal" },
        { field: "value", type: "quantitative", title: valueTitle },
        ...more,
      ],
    },
  };
}
