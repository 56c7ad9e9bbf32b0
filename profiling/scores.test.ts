import { pearson, seededRandom } from "@artesian/numerics";
import { describe, expect, it } from "vitest";
import { grit } from "./grit.ts";
import { meanAveragePrecision } from "./mean-average-precision.ts";
import { dropOutliers, markOutliers } from "./outlier-rules.ts";
import { type MetadataCell, type Profiles, profilesOf } from "./profiles.ts";
import { percentMatching, percentReplicating } from "./replicate-scores.ts";

/** Treatments of four wells: the first `strong` share a signature each, the others are noise; two treatments share a target. */
function screen(treatments: number, strong: number, seed = 1): Profiles {
  const random = seededRandom(seed);
  const width = 40;
  const wells: { treatment: string; target: MetadataCell; role: string; values: number[] }[] = [];
  const signatures = Array.from({ length: treatments }, () => Array.from({ length: width }, () => random.normal()));
  for (let t = 0; t < treatments; t++)
    for (let k = 0; k < 4; k++) {
      const signature = signatures[t % 2 === 1 && t < strong ? t - 1 : t]!;
      wells.push({
        treatment: `T${t}`,
        target: `G${Math.floor(t / 2)}`,
        role: "trt",
        values: Array.from({ length: width }, (_, j) => (t < strong ? 2 * signature[j]! : 0) + random.normal()),
      });
    }
  for (let k = 0; k < 12; k++)
    wells.push({
      treatment: "DMSO",
      target: null,
      role: "negcon",
      values: Array.from({ length: width }, () => random.normal()),
    });
  return profilesOf(
    {
      Metadata_treatment: wells.map(({ treatment }) => treatment),
      Metadata_target: wells.map(({ target }) => target),
      Metadata_role: wells.map(({ role }) => role),
    },
    Array.from({ length: width }, (_, j) => `Cells_${j}`),
    Float64Array.from(wells.flatMap(({ values }) => values)),
  );
}

describe("percent replicating and matching", () => {
  it("passes treatments with a signature and about one in twenty of the others", () => {
    const { share, groups } = percentReplicating(screen(40, 20), ["Metadata_treatment"], { random: seededRandom(1) });
    expect(groups.slice(0, 20).every(({ passes }) => passes)).toBe(true);
    expect(groups.slice(20).filter(({ passes }) => passes).length).toBeLessThan(5);
    expect(share).toBeGreaterThan(0.45);
  });

  it("is the median of the pairs' correlations", () => {
    const profiles = screen(6, 2);
    const { groups } = percentReplicating(profiles, ["Metadata_treatment"], { random: seededRandom(1), draws: 10 });
    const row = (i: number): Float64Array => profiles.values.subarray(40 * i, 40 * (i + 1));
    const pairs = [
      [1, 0],
      [2, 0],
      [3, 0],
      [2, 1],
      [3, 1],
      [3, 2],
    ]
      .map(([a, b]) => pearson(row(a!), row(b!)))
      .sort((a, b) => a - b);
    expect(groups[0]?.similarity).toBeCloseTo((pairs[2]! + pairs[3]!) / 2, 12);
  });

  it("matches treatments with a common target, and lists annotations of one treatment apart", () => {
    const profiles = screen(12, 4);
    profiles.metadata.Metadata_target![40] = "alone";
    const { groups, tooSmall } = percentMatching(profiles, ["Metadata_treatment"], ["Metadata_target"], {
      random: seededRandom(2),
    });
    expect(groups.slice(0, 2).every(({ passes }) => passes)).toBe(true);
    expect(tooSmall).toContainEqual(["alone"]);
  });
});

describe("mean average precision", () => {
  const options = {
    positive: { same: ["Metadata_treatment"], different: [] },
    negative: { same: [], different: ["Metadata_treatment"] },
    permutations: 2000,
  };

  it("is 1 for treatments that find each other, with a small p-value, and finds noise to be noise", () => {
    const profiles = screen(10, 0);
    for (let i = 0; i < 4; i++) for (let j = 0; j < 40; j++) profiles.values[40 * i + j]! += 10 * Math.sin(j);
    const { groups, wells } = meanAveragePrecision(profiles, { ...options, random: seededRandom(3) });
    expect(groups[0]).toMatchObject({ key: ["T0"], wells: 4, meanAveragePrecision: 1 });
    expect(groups[0]?.pValue).toBeLessThan(0.001);
    expect(groups.slice(1).filter(({ adjustedPValue }) => adjustedPValue < 0.05)).toHaveLength(0);
    expect(wells[0]).toMatchObject({ positives: 3, negatives: 48 });
  });

  it("averages the precision at each positive", () => {
    const wells = profilesOf(
      { Metadata_treatment: ["a", "b", "a", "b", "a"] },
      ["Cells_x", "Cells_y"],
      Float64Array.of(1, 0, 1, 0.1, 1, 0.2, 1, 0.3, 1, 0.4),
    );
    const { wells: scores } = meanAveragePrecision(wells, { ...options, random: seededRandom(1) });
    expect(scores[0]?.averagePrecision).toBeCloseTo((1 / 2 + 2 / 4) / 2, 12);
  });

  it("does not find more in noise than its p-values say", () => {
    const { groups } = meanAveragePrecision(screen(200, 0, 8), { ...options, random: seededRandom(4) });
    const treatments = groups.filter(({ key }) => key[0] !== "DMSO");
    for (const level of [0.01, 0.05, 0.2]) {
      const found = treatments.filter(({ pValue }) => pValue < level).length / treatments.length;
      expect(found).toBeLessThan(level + 0.03);
    }
  });

  it("gives no small p-value where every ranking is as good", () => {
    const wells = profilesOf(
      { Metadata_treatment: ["a", "a", "b"] },
      ["Cells_x", "Cells_y"],
      Float64Array.of(1, 0, 1, 0.1, 0, 1),
    );
    const { groups } = meanAveragePrecision(wells, { ...options, random: seededRandom(1) });
    expect(groups[0]?.meanAveragePrecision).toBe(1);
    expect(groups[0]?.pValue).toBeGreaterThan(0.4);
  });
});

describe("grit", () => {
  it("is large for a signature and near 0 for noise", () => {
    const { treatments, wells } = grit(screen(10, 2), {
      controls: "Metadata_role == 'negcon'",
      by: ["Metadata_treatment"],
    });
    expect(treatments).toHaveLength(10);
    expect(wells).toHaveLength(40);
    expect(treatments[0]!.grit).toBeGreaterThan(3);
    expect(Math.abs(treatments[5]!.grit)).toBeLessThan(1.5);
  });

  it("refuses fewer than two controls", () => {
    expect(() =>
      grit(screen(4, 0), { controls: "Metadata_role == 'poscon'", by: ["Metadata_treatment"] }),
    ).toThrowError(expect.objectContaining({ code: "profiling/no-samples" }));
  });
});

describe("outlier rules", () => {
  it("mark cells beyond all thresholds of a rule, by z-scores", () => {
    const areas = [100, 100, 101, 99, 100, 100, 1000, 100, Number.NaN];
    const cells = profilesOf(
      { Metadata_Well: areas.map(() => "A01") },
      ["Nuclei_AreaShape_Area", "Nuclei_AreaShape_FormFactor", "Nuclei_AreaShape_Eccentricity"],
      Float64Array.from(areas.flatMap((area, i) => [area, i === 6 ? 0.1 : 0.8 + i / 1000, 0.5 + i / 1000])),
    );
    const { profiles, reports } = markOutliers(cells);
    expect(reports.map(({ rule, rows }) => [rule, rows])).toEqual([
      ["small_and_low_formfactor_nuclei", []],
      ["elongated_nuclei", []],
      ["large_nuclei", [6]],
    ]);
    expect(profiles.metadata.Metadata_cqc_large_nuclei_is_outlier).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 0]);
    const kept = dropOutliers(profiles);
    expect(kept.dropped).toEqual([6]);
    expect(kept.profiles.rowCount).toBe(8);
    expect(() => markOutliers({ ...cells, features: ["a", "b", "c"] })).toThrowError(
      expect.objectContaining({ code: "profiling/unknown-column" }),
    );
    expect(() => dropOutliers(cells)).toThrowError(expect.objectContaining({ code: "profiling/no-features" }));
  });
});
