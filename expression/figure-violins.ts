import { tableFromRows } from "@artesian/data";
import { median, quantileSorted } from "@artesian/numerics";
import { densityOf } from "./density.ts";
import { colours, countText, type FigureSpec, few, percentText, SCHEMA, type SummaryFigure } from "./figure.ts";
import { takeKept } from "./filter.ts";
import type { CellTotals } from "./pass.ts";

interface Measure {
  name: string;
  title: string;
  /** Counts and genes are drawn, and smoothed, on a logarithmic axis. */
  logarithmic: boolean;
  values: ArrayLike<number>;
}

/** Which cells a half of the figure shows. */
export interface CellSet {
  name: string;
  mask: Uint8Array;
}

/**
 * Counts, genes and mitochondrial share of the cells as violins, all cells beside those kept. Cells without counts cannot stand on a
 * logarithmic axis; the alt text says how many there are.
 */
export function violinsFigure(totals: CellTotals, all: CellSet, kept: CellSet): SummaryFigure {
  const measures: Measure[] = [
    { name: "counts", title: "counts a cell", logarithmic: true, values: totals.counts },
    { name: "genes", title: "genes a cell", logarithmic: true, values: totals.genes },
  ];
  if (totals.mitochondrial !== undefined)
    measures.push({
      name: "mitochondrial",
      title: "% mitochondrial counts",
      logarithmic: false,
      values: Float32Array.from(totals.mitochondrial, (share) => share * 100),
    });
  const sets = [all, kept];
  const rows: Record<string, string | number>[] = [];
  const summary: Record<string, string | number>[] = [];
  const panels = measures.map((measure) => panelOf(measure, sets, rows, summary));
  const title = "Counts, genes and mitochondrial share of the cells";
  const spec: FigureSpec = { $schema: SCHEMA, title, hconcat: panels };
  const middle = (set: CellSet, values: ArrayLike<number>): number =>
    median(takeKept(values, set.mask).filter((value) => !Number.isNaN(value)));
  const empty = takeKept(totals.counts, all.mask).filter((value) => value === 0).length;
  const mito =
    totals.mitochondrial === undefined
      ? "No mitochondrial gene is known."
      : `The median mitochondrial share is ${percentText(middle(all, totals.mitochondrial))}, then ${percentText(middle(kept, totals.mitochondrial))}.`;
  const alt = `Violins of ${countText(sum(all.mask))} cells beside the ${countText(sum(kept.mask))} kept. The median cell has ${countText(middle(all, totals.counts))} counts and ${countText(middle(all, totals.genes))} genes; of those kept, ${countText(middle(kept, totals.counts))} and ${countText(middle(kept, totals.genes))}. ${mito}${empty > 0 ? ` ${countText(empty)} cells without counts are not drawn.` : ""}`;
  return { id: "violins", title, alt, spec, table: tableFromRows([...summary, ...rows]) };
}

function panelOf(
  measure: Measure,
  sets: readonly CellSet[],
  rows: Record<string, string | number>[],
  summary: Record<string, string | number>[],
) {
  const { name, title, logarithmic } = measure;
  const shapes: Record<string, string | number | null>[] = [];
  const boxes: Record<string, string | number | null>[] = [];
  sets.forEach((set, position) => {
    const values = takeKept(measure.values, set.mask).filter(
      (value) => !Number.isNaN(value) && (!logarithmic || value > 0),
    );
    const back = (value: number): number => (logarithmic ? 10 ** value : value);
    const smooth = densityOf(logarithmic ? values.map(Math.log10) : values);
    if (smooth === undefined) return;
    const highest = smooth.density.reduce((a, b) => Math.max(a, b), 0);
    smooth.at.forEach((at, i) => {
      const half = (0.42 * smooth.density[i]!) / highest;
      shapes.push({ set: set.name, value: few(back(at)), left: few(position - half), right: few(position + half) });
      rows.push({ measure: name, cells: set.name, what: "density", value: back(at), density: smooth.density[i]! });
    });
    const sorted = values.sort();
    const [q1, q2, q3] = [0.25, 0.5, 0.75].map((part) => quantileSorted(sorted, part));
    boxes.push({ set: set.name, position, q1: few(q1!), median: few(q2!), q3: few(q3!) });
    summary.push(
      { measure: name, cells: set.name, what: "lower quartile", value: q1! },
      { measure: name, cells: set.name, what: "median", value: q2! },
      { measure: name, cells: set.name, what: "upper quartile", value: q3! },
    );
  });
  const names = sets.map((set) => set.name);
  const y = {
    type: "quantitative" as const,
    title,
    scale: { type: logarithmic ? ("log" as const) : ("linear" as const), zero: false },
  };
  const axis = {
    values: [0, 1],
    labelExpr: `datum.value === 0 ? '${names[0]}' : '${names[1]}'`,
    title: null,
    grid: false,
    ticks: false,
  };
  const x = { type: "quantitative" as const, scale: { domain: [-0.5, 1.5] }, axis };
  const tooltip = [
    { field: "set", type: "nominal" as const, title: "cells" },
    { field: "q1", type: "quantitative" as const, title: "lower quartile" },
    { field: "median", type: "quantitative" as const },
    { field: "q3", type: "quantitative" as const, title: "upper quartile" },
  ];
  return {
    width: 170,
    height: 260,
    layer: [
      ...names.map((set, position) => ({
        data: { values: shapes.filter((shape) => shape.set === set) },
        mark: {
          type: "area" as const,
          orient: "horizontal" as const,
          color: position === 0 ? colours.quiet : colours.accent,
          opacity: 0.75,
        },
        encoding: { y: { field: "value", ...y }, x: { field: "left", ...x }, x2: { field: "right" } },
      })),
      {
        data: { values: boxes },
        mark: { type: "rule" as const, size: 4, color: colours.ink },
        encoding: { x: { field: "position", ...x }, y: { field: "q1", ...y }, y2: { field: "q3" }, tooltip },
      },
      {
        data: { values: boxes },
        mark: { type: "point" as const, filled: true, size: 45, color: "#ffffff", stroke: colours.ink, opacity: 1 },
        encoding: { x: { field: "position", ...x }, y: { field: "median", ...y }, tooltip },
      },
    ],
  };
}

function sum(mask: Uint8Array): number {
  let total = 0;
  for (const keep of mask) total += keep;
  return total;
}
