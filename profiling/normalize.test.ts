import { describe, expect, it } from "vitest";
import { featureSelect } from "./feature-select.ts";
import { applyNormalization, fitNormalization, normalize } from "./normalize.ts";
import { assayWindow, coefficientOfVariation, positionEffect, replicateCorrelation } from "./plate-metrics.ts";
import { type Profiles, profilesOf, takeFeatures } from "./profiles.ts";

function twoPlates(): Profiles {
  return profilesOf(
    {
      Metadata_Plate: ["P1", "P1", "P1", "P1", "P2", "P2", "P2", "P2"],
      Metadata_control_type: ["negcon", "negcon", "negcon", null, "negcon", "negcon", "negcon", null],
    },
    ["Cells_A", "Cells_B"],
    Float64Array.of(1, 5, 2, 5, 3, 5, 10, 5, 101, 7, 102, 8, 103, 9, 110, Number.NaN),
  );
}

describe("normalize", () => {
  it("standardizes with ddof 0 and leaves a constant feature at 0", () => {
    const fit = fitNormalization(twoPlates(), { method: "standardize", samples: "Metadata_Plate == 'P1'" });
    expect(fit.centre[0]).toBe(4);
    expect(fit.scale[0]).toBeCloseTo(Math.sqrt(12.5), 12);
    expect(fit.scale[1]).toBe(1);
    expect(applyNormalization(twoPlates(), fit).values[1]).toBe(0);
  });

  it("robustizes by the interquartile range", () => {
    const fit = fitNormalization(twoPlates(), { method: "robustize", samples: "Metadata_Plate == 'P1'" });
    expect(fit.centre[0]).toBe(2.5);
    expect(fit.scale[0]).toBeCloseTo(4.75 - 1.75, 12);
    expect(fit.scale[1]).toBe(1);
  });

  it("makes plates comparable when each is normalized to its own controls", () => {
    const { profiles, groups } = normalize(twoPlates(), {
      method: "mad_robustize",
      samples: "Metadata_control_type == 'negcon'",
      by: ["Metadata_Plate"],
    });
    expect(profiles.values[6]).toBeCloseTo(8 / 1.4826, 9);
    expect(profiles.values[14]).toBeCloseTo(8 / 1.4826, 9);
    expect(profiles.values[15]).toBeNaN();
    expect(groups.map(({ key, sampleCount }) => [key, sampleCount])).toEqual([
      [["P1"], 3],
      [["P2"], 3],
    ]);
    expect(groups[0]?.constantFeatures).toEqual(["Cells_B"]);
  });

  it("gives infinite or missing values for a MAD of 0 when ε is 0, as pycytominer does", () => {
    const profiles = profilesOf({ p: ["a", "a", "a", "a"] }, ["F"], Float64Array.of(1, 1, 1, 5));
    const { values } = normalize(profiles, { method: "mad_robustize", epsilon: 0 }).profiles;
    expect(values[0]).toBeNaN();
    expect(values[3]).toBe(Number.POSITIVE_INFINITY);
    expect(normalize(profiles, { method: "mad_robustize" }).profiles.values[0]).toBe(0);
  });

  it("refuses a plate without enough controls, or learns from all of its wells when asked to", () => {
    const query = {
      method: "standardize",
      samples: "Metadata_control_type == 'poscon'",
      by: ["Metadata_Plate"],
    } as const;
    expect(() => normalize(twoPlates(), query)).toThrow(
      "Metadata_Plate P1: the samples Metadata_control_type == 'poscon' select 0 wells",
    );
    const { groups } = normalize(twoPlates(), { ...query, whenTooFew: "use-all-wells" });
    expect(groups.map(({ samples, sampleCount }) => [samples, sampleCount])).toEqual([
      ["all", 4],
      ["all", 4],
    ]);
  });

  it("keeps a fit for later wells and refuses profiles that lack a feature", () => {
    const fit = fitNormalization(twoPlates(), { method: "standardize" });
    const reordered = takeFeatures(twoPlates(), [1, 0]);
    expect([...applyNormalization(reordered, fit).values]).toEqual([...applyNormalization(twoPlates(), fit).values]);
    expect(() => applyNormalization(takeFeatures(twoPlates(), [0]), fit)).toThrowError(
      expect.objectContaining({ code: "profiling/unknown-column", column: "Cells_B" }),
    );
  });

  it("does not touch its input", () => {
    const input = twoPlates();
    const before = [...input.values];
    normalize(input, { method: "standardize", by: ["Metadata_Plate"] });
    expect([...input.values]).toEqual(before);
  });
});

describe("feature selection", () => {
  const profiles = profilesOf(
    { well: Array.from({ length: 200 }, (_, i) => i) },
    ["varied", "twin", "opposite", "rare", "gaps", "huge", "listed"],
    Float64Array.from({ length: 200 * 7 }, (_, k) => {
      const i = Math.floor(k / 7);
      const x = Math.sin(i * 1.7);
      return [
        x,
        x + 0.01 * Math.cos(i),
        -x,
        i === 0 ? 1 : 0,
        i % 5 === 0 ? Number.NaN : Math.cos(3 * i),
        600 * Math.cos(7 * i),
        Math.cos(11 * i),
      ][k % 7]!;
    }),
  );

  it("applies operations in order, each to the survivors, and gives every drop its reason and partner", () => {
    const { profiles: kept, dropped } = featureSelect(profiles, [
      { operation: "variance_threshold", semantics: "pycytominer-1.6" },
      { operation: "correlation_threshold" },
      { operation: "drop_na_columns" },
      { operation: "drop_outliers" },
      { operation: "blocklist", features: ["listed"] },
    ]);
    expect(kept.features).toContain("opposite");
    expect(kept.features).toHaveLength(2);
    expect(dropped.map(({ feature, operation }) => [feature, operation])).toEqual([
      ["rare", "variance_threshold"],
      [dropped[1]?.feature, "correlation_threshold"],
      ["gaps", "drop_na_columns"],
      ["huge", "drop_outliers"],
      ["listed", "blocklist"],
    ]);
    expect([dropped[1]?.feature, dropped[1]?.partner].sort()).toEqual(["twin", "varied"]);
    expect(dropped[2]?.reason).toBe("20.0 % missing > 5 %");
  });

  it("keeps a rare value by the newer variance rule", () => {
    const { dropped } = featureSelect(profiles, [{ operation: "variance_threshold", semantics: "pycytominer-1.7" }]);
    expect(dropped).toEqual([]);
  });

  it("refuses samples that select nothing", () => {
    expect(() => featureSelect(profiles, [], { samples: "well > 1000" })).toThrowError(
      expect.objectContaining({ code: "profiling/no-samples" }),
    );
  });
});

describe("plate metrics", () => {
  it("put Z′ and its robust form beside each other, missing scores left out", () => {
    const window = assayWindow([100, 102, 98, Number.NaN], [10, 12, 8]);
    expect(window.positiveCount).toBe(3);
    expect(window.zPrime).toBeCloseTo(1 - (3 * 4) / 90, 12);
    expect(assayWindow([1], [2, 3]).zPrime).toBeNaN();
  });

  it("find a bright edge, a weak row and a strong column", () => {
    const wells = Array.from({ length: 96 }, (_, k) => ({
      row: Math.floor(k / 12),
      column: k % 12,
      value: Math.sin(k * 2.3),
    }));
    const calm = positionEffect(wells);
    expect(Math.abs(calm.edge)).toBeLessThan(0.5);
    const edged = positionEffect(
      wells.map((well) => ({ ...well, value: well.value + (well.row % 7 === 0 || well.column % 11 === 0 ? 5 : 0) })),
    );
    expect(edged.edge).toBeGreaterThan(2);
    const striped = positionEffect(wells.map((well) => ({ ...well, value: well.value - (well.row === 3 ? 6 : 0) })));
    expect(striped.row.row).toBe(3);
    expect(striped.row.size).toBeLessThan(-2);
    expect(positionEffect(wells.map((well) => ({ ...well, value: 4 }))).edge).toBe(0);
  });

  it("compare replicates with other wells", () => {
    const values = Float64Array.of(1, 2, 3, 1, 2, 3.1, 3, 2, 1, 3.2, 2, 1);
    const { replicates, others, pairs } = replicateCorrelation(values, 3, ["a", "a", "b", "b"]);
    expect(replicates).toBeGreaterThan(0.99);
    expect(others).toBeLessThan(-0.9);
    expect(pairs).toBe(2);
    expect(replicateCorrelation(values, 3, ["a", undefined, "b", undefined]).replicates).toBeNaN();
  });

  it("compute the coefficient of variation of counts", () => {
    expect(coefficientOfVariation([8, 10, 12])).toBeCloseTo(0.2, 12);
    expect(coefficientOfVariation([8])).toBeNaN();
  });
});
