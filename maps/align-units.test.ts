import { matrix, multiply, symmetricEigen, transpose } from "@artesian/numerics";
import { describe, expect, it } from "vitest";
import { alignUnits } from "./align-units.ts";
import { efaar, efaarUnits, largestDifference } from "./efaar.test-support.ts";
import { embedUnits } from "./embed-units.ts";
import { type MapUnits, takeUnits } from "./map-units.ts";
import { simulateMap } from "./simulate-map.ts";

const controlsOf = ({ units }: MapUnits, batch?: string): number[] =>
  units.flatMap((unit, i) => (unit.control && (batch === undefined || unit.batch === batch) ? [i] : []));

/** Covariance of chosen rows, ddof 1. */
function covariance(given: MapUnits, rows: number[]): Float64Array {
  const width = given.features.length;
  const taken = takeUnits(given, rows).values;
  const centred = matrix(rows.length, width, Float64Array.from(taken));
  for (let j = 0; j < width; j++) {
    let mean = 0;
    for (let i = 0; i < rows.length; i++) mean += centred.data[i * width + j]! / rows.length;
    for (let i = 0; i < rows.length; i++) centred.data[i * width + j]! -= mean;
  }
  return multiply(transpose(centred), centred).data.map((value) => value / (rows.length - 1));
}

describe("alignment", () => {
  it("equals EFAAR's centre-scale on the controls of each batch", () => {
    const { values } = alignUnits(efaarUnits(), { kind: "centre-scale" });
    expect(largestDifference(values, efaar.centreScaled.flat())).toBeLessThan(1e-5);
  });

  it("equals EFAAR's TVN, signs of components included", () => {
    const { values, features } = alignUnits(efaarUnits(), { kind: "tvn" });
    expect(features).toHaveLength(8);
    expect(largestDifference(values, efaar.tvn.flat())).toBeLessThan(2e-5);
  });

  it("leaves units as they are when there is none", () => {
    const given = efaarUnits();
    expect(alignUnits(given, { kind: "none" })).toBe(given);
  });

  it("takes what controls have in common out: with a small ridge every batch's controls have unit covariance", () => {
    const { units } = simulateMap({ seed: 2, genes: 10, pathways: 1, features: 12, batches: 3, controlsPerBatch: 60 });
    const aligned = alignUnits(units, { kind: "tvn", ridge: 1e-9 });
    for (const batch of ["B1", "B2", "B3"]) {
      const found = covariance(aligned, controlsOf(aligned, batch));
      for (let j = 0; j < 12; j++)
        for (let k = 0; k < 12; k++) expect(found[j * 12 + k]!).toBeCloseTo(j === k ? 1 : 0, 3);
    }
  });

  it.each([
    ["fewer controls in a batch than dimensions", 12, 40],
    ["somewhat fewer", 30, 40],
    ["more", 60, 20],
  ])("multiplies by the inverse root of covariance plus ridge with %s", (_, controlsPerBatch, features) => {
    const design = { seed: 3, genes: 12, pathways: 1, features, batches: 3, controlsPerBatch };
    const { units } = simulateMap(design);
    const aligned = alignUnits(units, { kind: "tvn" });
    const dims = aligned.features.length;
    expect(dims).toBe(Math.min(features, 3 * controlsPerBatch - 1));
    // With an enormous ridge all that happens to a batch is a division by its root.
    const before = alignUnits(units, { kind: "tvn", ridge: 1e12 });
    const whole = { ...before, values: before.values.map((value) => value * 1e6) };
    const { values, vectors } = symmetricEigen(matrix(dims, dims, covariance(whole, controlsOf(whole, "B2"))));
    const scaled = matrix(
      dims,
      dims,
      vectors.data.map((value, at) => value / Math.sqrt(Math.sqrt(values[Math.floor(at / dims)]! + 0.5))),
    );
    const root = multiply(transpose(scaled), scaled);
    const members = units.units.flatMap(({ batch }, i) => (batch === "B2" ? [i] : []));
    const rows = matrix(members.length, dims, Float64Array.from(takeUnits(whole, members).values));
    const expected = multiply(rows, root).data;
    expect(largestDifference(takeUnits(aligned, members).values, expected)).toBeLessThan(
      1e-3 * Math.max(...expected.map(Math.abs)),
    );
  });

  it("leaves out directions along which controls do not vary", () => {
    const given = efaarUnits(efaar.values.map((row) => [...row, row[0]! + row[1]!, 7]));
    const aligned = alignUnits(given, { kind: "tvn" });
    expect(aligned.features).toHaveLength(8);
    expect(aligned.values.every(Number.isFinite)).toBe(true);
  });

  it("refuses a batch with one control, and names it", () => {
    const given = efaarUnits();
    const units = given.units.map((unit, i) => ({
      ...unit,
      control: unit.control && (unit.batch !== "B1" || i === 24),
    }));
    for (const kind of ["centre-scale", "tvn"] as const)
      expect(() => alignUnits({ ...given, units }, { kind })).toThrow(
        "batch B1 has 1 control units, expected at least 2",
      );
  });

  it("stops when it is told to", () => {
    const signal = AbortSignal.abort();
    for (const kind of ["centre-scale", "tvn"] as const)
      expect(() => alignUnits(efaarUnits(), { kind }, { signal })).toThrow("aborted");
  });
});

describe("embedding", () => {
  it("equals EFAAR's principal components after scaling each batch", () => {
    const { values, features } = embedUnits(efaarUnits(), 4);
    expect(features).toEqual(["PC1", "PC2", "PC3", "PC4"]);
    expect(largestDifference(values, efaar.embedded.flat())).toBeLessThan(1e-5);
  });

  it("keeps no more components than there are", () => {
    expect(embedUnits(efaarUnits(), 100).features).toHaveLength(8);
  });
});
