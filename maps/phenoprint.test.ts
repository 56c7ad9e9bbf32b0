import { norm } from "@artesian/numerics";
import { describe, expect, it } from "vitest";
import { centrePlates, fitAxis, scaleByEnds, unlikeControls } from "./axis.ts";
import { phenoprint } from "./phenoprint.ts";
import { fitPhenotypeSpace } from "./phenotype-space.ts";
import { axisEnds, type ScreenWell, wellsWith } from "./screen-wells.ts";
import { sideEffects } from "./side-effect.ts";
import { plantedScreen } from "./simulate-screen.test-support.ts";
import { usableFeatures } from "./usable-features.ts";

const ENDS = { start: "disease", goal: "healthy" } as const;

function prepared(seed: number, options: { separation?: number; plates?: number } = {}) {
  const screen = plantedScreen({ seed, features: 80, ...options });
  return { ...screen, usable: usableFeatures(screen.profiles, screen.wells) };
}

describe("phenoprint", () => {
  it("scales scores so that disease wells lie near 1 and healthy wells near 0 on every plate", () => {
    const { usable, wells } = prepared(1);
    const { scores, plates, unscored } = phenoprint(usable, wells, ENDS);
    for (const plate of plates) {
      const meanOf = (role: "disease" | "healthy"): number =>
        wellsWith(wells, plate.plate, role).reduce((sum, i) => sum + scores[i]! / 8, 0);
      expect(meanOf("disease")).toBeCloseTo(1, 12);
      expect(meanOf("healthy")).toBeCloseTo(0, 12);
    }
    expect(unscored).toEqual([]);
  });

  it("does not find a phenotype that is not there: the area under the curve stays near a half", () => {
    const areas = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => {
      const { usable, wells } = prepared(seed, { separation: 1e-9 });
      return phenoprint(usable, wells, ENDS);
    });
    const known = areas.flatMap(({ auc }) => (Number.isNaN(auc.value) ? [] : [auc.value]));
    expect(known.reduce((sum, value) => sum + value / known.length, 0)).toBeLessThan(0.7);
    expect(areas.every(({ plates }) => plates.every(({ zPrime }) => zPrime < 0))).toBe(true);
  });

  it("refuses one plate unless the weaker validation is asked for", () => {
    const { usable, wells } = prepared(2, { plates: 1 });
    expect(() => phenoprint(usable, wells, ENDS)).toThrowError(
      expect.objectContaining({ code: "maps/phenoprint-refused" }),
    );
    expect(phenoprint(usable, wells, ENDS, { onePlate: "within-plate" }).validation).toBe("within-plate");
  });

  it("refuses without controls and names the remedy", () => {
    const { usable, wells } = prepared(3);
    const without = wells.map(
      (well): ScreenWell => (well.role === "healthy" ? { ...well, excluded: "defocus" } : well),
    );
    expect(() => phenoprint(usable, without, ENDS)).toThrow("Name the control wells");
  });

  it("leaves wells of a plate without controls unscored and says why", () => {
    const { usable, wells } = prepared(4);
    const partial = wells.map(
      (well): ScreenWell => (well.plate === "P2" && well.role === "healthy" ? { ...well, excluded: "empty" } : well),
    );
    const print = phenoprint(usable, partial, ENDS);
    expect(print.unscored).toEqual([
      { plate: "P2", reason: "it has too few disease or healthy wells to anchor the score" },
    ]);
    expect(partial.every((well, i) => (well.plate === "P2") === Number.isNaN(print.scores[i]!))).toBe(true);
  });

  it("names features that drive it, largest difference first", () => {
    const { usable, wells } = prepared(5);
    const { drivers } = phenoprint(usable, wells, ENDS);
    expect(drivers).toHaveLength(12);
    expect(Math.abs(drivers[0]!.difference)).toBeGreaterThan(Math.abs(drivers[11]!.difference));
  });
});

describe("phenotype space", () => {
  it("has unit noise within controls in every direction, as far as shrinkage allows", () => {
    const { usable, wells } = prepared(6);
    const values = centrePlates(usable.values, wells, ENDS);
    const all = wells.map((_, i) => i);
    const { points, axis, space } = fitAxis(values, wells, ENDS, all);
    expect(space.shrinkage).toBeGreaterThan(0);
    expect(space.shrinkage).toBeLessThan(1);
    expect(norm(axis)).toBeGreaterThan(8);
    expect(points.columns).toBeLessThanOrEqual(40);
  });

  it("falls back to equal noise in all directions when there are hardly any controls", () => {
    const { usable } = prepared(7);
    const space = fitPhenotypeSpace(usable.values, [[0, 1]], 5);
    expect(space.whitening.columns).toBe(5);
    expect(space.whitening.data.every(Number.isFinite)).toBe(true);
  });

  it("is not scaled by controls that are not told apart", () => {
    expect(scaleByEnds([1, 2, 3, 1.5, 2.5, 2], [0, 1, 2], [3, 4, 5])).toBeUndefined();
    expect(scaleByEnds([10, 11, 0, 1], [0, 1], [2, 3])?.(0)).toBeCloseTo(0.95, 12);
  });
});

describe("side effects", () => {
  it("are near zero for untreated wells once noise is taken off, whatever the number of replicates", () => {
    const { usable, wells } = prepared(8);
    const values = centrePlates(usable.values, wells, ENDS);
    const axis = fitAxis(
      values,
      wells,
      ENDS,
      wells.map((_, i) => i),
    );
    const side = sideEffects(axis, values, wells, ENDS);
    const disease = wells.flatMap((well, i) => (well.role === "disease" ? [i] : []));
    expect(side?.of(disease)).toBeLessThan(0.1);
    expect(side?.of(disease.slice(0, 3))).toBeLessThan(0.35);
    expect(side?.rawOf(disease.slice(0, 1))).toBeGreaterThan(side?.of(disease.slice(0, 1)) ?? 9);
    expect(side?.limit(3)).toBeLessThan(0.4);
    expect(side?.of([])).toBeUndefined();
  });
});

describe("controls", () => {
  it("that look nothing like their replicates are found, at most a quarter of a group", () => {
    const { usable, wells } = prepared(9);
    const healthy = wellsWith(wells, "P1", "healthy");
    for (const i of healthy.slice(0, 3)) for (let j = 0; j < 80; j++) usable.values.data[i * 80 + j]! += 60;
    const found = unlikeControls(usable.values, wells, ENDS);
    expect(found.map(({ index }) => index).every((index) => healthy.slice(0, 3).includes(index))).toBe(true);
    expect(found).toHaveLength(2);
  });

  it("decide between which ends a screen is read", () => {
    const well = (role: ScreenWell["role"]): ScreenWell => ({
      plate: "P",
      well: "A01",
      role,
      name: null,
      doseUm: null,
    });
    expect(axisEnds([well("disease"), well("healthy"), well("positive"), well("negative")])).toEqual(ENDS);
    expect(axisEnds([well("negative"), well("positive")])).toEqual({ start: "negative", goal: "positive" });
    expect(axisEnds([well("negative"), well("compound")])).toBeUndefined();
  });
});

describe("usable features", () => {
  const wells = Array.from(
    { length: 40 },
    (_, i): ScreenWell => ({ plate: "P", well: `w${i}`, role: "other", name: null, doseUm: null }),
  );
  const of = (column: (i: number) => number) =>
    usableFeatures({ features: ["A"], values: Float64Array.from({ length: 40 }, (_, i) => column(i)) }, wells);

  it("fill a rare gap with the plate's median and drop features with many", () => {
    const rare = of((i) => (i === 3 ? Number.NaN : i));
    expect(rare.filled).toBe(1);
    expect(rare.values.data[3]).toBe(20);
    expect(of((i) => (i < 5 ? Number.POSITIVE_INFINITY : i)).dropped).toEqual([
      { feature: "A", reason: "missing values" },
    ]);
  });

  it("pull a single absurd value in and leave ordinary ones alone", () => {
    const pulled = of((i) => (i === 0 ? 1e9 : Math.sin(i)));
    expect(pulled.values.data[0]).toBeLessThan(10);
    expect(pulled.values.data[7]).toBe(Math.sin(7));
  });
});
