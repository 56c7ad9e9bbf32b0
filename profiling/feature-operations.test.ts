import { describe, expect, it } from "vitest";
import { DEFAULT_BLOCKLIST } from "./blocklist.ts";
import { parseBlocklist } from "./blocklist-file.ts";
import { consensus } from "./consensus.ts";
import { type FeatureOperation, featureOperationsOf } from "./feature-operations.ts";
import { dropsToTable, featureSelect } from "./feature-select.ts";
import { modzWeights } from "./modz.ts";
import { type Profiles, profilesOf } from "./profiles.ts";

function plate(): Profiles {
  const columns: Record<string, number[]> = {
    Cells_good: [1, 4, 2, 8, 5, 7],
    Cells_twin: [2, 8, 4, 16, 10, 14.5],
    Cells_constant: [0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
    Cells_gaps: [1, Number.NaN, Number.NaN, 2, 9, 3],
    Cells_outlier: [3, 1, 501, 2, 2.5, 1.5],
    Cells_noisy: [5, -5, 4, -4, 6, -6],
    Nuclei_Granularity_14_DNA: [1, 3, 2, 6, 4, 5],
  };
  const names = Object.keys(columns);
  return profilesOf(
    { Metadata_treatment: ["a", "a", "b", "b", "c", "c"] },
    names,
    Float64Array.from(Array.from({ length: 6 }, (_, i) => names.map((name) => columns[name]![i]!)).flat()),
  );
}

describe("feature selection", () => {
  it("says for every drop why, by how much and with whom, step by step", () => {
    const operations = featureOperationsOf(
      ["variance_threshold", "drop_na_columns", "drop_outliers", "blocklist", "noise_removal", "correlation_threshold"],
      { noise_removal_perturb_groups: "Metadata_treatment", noise_removal_stdev_cutoff: 4 },
      "pycytominer-1.6",
    );
    const { dropped, steps, profiles, sampleCount } = featureSelect(plate(), operations);
    expect(dropped.map(({ feature, operation, partner }) => [feature, operation, partner ?? ""])).toEqual([
      ["Cells_constant", "variance_threshold", ""],
      ["Cells_gaps", "drop_na_columns", ""],
      ["Cells_outlier", "drop_outliers", ""],
      ["Nuclei_Granularity_14_DNA", "blocklist", ""],
      ["Cells_noisy", "noise_removal", ""],
      ["Cells_twin", "correlation_threshold", "Cells_good"],
    ]);
    expect(profiles.features).toEqual(["Cells_good"]);
    expect(steps.map(({ before, dropped: count, after }) => [before, count, after])).toEqual([
      [7, 1, 6],
      [6, 1, 5],
      [5, 1, 4],
      [4, 1, 3],
      [3, 1, 2],
      [2, 1, 1],
    ]);
    expect(sampleCount).toBe(6);
    const table = dropsToTable(dropped);
    expect(table.columns.map(({ name }) => name)).toEqual([
      "feature",
      "operation",
      "reason",
      "partner",
      "value",
      "limit",
    ]);
    expect(table.rowCount).toBe(6);
    expect(dropped[1]).toMatchObject({ reason: "33.3 % missing > 5 %", value: 1 / 3, limit: 0.05 });
  });

  it("knows both meanings of low variance", () => {
    const flat = profilesOf({}, ["Cells_A"], Float64Array.of(1, 1.0001, 1.0002, 1.0003));
    const by = (semantics: "pycytominer-1.6" | "pycytominer-1.7"): number =>
      featureSelect(flat, [{ operation: "variance_threshold", semantics }]).dropped.length;
    expect([by("pycytominer-1.6"), by("pycytominer-1.7")]).toEqual([0, 1]);
    const one = profilesOf({}, ["Cells_A"], Float64Array.of(1, 1, 1));
    expect(featureSelect(one, [{ operation: "frequency_threshold", frequencyCut: 0, uniqueCut: 0 }]).dropped).toEqual(
      [],
    );
  });

  it("calls infinite values what they are", () => {
    const infinite = profilesOf({}, ["Cells_A"], Float64Array.of(1, Number.POSITIVE_INFINITY, 3));
    const { dropped } = featureSelect(infinite, [{ operation: "variance_threshold", semantics: "pycytominer-1.7" }]);
    expect(dropped[0]?.reason).toBe("infinite values have no variance");
    expect(featureSelect(infinite, [{ operation: "drop_outliers" }]).dropped[0]?.value).toBe(Number.POSITIVE_INFINITY);
  });

  it.each<[string[], Record<string, unknown>, string, string]>([
    [["corelation_threshold"], {}, "profiling/unknown-operation", 'Did you mean "correlation_threshold"?'],
    [["whiten"], {}, "profiling/unknown-operation", 'There is no feature selection operation "whiten". There are: '],
    [["blocklist"], { corr_treshold: 0.9 }, "profiling/unknown-operation", 'Did you mean "corr_threshold"?'],
    [["correlation_threshold"], { corr_method: "peason" }, "profiling/unknown-operation", 'Did you mean "pearson"?'],
    [["correlation_threshold"], { corr_threshold: 1.5 }, "profiling/operation-option", "0 to 1"],
    [["drop_na_columns"], { na_cutoff: -1 }, "profiling/operation-option", "0 to 1"],
    [
      ["noise_removal"],
      { noise_removal_stdev_cutoff: 1 },
      "profiling/operation-option",
      "noise_removal_perturb_groups is missing",
    ],
  ])("refuses %j with %j", (names, keywords, code, said) => {
    const attempt = (): FeatureOperation[] => featureOperationsOf(names, keywords, "pycytominer-1.6");
    expect(attempt).toThrowError(expect.objectContaining({ code }));
    expect(attempt).toThrow(said);
  });

  it("refuses groups that are not there or do not fit", () => {
    const step =
      (groups: string | string[]): (() => unknown) =>
      () =>
        featureSelect(plate(), [{ operation: "noise_removal", groups, cutoff: 1 }]);
    expect(step("Metadata_moa")).toThrowError(expect.objectContaining({ code: "profiling/unknown-column" }));
    expect(step(["a"])).toThrowError(expect.objectContaining({ code: "profiling/operation-option" }));
  });
});

describe("blocklists", () => {
  it("include the published one", () => {
    expect(DEFAULT_BLOCKLIST).toHaveLength(55);
    expect(DEFAULT_BLOCKLIST).toContain("Nuclei_Correlation_RWC_Mito_DNA");
  });

  it("come as a table or as a registry of names", () => {
    expect(parseBlocklist("blocklist\nCells_A\nNuclei_B\n", "list.csv")).toEqual(["Cells_A", "Nuclei_B"]);
    expect(parseBlocklist("mine:\n  - Cells_A\n", "lists.yaml")).toEqual(["Cells_A"]);
    expect(parseBlocklist("default: [a]\nmine: [b]\n", "lists.yml", "mine")).toEqual(["b"]);
    expect(() => parseBlocklist("default: [a]\nmine: [b]\n", "lists.yml", "mien")).toThrow('Did you mean "mine"?');
    expect(() => parseBlocklist("features\nCells_A\n", "list.csv")).toThrow('expected one named "blocklist"');
    expect(() => parseBlocklist("- a\n", "list.yaml")).toThrow("not a registry");
  });
});

describe("consensus", () => {
  it("weighs replicates by their agreement", () => {
    const weights = modzWeights([
      Float64Array.of(1, 2, 3, 4),
      Float64Array.of(1, 2, 3, 5),
      Float64Array.of(4, 3, 2, 1),
    ]);
    expect([...weights]).toEqual([0.495, 0.495, 0.0099]);
    expect([...modzWeights([Float64Array.of(1, 1), Float64Array.of(2, 2)])]).toEqual([0.5, 0.5]);
  });

  it("keeps wells without a treatment as a group of their own, last", () => {
    const wells = profilesOf({ Metadata_t: ["b", null, "a", "b"] }, ["Cells_A"], Float64Array.of(1, 2, 3, 5));
    const { profiles, counts } = consensus(wells, { by: ["Metadata_t"], operation: "mean" });
    expect(profiles.metadata.Metadata_t).toEqual(["a", "b", null]);
    expect([...profiles.values]).toEqual([3, 3, 2]);
    expect(counts).toEqual([1, 2, 1]);
  });

  it("leaves a feature that no replicate has missing", () => {
    const wells = profilesOf(
      { Metadata_t: ["a", "a"] },
      ["Cells_A", "Cells_B"],
      Float64Array.of(Number.NaN, 1, Number.NaN, 3),
    );
    expect([...consensus(wells, { by: ["Metadata_t"], operation: "modz" }).profiles.values]).toEqual([Number.NaN, 2]);
  });

  it("refuses what it does not know", () => {
    const options = JSON.parse('{"by":["Metadata_treatment"],"operation":"mediam"}');
    expect(() => consensus(plate(), options)).toThrow('Did you mean "median"?');
    expect(() => consensus(plate(), { by: [] })).toThrowError(
      expect.objectContaining({ code: "profiling/operation-option" }),
    );
  });
});
