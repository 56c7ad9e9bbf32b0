import { describe, expect, test } from "vitest";
import { type FlagRule, flagColumns, flagImage } from "./flag-rules.ts";

const blurry: FlagRule = {
  name: "QCFlag_Blurry",
  when: "any",
  skip: true,
  bounds: [
    { measurement: "PowerLogLogSlope_DNA", minimum: -2.5 },
    { measurement: "FocusScore_DNA", minimum: 0.01, maximum: 1 },
  ],
};

describe("flag rules", () => {
  test("any: one broken bound flags the image and says why", () => {
    const flags = flagImage({ PowerLogLogSlope_DNA: -3.14259, FocusScore_DNA: 0.5 }, [blurry]);
    expect(flags).toEqual([
      { name: "QCFlag_Blurry", flagged: true, skip: true, reasons: ["PowerLogLogSlope_DNA -3.143 is below -2.5"] },
    ]);
    expect(flagColumns(flags)).toEqual({ Metadata_QCFlag_Blurry: 1 });
  });

  test("all: one broken bound of two does not flag", () => {
    const flags = flagImage({ PowerLogLogSlope_DNA: -3, FocusScore_DNA: 0.5 }, [{ ...blurry, when: "all" }]);
    expect(flags).toEqual([{ name: "QCFlag_Blurry", flagged: false, skip: false, reasons: [] }]);
    expect(flagColumns(flags)).toEqual({ Metadata_QCFlag_Blurry: 0 });
  });

  test("a value on a bound, and one that is not a number, break nothing", () => {
    const [flag] = flagImage({ PowerLogLogSlope_DNA: -2.5, FocusScore_DNA: Number.NaN }, [blurry]);
    expect(flag?.flagged).toBe(false);
  });

  test("a maximum flags what lies above it", () => {
    const [flag] = flagImage({ PowerLogLogSlope_DNA: -2, FocusScore_DNA: 1.5 }, [blurry]);
    expect(flag?.reasons).toEqual(["FocusScore_DNA 1.5 is above 1"]);
  });

  test("a rule that could never work is an error that names it", () => {
    const empty = expect.objectContaining({ code: "imaging/flag-rule", rule: "R" });
    expect(() => flagImage({}, [{ name: "R", when: "any", bounds: [] }])).toThrow(empty);
    expect(() => flagImage({ a: 1 }, [{ name: "R", when: "any", bounds: [{ measurement: "a" }] }])).toThrow(empty);
    expect(() => flagImage({ a: 1 }, [{ name: "R", when: "any", bounds: [{ measurement: "b", minimum: 1 }] }])).toThrow(
      "no measurement b",
    );
  });
});
