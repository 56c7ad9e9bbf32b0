import { describe, expect, it } from "vitest";
import type { CellColumn } from "./matrix.ts";
import { levelsOf, MOST_SPLITS, splitsOf } from "./split-cells.ts";

const donor: CellColumn = { kind: "text", name: "donor", levels: ["D2", "D1"], codes: Int32Array.of(0, 1, -1, 1) };

describe("splits", () => {
  it("are all cells, then each value in the order of names; cells without a value belong to none", () => {
    const { splits, problems } = splitsOf([donor], 4);
    expect(splits.map(({ id, value, cells }) => [id, value, [...cells]])).toEqual([
      ["all", undefined, [1, 1, 1, 1]],
      ["donor=D1", "D1", [0, 1, 0, 1]],
      ["donor=D2", "D2", [1, 0, 0, 0]],
    ]);
    expect(problems).toEqual([]);
  });
  it("take few numbers as names", () => {
    const passage: CellColumn = { kind: "number", name: "passage", values: Float64Array.of(10, 2, Number.NaN, 2) };
    expect(splitsOf([passage], 4).splits.map(({ id }) => id)).toEqual(["all", "passage=2", "passage=10"]);
  });
  it("have names that are safe as folders, each once", () => {
    const method: CellColumn = {
      kind: "text",
      name: "library/method",
      levels: ["10x 3' v2", "10x_3_v2", "../x"],
      codes: Int32Array.of(0, 1, 2),
    };
    const ids = splitsOf([method], 3).splits.map(({ id }) => id);
    expect(ids).toEqual(["all", "library_method=.._x", "library_method=10x_3_v2", "library_method=10x_3_v2-2"]);
  });
  it("are not made of a column with too many values, or none, and it is said", () => {
    const values = Float64Array.from({ length: 60 }, (_, i) => i);
    const { splits, problems } = splitsOf(
      [
        { kind: "number", name: "depth", values },
        { kind: "text", name: "empty", levels: [], codes: new Int32Array(60).fill(-1) },
      ],
      60,
    );
    expect(splits).toHaveLength(1);
    expect(problems.map(({ column, message }) => `${column}: ${message}`)).toEqual([
      expect.stringContaining(`depth: Column "depth" has 60 values; a matrix is split by 1 to ${MOST_SPLITS}`),
      expect.stringContaining("has no values"),
    ]);
  });
});

it("orders levels by name and keeps what is missing missing", () => {
  expect(levelsOf(donor)).toEqual({ levels: ["D1", "D2"], codes: Int32Array.of(1, 0, -1, 0) });
});
