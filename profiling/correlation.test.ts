import { pearson, seededRandom, spearman } from "@artesian/numerics";
import { describe, expect, it } from "vitest";
import { correlatedFeatures } from "./correlated-features.ts";
import { type CorrelationMethod, correlationOf, eachCorrelation } from "./correlation.ts";
import { kendallTau } from "./kendall-tau.ts";

function columnsOf(count: number, wells: number, gaps: number, seed: number): Float64Array[] {
  const random = seededRandom(seed);
  const shared = Float64Array.from({ length: wells }, () => random.normal());
  return Array.from({ length: count }, (_, j) =>
    Float64Array.from({ length: wells }, (_, i) =>
      j % 3 === 0 && random.uniform() < gaps ? Number.NaN : 100 * j + shared[i]! * (j % 5) + random.normal(),
    ),
  );
}

function matrixOf(columns: Float64Array[], method: CorrelationMethod): number[][] {
  const rows: number[][] = [];
  eachCorrelation(columns, method, (_, correlations) => rows.push([...correlations.subarray(0, rows.length)]));
  return rows;
}

describe("correlations of all pairs", () => {
  it.each([
    ["pearson", pearson],
    ["spearman", spearman],
  ] as const)("are those of each pair alone: %s", (method, of) => {
    const columns = columnsOf(120, 31, 0, 1);
    matrixOf(columns, method).forEach((row, a) => {
      row.forEach((r, b) => {
        expect(Math.abs(r - of(columns[a]!, columns[b]!))).toBeLessThan(1e-13);
      });
    });
  });

  it.each(["pearson", "spearman", "kendall"] as const)("leave gaps out pair by pair: %s", (method) => {
    const columns = columnsOf(30, 25, 0.3, 2);
    columns[4]![3] = Number.POSITIVE_INFINITY;
    columns[6]!.fill(Number.NaN);
    columns[9]!.fill(7);
    columns[12] = columns[12]!.map((value, i) => (i < 20 ? 5 + 1e-9 * (i % 2) : value));
    matrixOf(columns, method).forEach((row, a) => {
      row.forEach((r, b) => {
        const alone = correlationOf(columns[a]!, columns[b]!, method);
        if (Number.isNaN(alone)) expect(r).toBeNaN();
        else expect(Math.abs(r - alone)).toBeLessThan(1e-11);
      });
    });
  });

  it("are missing for a column without variation, whatever its value", () => {
    const constant = new Float64Array(7).fill(0.1);
    const other = Float64Array.of(1, 2, 3, 4, 5, 6, 8);
    expect(matrixOf([constant, other], "pearson")[1]![0]).toBeNaN();
  });
});

describe("Kendall's tau-b", () => {
  it("counts concordant and discordant pairs with ties", () => {
    const random = seededRandom(5);
    for (let round = 0; round < 40; round++) {
      const [x, y] = [0, 1].map(() => Float64Array.from({ length: 12 }, () => random.below(6)));
      let [surplus, untiedX, untiedY] = [0, 0, 0];
      for (let i = 0; i < 12; i++)
        for (let j = 0; j < i; j++) {
          const [dx, dy] = [Math.sign(x![i]! - x![j]!), Math.sign(y![i]! - y![j]!)];
          surplus += dx * dy;
          untiedX += dx * dx;
          untiedY += dy * dy;
        }
      expect(kendallTau(x!, y!)).toBeCloseTo(surplus / Math.sqrt(untiedX * untiedY), 12);
    }
    expect(kendallTau(Float64Array.of(1, 1), Float64Array.of(1, 2))).toBeNaN();
  });
});

describe("correlated features", () => {
  it("drops the later of exact twins, and of both ends of a chain", () => {
    const random = seededRandom(9);
    const a = Float64Array.from({ length: 50 }, () => random.normal());
    const b = Float64Array.from({ length: 50 }, () => random.normal());
    const twins = [a, b, a.slice(), b.map((value) => 3 * value - 1)];
    expect(correlatedFeatures(twins, 0.9, "pearson").map(({ index, partner }) => [index, partner])).toEqual([
      [2, 0],
      [3, 1],
    ]);
  });

  it("is signed: a strong negative correlation drops nothing", () => {
    const x = Float64Array.of(1, 2, 3, 4);
    expect(correlatedFeatures([x, x.map((value) => -value)], 0.5, "pearson")).toEqual([]);
  });
});
