import { type Table, tableFromRows } from "@artesian/data";
import { median } from "@artesian/numerics";
import { type CellBounds, countKept, keepCells, takeKept } from "./filter.ts";
import { madBounds } from "./filter-mad.ts";
import { findKnee, rankSteps } from "./knee.ts";
import type { CellTotals } from "./pass.ts";
import type { SummaryParameters } from "./presets.ts";

/** What is said of a set of cells; medians are over its cells, NaN-free; null where there is nothing to say. */
export interface CellNumbers {
  cells: number;
  /** Cells without counts. */
  empty: number;
  counts: number;
  medianCounts: number | null;
  medianGenes: number | null;
  /** Medians of the shares, 0 to 1. */
  mitochondrial: number | null;
  ribosomal: number | null;
  haemoglobin: number | null;
}

export interface CellSummary {
  /** Shape (cells of the matrix), 1 = kept. */
  kept: Uint8Array;
  /** What cells had to keep to. */
  bounds: CellBounds;
  /** How many cells break each bound; a cell may break several. */
  beyond: Partial<Record<keyof CellBounds, number>>;
  knee: { knee: number; inflection: number } | null;
  all: CellNumbers;
  keptNumbers: CellNumbers;
}

/** Decides which cells of a part are kept, and says what all of them and the kept ones are like. */
export function summariseCells(totals: CellTotals, among: Uint8Array, parameters: SummaryParameters): CellSummary {
  const bounds = parameters.minGenes === "mad" ? madBounds(totals, {}, among) : { minGenes: parameters.minGenes };
  const kept = keepCells(totals, bounds, among);
  const total = countKept(among);
  const beyond: CellSummary["beyond"] = {};
  for (const bound of Object.keys(bounds) as (keyof CellBounds)[])
    beyond[bound] = total - countKept(keepCells(totals, { [bound]: bounds[bound] }, among));
  return {
    kept,
    bounds,
    beyond,
    knee: findKnee(rankSteps(takeKept(totals.counts, among))) ?? null,
    all: numbersOf(totals, among),
    keptNumbers: numbersOf(totals, kept),
  };
}

function numbersOf(totals: CellTotals, mask: Uint8Array): CellNumbers {
  const counts = takeKept(totals.counts, mask);
  const middle = (values: ArrayLike<number> | undefined): number | null => {
    if (values === undefined) return null;
    const found = median(takeKept(values, mask).filter((value) => !Number.isNaN(value)));
    return Number.isNaN(found) ? null : found;
  };
  let sum = 0;
  let empty = 0;
  for (const value of counts) {
    sum += value;
    if (value === 0) empty++;
  }
  return {
    cells: counts.length,
    empty,
    counts: sum,
    medianCounts: middle(totals.counts),
    medianGenes: middle(totals.genes),
    mitochondrial: middle(totals.mitochondrial),
    ribosomal: middle(totals.ribosomal),
    haemoglobin: middle(totals.haemoglobin),
  };
}

/** The numbers as a table: one row a number, all cells beside those kept. */
export function cellTable(summary: CellSummary): Table {
  const names: [string, keyof CellNumbers][] = [
    ["cells", "cells"],
    ["cells without counts", "empty"],
    ["counts", "counts"],
    ["median counts a cell", "medianCounts"],
    ["median genes a cell", "medianGenes"],
    ["median mitochondrial share", "mitochondrial"],
    ["median ribosomal share", "ribosomal"],
    ["median haemoglobin share", "haemoglobin"],
  ];
  return tableFromRows(
    names.map(([number, key]) => ({ number, all_cells: summary.all[key], cells_kept: summary.keptNumbers[key] })),
  );
}
