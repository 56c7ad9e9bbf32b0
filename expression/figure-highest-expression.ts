import { tableFromRows } from "@artesian/data";
import type { Box } from "./box.ts";
import { colours, type FigureSpec, few, firstOf, SCHEMA, type SummaryFigure } from "./figure.ts";

/** A gene of the figure, shares in percent of a cell's counts. */
export interface HighestGene {
  id: string;
  label: string;
  /** Mean over all cells, zeros included. */
  meanShare: number;
  box: Box;
}

/**
 * The genes that take the largest share of a cell's counts, each as a box over all cells; scanpy's `highest_expr_genes`.
 * @param genes highest mean first
 * @param cells which cells: `all cells` or `cells kept`
 */
export function highestExpressionFigure(genes: readonly HighestGene[], id: string, cells: string): SummaryFigure {
  const rows = genes.map((gene) => ({
    gene_id: gene.id,
    gene: gene.label,
    mean_percent: gene.meanShare,
    lower_quartile: gene.box.lowerQuartile,
    median: gene.box.median,
    upper_quartile: gene.box.upperQuartile,
    whisker_low: gene.box.whiskerLow,
    whisker_high: gene.box.whiskerHigh,
    lowest: gene.box.lowest,
    highest: gene.box.highest,
    outliers: gene.box.outliers,
  }));
  const title = `Genes of the highest expression, ${cells}`;
  const y = { field: "gene", type: "nominal" as const, sort: null, title: null };
  const x = { type: "quantitative" as const, title: "% of a cell's counts" };
  const spec: FigureSpec = {
    $schema: SCHEMA,
    title,
    width: 420,
    height: { step: 17 },
    data: {
      values: genes.map(({ label, meanShare, box }) => ({
        gene: label,
        mean: few(meanShare),
        low: few(box.whiskerLow),
        q1: few(box.lowerQuartile),
        median: few(box.median),
        q3: few(box.upperQuartile),
        high: few(box.whiskerHigh),
        highest: few(box.highest),
        outliers: box.outliers,
      })),
    },
    encoding: {
      y,
      tooltip: [
        { field: "gene", type: "nominal" },
        { field: "mean", type: "quantitative", title: "mean %" },
        { field: "median", type: "quantitative", title: "median %" },
        { field: "highest", type: "quantitative", title: "highest %" },
        { field: "outliers", type: "quantitative", title: "cells beyond the whiskers" },
      ],
    },
    layer: [
      {
        mark: { type: "rule", color: colours.quiet },
        encoding: { x: { field: "low", ...x }, x2: { field: "high" } },
      },
      {
        mark: { type: "bar", size: 11, color: colours.accent, opacity: 0.75 },
        encoding: { x: { field: "q1", ...x }, x2: { field: "q3" } },
      },
      {
        mark: { type: "tick", size: 11, thickness: 2, color: "#ffffff" },
        encoding: { x: { field: "median", ...x } },
      },
      {
        mark: { type: "point", shape: "diamond", size: 30, filled: true, color: colours.contrast },
        encoding: { x: { field: "mean", ...x } },
      },
    ],
  };
  const first = genes[0];
  const alt =
    first === undefined
      ? `${title}: there are no counts.`
      : `${title}: box plots of the share of a cell's counts in ${genes.length} genes, mean as a diamond. ${firstOf(genes.map((gene) => gene.label))} lead; ${first.label} takes ${few(first.meanShare)} % on average, ${few(first.box.median)} % in the middle cell.`;
  return { id, title, alt, spec, table: tableFromRows(rows) };
}
