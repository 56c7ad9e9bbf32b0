import fc from "fast-check";
import { expect, it } from "vitest";
import { averagePrecision, kolmogorovSmirnov, positiveRanks, randomAveragePrecision, seededRandom } from "./index.ts";

it("ranks positives among negatives, which come first of equals", () => {
  expect(positiveRanks(Float64Array.of(5, 1), Float64Array.of(4, 1, 0))).toEqual([0, 3]);
  expect(averagePrecision([0, 3])).toBe((1 + 2 / 4) / 2);
  expect(averagePrecision([0, 1, 2])).toBe(1);
});

it("has random rankings whose mean precision is that of all rankings", () => {
  const random = seededRandom(1);
  let sum = 0;
  for (let draw = 0; draw < 20_000; draw++) sum += randomAveragePrecision(2, 2, random);
  const all = [
    [0, 1],
    [0, 2],
    [0, 3],
    [1, 2],
    [1, 3],
    [2, 3],
  ].map(averagePrecision);
  expect(sum / 20_000).toBeCloseTo(all.reduce((total, value) => total + value, 0) / 6, 2);
});

it("finds the largest distance of two distributions, ties included", () => {
  const values = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(values, values, (x, y) => {
      const share = (sample: number[], upTo: number): number =>
        sample.filter((value) => value <= upTo).length / sample.length;
      const expected = Math.max(...[...x, ...y].map((value) => Math.abs(share(x, value) - share(y, value))));
      const { statistic, p } = kolmogorovSmirnov(Float64Array.from(x), Float64Array.from(y));
      expect(statistic).toBeCloseTo(expected, 12);
      expect(p).toBeGreaterThanOrEqual(0);
      expect(p).toBeLessThanOrEqual(1);
    }),
  );
});

it("has Kolmogorov's tail", () => {
  // 1.3581 is the 95 % point of the limiting distribution.
  const n = 2_000_000;
  const x = Float64Array.from({ length: n }, (_, i) => i);
  const shift = Math.round(1.3581 * Math.sqrt(2 * n));
  expect(
    kolmogorovSmirnov(
      x,
      x.map((value) => value + shift),
    ).p,
  ).toBeCloseTo(0.05, 3);
  expect(kolmogorovSmirnov(new Float64Array(0), x).p).toBeNaN();
});
