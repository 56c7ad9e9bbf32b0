import { readCsv, writeCsv } from "@artesian/data";
import { describe, expect, it } from "vitest";
import { aggregate } from "./aggregate.ts";
import { UnknownColumnError } from "./errors.ts";
import {
  groupWells,
  type Profiles,
  profilesFromTable,
  profilesOf,
  profilesToTable,
  takeFeatures,
  takeWells,
} from "./profiles.ts";
import { selectWells } from "./sample-query.ts";

function plate(): Profiles {
  return profilesOf(
    {
      Metadata_Well: ["A01", "A02", "A03", "A04"],
      Metadata_control_type: ["negcon", "poscon", null, "trt"],
      Metadata_dose: [0, 0, 3.3, 10],
      "odd name": ["x", "it's", "y", "y"],
    },
    ["Cells_A", "Nuclei_B"],
    Float64Array.of(1, 10, 2, 20, 3, 30, Number.NaN, 40),
  );
}

describe("profiles", () => {
  it("come from a table and go back to it unchanged", () => {
    const text = "Metadata_Plate,Metadata_dose,Cells_A,Nuclei_B\nP1,0.5,1.25,2\nP1,,3,\n";
    const profiles = profilesFromTable(readCsv(text));
    expect(profiles.features).toEqual(["Cells_A", "Nuclei_B"]);
    expect(profiles.metadata.Metadata_dose).toEqual([0.5, null]);
    expect(writeCsv(profilesToTable(profiles))).toBe(text);
  });

  it("refuse parts of different length", () => {
    expect(() => profilesOf({ a: [1, 2], b: [1] }, [], new Float64Array(0))).toThrowError(
      expect.objectContaining({ code: "profiling/profile-shape" }),
    );
    expect(() => profilesOf({ a: [1] }, ["F"], new Float64Array(2))).toThrow(
      "the feature matrix has 2 entries, expected 1",
    );
  });

  it("take wells and features in the order asked for", () => {
    const taken = takeFeatures(takeWells(plate(), [2, 0]), [1]);
    expect([...taken.values]).toEqual([30, 10]);
    expect(taken.metadata.Metadata_Well).toEqual(["A03", "A01"]);
  });

  it("group wells and list those without a value apart", () => {
    const { groups, incomplete } = groupWells(plate(), ["Metadata_control_type"]);
    expect(groups.map(({ rows }) => rows)).toEqual([[0], [1], [3]]);
    expect(incomplete).toEqual([2]);
  });
});

describe("sample queries", () => {
  const wells = (query: string): number[] => selectWells(plate(), query);

  it("compare texts and numbers, with and, or, not and parentheses", () => {
    expect(wells("all")).toEqual([0, 1, 2, 3]);
    expect(wells("Metadata_control_type == 'negcon'")).toEqual([0]);
    expect(wells('Metadata_control_type != "negcon"')).toEqual([1, 2, 3]);
    expect(wells("Metadata_dose > 1 and Metadata_dose <= 10")).toEqual([2, 3]);
    expect(wells("not (Metadata_dose > 1 or Metadata_Well == 'A02')")).toEqual([0]);
    expect(wells("(Metadata_dose == 0) & ~(Metadata_Well == 'A01')")).toEqual([1]);
    expect(wells("0 < Metadata_dose")).toEqual([2, 3]);
    expect(wells("Metadata_Well == 'A01' or Metadata_Well == 'A02' and Metadata_dose > 1")).toEqual([0]);
  });

  it("look into lists", () => {
    expect(wells("Metadata_Well in ['A01', 'A04']")).toEqual([0, 3]);
    expect(wells("Metadata_Well not in ('A01',)".replace(",)", ")"))).toEqual([1, 2, 3]);
    expect(wells("Metadata_dose in [3.3, -1e2]")).toEqual([2]);
  });

  it("read odd column names in back quotes and escaped quotes in texts", () => {
    expect(wells("`odd name` == 'it\\'s'")).toEqual([1]);
  });

  it("treat a missing value as equal to nothing and without order", () => {
    expect(wells("Metadata_control_type == 'x' or Metadata_control_type < 'zzz'")).toEqual([0, 1, 3]);
    expect(wells("Metadata_Well > 3")).toEqual([]);
  });

  it.each([
    ["Metadata_dose >", "found the end"],
    ["Metadata_dose == 'a' 'b'", "expected and, or, or the end"],
    ["(Metadata_dose > 1", "expected a closing parenthesis"],
    ["Metadata_dose", "expected a comparison"],
    ["Metadata_dose == 1; process.exit()", 'cannot read ";'],
    ["Metadata_Well in 'A01'", "expected a list"],
    ["__import__('os')", 'no column "__import__"'],
  ])("refuse %s", (query, message) => {
    expect(() => wells(query)).toThrow(message);
  });
});

describe("aggregate", () => {
  const cells = profilesOf(
    {
      Metadata_Well: ["B01", "A01", "B01", "A01", null],
      Metadata_Plate: ["P", "P", "P", "P", "P"],
      Metadata_Site: [1, 1, 2, 2, 1],
    },
    ["Cells_A"],
    Float64Array.of(1, 10, 5, Number.NaN, 99),
  );

  it("sorts groups, leaves missing values out, and reports rows without a group", () => {
    const { profiles, counts, ungrouped } = aggregate(cells, ["Metadata_Well"]);
    expect(profiles.metadata.Metadata_Well).toEqual(["A01", "B01"]);
    expect([...profiles.values]).toEqual([10, 3]);
    expect(counts).toEqual([2, 2]);
    expect(ungrouped).toEqual([4]);
  });

  it("keeps metadata that is the same throughout each group and drops what is not", () => {
    const { profiles } = aggregate(cells, ["Metadata_Well"], "mean");
    expect(profiles.metadata.Metadata_Plate).toEqual(["P", "P"]);
    expect(profiles.metadata.Metadata_Site).toBeUndefined();
  });

  it("gives NaN where a group has no value, and refuses columns that are not there", () => {
    const none = profilesOf({ g: ["a"] }, ["F"], Float64Array.of(Number.NaN));
    expect(aggregate(none, ["g"]).profiles.values[0]).toBeNaN();
    expect(() => aggregate(none, ["h"])).toThrowError(expect.objectContaining({ code: "profiling/unknown-column" }));
    expect(new UnknownColumnError("Metadata_Wel", ["Metadata_Well"]).message).toMatch(/Did you mean "Metadata_Well"\?/);
  });
});
