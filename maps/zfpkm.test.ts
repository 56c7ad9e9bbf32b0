import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { zFpkmOf } from "./zfpkm.ts";

const named = (levels: readonly number[]): Map<string, number> => new Map(levels.map((level, i) => [`G${i}`, level]));

describe("zFPKM", () => {
  it("is that of R's density and Hart's formula (bench/peers/maps/zfpkm.R)", () => {
    const golden = JSON.parse(readFileSync(new URL("fixtures/zfpkm.json", import.meta.url), "utf8")) as {
      fpkm: number[];
      z: (number | null)[];
      mode: number;
      deviation: number;
    };
    const { zFpkm, scale } = zFpkmOf(named(golden.fpkm), "fpkm");
    expect(scale.mode).toBeCloseTo(golden.mode, 9);
    expect(scale.deviation).toBeCloseTo(golden.deviation, 9);
    golden.z.forEach((z, i) => {
      const found = zFpkm.get(`G${i}`)!;
      if (z === null) expect(found).toBe(Number.NEGATIVE_INFINITY);
      else expect(found).toBeCloseTo(z, 8);
    });
  });

  it("does not depend on the unit, and keeps the order of levels", () => {
    const level = fc.double({ min: 1e-3, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(
        fc.uniqueArray(level, { minLength: 10, maxLength: 60 }),
        fc.integer({ min: -8, max: 8 }),
        (levels, shift) => {
          const own = zFpkmOf(named(levels), "a").zFpkm;
          const other = zFpkmOf(named(levels.map((one) => one * 2 ** shift)), "b").zFpkm;
          levels.forEach((one, i) => {
            expect(other.get(`G${i}`)!).toBeCloseTo(own.get(`G${i}`)!, 5);
            if (i > 0 && one > levels[i - 1]!) expect(own.get(`G${i}`)!).toBeGreaterThanOrEqual(own.get(`G${i - 1}`)!);
          });
        },
      ),
    );
  });

  it("leaves out what is missing, and needs levels that differ", () => {
    expect(zFpkmOf(named([1, Number.NaN, 4, 9]), "t").zFpkm.has("G1")).toBe(false);
    expect(() => zFpkmOf(named([0, 5, 5]), "genes.csv")).toThrow(
      /genes\.csv: found 2 levels above 0 that do not differ/,
    );
  });
});
