import { seededRandom } from "@artesian/numerics";
import { describe, expect, it } from "vitest";
import { normalizationFromJson, normalizationToJson } from "./normalization-file.ts";
import { applyNormalization, fitNormalization, normalize } from "./normalize.ts";
import { type Profiles, profilesOf, takeWells } from "./profiles.ts";
import { SPHERIZE_VARIANTS } from "./spherize.ts";
import { rightSingular } from "./thin-svd.ts";

function plate(wells: number, features: number, seed = 1): Profiles {
  const random = seededRandom(seed);
  const mix = Array.from({ length: features }, () => Array.from({ length: features }, () => random.normal()));
  const values = new Float64Array(wells * features);
  for (let i = 0; i < wells; i++) {
    const source = Array.from({ length: features }, () => random.normal());
    for (let j = 0; j < features; j++)
      values[i * features + j] = 100 + j + mix[j]!.reduce((sum, weight, k) => sum + weight * source[k]!, 0);
  }
  return profilesOf(
    { Metadata_Well: Array.from({ length: wells }, (_, i) => `W${i}`) },
    Array.from({ length: features }, (_, j) => `Cells_${j}`),
    values,
  );
}

function covariance(profiles: Profiles): number[][] {
  const [n, d] = [profiles.rowCount, profiles.features.length];
  const means = Array.from({ length: d }, (_, j) => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += profiles.values[i * d + j]!;
    return sum / n;
  });
  return means.map((a, j) =>
    means.map((b, k) => {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += (profiles.values[i * d + j]! - a) * (profiles.values[i * d + k]! - b);
      return sum / (n - 1);
    }),
  );
}

describe("spherizing", () => {
  it.each(SPHERIZE_VARIANTS)("gives unit covariance: %s", (variant) => {
    const wells = plate(60, 8);
    const { profiles } = normalize(wells, { method: "spherize", variant });
    covariance(profiles).forEach((row, j) => {
      row.forEach((value, k) => {
        expect(Math.abs(value - (j === k ? 1 : 0))).toBeLessThan(1e-5);
      });
    });
    expect(profiles.features[0]).toBe(variant.startsWith("PCA") ? "PC1" : "Cells_0");
  });

  it.each(SPHERIZE_VARIANTS)(
    "learns from fewer wells than features and keeps distances among the learnt: %s",
    (variant) => {
      const wells = plate(40, 25);
      const fit = fitNormalization(
        takeWells(
          wells,
          Array.from({ length: 10 }, (_, i) => i),
        ),
        { method: "spherize", variant },
      );
      const { values, features } = applyNormalization(wells, fit);
      expect(features).toHaveLength(25);
      expect(values.every(Number.isFinite)).toBe(true);
      const distance = (a: number, b: number): number =>
        Math.hypot(...Array.from({ length: 25 }, (_, j) => values[25 * a + j]! - values[25 * b + j]!));
      for (const [a, b] of [
        [0, 1],
        [3, 7],
        [8, 9],
      ] as const)
        expect(distance(a, b)).toBeCloseTo(Math.sqrt(2 * 9), 4);
    },
  );

  it("is the same after being saved and read", () => {
    const wells = plate(12, 20);
    wells.values[5] = 1e9;
    for (const options of [
      ...SPHERIZE_VARIANTS.map((variant) => ({ method: "spherize" as const, variant })),
      { method: "inverse_normal" as const },
      { method: "mad_robustize" as const },
    ]) {
      const fit = fitNormalization(wells, options);
      const json = normalizationToJson(fit);
      const read = normalizationFromJson(json);
      expect(normalizationToJson(read)).toBe(json);
      expect(applyNormalization(wells, read).values).toEqual(applyNormalization(wells, fit).values);
    }
    for (const [text, said] of [
      ["no", "JSON"],
      ["{}", "version"],
      ['{"version":1,"method":"standardise"}', 'Did you mean "standardize"'],
      [
        '{"version":1,"method":"standardize","features":["a"],"samples":"all","sampleCount":2,"centre":[1,2],"scale":[1]}',
        "2 numbers, expected 1",
      ],
    ])
      expect(() => normalizationFromJson(text!)).toThrow(said);
  });

  it("makes a well with a missing value missing, and no other", () => {
    const wells = plate(30, 5);
    const fit = fitNormalization(wells, { method: "spherize" });
    wells.values[7] = Number.NaN;
    const { values } = applyNormalization(wells, fit);
    expect([...values.subarray(5, 10)].every(Number.isNaN)).toBe(true);
    expect(values.filter(Number.isNaN)).toHaveLength(5);
  });

  it.each([
    [
      "a missing value",
      (p: Profiles) => p.values.fill(Number.NaN, 3, 4),
      "profiling/missing-values",
      "drop_na_columns",
    ],
    [
      "an infinite value",
      (p: Profiles) => p.values.fill(Number.POSITIVE_INFINITY, 3, 4),
      "profiling/infinite-values",
      "drop_outliers",
    ],
    [
      "a constant feature",
      (p: Profiles) => {
        for (let at = 2; at < p.values.length; at += 5) p.values[at] = 0.1;
      },
      "profiling/constant-features",
      "variance_threshold",
    ],
    [
      "a copied feature",
      (p: Profiles) => {
        for (let at = 2; at < p.values.length; at += 5) p.values[at] = p.values[at - 1]!;
      },
      "profiling/rank",
      "correlation_threshold",
    ],
  ])("refuses %s and says what to do", (_, spoil, code, advice) => {
    const wells = plate(30, 5);
    spoil(wells);
    const error = (() => {
      try {
        fitNormalization(wells, { method: "spherize" });
      } catch (thrown) {
        return thrown;
      }
      return undefined;
    })();
    expect(error).toMatchObject({ code });
    expect(String(error)).toContain(advice);
  });

  it("needs centring for correlations and takes covariances without", () => {
    expect(() => fitNormalization(plate(9, 3), { method: "spherize", centre: false })).toThrow("true for PCA-cor");
    const fit = fitNormalization(plate(9, 3), { method: "spherize", variant: "ZCA", centre: false });
    expect(fit.whitening.centre).toEqual(new Float64Array(3));
  });
});

describe("singular values", () => {
  it("keep their digits when they are small", () => {
    const values = [1, 1e-3, 1e-6, 1e-9, 1e-11];
    const random = seededRandom(4);
    const turn = (rows: number): number[][] => {
      const basis: number[][] = [];
      while (basis.length < 5) {
        const v = Array.from({ length: rows }, () => random.normal());
        for (let round = 0; round < 2; round++)
          for (const u of basis) {
            const dot = u.reduce((sum, x, k) => sum + x * v[k]!, 0);
            u.forEach((x, k) => {
              v[k]! -= dot * x;
            });
          }
        const length = Math.hypot(...v);
        basis.push(v.map((x) => x / length));
      }
      return basis;
    };
    for (const [rows, columns] of [
      [12, 5],
      [5, 12],
    ] as const) {
      const [left, right] = [turn(rows), turn(columns)];
      const data = new Float64Array(rows * columns);
      for (let i = 0; i < rows; i++)
        for (let j = 0; j < columns; j++)
          data[i * columns + j] = values.reduce((sum, s, k) => sum + s * left[k]![i]! * right[k]![j]!, 0);
      const { singular } = rightSingular({ data, rows, columns });
      values.forEach((s, k) => {
        expect(Math.abs(singular[k]! - s)).toBeLessThan(1e-15);
      });
    }
  });
});

describe("normalization of awkward plates", () => {
  const awkward = (): Profiles =>
    profilesOf(
      { Metadata_Well: ["a", "b", "c"] },
      ["Cells_empty", "Cells_constant", "Cells_infinite"],
      Float64Array.of(Number.NaN, 0.1, 1, Number.NaN, 0.1, Number.POSITIVE_INFINITY, Number.NaN, 0.1, 3),
    );

  it("leaves a feature without values missing and reports it", () => {
    const { profiles, groups } = normalize(awkward(), { method: "standardize", infinite: "missing" });
    expect(profiles.values[0]).toBeNaN();
    expect(profiles.values[1]).toBeCloseTo(0, 12);
    expect(profiles.values[2]).toBe(-1);
    expect(profiles.values[5]).toBeNaN();
    expect(groups[0]).toMatchObject({
      emptyFeatures: ["Cells_empty"],
      constantFeatures: ["Cells_empty", "Cells_constant"],
    });
  });

  it.each(["standardize", "robustize", "inverse_normal"] as const)("refuses infinite values by name: %s", (method) => {
    expect(() => normalize(awkward(), { method })).toThrowError(
      expect.objectContaining({ code: "profiling/infinite-values", features: ["Cells_infinite"], count: 1 }),
    );
  });

  it("bears infinite values in mad_robustize", () => {
    const { values } = normalize(awkward(), { method: "mad_robustize" }).profiles;
    expect(values[5]).toBe(Number.POSITIVE_INFINITY);
    expect(values[2]).toBeCloseTo(-1 / 1.4826, 9);
  });

  it("names the nearest method", () => {
    const options = JSON.parse('{"method":"mad_robustise"}');
    expect(() => normalize(awkward(), options)).toThrow('Did you mean "mad_robustize"?');
  });
});

describe("inverse normal scores", () => {
  it("give ties their middle rank and bound the ends", () => {
    const wells = profilesOf({}, ["Cells_A"], Float64Array.of(5, 1, 3, 3, 3, Number.NaN));
    const { values } = normalize(wells, { method: "inverse_normal" }).profiles;
    expect(values[0]).toBeCloseTo(5.199337582, 8);
    expect(values[1]).toBeCloseTo(-5.199337582, 8);
    expect([values[2], values[3], values[4]].map((value) => Math.abs(value!) < 1e-12)).toEqual([true, true, true]);
    expect(values[5]).toBeNaN();
  });
});
