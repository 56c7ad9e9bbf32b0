import { tableFromRows } from "@artesian/data";
import { colours, countText, type FigureSpec, few, geneLabels, SCHEMA, type SummaryFigure } from "./figure.ts";
import type { DispersionGenes } from "./hvg-dispersion.ts";
import type { VarianceGenes } from "./hvg-variance.ts";
import type { GeneList } from "./matrix.ts";
import { largest } from "./moments.ts";

/** Most points of either kind in the picture; more are thinned on a grid. */
const MOST_POINTS = 1000;

interface Point {
  gene: number;
  x: number;
  y: number;
}

/** What the axes of a selection show. */
export function axesOf(selection: DispersionGenes | VarianceGenes): { mean: string; score: string } {
  if (selection.kind === "variance") return { mean: "mean counts", score: "normalised variance" };
  const mean = selection.flavour === "seurat" ? "log1p of the mean" : "mean of log1p";
  return { mean, score: "normalised dispersion" };
}

/**
 * Every gene's mean against its normalised dispersion (variance for seurat_v3), the chosen ones marked by colour and shape. Where points
 * lie on each other, one stands for all of a grid cell; the table has every gene.
 * @param genes names, and which of them the selection is about, in its order
 */
export function meanDispersionFigure(
  selection: DispersionGenes | VarianceGenes,
  names: GeneList,
  genes: readonly number[],
): SummaryFigure {
  const axes = axesOf(selection);
  const logarithmic = selection.kind === "variance";
  const points = genes.flatMap((_, i): Point[] => {
    const [x, y] = [selection.means[i]!, selection.normalised[i]!];
    return Number.isFinite(x) && Number.isFinite(y) && (!logarithmic || (x > 0 && y > 0)) ? [{ gene: i, x, y }] : [];
  });
  const chosen = points.filter(({ gene }) => selection.selected[gene] === 1);
  const others = points.filter(({ gene }) => selection.selected[gene] !== 1);
  const shown = [...thin(others, logarithmic), ...thin(chosen, logarithmic)];
  const count = selection.selected.reduce((sum, flag) => sum + flag, 0);
  const labels = geneLabels(
    names,
    shown.map(({ gene }) => genes[gene]!),
  );
  const title = `Mean and ${axes.score}: ${countText(count)} highly variable genes`;
  const thinned =
    shown.length < points.length ? ` (${countText(shown.length)} of ${countText(points.length)} points drawn)` : "";
  const scale = logarithmic ? { scale: { type: "log" as const } } : {};
  const spec: FigureSpec = {
    $schema: SCHEMA,
    title: { text: title, subtitle: `${countText(genes.length)} genes${thinned}` },
    width: 420,
    height: 320,
    data: {
      values: shown.map(({ gene, x, y }, i) => ({
        gene: labels[i]!,
        mean: few(x),
        score: few(y),
        chosen: selection.selected[gene] === 1 ? "highly variable" : "other",
      })),
    },
    mark: { type: "point", filled: true, opacity: 0.7 },
    encoding: {
      x: { field: "mean", type: "quantitative", title: axes.mean, ...scale },
      y: { field: "score", type: "quantitative", title: axes.score, ...scale },
      color: {
        field: "chosen",
        type: "nominal",
        title: null,
        scale: { domain: ["highly variable", "other"], range: [colours.accent, colours.faint] },
      },
      shape: {
        field: "chosen",
        type: "nominal",
        title: null,
        scale: { domain: ["highly variable", "other"], range: ["triangle-up", "circle"] },
      },
      size: { condition: { test: "datum.chosen === 'other'", value: 10 }, value: 22 },
      tooltip: [
        { field: "gene", type: "nominal" },
        { field: "mean", type: "quantitative", title: axes.mean },
        { field: "score", type: "quantitative", title: axes.score },
      ],
    },
  };
  const top = largest(
    selection.normalised.map((value, i) => (selection.selected[i] === 1 ? value : Number.NaN)),
    3,
  );
  const leaders = geneLabels(
    names,
    top.map((i) => genes[i]!),
  );
  const alt = `${axes.score} against ${axes.mean} of ${countText(genes.length)} genes; ${countText(count)} are highly variable${leaders.length > 0 ? `, first ${leaders.join(", ")}` : ""}${thinned}.`;
  const rows = genes.map((gene, i) => ({
    gene_id: names.ids[gene]!,
    gene: names.symbols[gene]!,
    mean: few12(selection.means[i]!),
    score: few12(selection.normalised[i]!),
    highly_variable: selection.selected[i]!,
  }));
  return { id: "mean-dispersion", title, alt: capital(alt), spec, table: tableFromRows(rows) };
}

/** One point a grid cell, the first by gene, on the finest of a few grids that leaves few enough. */
function thin(points: readonly Point[], logarithmic: boolean): Point[] {
  if (points.length <= MOST_POINTS) return [...points];
  const on = (value: number): number => (logarithmic ? Math.log10(value) : value);
  const xs = points.map(({ x }) => on(x));
  const ys = points.map(({ y }) => on(y));
  const [lowX, lowY] = [least(xs), least(ys)];
  const [rangeX, rangeY] = [-least(xs.map((x) => -x)) - lowX || 1, -least(ys.map((y) => -y)) - lowY || 1];
  for (let grid = 160; ; grid = Math.floor(grid * 0.8)) {
    const taken = new Map<number, Point>();
    points.forEach((point, i) => {
      const column = Math.floor(((xs[i]! - lowX) / rangeX) * grid);
      const row = Math.floor(((ys[i]! - lowY) / rangeY) * grid);
      const cell = column * (grid + 1) + row;
      if (!taken.has(cell)) taken.set(cell, point);
    });
    if (taken.size <= MOST_POINTS) return [...taken.values()];
  }
}

function least(values: readonly number[]): number {
  let low = Number.POSITIVE_INFINITY;
  for (const value of values) if (value < low) low = value;
  return low;
}

/** Twelve digits: what is equal whatever format the matrix came in. */
function few12(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(12)) : null;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
