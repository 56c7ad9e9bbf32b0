import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseWell, plateFormat, plateFormatOf, wellName, wellsOf } from "./well.ts";

describe("well names", () => {
  test("count rows and columns from 0", () => {
    expect(parseWell("C05")).toEqual({ row: 2, column: 4 });
    expect(wellName(2, 4)).toBe("C05");
  });

  test("may be lower case, without zero, with blanks around, or in rows beyond Z", () => {
    expect(parseWell(" c5 ")).toEqual({ row: 2, column: 4 });
    expect(parseWell("AF48")).toEqual({ row: 31, column: 47 });
    expect(wellName(26, 0)).toBe("AA01");
  });

  test("that name no well are errors that show what was found", () => {
    for (const name of ["", "5", "C", "C00", "C49", "AG01", "C5x", "Č05"]) {
      expect(() => parseWell(name)).toThrow(expect.objectContaining({ code: "imaging/well-name", found: name }));
    }
    for (const [row, column] of [
      [-1, 0],
      [32, 0],
      [0, 48],
      [0.5, 0],
    ] as const) {
      expect(() => wellName(row, column)).toThrow(expect.objectContaining({ code: "imaging/well-name" }));
    }
  });

  test("written and read give the same place, everywhere", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 31 }), fc.integer({ min: 0, max: 47 }), (row, column) => {
        expect(parseWell(wellName(row, column))).toEqual({ row, column });
      }),
    );
  });
});

describe("plate formats", () => {
  test("are those of the standard plates", () => {
    expect(plateFormat(96)).toEqual({ rows: 8, columns: 12 });
    expect(plateFormat(384)).toEqual({ rows: 16, columns: 24 });
    expect(plateFormat(1536)).toEqual({ rows: 32, columns: 48 });
    expect(() => plateFormat(100)).toThrow(expect.objectContaining({ code: "imaging/plate-format" }));
  });

  test("a 384-well plate without its outer ring has 308 wells", () => {
    const wells = wellsOf(plateFormat(384), 1);
    expect(wells).toHaveLength(308);
    expect([wells[0], wells.at(-1)]).toEqual(["B02", "O23"]);
  });

  test("the smallest plate that holds the wells seen", () => {
    expect(plateFormatOf(["B02", "H12"])?.wellCount).toBe(96);
    expect(plateFormatOf(["B02", "H13"])?.wellCount).toBe(384);
    expect(plateFormatOf(["AA01"])?.wellCount).toBe(1536);
    expect(plateFormatOf([])).toBeUndefined();
  });
});
