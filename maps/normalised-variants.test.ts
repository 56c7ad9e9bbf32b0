import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { similarityVariant } from "./normalised-variants.ts";

const cells = [0.1, 0.5, 0.3, -0.5, Number.NaN, 0];
const quantiles = [-1, -0.5, 0, 0.5, 1];

describe("variants of a heat map", () => {
  it("leave raw cosines as they are", () => {
    expect([...similarityVariant(cells, 2, "raw", quantiles)]).toEqual(cells);
  });

  it("are z within each column, missing cells aside", () => {
    const z = similarityVariant(cells, 2, "z", quantiles);
    expect(z[0]).toBeCloseTo(-Math.SQRT1_2, 12);
    expect(z[2]).toBeCloseTo(Math.SQRT1_2, 12);
    expect(z[4]).toBeNaN();
    expect((z[1]! + z[3]! + z[5]!) / 3).toBeCloseTo(0, 12);
    expect(similarityVariant([1, 1], 1, "z", quantiles)[0]).toBeNaN();
  });

  it("are percentiles among all pairs of the group, 0 at the median", () => {
    expect([...similarityVariant([0, 0.5, -1, 1], 2, "percentile", quantiles)]).toEqual([0, 0.5, -1, 1]);
  });

  it("keep the order of cells: percentiles in the whole map, z in a column", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 3, maxLength: 30 }), (column) => {
        const percentile = similarityVariant(column, 1, "percentile", quantiles);
        const z = similarityVariant(column, 1, "z", quantiles);
        for (let i = 1; i < column.length; i++) {
          if (column[i]! < column[0]!) {
            expect(percentile[i]).toBeLessThanOrEqual(percentile[0]!);
            if (!Number.isNaN(z[0]!)) expect(z[i]).toBeLessThanOrEqual(z[0]!);
          }
        }
      }),
    );
  });

  it("refuse a map that is not whole, and take an empty one", () => {
    expect(() => similarityVariant([1, 2, 3], 2, "raw", quantiles)).toThrowError(
      expect.objectContaining({ code: "maps/shape" }),
    );
    expect(similarityVariant([], 0, "z", quantiles)).toHaveLength(0);
  });
});
