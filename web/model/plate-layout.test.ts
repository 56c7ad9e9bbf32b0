import fc from "fast-check";
import { expect, test } from "vitest";
import { byPosition, neighbourWell, plateShape, rowLetters, stepWell, wellAt, wellPosition } from "./plate-layout.ts";

const inner96 = new Set(Array.from({ length: 60 }, (_, k) => wellAt(1 + Math.floor(k / 10), 1 + (k % 10))));

test("the grid comes from the plate format", () => {
  expect(plateShape(96)).toEqual({ rows: 8, columns: 12 });
  expect(plateShape(384)).toEqual({ rows: 16, columns: 24 });
  expect(plateShape(1536)).toEqual({ rows: 32, columns: 48 });
});

test("rows go on after Z with AA", () => {
  expect([0, 25, 26, 31].map(rowLetters)).toEqual(["A", "Z", "AA", "AF"]);
});

test("well names and positions are inverse over a 1536-well plate", () => {
  fc.assert(
    fc.property(fc.nat(31), fc.nat(47), (row, column) => {
      expect(wellPosition(wellAt(row, column))).toEqual({ row, column });
    }),
  );
  expect(wellPosition("5C")).toBeUndefined();
});

test("arrows walk to the nearest used well and stay at the edge of the layout", () => {
  const shape = plateShape(96);
  expect(stepWell("C05", "ArrowRight", shape, inner96)).toBe("C06");
  expect(stepWell("B02", "ArrowUp", shape, inner96)).toBe("B02");
  expect(stepWell("B11", "ArrowRight", shape, inner96)).toBe("B11");
  expect(stepWell("C05", "Home", shape, inner96)).toBe("C02");
  expect(stepWell("C05", "End", shape, inner96)).toBe("C11");
});

test("arrows jump over wells that the layout does not use", () => {
  expect(stepWell("B02", "ArrowRight", plateShape(96), new Set(["B02", "B05"]))).toBe("B05");
});

test("a well that is not on the plate leads to the first used one", () => {
  expect(stepWell("nowhere", "ArrowDown", plateShape(96), inner96)).toBe("B02");
});

test("previous and next follow reading order and stop at the ends", () => {
  const wells = ["C02", "B11", "B02"];
  expect(neighbourWell("B11", 1, wells)).toBe("C02");
  expect(neighbourWell("B02", -1, wells)).toBe("B02");
  expect([...wells].sort(byPosition)).toEqual(["B02", "B11", "C02"]);
});
