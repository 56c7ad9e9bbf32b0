import { describe, expect, it } from "vitest";
import { aggregateObjects } from "./aggregate-objects.ts";
import { ObjectOptionError, PlaneShapeError } from "./errors.ts";
import { type FeatureFamily, featureFamilies, isPosition, measureObjects, pipelineFamilies } from "./features.ts";
import { type Labels, labelsFrom } from "./labels.ts";
import { type Plane, planeOf } from "./plane.ts";

/** Labels from rows of digits; 0 or a dot is background. */
function drawn(...rows: string[]): Labels {
  const numbers = Array.from(rows.join(""), (c) => (c === "." ? 0 : Number(c)));
  return labelsFrom(numbers, rows[0]!.length, rows.length);
}

function flat(labels: Labels, grey: (i: number) => number, depth: 8 | 16 = 16): Plane {
  const n = labels.width * labels.height;
  const data = depth === 8 ? new Uint8Array(n) : new Uint16Array(n);
  for (let i = 0; i < n; i++) data[i] = grey(i);
  return planeOf(data, labels.width, labels.height);
}

/** Values of one object by name. */
function measure(labels: Labels, planes: Record<string, Plane>, families: FeatureFamily[], object = 1) {
  const channels = Object.entries(planes).map(([name, plane]) => ({ name, plane }));
  const table = measureObjects({ channels, labels, families });
  return Object.fromEntries(table.names.map((name, f) => [name, table.values[(object - 1) * table.names.length + f]!]));
}

const square = drawn("......", ".1111.", ".1111.", ".1111.", ".1111.", "......");

describe("intensity", () => {
  it("measures an object by hand: sums, quartiles, edge and centre", () => {
    const of = measure(square, { DNA: flat(square, (i) => (i % 6 === 1 ? 10 : 20), 8) }, ["intensity"]);
    expect(of.Intensity_IntegratedIntensity_DNA).toBeCloseTo((4 * 10 + 12 * 20) / 255, 12);
    expect(of.Intensity_MeanIntensity_DNA).toBeCloseTo(17.5 / 255, 12);
    expect(of.Intensity_LowerQuartileIntensity_DNA).toBeCloseTo(20 / 255, 12);
    expect(of.Intensity_MinIntensity_DNA).toBeCloseTo(10 / 255, 12);
    expect(of.Intensity_MADIntensity_DNA).toBe(0);
    expect(of.Intensity_MeanIntensityEdge_DNA).toBeCloseTo((4 * 10 + 8 * 20) / 12 / 255, 12);
    expect(of.Location_CenterMassIntensity_X_DNA).toBeCloseTo((4 * 10 * 1 + 4 * 20 * (2 + 3 + 4)) / 280, 12);
    expect(of.Location_CenterMassIntensity_Y_DNA).toBeCloseTo(2.5, 12);
    expect(of.Location_MaxIntensity_X_DNA).toBe(2);
  });
  it("gives the same numbers for the same image as 16-bit and as float", () => {
    const wide = drawn("1112", "1122", "1122");
    const grey = Uint16Array.from({ length: 12 }, (_, i) => 1000 + 377 * ((i * 7) % 12));
    const integer = measure(wide, { A: planeOf(grey, 4, 3) }, ["intensity"], 2);
    const float = measure(wide, { A: planeOf(Float32Array.from(grey), 4, 3) }, ["intensity"], 2);
    for (const [name, v] of Object.entries(integer)) {
      const scaled = name.startsWith("Location") || name.includes("Displacement") ? v : v * 65535;
      expect(float[name], name).toBeCloseTo(scaled, 6);
    }
  });
});

describe("shape", () => {
  it("measures a square by hand", () => {
    const of = measure(square, {}, ["shape"]);
    expect(of.AreaShape_Area).toBe(16);
    expect(of.AreaShape_Perimeter).toBe(12);
    expect(of.AreaShape_Extent).toBe(1);
    expect(of.AreaShape_Solidity).toBe(1);
    expect(of.AreaShape_Eccentricity).toBe(0);
    expect(of.AreaShape_EulerNumber).toBe(1);
    expect(of.AreaShape_MaxFeretDiameter).toBeCloseTo(Math.hypot(3, 3), 12);
    expect(of.AreaShape_MinFeretDiameter).toBe(3);
    expect(of.AreaShape_Center_X).toBe(2.5);
    expect(of.AreaShape_MaximumRadius).toBe(2);
    expect(of.AreaShape_MeanRadius).toBeCloseTo((12 * 1 + 4 * 2) / 16, 12);
  });
  it("counts a hole in the Euler number and fills it in the filled area", () => {
    const ring = drawn("1111", "1..1", "1..1", "1111");
    const of = measure(ring, {}, ["shape"]);
    expect(of.AreaShape_EulerNumber).toBe(0);
    expect(of.AreaShape_FilledArea).toBe(16);
    expect(of.AreaShape_Area).toBe(12);
  });
  it("measures a single pixel and a line without failing", () => {
    const of = measure(drawn("1..", "...", "222"), {}, ["shape", "zernike"], 1);
    expect(of.AreaShape_Area).toBe(1);
    expect(of.AreaShape_MaxFeretDiameter).toBe(0);
    const line = measure(drawn("1..", "...", "222"), {}, ["shape"], 2);
    expect(line.AreaShape_MaxFeretDiameter).toBe(2);
    expect(line.AreaShape_MinFeretDiameter).toBe(0);
    expect(line.AreaShape_Eccentricity).toBe(1);
  });
});

describe("correlation and colocalization", () => {
  const ramp = flat(square, (i) => 1000 + 100 * i);
  it("is 1 with a slope of the ratio for a channel that follows another, −1 for its mirror image", () => {
    const of = measure(
      square,
      { A: ramp, B: flat(square, (i) => 2 * (1000 + 100 * i)), C: flat(square, (i) => 9000 - 100 * i) },
      ["correlation"],
    );
    expect(of.Correlation_Correlation_A_B).toBeCloseTo(1, 12);
    expect(of.Correlation_Slope_A_B).toBeCloseTo(2, 12);
    expect(of.Correlation_Correlation_A_C).toBeCloseTo(-1, 12);
  });
  it("is NaN for a channel that is constant in the object", () => {
    expect(
      measure(square, { A: ramp, B: flat(square, () => 7) }, ["correlation"]).Correlation_Correlation_A_B,
    ).toBeNaN();
  });
  it("has Manders and rank weights of 1 for equal channels", () => {
    const of = measure(square, { A: ramp, B: ramp }, ["colocalization"]);
    expect(of.Correlation_Manders_A_B).toBe(1);
    expect(of.Correlation_RWC_B_A).toBe(1);
    expect(of.Correlation_Overlap_A_B).toBeCloseTo(1, 12);
  });
});

describe("neighbours", () => {
  it("counts who touches and how much of the edge does", () => {
    const labels = drawn("1122.", "1122.", "....3");
    const one = measure(labels, {}, ["neighbors"], 1);
    expect(one.Neighbors_NumberOfNeighbors_Adjacent).toBe(1);
    expect(one.Neighbors_PercentTouching_Adjacent).toBeCloseTo(100 * (2 / 3), 10);
    expect(one.Neighbors_FirstClosestDistance_Adjacent).toBe(2);
    expect(measure(labels, {}, ["neighbors"], 2).Neighbors_NumberOfNeighbors_Adjacent).toBe(2);
  });
  it("has no distance where there is no other object", () => {
    const alone = measure(square, {}, ["neighbors"]);
    expect(alone.Neighbors_FirstClosestDistance_Adjacent).toBeNaN();
    expect(alone.Neighbors_PercentTouching_Adjacent).toBe(0);
  });
});

describe("measureObjects", () => {
  const plane = flat(square, (i) => 500 + i);
  it("names every column once and fills every column of a real object", () => {
    const channels = [
      { name: "DNA", plane },
      { name: "ER", plane: flat(square, (i) => 3000 - 9 * i) },
    ];
    const table = measureObjects({ channels, labels: square, families: featureFamilies });
    expect(new Set(table.names).size).toBe(table.names.length);
    expect(table.values).toHaveLength(table.names.length);
    const missing = table.names.filter(
      (name, f) => Number.isNaN(table.values[f]!) && !/Neighbors|Granularity|Texture/.test(name),
    );
    expect(missing).toEqual([]);
  });
  it("measures the pipeline's families by default", () => {
    const names = measureObjects({ channels: [{ name: "DNA", plane }], labels: square }).names;
    expect(names).toEqual(
      measureObjects({ channels: [{ name: "DNA", plane }], labels: square, families: [...pipelineFamilies] }).names,
    );
    expect(names.filter(isPosition)).toContain("AreaShape_Center_X");
  });
  it("keeps a row of NaN for a number without pixels and flags objects at the border", () => {
    const table = measureObjects({
      channels: [],
      labels: drawn(".....", ".111.", ".....", "..333"),
      families: ["shape"],
    });
    expect(table.objectCount).toBe(3);
    const area = table.names.indexOf("AreaShape_Area");
    expect([0, 1, 2].map((k) => table.values[k * table.names.length + area])).toEqual([3, Number.NaN, 3]);
    expect([...table.touchesBorder]).toEqual([0, 0, 1]);
  });
  it("gives an empty table for an image without objects", () => {
    const none = labelsFrom(new Uint8Array(36), 6, 6);
    const table = measureObjects({ channels: [{ name: "DNA", plane }], labels: none, families: featureFamilies });
    expect(table.values).toHaveLength(0);
    expect(aggregateObjects(table, "mean").every(Number.isNaN)).toBe(true);
  });
  it("refuses a plane of another shape, a channel twice and an unknown family", () => {
    const small = planeOf(new Uint8Array(4), 2, 2);
    expect(() => measureObjects({ channels: [{ name: "A", plane: small }], labels: square })).toThrow(PlaneShapeError);
    const twice = [
      { name: "A", plane },
      { name: "A", plane },
    ];
    expect(() => measureObjects({ channels: twice, labels: square })).toThrow(ObjectOptionError);
    const unknown = JSON.parse('["colour"]') as FeatureFamily[];
    expect(() => measureObjects({ channels: [], labels: square, families: unknown })).toThrow(/"colour"/);
  });
});

describe("aggregateObjects", () => {
  const table = {
    names: ["a", "b"],
    values: Float64Array.from([1, Number.NaN, 2, 5, 9, Number.NaN, 4, 7]),
    objectCount: 4,
    touchesBorder: Uint8Array.from([0, 0, 1, 0]),
  };
  it("takes the mean or the median of what is there", () => {
    expect([...aggregateObjects(table, "mean")]).toEqual([4, 6]);
    expect([...aggregateObjects(table, "median")]).toEqual([3, 6]);
  });
  it("leaves out objects at the border on demand", () => {
    expect([...aggregateObjects(table, "mean", { dropBorder: true })]).toEqual([7 / 3, 6]);
  });
});
