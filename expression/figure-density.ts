import { tableFromRows } from "@artesian/data";
import { gridOf } from "./density.ts";
import { countText, type FigureSpec, few, SCHEMA, type SummaryFigure } from "./figure.ts";
import type { CellSet } from "./figure-violins.ts";
import type { CellTotals } from "./pass.ts";

const CELLS = 44;

/** How many cells have which counts and genes, on logarithmic axes: all cells beside those kept. Cells without counts are left out. */
export function densityFigure(totals: CellTotals, all: CellSet, kept: CellSet): SummaryFigure {
  const sets = [all, kept].map((set) => ({ name: set.name, ...logPairs(totals, set.mask) }));
  const bounds = { lowX: 0, highX: 1, lowY: 0, highY: 1 };
  const whole = sets[0]!;
  if (whole.x.length > 0) {
    bounds.lowX = whole.x.reduce((a, b) => Math.min(a, b));
    bounds.highX = whole.x.reduce((a, b) => Math.max(a, b));
    bounds.lowY = whole.y.reduce((a, b) => Math.min(a, b));
    bounds.highY = whole.y.reduce((a, b) => Math.max(a, b));
  }
  const rows = sets.flatMap(({ name, x, y }) => {
    const grid = gridOf(x, y, bounds, CELLS);
    return Array.from(grid.counts.keys()).flatMap((at) => {
      if (grid.counts[at] === 0) return [];
      const [column, row] = [Math.floor(at / CELLS), at % CELLS];
      return [
        {
          cells_shown: name,
          counts_from: 10 ** (grid.lowX + column * grid.stepX),
          counts_to: 10 ** (grid.lowX + (column + 1) * grid.stepX),
          genes_from: 10 ** (grid.lowY + row * grid.stepY),
          genes_to: 10 ** (grid.lowY + (row + 1) * grid.stepY),
          cells: grid.counts[at]!,
        },
      ];
    });
  });
  const title = "Counts and genes of the cells";
  const spec: FigureSpec = {
    $schema: SCHEMA,
    title,
    data: {
      values: rows.map((row) => ({
        set: row.cells_shown,
        x: few(row.counts_from),
        x2: few(row.counts_to),
        y: few(row.genes_from),
        y2: few(row.genes_to),
        cells: row.cells,
      })),
    },
    facet: { column: { field: "set", type: "nominal", title: null, sort: [all.name, kept.name] } },
    spec: {
      width: 250,
      height: 250,
      mark: { type: "rect" },
      encoding: {
        x: { field: "x", type: "quantitative", title: "counts a cell", scale: { type: "log", nice: false } },
        x2: { field: "x2" },
        y: { field: "y", type: "quantitative", title: "genes a cell", scale: { type: "log", nice: false } },
        y2: { field: "y2" },
        color: { field: "cells", type: "quantitative", scale: { scheme: "viridis", type: "log" }, title: "cells" },
        tooltip: [
          { field: "cells", type: "quantitative" },
          { field: "x", type: "quantitative", title: "counts from" },
          { field: "y", type: "quantitative", title: "genes from" },
        ],
      },
    },
  };
  let most = rows[0];
  for (const row of rows) if (row.cells_shown === all.name && row.cells > most!.cells) most = row;
  const alt =
    most === undefined
      ? `${title}: no cell has counts.`
      : `${title} as a density of ${countText(whole.x.length)} cells beside the ${countText(sets[1]!.x.length)} kept, on logarithmic axes. Most cells have about ${countText(Math.sqrt(most.counts_from * most.counts_to))} counts and ${countText(Math.sqrt(most.genes_from * most.genes_to))} genes.`;
  return { id: "counts-genes", title, alt, spec, table: tableFromRows(rows) };
}

function logPairs(totals: CellTotals, mask: Uint8Array): { x: Float64Array; y: Float64Array } {
  const x: number[] = [];
  const y: number[] = [];
  for (let cell = 0; cell < mask.length; cell++) {
    if (mask[cell] !== 1 || !(totals.counts[cell]! > 0) || totals.genes[cell] === 0) continue;
    x.push(Math.log10(totals.counts[cell]!));
    y.push(Math.log10(totals.genes[cell]!));
  }
  return { x: Float64Array.from(x), y: Float64Array.from(y) };
}
