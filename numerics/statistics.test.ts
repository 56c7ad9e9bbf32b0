import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { robustSsmd, robustZPrime, signalWindow, ssmd, zPrime } from "./assay.ts";
import {
  benjaminiHochberg,
  bootstrapInterval,
  rocArea,
  stratifiedRocArea,
  welchTest,
  wilsonInterval,
} from "./intervals.ts";
import { seededRandom } from "./random.ts";
import {
  MAD_TO_SD,
  mad,
  mean,
  median,
  pearson,
  present,
  quantile,
  rank,
  sd,
  spearman,
  variance,
} from "./statistics.ts";

describe("summary statistics", () => {
  it("computes mean, variance and standard deviation with either divisor", () => {
    expect(mean([1, 2, 3, 6])).toBe(3);
    expect(variance([1, 2, 3, 6])).toBeCloseTo(14 / 3, 12);
    expect(variance([1, 2, 3, 6], 0)).toBe(3.5);
    expect(sd([2, 4], 0)).toBe(1);
  });

  it("interpolates quantiles as numpy does", () => {
    expect(quantile([3, 1, 2, 10], 0.25)).toBe(1.75);
    expect(quantile([3, 1, 2, 10], 0.9)).toBeCloseTo(7.9, 12);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([1, Number.POSITIVE_INFINITY, 2])).toBe(2);
  });

  it("measures spread around the median, scaled to a standard deviation for normal data", () => {
    expect(mad([1, 1, 2, 2, 4, 6, 9])).toBe(1);
    const random = seededRandom(3);
    const normal = Array.from({ length: 20_000 }, () => 5 * random.normal());
    expect(MAD_TO_SD * mad(normal)).toBeCloseTo(5, 0);
  });

  it("gives NaN for nothing and for a missing value, which `present` takes out", () => {
    expect(mean([])).toBeNaN();
    expect(median([1, Number.NaN])).toBeNaN();
    expect(mean(present([1, Number.NaN, 3]))).toBe(2);
  });

  it("correlates: exact lines, constants, ties", () => {
    expect(pearson([1, 2, 3], [2, 4, 6])).toBeCloseTo(1, 14);
    expect(pearson([1, 2, 3], [1, 1, 1])).toBeNaN();
    expect([...rank([10, 20, 20, 5])]).toEqual([2, 3.5, 3.5, 1]);
    expect(spearman([1, 2, 3, 4], [1, 8, 27, 64])).toBeCloseTo(1, 14);
    expect(spearman([1, 2, 2, 3], [1, 2, 3, 4])).toBeCloseTo(0.9486832980505138, 12);
    expect(() => pearson([1], [1, 2])).toThrowError(expect.objectContaining({ code: "numerics/shape" }));
  });

  it("has ranks that sum to n(n + 1)/2 whatever the ties", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 40 }), (values) => {
        const sum = rank(values).reduce((total, value) => total + value, 0);
        expect(sum).toBeCloseTo((values.length * (values.length + 1)) / 2, 9);
      }),
    );
  });
});

describe("assay windows", () => {
  const positive = [100, 102, 98, 101, 99];
  const negative = [10, 12, 8, 11, 9];

  it("computes Z′, SSMD and signal window by their formulas", () => {
    const spread = Math.sqrt(2.5);
    expect(zPrime(positive, negative)).toBeCloseTo(1 - (6 * spread) / 90, 12);
    expect(ssmd(positive, negative)).toBeCloseTo(90 / Math.sqrt(5), 12);
    expect(signalWindow(positive, negative)).toBeCloseTo((90 - 6 * spread) / spread, 12);
  });

  it("keeps the robust forms when one well is broken", () => {
    expect(robustZPrime([...positive, 5], negative)).toBeGreaterThan(0.8);
    expect(zPrime([...positive, 5], negative)).toBeLessThan(0);
    expect(robustSsmd(positive, negative)).toBeCloseTo(90 / (MAD_TO_SD * Math.SQRT2), 10);
  });

  it("says nothing about fewer than two wells of a kind", () => {
    expect(zPrime([1], negative)).toBeNaN();
  });
});

describe("intervals and tests", () => {
  it("gives Wilson's interval", () => {
    const none = wilsonInterval(0, 10);
    expect(none.lower).toBe(0);
    expect(none.upper).toBeCloseTo(0.2775328, 6);
    const most = wilsonInterval(8, 10);
    expect(most.lower).toBeCloseTo(0.490162, 5);
    expect(most.upper).toBeCloseTo(0.943318, 5);
  });

  it("adjusts p values as Benjamini and Hochberg do and leaves NaN out", () => {
    expect([...benjaminiHochberg([0.01, 0.04, 0.03, 0.005])].map((p) => Number(p.toFixed(12)))).toEqual([
      0.02, 0.04, 0.04, 0.02,
    ]);
    expect([...benjaminiHochberg([0.5, Number.NaN])]).toEqual([0.5, Number.NaN]);
  });

  it("counts the ROC area with ties as halves", () => {
    expect(rocArea([3, 4], [1, 2])).toBe(1);
    expect(rocArea([1, 2], [1, 2])).toBe(0.5);
    expect(rocArea([2, 3, 3], [1, 3])).toBe(4 / 6);
  });

  it("takes a ROC area within strata, untouched by shifts between them, with an honest interval at 1", () => {
    const strata = [
      { positive: [5, 6, 7, 8], negative: [1, 2, 3, 4] },
      { positive: [105, 106, 107, 108], negative: [101, 102, 103, 104] },
    ];
    const area = stratifiedRocArea(strata);
    expect(area.value).toBe(1);
    expect(area.upper).toBe(1);
    expect(area.lower).toBeGreaterThan(0.5);
    expect(area.lower).toBeLessThan(0.95);
    expect(stratifiedRocArea([]).value).toBeNaN();
  });

  it("covers the true ROC area in about 95 % of simulated plates", () => {
    let covered = 0;
    const trials = 400;
    const truth = 0.8413447460685429;
    for (let seed = 0; seed < trials; seed++) {
      const random = seededRandom(seed);
      const strata = [0, 1, 2].map((plate) => ({
        positive: Array.from({ length: 8 }, () => plate + Math.SQRT2 + random.normal()),
        negative: Array.from({ length: 8 }, () => plate + random.normal()),
      }));
      const { lower, upper } = stratifiedRocArea(strata);
      if (lower <= truth && truth <= upper) covered++;
    }
    expect(covered / trials).toBeGreaterThan(0.9);
    expect(covered / trials).toBeLessThan(0.99);
  });

  it("tests two means without assuming equal variances", () => {
    const { t, degreesOfFreedom, p, difference } = welchTest([1, 2, 3, 4], [2, 4, 6, 8]);
    expect(t).toBeCloseTo(-1.7320508, 6);
    expect(degreesOfFreedom).toBeCloseTo(4.41176, 4);
    expect(p).toBeCloseTo(0.1514, 2);
    expect(difference.value).toBe(-2.5);
    expect(difference.lower).toBeLessThan(-5);
  });

  it("gives the same bootstrap interval for the same seed", () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 8];
    const one = bootstrapInterval(values, mean, seededRandom(5));
    expect(one).toEqual(bootstrapInterval(values, mean, seededRandom(5)));
    expect(one.lower).toBeGreaterThan(2);
    expect(one.upper).toBeLessThan(7);
  });
});

describe("seeded random numbers", () => {
  it("repeat for a seed, differ between seeds, take texts", () => {
    const draw = (seed: number | string): number[] => {
      const random = seededRandom(seed);
      return [random.uniform(), random.normal(), random.below(1000)];
    };
    expect(draw(1)).toEqual(draw(1));
    expect(draw("run A")).toEqual(draw("run A"));
    expect(draw(1)).not.toEqual(draw(2));
  });

  it("are uniform and normal", () => {
    const random = seededRandom(11);
    const uniform = Array.from({ length: 50_000 }, () => random.uniform());
    expect(mean(uniform)).toBeCloseTo(0.5, 2);
    expect(variance(uniform)).toBeCloseTo(1 / 12, 2);
    const normal = Array.from({ length: 50_000 }, () => random.normal());
    expect(mean(normal)).toBeCloseTo(0, 1);
    expect(sd(normal)).toBeCloseTo(1, 1);
  });

  it("shuffle keeps every item", () => {
    const items = Array.from({ length: 50 }, (_, i) => i);
    expect(
      seededRandom(2)
        .shuffle([...items])
        .sort((a, b) => a - b),
    ).toEqual(items);
  });
});
