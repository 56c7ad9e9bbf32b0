import type { ProfileWell, StrengthCurve } from "@artesian/server/api.ts";
import { describe, expect, it } from "vitest";
import { curveLine, dropCounts, medianOf, plateHeats, robustRange } from "./profiles.ts";

const well = (plate: string, name: string, cells: number | null): ProfileWell => ({
  plate,
  well: name,
  treatment: null,
  dose: null,
  role: null,
  control: false,
  cells,
  pc1: null,
  pc2: null,
  strength: null,
  excluded: null,
  href: "/",
});

describe("plates as heat maps", () => {
  it("take the smallest format that has all wells, with medians of rows and columns", () => {
    const [first, second] = plateHeats([well("P1", "A01", 10), well("P1", "A12", 30), well("P2", "P24", 5)], "cells");
    expect(first).toMatchObject({ rows: 8, columns: 12 });
    expect([first?.rowMedians[0], first?.rowMedians[1], first?.columnMedians[11]]).toEqual([20, null, 30]);
    expect(second).toMatchObject({ rows: 16, columns: 24 });
  });
  it("leave out what is no well", () => {
    expect(plateHeats([well("P", "pool", 1)], "cells")[0]?.wells).toEqual([]);
  });
});

it("sets the outermost values aside and says how many", () => {
  const values = [...Array.from({ length: 100 }, (_, i) => i), 1e6, null];
  expect(robustRange(values)).toEqual({ low: 2, high: 98, clipped: 4 });
  expect(robustRange([null])).toBeNull();
  expect([medianOf([]), medianOf([null, 3, 1]), medianOf([1, 2])]).toEqual([null, 2, 1.5]);
});

it("counts drops by operation", () => {
  const drop = (operation: string) => ({ feature: "f", operation, reason: "", partner: null });
  expect(dropCounts([drop("a"), drop("b"), drop("a")])).toEqual([
    { operation: "a", count: 2 },
    { operation: "b", count: 1 },
  ]);
});

it("draws a fitted curve through its middle at the EC50", () => {
  const curve: StrengthCurve = {
    treatment: "C",
    points: [0.1, 1, 10].map((dose) => ({ dose, strength: 1, plate: "P", well: "A01" })),
    fit: { ec50: 1, hill: 1, bottom: 0, top: 2, p: 0 },
    missing: null,
  };
  const line = curveLine(curve, 3);
  expect(line.map(({ dose }) => dose)).toEqual([expect.closeTo(0.1), expect.closeTo(1), expect.closeTo(10)]);
  expect(line[1]?.strength).toBeCloseTo(1);
  expect(curveLine({ ...curve, fit: null })).toEqual([]);
});
