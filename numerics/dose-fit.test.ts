import { describe, expect, it } from "vitest";
import { bandAt, fitDose } from "./dose-fit.ts";
import type { DoseFitOptions, DosePoint } from "./dose-model.ts";
import { doseAt, dosePosition, logisticResponse } from "./logistic.ts";
import { seededRandom } from "./random.ts";
import { median } from "./statistics.ts";

const DOSES = [0.03, 0.1, 0.3, 1, 3, 10];

function simulated(
  seed: number,
  truth: { ec50: number; hill: number; top: number; bottom?: number },
  noise: number,
  doses: readonly number[] = DOSES,
): DosePoint[] {
  const random = seededRandom(seed);
  const curve = { scale: "log10" as const, bottom: 0, ...truth };
  return doses.flatMap((dose) =>
    [0, 1, 2].map(() => ({ dose, response: logisticResponse(curve, dose) + noise * random.normal() })),
  );
}

describe("exact data", () => {
  it("gives back the curve it came from", () => {
    const fit = fitDose(simulated(1, { ec50: 0.8, hill: 1.3, top: 0.9, bottom: 0.1 }, 0));
    expect(fit.ec50).toBeCloseTo(0.8, 5);
    expect(fit.hill).toBeCloseTo(1.3, 4);
    expect(fit.top).toBeCloseTo(0.9, 5);
    expect(fit.bottom).toBeCloseTo(0.1, 5);
    expect(fit.flags).toEqual([]);
    expect(fit.aiccGain).toBeGreaterThan(100);
  });

  it("fits falling curves and dose steps", () => {
    const steps = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    const points = steps.map((dose) => ({ dose, response: 5 - 4 / (1 + Math.exp(-1.2 * (dose - 4.5))) }));
    const fit = fitDose(points, { scale: "linear" });
    expect(fit.ec50).toBeCloseTo(4.5, 4);
    expect(fit.hill).toBeCloseTo(1.2, 3);
    expect(fit.top).toBeLessThan(fit.bottom);
  });

  it("takes untreated wells as the bottom of the curve", () => {
    const treated = simulated(1, { ec50: 0.05, hill: 1, top: 1 }, 0);
    const fit = fitDose([...treated, ...[0, 0, 0].map((dose) => ({ dose, response: 0 }))]);
    expect(fit.bottom).toBeCloseTo(0, 5);
    expect(fit.ec50).toBeCloseTo(0.05, 4);
  });
});

describe("simulated wells with noise", () => {
  const designs: [string, { ec50: number; hill: number; top: number }, number, DoseFitOptions][] = [
    [
      "three parameters, full effect",
      { ec50: 0.8, hill: 1.2, top: 0.95 },
      0.08,
      { bottom: 0, topRange: [-1.25, 1.25] },
    ],
    [
      "three parameters, partial effect",
      { ec50: 0.3, hill: 1.5, top: 0.5 },
      0.05,
      { bottom: 0, topRange: [-1.25, 1.25] },
    ],
    ["four parameters", { ec50: 0.6, hill: 1.5, top: 1 }, 0.05, {}],
    ["plain least squares", { ec50: 0.8, hill: 1.2, top: 0.95 }, 0.08, { bottom: 0, robust: false }],
  ];
  it.each(designs)(
    "%s: the interval covers the EC50 in 90–98 of 100 series and the median is unbiased",
    (_, truth, noise, options) => {
      const fits = Array.from({ length: 300 }, (__, seed) => fitDose(simulated(seed, truth, noise), options));
      const covered = fits.filter(
        ({ ec50Interval }) =>
          (ec50Interval.lower ?? 0) <= truth.ec50 && truth.ec50 <= (ec50Interval.upper ?? Number.POSITIVE_INFINITY),
      ).length;
      expect(covered / fits.length).toBeGreaterThanOrEqual(0.9);
      expect(covered / fits.length).toBeLessThanOrEqual(0.98);
      expect(median(fits.map((fit) => fit.ec50)) / truth.ec50).toBeGreaterThan(0.93);
      expect(median(fits.map((fit) => fit.ec50)) / truth.ec50).toBeLessThan(1.07);
    },
  );

  it("calls a flat series without effect in about 99 % of cases", () => {
    const flat = Array.from({ length: 300 }, (_, seed) =>
      fitDose(simulated(seed, { ec50: 1, hill: 1, top: 0 }, 0.1), { bottom: 0 }),
    );
    const calm = flat.filter((fit) => fit.flags.includes("no-effect")).length;
    expect(calm / flat.length).toBeGreaterThan(0.95);
  });

  it("says so when half the effect lies above the doses, or leaves the interval open towards them", () => {
    const points = simulated(4, { ec50: 60, hill: 1.2, top: 1 }, 0.02);
    const known = fitDose(points, { bottom: 0, topRange: [0.9, 1.1] });
    expect(known.flags).toEqual(["ec50-above-doses", "incomplete-plateau"]);
    expect(known.atHighestDose.value).toBeLessThan(0.3);
    const free = fitDose(points, { bottom: 0 });
    expect(free.flags).toContain("incomplete-plateau");
    expect(free.ec50Interval.upper ?? Number.POSITIVE_INFINITY).toBeGreaterThan(60);
  });

  it("is moved little by a broken well and names it", () => {
    const points = simulated(5, { ec50: 0.8, hill: 1.2, top: 0.95 }, 0.05);
    points[12] = { dose: 3, response: -2 };
    const fit = fitDose(points, { bottom: 0 });
    expect(fit.outliers).toEqual([12]);
    expect(fit.ec50 / 0.8).toBeGreaterThan(0.6);
    expect(fit.ec50 / 0.8).toBeLessThan(1.6);
    const plain = fitDose(points, { bottom: 0, robust: false });
    expect(plain.outliers).toEqual([]);
  });

  it("agrees with a bootstrap of residuals on the interval's width", () => {
    const truth = { ec50: 0.6, hill: 1.4, top: 1 };
    const fit = fitDose(simulated(9, truth, 0.06), { bottom: 0, robust: false });
    const random = seededRandom(1);
    const positions = Array.from({ length: 150 }, () => {
      const points = DOSES.flatMap((dose) =>
        [0, 1, 2].map(() => ({ dose, response: logisticResponse(fit, dose) + fit.residualSd * random.normal() })),
      );
      return Math.log10(fitDose(points, { bottom: 0, robust: false }).ec50);
    }).sort((a, b) => a - b);
    const bootstrap = positions[146]! - positions[3]!;
    const profile = Math.log10(fit.ec50Interval.upper ?? 1e3) - Math.log10(fit.ec50Interval.lower ?? 1e-3);
    expect(profile / bootstrap).toBeGreaterThan(0.75);
    expect(profile / bootstrap).toBeLessThan(1.4);
  });

  it("draws a band that is narrow where doses are", () => {
    const fit = fitDose(simulated(2, { ec50: 0.8, hill: 1.2, top: 0.95 }, 0.05));
    const width = (dose: number): number => bandAt(fit, dose).upper - bandAt(fit, dose).lower;
    expect(width(1)).toBeLessThan(0.15);
    expect(width(300)).toBeGreaterThan(width(1));
  });
});

describe("series that cannot carry a curve", () => {
  it("are refused with what is missing", () => {
    expect(() => fitDose([{ dose: 1, response: 1 }])).toThrowError(
      expect.objectContaining({ code: "numerics/dose-series" }),
    );
    const few = [0.1, 1, 10].map((dose) => ({ dose, response: dose }));
    expect(() => fitDose(few)).toThrow("found 3 wells, expected at least 5");
  });

  it("drop wells without a number", () => {
    const points = [...simulated(1, { ec50: 1, hill: 1, top: 1 }, 0.01), { dose: 1, response: Number.NaN }];
    expect(fitDose(points).count).toBe(18);
  });
});

it("turns doses into axis positions and back", () => {
  expect(dosePosition("log10", 100)).toBe(2);
  expect(dosePosition("log10", 0)).toBe(Number.NEGATIVE_INFINITY);
  expect(doseAt("linear", dosePosition("linear", 7))).toBe(7);
});
