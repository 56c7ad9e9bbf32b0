import { describe, expect, it } from "vitest";
import { alleleRuns, outcomeWord, percentText, ratesTwin, rateWords } from "./edits.ts";

describe("an allele in runs", () => {
  it("tells what differs, is missing and is more, and where the cut is", () => {
    expect(alleleRuns("ACG-TACC", "ATGG-AC.", [3])).toEqual([
      { bases: "A", kind: "same", cut: false },
      { bases: "T", kind: "different", cut: false },
      { bases: "G", kind: "same", cut: false },
      { bases: "G", kind: "inserted", cut: false },
      { bases: "-", kind: "deleted", cut: true },
      { bases: "AC", kind: "same", cut: false },
      { bases: ".", kind: "beyond", cut: false },
    ]);
  });

  it("is one run without a difference, two with a cut", () => {
    expect(alleleRuns("ACGT", "ACGT", [])).toEqual([{ bases: "ACGT", kind: "same", cut: false }]);
    expect(alleleRuns("ACGT", "ACGT", [2]).map(({ bases, cut }) => [bases, cut])).toEqual([
      ["AC", false],
      ["GT", true],
    ]);
  });
});

describe("a share in words", () => {
  it.each([
    [0.5, "50.0"],
    [0.0235, "2.35"],
    [0.0005, "0.050"],
    [0, "0.0"],
    [-0.1, "−10.0"],
    [null, "–"],
    [Number.NaN, "–"],
  ])("%s is %s", (share, text) => {
    expect(percentText(share)).toBe(text);
  });

  it("has its interval", () => {
    expect(rateWords({ value: 0.602, lower: 0.587, upper: 0.617 })).toBe("60.2 % (58.7 to 61.7)");
    expect(rateWords(null)).toBe("–");
  });
});

it("keeps the name of an outcome that it does not know", () => {
  expect([outcomeWord("nhej"), outcomeWord("new")]).toEqual(["NHEJ", "new"]);
});

it("leaves samples without a rate out of the table", () => {
  const rate = { count: 1, of: 4, value: 0.25, lower: 0.1, upper: 0.6 };
  const sample = (name: string, edited: typeof rate | null) => ({ sample: name, edited }) as never;
  expect(ratesTwin([sample("a", rate), sample("b", null)]).rows).toEqual([
    { sample: "a", edited: 25, lower: 10, upper: 60, count: 1, of: 4 },
  ]);
});
