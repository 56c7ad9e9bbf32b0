import fc from "fast-check";
import { expect, it } from "vitest";
import { filterUnits } from "./filter-units.ts";
import { type MapUnit, mapUnits, takeUnits } from "./map-units.ts";

const unit = (change: Partial<MapUnit>, i = 0): MapUnit => ({
  id: `w${i}`,
  perturbation: "gene:A",
  type: "gene",
  symbol: "A",
  concentration: null,
  batch: "B1",
  experiment: "E1",
  control: false,
  objects: 100,
  flags: [],
  intensities: [],
  ...change,
});
const of = (changes: Partial<MapUnit>[], values?: number[]) =>
  mapUnits(changes.map(unit), ["F"], Float64Array.from(values ?? changes.map((_, i) => i)));
const reasons = (given: ReturnType<typeof of>, rules: Parameters<typeof filterUnits>[1]): (string | undefined)[] => {
  const { dropped } = filterUnits(given, rules);
  return given.units.map((_, i) => dropped.find((one) => one.unit === i)?.reason);
};

it("drops nothing without rules", () => {
  const given = of([{}, { flags: ["debris"] }, { objects: 0 }]);
  expect(filterUnits(given, {})).toMatchObject({ dropped: [], droppedFeatures: [], kept: { units: given.units } });
});

it("keeps both ends of a range of objects, and units that nobody counted", () => {
  const given = of([{ objects: 49 }, { objects: 50 }, { objects: 350 }, { objects: 351 }, { objects: null }]);
  expect(reasons(given, { objects: { least: 50, most: 350 } })).toEqual([
    "too few objects",
    undefined,
    undefined,
    "too many objects",
    undefined,
  ]);
});

it("drops flagged units: by any flag, or by those named", () => {
  const given = of([{ flags: ["debris"] }, { flags: ["defocus", "debris"] }, {}]);
  expect(reasons(given, { flags: "any" })).toEqual(["flag debris", "flag defocus", undefined]);
  expect(reasons(given, { flags: ["defocus"] })).toEqual([undefined, "flag defocus", undefined]);
});

it("drops units far from their own batch in a channel's intensity", () => {
  const dim = Array.from({ length: 9 }, (_, i) => ({ batch: "dim", intensities: [50, 100 + i] }));
  const bright = Array.from({ length: 9 }, (_, i) => ({ batch: "bright", intensities: [50, 1000 + 10 * i] }));
  const given = of([
    ...dim,
    { batch: "dim", intensities: [50, 1000] },
    ...bright,
    { batch: "bright", intensities: [] },
  ]);
  const found = reasons(given, { intensityDeviations: 5 });
  expect(found.flatMap((reason, i) => (reason === undefined ? [] : [`${i} ${reason}`]))).toEqual([
    "9 intensity outlier",
  ]);
});

it("counts replicates after all other rules, by concentration; controls stay", () => {
  const given = of([
    { concentration: 1 },
    { concentration: 1, objects: 1 },
    { concentration: 2 },
    { concentration: 2 },
    { control: true, perturbation: "control" },
  ]);
  expect(reasons(given, { objects: { least: 10 }, replicates: 2 })).toEqual([
    "too few replicates",
    "too few objects",
    undefined,
    undefined,
    undefined,
  ]);
});

it("keeps units of expressed genes, of compounds and controls", () => {
  const given = of([
    { symbol: "A" },
    { symbol: "B" },
    { type: "compound", symbol: "C" },
    { control: true, symbol: "none" },
  ]);
  expect(reasons(given, { expressed: new Set(["A"]) })).toEqual([
    undefined,
    "gene not expressed",
    undefined,
    undefined,
  ]);
});

it("drops features that many units lack, then units that lack any", () => {
  const units = Array.from({ length: 40 }, (_, i) => unit({}, i));
  const values = new Float64Array(80).fill(1);
  for (let i = 0; i < 3; i++) values[2 * i] = Number.NaN;
  values[2 * 7 + 1] = Number.POSITIVE_INFINITY;
  const { kept, dropped, droppedFeatures } = filterUnits(mapUnits(units, ["gappy", "full"], values), {});
  expect(droppedFeatures).toEqual(["gappy"]);
  expect(dropped).toEqual([{ unit: 7, reason: "missing values" }]);
  expect(kept.values).toHaveLength(39);
});

it("accounts for every unit, whatever the rules", () => {
  const anyUnit = fc.record({
    objects: fc.option(fc.integer({ min: 0, max: 9 })),
    flags: fc.subarray(["a", "b"]),
    symbol: fc.constantFrom("A", "B"),
    control: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(anyUnit, { maxLength: 20 }), fc.integer({ min: 0, max: 4 }), (changes, replicates) => {
      const given = of(changes.map((change) => ({ ...change, perturbation: change.symbol })));
      const rules = { objects: { least: 3 }, flags: ["a"], replicates, expressed: new Set(["A"]) };
      const { kept, dropped } = filterUnits(given, rules);
      expect(kept.units.length + dropped.length).toBe(given.units.length);
      const left = given.units.flatMap((_, i) => (dropped.some((one) => one.unit === i) ? [] : [i]));
      expect(kept).toEqual(takeUnits(given, left));
    }),
  );
});

it("refuses values that do not fit the units", () => {
  expect(() => mapUnits([unit({})], ["F", "G"], new Float64Array(3))).toThrow("found 3, expected 2");
});
