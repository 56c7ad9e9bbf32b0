import type { Table } from "@artesian/data";
import { boxOf } from "./box.ts";
import type { SummaryFigure } from "./figure.ts";
import { geneLabels } from "./figure.ts";
import { densityFigure } from "./figure-density.ts";
import { cellCountFigure, variableGenesFigure } from "./figure-gene-bars.ts";
import { highestExpressionFigure } from "./figure-highest-expression.ts";
import { kneeFigure } from "./figure-knee.ts";
import { axesOf, meanDispersionFigure } from "./figure-mean-dispersion.ts";
import { violinsFigure } from "./figure-violins.ts";
import { countKept, keepGenes, takeKept } from "./filter.ts";
import type { DispersionGenes } from "./hvg-dispersion.ts";
import type { VarianceGenes } from "./hvg-variance.ts";
import type { CellColumn } from "./matrix.ts";
import { type GeneMeans, largest, meansOf } from "./moments.ts";
import type { IngestedMatrix, View } from "./pass.ts";
import type { Passes } from "./pass-threads.ts";
import type { SummaryParameters } from "./presets.ts";
import { selectGenes } from "./select-genes.ts";
import { levelsOf, type Split } from "./split-cells.ts";
import { type CellNumbers, type CellSummary, cellTable, summariseCells } from "./summary-cells.ts";
import { geneTable } from "./summary-genes.ts";

/** A step that gave nothing, while the rest went on. */
export interface SummaryProblem {
  step: string;
  /** The error's code, when it has one. */
  code: string | null;
  message: string;
}

/** A table of a summary: `cells` (numbers of the cells) and `genes` (one row a gene) of each split. */
export interface SummaryTable {
  split: string;
  name: "cells" | "genes";
  table: Table;
}

/** What a summary says of one part of a matrix, as plain JSON. */
export interface SplitReport {
  split: string;
  column: string | null;
  value: string | null;
  cells: { all: CellNumbers; kept: CellNumbers };
  bounds: CellSummary["bounds"];
  beyond: CellSummary["beyond"];
  knee: CellSummary["knee"];
  genes: { all: number; expressed: number; used: number };
  /** Each kept cell's total after normalisation. */
  target: number | null;
  batches: string[] | null;
  selection: { flavour: string; genes: number } | null;
  /** First genes of the three lists, by symbol. */
  highestExpression: string[];
  mostCells: string[];
  mostVariable: string[];
  problems: SummaryProblem[];
}

export interface SplitSummary {
  report: SplitReport;
  figures: SummaryFigure[];
  tables: SummaryTable[];
}

const ALL = "all cells";
const KEPT = "cells kept";

/** Summarises one part of a matrix. A step that fails is a problem in the report, and the others go on; only an abort ends it. */
export async function summariseSplit(
  matrix: IngestedMatrix,
  split: Split,
  parameters: SummaryParameters,
  passes: Passes,
  batch?: CellColumn,
  signal?: AbortSignal,
): Promise<SplitSummary> {
  const { genes, totals, geneCount } = matrix;
  const figures: SummaryFigure[] = [];
  const problems: SummaryProblem[] = [];
  const attempt = async <T>(step: string, work: () => T | Promise<T>): Promise<T | undefined> => {
    signal?.throwIfAborted();
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      problems.push(problemOf(step, error));
      return undefined;
    }
  };
  const draw = async (step: string, work: () => SummaryFigure): Promise<void> => {
    const figure = await attempt(step, work);
    if (figure !== undefined) figures.push(figure);
  };

  const cells = summariseCells(totals, split.cells, parameters);
  const leftOut = Uint16Array.from(cells.kept, (keep) => 1 - keep);
  const shares = await passes.geneShares({ keepCells: split.cells, groups: leftOut, groupCount: 2 });
  const inAll = meansOf(shares);
  const inKept = meansOf(shares, [0]);
  const used = keepGenes(inKept.cells, { minCells: Math.max(1, parameters.minCells) });
  const usedGenes = Array.from(used.keys()).filter((gene) => used[gene] === 1);

  const lists = await attempt("highest expression", () =>
    highestGenes(matrix, split.cells, cells.kept, inAll, inKept, parameters.topCount, passes),
  );
  if (lists !== undefined) {
    await draw("highest expression", () => highestExpressionFigure(lists.all, "highest-expression", ALL));
    await draw("highest expression", () => highestExpressionFigure(lists.kept, "highest-expression-kept", KEPT));
  }
  const seen = (counts: Uint32Array) => {
    const top = largest(counts, parameters.topCount).filter((gene) => counts[gene]! > 0);
    const labels = geneLabels(genes, top);
    return top.map((gene, i) => ({ id: genes.ids[gene]!, label: labels[i]!, cells: counts[gene]! }));
  };
  await draw("genes by cell count", () =>
    cellCountFigure(seen(inAll.cells), inAll.cellCount, "genes-by-cell-count", ALL),
  );
  await draw("genes by cell count", () =>
    cellCountFigure(seen(inKept.cells), inKept.cellCount, "genes-by-cell-count-kept", KEPT),
  );

  const chosen = await attempt("highly variable genes", () =>
    choose(matrix, cells.kept, used, usedGenes, parameters, passes, batch),
  );
  const top = chosen === undefined ? [] : largest(chosen.selection.normalised, parameters.topCount);
  const topLabels = geneLabels(
    genes,
    top.map((i) => usedGenes[i]!),
  );
  if (chosen !== undefined) {
    const { selection } = chosen;
    await draw("most variable genes", () =>
      variableGenesFigure(
        top.map((i, place) => ({
          id: genes.ids[usedGenes[i]!]!,
          label: topLabels[place]!,
          score: selection.normalised[i]!,
          mean: selection.means[i]!,
        })),
        axesOf(selection).score,
      ),
    );
    await draw("mean and dispersion", () => meanDispersionFigure(selection, genes, usedGenes));
  }
  const sets = [
    { name: ALL, mask: split.cells },
    { name: KEPT, mask: cells.kept },
  ] as const;
  await draw("violins", () => violinsFigure(totals, ...sets));
  await draw("counts and genes", () => densityFigure(totals, ...sets));
  await draw("knee", () => kneeFigure(takeKept(totals.counts, split.cells)));

  const tables: SummaryTable[] = [
    { split: split.id, name: "cells", table: cellTable(cells) },
    {
      split: split.id,
      name: "genes",
      table: geneTable({
        genes,
        all: inAll,
        kept: inKept,
        keepGenes: used,
        selected: usedGenes,
        ...(chosen && { selection: chosen.selection }),
      }),
    },
  ];
  const report: SplitReport = {
    split: split.id,
    column: split.column ?? null,
    value: split.value ?? null,
    cells: { all: cells.all, kept: cells.keptNumbers },
    bounds: cells.bounds,
    beyond: cells.beyond,
    knee: cells.knee,
    genes: {
      all: geneCount,
      expressed: inAll.cells.filter((count) => count > 0).length,
      used: usedGenes.length,
    },
    target: chosen?.target ?? null,
    batches: chosen?.batches ?? null,
    selection: chosen ? { flavour: chosen.selection.flavour, genes: countKept(chosen.selection.selected) } : null,
    highestExpression: lists?.all.map((gene) => gene.label) ?? [],
    mostCells: seen(inAll.cells).map((gene) => gene.label),
    mostVariable: topLabels,
    problems,
  };
  return { report, figures, tables };
}

/** The genes of the largest mean share, over all cells and over those kept, with the box of each; one pass for both. */
async function highestGenes(
  matrix: IngestedMatrix,
  cells: Uint8Array,
  kept: Uint8Array,
  inAll: GeneMeans,
  inKept: GeneMeans,
  count: number,
  passes: Passes,
) {
  const shares = { all: inAll.sharePercent, kept: inKept.sharePercent };
  const positive = (values: Float64Array): number[] => largest(values, count).filter((gene) => values[gene]! > 0);
  const top = { all: positive(shares.all), kept: positive(shares.kept) };
  const genes = [...new Set([...top.all, ...top.kept])];
  const columns = await passes.geneColumns({ keepCells: cells, target: 1 }, genes);
  try {
    const keptInPart = takeKept(kept, cells);
    const place = new Map(genes.map((gene, i) => [gene, i]));
    const boxes = (which: "all" | "kept") => {
      const labels = geneLabels(matrix.genes, top[which]);
      return top[which].flatMap((gene, i) => {
        const column = columns.column(place.get(gene)!);
        const percent = new Float64Array(column.length);
        let cellCount = 0;
        for (let cell = 0; cell < column.length; cell++)
          if (which === "all" || keptInPart[cell] === 1)
            percent[cellCount++] = Number.isNaN(column[cell]) ? 0 : column[cell]! * 100;
        const box = boxOf(percent.subarray(0, cellCount));
        if (box === undefined) return [];
        return [{ id: matrix.genes.ids[gene]!, label: labels[i]!, meanShare: shares[which][gene]!, box }];
      });
    };
    return { all: boxes("all"), kept: boxes("kept") };
  } finally {
    columns.close();
  }
}

interface Chosen {
  selection: DispersionGenes | VarianceGenes;
  target: number;
  batches: string[] | null;
}

async function choose(
  matrix: IngestedMatrix,
  kept: Uint8Array,
  used: Uint8Array,
  usedGenes: readonly number[],
  parameters: SummaryParameters,
  passes: Passes,
  batch: CellColumn | undefined,
): Promise<Chosen> {
  const view: View = { keepCells: kept, keepGenes: used, target: parameters.target };
  const groups = batch === undefined ? undefined : batchGroups(batch, kept);
  if (groups !== undefined) {
    view.groups = groups.groups;
    view.groupCount = groups.names.length;
  }
  const statistics = await passes.geneStatistics(view);
  const selection = await selectGenes(
    {
      statistics,
      genes: usedGenes,
      ids: matrix.genes.ids,
      valueKind: matrix.valueKind,
      batched: groups !== undefined,
      clippedSums: (clip) => passes.clippedSums(view, clip),
    },
    parameters.selection,
  );
  return { selection, target: statistics.target, batches: groups?.names ?? null };
}

/** Batches that have kept cells, in the order of their names; cells without a batch are one of their own, at the end. */
function batchGroups(column: CellColumn, kept: Uint8Array): { groups: Uint16Array; names: string[] } {
  const { levels, codes } = levelsOf(column);
  const found = new Set<number>();
  kept.forEach((keep, cell) => {
    if (keep === 1) found.add(codes[cell]!);
  });
  const present = [...found].sort((a, b) => (a < 0 ? 1 : b < 0 ? -1 : a - b));
  const place = new Map(present.map((level, index) => [level, index]));
  return {
    groups: Uint16Array.from(codes, (level) => place.get(level) ?? 0),
    names: present.map((level) => (level < 0 ? "(none)" : levels[level]!)),
  };
}

function problemOf(step: string, error: unknown): SummaryProblem {
  const code = error instanceof Error && "code" in error ? String(error.code) : null;
  return { step, code, message: error instanceof Error ? error.message : String(error) };
}
