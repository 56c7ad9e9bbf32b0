import { describe, expect, it } from "vitest";
import { boxOf } from "./box.ts";
import { densityOf, gridOf } from "./density.ts";
import { keepCells, keepGenes } from "./filter.ts";
import { madBounds } from "./filter-mad.ts";
import { findKnee, rankSteps } from "./knee.ts";

const totals = {
  counts: Float64Array.of(100, 120, 90, 0, 110, 105, 95, 5000),
  genes: Uint32Array.of(50, 55, 48, 0, 52, 51, 49, 900),
  mitochondrial: Float32Array.of(0.05, 0.06, 0.04, Number.NaN, 0.9, 0.05, 0.055, 0.05),
};

describe("cells", () => {
  it("are kept at a bound, and dropped one below or above it", () => {
    expect([...keepCells(totals, { minGenes: 50, maxGenes: 55 })]).toEqual([1, 1, 0, 0, 1, 1, 0, 0]);
    expect([...keepCells(totals, { minCounts: 105, maxCounts: 120 })]).toEqual([0, 1, 0, 0, 1, 1, 0, 0]);
  });
  it("without counts have no mitochondrial share and fail its bound only", () => {
    expect([...keepCells(totals, { maxMitochondrial: 0.1 })]).toEqual([1, 1, 1, 0, 0, 1, 1, 1]);
    expect(keepCells(totals, {})[3]).toBe(1);
  });
  it("outside of the part looked at are dropped", () => {
    expect([...keepCells(totals, {}, Uint8Array.of(0, 1, 1, 0, 0, 0, 0, 0))]).toEqual([0, 1, 1, 0, 0, 0, 0, 0]);
  });
});

it("genes are kept by the number of their cells", () => {
  expect([...keepGenes(Uint32Array.of(0, 3, 9), { minCells: 3, maxCells: 8 })]).toEqual([0, 1, 0]);
});

describe("bounds from the cells' own spread", () => {
  it("leave out the doublet, the empty cell and the dying one", () => {
    const bounds = madBounds(totals);
    expect([...keepCells(totals, bounds)]).toEqual([1, 1, 1, 0, 0, 1, 1, 0]);
  });
  it("are medians and absolute deviations of log1p, unscaled", () => {
    const counts = Float64Array.from([1, 2, 3, 4, 5], Math.expm1);
    const bounds = madBounds({ counts, genes: new Uint32Array(5).fill(9) }, { deviations: 2 });
    expect(bounds.minCounts).toBeCloseTo(Math.expm1(1), 10);
    expect(bounds.maxCounts).toBeCloseTo(Math.expm1(5), 9);
    expect(bounds).toMatchObject({ minGenes: 1 });
    expect(bounds.maxGenes).toBeUndefined();
  });
  it("of no cells are the least there is", () => {
    expect(madBounds({ counts: new Float64Array(3), genes: new Uint32Array(3) })).toEqual({ minGenes: 1 });
  });
});

describe("the curve of counts by rank", () => {
  it("puts equal counts at their mean rank and leaves out barcodes without", () => {
    expect(rankSteps(Float64Array.of(5, 9, 5, 0, 1))).toEqual([
      { rank: 1, counts: 9, barcodes: 1 },
      { rank: 2.5, counts: 5, barcodes: 2 },
      { rank: 4, counts: 1, barcodes: 1 },
    ]);
  });
  it("bends between cells and empty droplets", () => {
    const cells = Array.from({ length: 1000 }, (_, i) => 8000 - 3 * i);
    const empty = Array.from({ length: 20_000 }, (_, i) => 300 - Math.floor(i / 100));
    const knee = findKnee(rankSteps(Float64Array.from([...cells, ...empty])));
    expect(knee!.inflection).toBe(8000 - 3 * 999);
    expect(knee!.knee).toBeGreaterThan(knee!.inflection);
    expect(knee!.knee).toBeLessThan(8000);
  });
  it("has no knee when too few barcodes are above the background", () => {
    expect(findKnee(rankSteps(Float64Array.of(90, 80, 5)))).toBeUndefined();
  });
});

describe("a box", () => {
  it("has linear quartiles, whiskers within 1.5 ranges, and counts what lies beyond", () => {
    expect(boxOf(Float64Array.of(1, 2, 3, 4, 5, 100))).toEqual({
      lowest: 1,
      whiskerLow: 1,
      lowerQuartile: 2.25,
      median: 3.5,
      upperQuartile: 4.75,
      whiskerHigh: 5,
      highest: 100,
      outliers: 1,
    });
  });
  it("of nothing is none, and NaN is nothing", () => {
    expect(boxOf(Float64Array.of(Number.NaN))).toBeUndefined();
  });
});

describe("a density", () => {
  it("integrates to one, but for the tails beyond the extremes", () => {
    const values = Float64Array.from({ length: 5000 }, (_, i) => Math.sin(i) + Math.cos(i * 1.7));
    const { at, density } = densityOf(values)!;
    const step = at[1]! - at[0]!;
    expect(density.reduce((sum, value) => sum + value * step, 0)).toBeGreaterThan(0.95);
    expect(density.reduce((sum, value) => sum + value * step, 0)).toBeLessThan(1.02);
  });
  it("of one value is a spike there", () => {
    const { at, density } = densityOf(Float64Array.of(3, 3, 3))!;
    const highest = density.indexOf(Math.max(...density));
    expect(at[highest]).toBeCloseTo(3, 1);
  });
  it("on a grid counts every pair once", () => {
    const x = Float64Array.of(0, 1, 1, 0.5);
    const grid = gridOf(x, x, { lowX: 0, highX: 1, lowY: 0, highY: 1 }, 4);
    expect(grid.counts[15]).toBe(2);
    expect(grid.counts.reduce((a, b) => a + b)).toBe(4);
  });
});
