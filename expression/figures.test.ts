import { columnOf } from "@artesian/data";
import { seededRandom } from "@artesian/numerics";
import { describe, expect, it } from "vitest";
import { geneLabels } from "./figure.ts";
import { densityFigure } from "./figure-density.ts";
import { cellCountFigure } from "./figure-gene-bars.ts";
import { kneeFigure } from "./figure-knee.ts";
import { meanDispersionFigure } from "./figure-mean-dispersion.ts";
import { violinsFigure } from "./figure-violins.ts";
import { selectByDispersion } from "./hvg-dispersion.ts";

const random = seededRandom(7);
const cellCount = 20_000;
const counts = Float64Array.from({ length: cellCount }, () => Math.round(Math.exp(7 + random.normal())));
const totals = {
  counts,
  genes: Uint32Array.from(counts, (count) => Math.ceil(count ** 0.8)),
  mitochondrial: Float32Array.from(counts, () => 0.02 + 0.1 * random.uniform() ** 4),
};
const all = { name: "all cells", mask: new Uint8Array(cellCount).fill(1) };
const kept = { name: "cells kept", mask: Uint8Array.from(counts, (count) => (count > 400 ? 1 : 0)) };
const sizeOf = (spec: unknown): number => JSON.stringify(spec).length;

describe("the mean–dispersion plot", () => {
  const geneCount = 30_000;
  const names = {
    ids: Array.from({ length: geneCount }, (_, gene) => `ENSG${gene}`),
    symbols: Array.from({ length: geneCount }, (_, gene) => `GENE${gene}`),
  };
  const mean = Float64Array.from({ length: geneCount }, () => Math.exp(random.normal() - 1));
  const variance = mean.map((value) => value * Math.exp(random.normal()));
  const moments = { cellCount: 100, mean, variance, cells: new Uint32Array(geneCount).fill(9) };
  const selection = selectByDispersion([moments], { flavour: "seurat", topGenes: 2000 });
  const figure = meanDispersionFigure(selection, names, [...mean.keys()]);

  it("stays small for a whole genome, and says how many points it draws", () => {
    expect(sizeOf(figure.spec)).toBeLessThan(200_000);
    expect(figure.alt).toMatch(/2,000 are highly variable, first GENE\d+.*\([\d,]+ of 30,000 points drawn\)/);
  });
  it("has every gene in its table", () => {
    expect(figure.table.rowCount).toBe(geneCount);
    const flags = columnOf(figure.table, "highly_variable")!.values as Float64Array;
    expect(flags.reduce((sum, flag) => sum + flag, 0)).toBe(2000);
  });
  it("keeps the gene that varies most", () => {
    const top = selection.normalised.indexOf(Math.max(...selection.normalised.filter((value) => !Number.isNaN(value))));
    expect(JSON.stringify(figure.spec)).toContain(`"GENE${top}"`);
  });
});

describe("figures of cells", () => {
  it("stay small however many cells there are", () => {
    for (const figure of [violinsFigure(totals, all, kept), densityFigure(totals, all, kept), kneeFigure(counts)])
      expect(sizeOf(figure.spec), figure.id).toBeLessThan(200_000);
  });
  it("count every cell once in the density of counts and genes", () => {
    const { table } = densityFigure(totals, all, kept);
    const sets = columnOf(table, "cells_shown")!.values as string[];
    const cells = columnOf(table, "cells")!.values as Float64Array;
    const sum = (name: string): number => cells.reduce((total, value, i) => total + (sets[i] === name ? value : 0), 0);
    expect(sum("all cells")).toBe(cellCount);
    expect(sum("cells kept")).toBe(kept.mask.reduce((a, b) => a + b));
  });
  it("say the medians of both sets of cells in the alternative text", () => {
    const sorted = Float64Array.from(counts).sort();
    const middle = Math.round((sorted[9999]! + sorted[10_000]!) / 2).toLocaleString("en");
    expect(violinsFigure(totals, all, kept).alt).toContain(`The median cell has ${middle} counts`);
  });
  it("do without a mitochondrial share, and say so", () => {
    const { counts, genes } = totals;
    const figure = violinsFigure({ counts, genes }, all, kept);
    expect(figure.alt).toContain("No mitochondrial gene is known.");
    expect(figure.spec).toHaveProperty("hconcat.length", 2);
  });
  it("of no cells say that there are none", () => {
    const none = { name: "all cells", mask: new Uint8Array(cellCount) };
    expect(densityFigure(totals, none, none).alt).toContain("no cell has counts");
    expect(kneeFigure(new Float64Array(5)).alt).toContain("no barcode has counts");
    expect(cellCountFigure([], 0, "genes-by-cell-count", "all cells").alt).toContain("no gene has counts");
  });
});

it("labels genes by symbol, and by identifier too where a symbol is shared", () => {
  const genes = { ids: ["E1", "E2", "E3"], symbols: ["A", "B", "A"] };
  expect(geneLabels(genes, [0, 1, 2])).toEqual(["A (E1)", "B", "A (E3)"]);
  expect(geneLabels(genes, [0, 1])).toEqual(["A", "B"]);
});
