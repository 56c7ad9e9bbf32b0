import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averageLinkage, leafOrder } from "./clustering.ts";
import { replicateConsistency } from "./consistency.ts";
import { polyline, project } from "./projection.ts";
import { cosine, cosineMatrix, neighboursOf, percentileIn, sortedPairs } from "./similarity.ts";

const vector = (length: number) =>
  fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: length, maxLength: length });

describe("cosine similarity", () => {
  it("is 1 for the same direction, −1 for the opposite one, NaN without a length", () => {
    expect(cosine([1, 2], [2, 4])).toBeCloseTo(1, 15);
    expect(cosine([1, 2], [-1, -2])).toBeCloseTo(-1, 15);
    expect(cosine([0, 0], [1, 1])).toBeNaN();
    expect(() => cosine([1], [1, 2])).toThrowError(expect.objectContaining({ code: "maps/shape" }));
  });

  it("ranks neighbours in both tails with percentiles among all pairs", () => {
    const vectors = [
      [1, 0],
      [0.9, 0.1],
      [0, 1],
      [-1, 0.05],
    ];
    const matrix = cosineMatrix(vectors);
    const { similar, opposite } = neighboursOf(matrix, 4, 0, 2);
    expect(similar.map(({ index }) => index)).toEqual([1]);
    expect(similar[0]?.percentile).toBeGreaterThan(90);
    expect(opposite.map(({ index }) => index)).toEqual([3]);
    expect(opposite[0]?.percentile).toBeLessThan(10);
    expect(neighboursOf(matrix, 4, 0, 2, (other) => other === 2).similar).toEqual([]);
    expect(sortedPairs(matrix, 4)).toHaveLength(6);
    expect(percentileIn(Float64Array.of(1, 2, 3, 4), 2)).toBe(37.5);
  });
});

describe("projection and rejection", () => {
  it("satisfies p² + r² = ‖q‖²/‖t‖² in magnitude mode and = 1 in unit mode, to 1e-6", () => {
    fc.assert(
      fc.property(vector(5), vector(5), (query, target) => {
        const lengthOf = (values: number[]): number => Math.hypot(...values);
        fc.pre(lengthOf(query) > 1e-3 && lengthOf(target) > 1e-3);
        const magnitude = project(query, target, "magnitude");
        const expected = (lengthOf(query) / lengthOf(target)) ** 2;
        expect(Math.abs(magnitude.projection ** 2 + magnitude.rejection ** 2 - expected)).toBeLessThan(
          1e-6 * Math.max(1, expected),
        );
        const unit = project(query, target);
        expect(unit.projection ** 2 + unit.rejection ** 2).toBeCloseTo(1, 6);
        expect(unit.projection).toBeCloseTo(cosine(query, target), 6);
        expect(unit.rejection).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it("puts the target at (1, 0), its opposite at (−1, 0), an unrelated query at (0, 1) in unit mode", () => {
    expect(project([2, 0], [5, 0])).toEqual({ projection: 1, rejection: 0 });
    expect(project([-3, 0], [5, 0]).projection).toBeCloseTo(-1, 15);
    expect(project([0, 7], [5, 0])).toEqual({ projection: 0, rejection: 1 });
    expect(project([0, 0], [5, 0], "magnitude")).toEqual({ projection: 0, rejection: 0 });
  });

  it("refuses directions that do not exist", () => {
    expect(() => project([1, 1], [0, 0])).toThrowError(expect.objectContaining({ code: "maps/zero-vector" }));
    expect(() => project([0, 0], [1, 0])).toThrow("has length 0");
  });

  it("draws a series in dose order and leaves out vectors without length in unit mode", () => {
    const series = [
      { dose: 10, label: "10 µM", vector: [1, 0] },
      { dose: 0.1, label: "0.1 µM", vector: [0, 0] },
      { dose: 1, label: "1 µM", vector: [1, 1] },
    ];
    expect(polyline(series, [2, 0]).map(({ dose }) => dose)).toEqual([1, 10]);
    expect(polyline(series, [2, 0], "magnitude").map(({ dose }) => dose)).toEqual([0.1, 1, 10]);
  });
});

describe("average linkage", () => {
  it("joins the nearest first and averages over members", () => {
    const at = [0, 1, 5, 7, 20];
    const n = at.length;
    const distances = Float64Array.from({ length: n * n }, (_, k) => Math.abs(at[Math.floor(k / n)]! - at[k % n]!));
    const merges = averageLinkage(distances, n);
    expect(merges.map(({ left, right, height, size }) => [left, right, height, size])).toEqual([
      [0, 1, 1, 2],
      [2, 3, 2, 2],
      [5, 6, 5.5, 4],
      [4, 7, 16.75, 5],
    ]);
    expect(leafOrder(merges, n)).toEqual([4, 0, 1, 2, 3]);
  });

  it("gives ascending heights and every leaf once for any points", () => {
    fc.assert(
      fc.property(fc.array(vector(3), { minLength: 1, maxLength: 15 }), (points) => {
        const n = points.length;
        const distances = Float64Array.from({ length: n * n }, (_, k) =>
          Math.hypot(...points[Math.floor(k / n)]!.map((value, j) => value - points[k % n]![j]!)),
        );
        const merges = averageLinkage(distances, n);
        expect(merges).toHaveLength(n - 1);
        for (let i = 1; i < merges.length; i++)
          expect(merges[i]!.height).toBeGreaterThanOrEqual(merges[i - 1]!.height - 1e-9);
        expect(leafOrder(merges, n).sort((a, b) => a - b)).toEqual(points.map((_, i) => i));
      }),
    );
  });

  it("takes an empty map", () => {
    expect(leafOrder(averageLinkage(new Float64Array(0), 0), 0)).toEqual([]);
  });
});

describe("consistency of replicates", () => {
  const alike = [
    [1, 0, 0.1],
    [1, 0.1, 0],
    [0.9, 0, -0.1],
  ];
  const scattered = Array.from({ length: 12 }, (_, k) => [Math.sin(3 * k), Math.cos(5 * k), Math.sin(7 * k + 1)]);
  const groups = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11], [12, 13], [14]];

  it("has a small p for replicates that agree, a large one for those that do not, none for one well", () => {
    const found = replicateConsistency([...alike, ...scattered], groups, { seed: 3 });
    expect(found[0]?.meanCosine).toBeGreaterThan(0.95);
    expect(found[0]?.p).toBeLessThan(0.05);
    expect(found[0]?.q).toBeGreaterThanOrEqual(found[0]?.p ?? 1);
    expect(found[5]?.p).toBeNaN();
    expect(found[1]?.p).toBeGreaterThan(0.02);
  });

  it("never has a p of 0 and repeats with its seed", () => {
    const once = replicateConsistency([...alike, ...scattered], groups, { seed: 3, permutations: 19 });
    expect(once).toEqual(replicateConsistency([...alike, ...scattered], groups, { seed: 3, permutations: 19 }));
    expect(once[0]?.p).toBeGreaterThanOrEqual(1 / 20);
  });
});
