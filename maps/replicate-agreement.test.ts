import { describe, expect, it } from "vitest";
import { efaar, largestDifference } from "./efaar.test-support.ts";
import { unitsBy } from "./map-units.ts";
import { countFrom, replicateAgreement } from "./replicate-agreement.ts";
import { simulateMap } from "./simulate-map.ts";

const setsOf = (genes: readonly string[]): number[][] =>
  genes.map((gene) => efaar.genes.flatMap((other, i) => (other === gene ? [i] : [])));

describe("agreement of replicates", () => {
  it("equals EFAAR's consistency against unexpressed genes, with one added to both sides of p", () => {
    const { genes, meanCosine, p } = efaar.consistency;
    const all = [...genes, ...efaar.unexpressed];
    const nullSets = efaar.unexpressed.map((_, i) => genes.length + i);
    const found = replicateAgreement(Float64Array.from(efaar.tvn.flat()), 8, setsOf(all), { nullSets });
    expect(largestDifference(found.meanCosine.subarray(0, genes.length), meanCosine)).toBeLessThan(1e-8);
    const n = efaar.unexpressed.length;
    expect(
      largestDifference(
        found.p.subarray(0, genes.length),
        p.map((share) => (share * n + 1) / (n + 1)),
      ),
    ).toBeLessThan(1e-8);
    expect(found.p.subarray(genes.length).every(Number.isNaN)).toBe(true);
  });

  it("has p-values that are uniform where nothing agrees, and least where all do", () => {
    const { units } = simulateMap({ seed: 8, genes: 400, pathways: 0, unexpressed: 1, compounds: 0, batchShift: 0 });
    const sets = [...unitsBy(units.units, (unit) => (unit.control ? null : unit.perturbation)).values()];
    const { p } = replicateAgreement(units.values, units.features.length, sets);
    const sorted = Float64Array.from(p).sort();
    for (const [i, value] of sorted.entries()) expect(Math.abs(value - (i + 0.5) / sorted.length)).toBeLessThan(0.09);
    const alike = new Float64Array(8).fill(1);
    const others = Array.from({ length: 20 }, (_, i) => [4 + 2 * i, 5 + 2 * i]);
    const rows = Float64Array.from({ length: 44 * 2 }, (_, at) => (at < 8 ? alike[at]! : Math.sin(at * at)));
    expect(replicateAgreement(rows, 2, [[0, 1, 2, 3], ...others], { draws: 99 }).p[0]).toBe(0.01);
  });

  it("is the same for the same seed, and NaN with one unit or without length", () => {
    const values = Float64Array.of(1, 0, 0, 1, 0, 0, 1, 1, 0.5, 1);
    const sets = [[0, 1], [2, 3], [4]];
    const once = replicateAgreement(values, 2, sets, { draws: 50, seed: 3 });
    expect(replicateAgreement(values, 2, sets, { draws: 50, seed: 3 })).toEqual(once);
    expect(once.meanCosine[0]).toBeCloseTo(0, 12);
    expect([...once.meanCosine.subarray(1)]).toEqual([Number.NaN, Number.NaN]);
    expect(once.p[2]).toBeNaN();
  });

  it("takes sets larger than there are sets", () => {
    const values = Float64Array.from({ length: 40 }, (_, i) => Math.sin(i));
    const { p } = replicateAgreement(values, 2, [Array.from({ length: 15 }, (_, i) => i), [15, 16, 17, 18, 19]], {
      draws: 20,
    });
    expect([...p].every((value) => value > 0 && value <= 1)).toBe(true);
  });
});

it("counts values from one on", () => {
  const sorted = Float64Array.of(1, 2, 2, 5);
  expect([0, 1, 2, 3, 5, 6].map((value) => countFrom(sorted, value))).toEqual([4, 4, 3, 1, 1, 0]);
});
