import { describe, expect, it } from "vitest";
import { normaliseDispersions } from "./hvg-bins.ts";
import { selectByDispersion } from "./hvg-dispersion.ts";
import { fitVarianceTrend } from "./hvg-variance.ts";
import type { GeneMoments } from "./moments.ts";
import { selectGenes } from "./select-genes.ts";

const moments = (mean: number[], variance: number[], cellCount = 50): GeneMoments => ({
  cellCount,
  mean: Float64Array.from(mean),
  variance: Float64Array.from(variance),
  cells: Uint32Array.from(mean, (value) => (value > 0 ? 10 : 0)),
});

describe("dispersions in the spread of their bin", () => {
  it("are 1 for a gene alone in its bin, and missing where the dispersion is", () => {
    const found = normaliseDispersions(Float64Array.of(0, 0.1, 10), Float64Array.of(1, 3, -4), "seurat", 4);
    expect(found[2]).toBe(1);
    expect(found[0]).toBeCloseTo(-Math.SQRT1_2, 12);
    expect(normaliseDispersions(Float64Array.of(1, 2), Float64Array.of(Number.NaN, 2), "seurat", 2)[0]).toBeNaN();
  });
  it("are missing where equal dispersions have no spread", () => {
    const found = normaliseDispersions(Float64Array.of(1, 1.01, 9), Float64Array.of(0.1, 0.1, 0.3), "seurat", 2);
    expect(found[0]).toBeNaN();
  });
  it("of genes with one mean all fall into one bin", () => {
    const found = normaliseDispersions(new Float64Array(3).fill(2), Float64Array.of(1, 2, 3), "seurat", 20);
    expect([...found]).toEqual([-1, 0, 1]);
  });
  it("cannot be binned at percentiles that coincide, and say how many genes tie", () => {
    const means = Float64Array.from({ length: 40 }, (_, i) => (i < 12 ? 1e-12 : i));
    expect(() => normaliseDispersions(means, means, "cell_ranger", 20)).toThrow(
      expect.objectContaining({ code: "expression/tied-bins", genes: 12 }),
    );
  });
});

describe("highly variable genes by dispersion", () => {
  const mean = Array.from({ length: 30 }, (_, i) => 0.1 + i / 10);
  const variance = mean.map((value, i) => value * (1 + ((i * 7) % 11)));
  it("are strictly within the bounds", () => {
    const loose = selectByDispersion([moments(mean, variance)], { flavour: "seurat" });
    const edge = loose.means[10]!;
    const tight = selectByDispersion([moments(mean, variance)], {
      flavour: "seurat",
      maxMean: edge,
      minDispersion: -9,
    });
    expect(tight.selected[9]).toBe(1);
    expect(tight.selected[10]).toBe(0);
  });
  it("include those that tie with the last one", () => {
    const pair = moments([1, 2, 1, 2, 30], [3, 8, 3, 8, 60]);
    const { selected, normalised } = selectByDispersion([pair], { flavour: "seurat", topGenes: 1, binCount: 3 });
    expect(normalised[4]).toBe(1);
    expect(selected[4]).toBe(1);
    const bins = selectByDispersion([moments([1, 5, 9], [2, 20, 30])], { flavour: "seurat", topGenes: 1, binCount: 9 });
    expect([...bins.selected]).toEqual([1, 1, 1]);
  });
  it("are merged over batches by how many chose them, then by name", () => {
    const first = moments([1, 5, 9, 0], [2, 20, 30, 0]);
    const options = { flavour: "seurat", topGenes: 2, binCount: 9, names: ["z", "y", "x", "w"] } as const;
    const { selected, batches, intersection } = selectByDispersion([first, first], options);
    expect([...batches!]).toEqual([2, 2, 2, 0]);
    expect([...intersection!]).toEqual([1, 1, 1, 0]);
    expect([...selected]).toEqual([0, 1, 1, 0]);
  });
  it("need cells in every batch", () => {
    expect(() => selectByDispersion([moments([1], [1], 0)], { flavour: "seurat" })).toThrow(/no cells/);
    expect(() => selectByDispersion([], { flavour: "seurat" })).toThrow(/no cells/);
  });
});

it("a variance trend needs two cells a batch", () => {
  expect(() => fitVarianceTrend([moments([1, 2], [0, 0], 1)])).toThrow(
    expect.objectContaining({ code: "expression/gene-selection" }),
  );
});

it("a flavour that needs counts refuses logarithms, and says what to give", async () => {
  const input = {
    statistics: {} as never,
    genes: [0],
    ids: ["G0"],
    valueKind: "log-normalised" as const,
    batched: false,
    clippedSums: () => Promise.reject(new Error("not reached")),
  };
  await expect(selectGenes(input, { flavour: "seurat_v3" })).rejects.toThrow(
    /needs counts.*holds logarithms.*raw counts/,
  );
  await expect(selectGenes(input, { flavour: "seurat" })).rejects.toThrow(/needs counts or normalised/);
});
