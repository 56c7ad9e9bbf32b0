import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { greyQuantile, greyValuesOf } from "./grey-values.ts";
import { type Plane, planeOf } from "./plane.ts";
import { measureImageQuality, qualityColumns } from "./quality.ts";

const EDGE = 96;

/** Bright spots on a dark floor, blurred by `sigma` pixels, with a little noise. */
function spots(sigma: number, gain = 1, offset = 0): Plane {
  const data = new Uint16Array(EDGE * EDGE);
  let state = 12345;
  for (let y = 0; y < EDGE; y++) {
    for (let x = 0; x < EDGE; x++) {
      let light = 300;
      for (let spot = 0; spot < 20; spot++) {
        const distance = (x - ((spot * 37) % EDGE)) ** 2 + (y - ((spot * 53) % EDGE)) ** 2;
        light += (40_000 / (sigma * sigma)) * Math.exp(-distance / (2 * sigma * sigma));
      }
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      data[y * EDGE + x] = Math.round(light + (state >>> 16) / 4096) * gain + offset;
    }
  }
  return planeOf(data, EDGE, EDGE);
}

describe("image quality", () => {
  test("of four pixels by hand", () => {
    const quality = measureImageQuality(planeOf(new Uint8Array([0, 51, 51, 255]), 2, 2), { scales: [1] });
    expect(quality.TotalIntensity).toBeCloseTo(1.4, 14);
    expect(quality.MeanIntensity).toBeCloseTo(0.35, 14);
    expect(quality.MedianIntensity).toBeCloseTo(0.2, 14);
    expect(quality.MADIntensity).toBeCloseTo(0.1, 14);
    expect(quality.StdIntensity).toBeCloseTo(Math.sqrt(0.1475), 14);
    expect(quality.FocusScore).toBeCloseTo(0.1475 / 0.35, 14);
    expect(quality).toMatchObject({
      MinIntensity: 0,
      MaxIntensity: 1,
      PercentMaximal: 25,
      PercentMinimal: 25,
      SaturatedPixels: 1,
      PercentSaturated: 25,
      LocalFocusScore_1: 0,
      PowerLogLogSlope: 0,
    });
  });

  test("has these keys, two more for every further scale", () => {
    expect(Object.keys(measureImageQuality(spots(2), { scales: [5, 20] })).sort()).toEqual(
      [
        "Correlation_20",
        "Correlation_5",
        "FocusScore",
        "LocalFocusScore_20",
        "LocalFocusScore_5",
        "MADIntensity",
        "MaxIntensity",
        "MeanIntensity",
        "MedianIntensity",
        "MinIntensity",
        "PercentMaximal",
        "PercentMinimal",
        "PercentSaturated",
        "PowerLogLogSlope",
        "SaturatedPixels",
        "StdIntensity",
        "ThresholdOtsu",
        "TotalIntensity",
      ].sort(),
    );
  });

  test("blur makes the power spectrum steeper and the focus score lower", () => {
    const sharp = measureImageQuality(spots(1.5));
    const blurred = measureImageQuality(spots(5));
    expect(blurred.PowerLogLogSlope).toBeLessThan((sharp.PowerLogLogSlope ?? 0) - 0.5);
    expect(blurred.FocusScore).toBeLessThan(sharp.FocusScore ?? 0);
    expect(blurred.Correlation_20).not.toBeNaN();
  });

  test("brightness moves intensities, not the slope of the spectrum nor the correlation", () => {
    const plain = measureImageQuality(spots(2));
    const brighter = measureImageQuality(spots(2, 3, 500));
    expect(brighter.PowerLogLogSlope).toBeCloseTo(plain.PowerLogLogSlope ?? Number.NaN, 9);
    expect(brighter.Correlation_20).toBeCloseTo(plain.Correlation_20 ?? Number.NaN, 9);
    expect(brighter.MeanIntensity).toBeCloseTo(3 * (plain.MeanIntensity ?? 0) + 500 / 65_535, 12);
  });

  test("a constant plane gives zeros instead of not-a-number, black or grey", () => {
    for (const grey of [0, 1000, 65_535]) {
      const quality = measureImageQuality(planeOf(new Uint16Array(EDGE * EDGE).fill(grey), EDGE, EDGE));
      expect(Object.values(quality).every(Number.isFinite)).toBe(true);
      expect(quality).toMatchObject({ FocusScore: 0, LocalFocusScore_20: 0, Correlation_20: 0, PowerLogLogSlope: 0 });
      expect(quality.PercentSaturated).toBe(grey === 65_535 ? 100 : 0);
    }
  });

  test("saturation is counted at the sensor's ceiling, not at the plane's own maximum", () => {
    const plane = planeOf(new Uint16Array([10, 20, 4095, 4095]), 2, 2);
    expect(measureImageQuality(plane)).toMatchObject({ PercentMaximal: 50, SaturatedPixels: 0 });
    expect(measureImageQuality(plane, { saturationGrey: 4095 })).toMatchObject({
      SaturatedPixels: 2,
      PercentSaturated: 50,
    });
  });

  test("an 8-bit plane, the same in 16 bits (× 257) and as float agree", () => {
    const eight = Uint8Array.from({ length: EDGE * EDGE }, (_, at) => (at * at * 31) % 251);
    const sixteen = Uint16Array.from(eight, (grey) => grey * 257);
    const float = Float32Array.from(eight, (grey) => grey / 255);
    const expected = measureImageQuality(planeOf(eight, EDGE, EDGE));
    for (const [data, digits] of [
      [sixteen, 12],
      [float, 4],
    ] as const) {
      const found = measureImageQuality(planeOf(data, EDGE, EDGE));
      for (const [name, value] of Object.entries(expected)) {
        if (name !== "TotalIntensity") expect(found[name], name).toBeCloseTo(value, digits);
      }
    }
  });

  test("planes whose edges have large prime factors are measured too", () => {
    const data = Uint16Array.from({ length: 113 * 89 }, (_, at) => (at * 7919) % 4096);
    const quality = measureImageQuality(planeOf(data, 113, 89));
    expect(Number.isFinite(quality.PowerLogLogSlope)).toBe(true);
  });

  test("pixels that are not a number are left out; a plane of nothing else has no intensities", () => {
    const some = measureImageQuality(planeOf(new Float32Array([Number.NaN, 0.25, 0.5, 0.75]), 2, 2));
    expect(some).toMatchObject({ MeanIntensity: 0.5, MinIntensity: 0.25, MaxIntensity: 0.75 });
    measureImageQuality(spots(2));
    const none = measureImageQuality(planeOf(new Float32Array(4).fill(Number.NaN), 2, 2));
    expect(none).toMatchObject({ MeanIntensity: Number.NaN, MinIntensity: Number.NaN, PercentMaximal: Number.NaN });
  });

  test("column names are CellProfiler's", () => {
    expect(Object.keys(qualityColumns({ FocusScore: 1, Correlation_20: 2, ThresholdOtsu: 3 }, "DNA"))).toEqual([
      "ImageQuality_FocusScore_DNA",
      "ImageQuality_Correlation_DNA_20",
      "ImageQuality_ThresholdOtsu_DNA_2W",
    ]);
  });

  test("a plane measured between two others does not change their values (the scratch is shared)", () => {
    const before = measureImageQuality(spots(2));
    measureImageQuality(planeOf(new Uint8Array(200 * 130).fill(7).fill(9, 50), 200, 130));
    expect(measureImageQuality(spots(2))).toEqual(before);
  });
});

describe("percentiles from counts", () => {
  test("equal those of the sorted pixels, for any pixels and share", () => {
    const pixels = fc.uint8Array({ minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(pixels, fc.double({ min: 0, max: 1, noNaN: true }), (data, share) => {
        const sorted = [...data].sort((a, b) => a - b);
        const rank = share * (sorted.length - 1);
        const low = sorted[Math.floor(rank)]!;
        const high = sorted[Math.ceil(rank)]!;
        const expected = low + (rank - Math.floor(rank)) * (high - low);
        expect(greyQuantile(greyValuesOf(planeOf(data, data.length, 1)), share)).toBeCloseTo(expected, 9);
      }),
    );
  });
});
