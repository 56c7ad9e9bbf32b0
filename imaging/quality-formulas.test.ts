import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { greyCorrelations } from "./grey-correlation.ts";
import { greyMean, greyMedianAbsoluteDeviation, greyQuantile, greyValuesOf } from "./grey-values.ts";
import { localFocusScore } from "./local-focus.ts";
import { type Plane, planeOf } from "./plane.ts";
import { powerLogLogSlope } from "./power-spectrum.ts";
import { otsuThreshold } from "./threshold-otsu.ts";

// Every formula once more, by its definition and pixel by pixel, on small planes.

const anyPlane = fc
  .tuple(fc.integer({ min: 2, max: 14 }), fc.integer({ min: 2, max: 14 }), fc.boolean(), fc.integer())
  .map(([width, height, wide, seed]) => texturedPlane(width, height, wide ? 65_535 : 255, seed));

function texturedPlane(width: number, height: number, ceiling: number, seed: number): Plane {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  const values = Array.from({ length: width * height }, (_, at) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const wave = 0.5 + 0.3 * Math.sin((at % width) / 3) * Math.cos(Math.floor(at / width) / 4);
    return Math.floor(ceiling * Math.min(1, Math.max(0, wave * (0.6 + 0.5 * (state / 2 ** 32)))));
  });
  return planeOf(ceiling === 255 ? Uint8Array.from(values) : Uint16Array.from(values), width, height);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const variance = (values: readonly number[]): number => {
  const centre = mean(values);
  return mean(values.map((value) => (value - centre) ** 2));
};
const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2;
};

describe("each metric equals its definition", () => {
  test("median and median absolute deviation, from counts", () => {
    fc.assert(
      fc.property(anyPlane, (plane) => {
        const values = greyValuesOf(plane);
        const pixels = [...plane.data];
        const centre = median(pixels);
        expect(greyQuantile(values, 0.5)).toBe(centre);
        expect(greyMedianAbsoluteDeviation(values, centre)).toBe(
          median(pixels.map((pixel) => Math.abs(pixel - centre))),
        );
        expect(greyMean(values)).toBeCloseTo(mean(pixels), 9);
      }),
    );
  });

  test("LocalFocusScore: variance over median of the cells' variance over mean", () => {
    fc.assert(
      fc.property(anyPlane, fc.integer({ min: 1, max: 6 }), (plane, scale) => {
        const { data, width, height } = plane;
        const rows = Math.ceil(height / scale);
        const columns = Math.ceil(width / scale);
        const cells = new Map<number, number[]>();
        data.forEach((grey, at) => {
          const cell =
            Math.floor((Math.floor(at / width) * rows) / height) * columns +
            Math.floor(((at % width) * columns) / width);
          cells.set(cell, [...(cells.get(cell) ?? []), grey / 255]);
        });
        const scores = [...cells.values()].filter((cell) => mean(cell) > 0).map((cell) => variance(cell) / mean(cell));
        const expected = scores.length > 0 && median(scores) > 1e-12 ? variance(scores) / median(scores) : 0;
        const found = localFocusScore(plane, scale, 255);
        if (expected > 0) expect(found / expected).toBeCloseTo(1, 6);
      }),
    );
  });

  test("Correlation: Haralick's third feature of the whole co-occurrence matrix", () => {
    fc.assert(
      fc.property(anyPlane, fc.integer({ min: 1, max: 5 }), (plane, scale) => {
        const { data, width, height } = plane;
        fc.pre(scale < width);
        const low = Math.min(...data);
        const high = Math.max(...data);
        const scaleOf = plane.bitDepth === 8 ? 255 : 65_535;
        fc.pre(high > low);
        const level = (grey: number): number =>
          Math.min(7, Math.floor(((grey / scaleOf - low / scaleOf) / (high / scaleOf - low / scaleOf)) * 8));
        const matrix = Array.from({ length: 8 }, () => new Float64Array(8));
        for (let y = 0; y < height; y++) {
          for (let x = 0; x + scale < width; x++) {
            matrix[level(data[y * width + x]!)]![level(data[y * width + x + scale]!)]! +=
              1 / (height * (width - scale));
          }
        }
        const px = matrix.map((row) => row.reduce((sum, value) => sum + value, 0));
        const py = px.map((_, j) => matrix.reduce((sum, row) => sum + row[j]!, 0));
        const moment = (p: readonly number[], f: (i: number) => number): number =>
          p.reduce((sum, v, i) => sum + v * f(i), 0);
        const [muX, muY] = [moment(px, (i) => i), moment(py, (i) => i)];
        const spread = moment(px, (i) => (i - muX) ** 2) * moment(py, (i) => (i - muY) ** 2);
        fc.pre(spread > 1e-9);
        const product = matrix.reduce(
          (sum, row, i) => sum + row.reduce((inner, value, j) => inner + i * j * value, 0),
          0,
        );
        const [found] = greyCorrelations(plane, greyValuesOf(plane), [scale]);
        expect(found).toBeCloseTo((product - muX * muY) / Math.sqrt(spread), 9);
      }),
    );
  });

  test("PowerLogLogSlope: rings over the whole transform, mirrored with the reference's off-by-one", () => {
    for (const [width, height] of [
      [48, 40],
      [41, 53],
      [64, 64],
    ] as const) {
      const plane = texturedPlane(width, height, 65_535, width);
      const rings = Math.floor(Math.min(width, height) / 8) - 1;
      const power = new Float64Array(rings + 1);
      for (let v = 0; v < height; v++) {
        for (let u = 0; u < width; u++) {
          const ring = Math.floor(Math.hypot(Math.min(v, height - 1 - v), Math.min(u, width - 1 - u))) + 1;
          if (ring <= rings) power[ring]! += powerAt(plane, u, v);
        }
      }
      const x = Array.from({ length: rings - 1 }, (_, index) => Math.log(index + 2));
      const y = x.map((_, index) => Math.log(power[index + 2]!));
      const slope =
        x.reduce((sum, value, index) => sum + (value - mean(x)) * (y[index]! - mean(y)), 0) / (x.length * variance(x));
      expect(powerLogLogSlope(plane, 30_000)).toBeCloseTo(slope, 9);
    }
  });

  test("ThresholdOtsu: best split of the sorted log intensities", () => {
    fc.assert(
      fc.property(anyPlane, (plane) => {
        const scale = plane.bitDepth === 8 ? 255 : 65_535;
        const grey = [...plane.data].map((value) => value / scale).sort((a, b) => a - b);
        const floor = grey[0]! + (grey.at(-1)! - grey[0]!) / 256 + 2 ** -23;
        const logs = grey.map((value) => Math.log(Math.max(value, floor)));
        fc.pre(logs.length > 3 && logs[0] !== logs.at(-1));
        const squares = (part: readonly number[]): number => (part.length === 0 ? 0 : variance(part) * part.length);
        const scores = logs.slice(1).map((_, index) => {
          const upper = logs.slice(index + 1);
          const weight = upper.length > 1 ? upper.length / (upper.length - 1) : 0;
          return squares(logs.slice(0, index + 1)) + squares(upper) * weight;
        });
        const best = Math.min(...scores);
        const [runnerUp] = scores.filter((score) => score > best * (1 + 1e-9) + 1e-12).sort((a, b) => a - b);
        const ties = scores.filter((score) => score <= best * (1 + 1e-5) + 1e-9).length;
        fc.pre(ties === 1 && runnerUp !== undefined);
        const index = scores.indexOf(best);
        const candidates = logs.slice(1);
        const around = [candidates[Math.max(index - 1, 0)]!, candidates[Math.min(index + 1, candidates.length - 1)]!];
        expect(otsuThreshold(greyValuesOf(plane)) / Math.exp(mean(around))).toBeCloseTo(1, 5);
      }),
    );
  });
});

function powerAt(plane: Plane, u: number, v: number): number {
  const { data, width, height } = plane;
  let re = 0;
  let im = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const angle = -2 * Math.PI * (((u * x) % width) / width + ((v * y) % height) / height);
      re += (data[y * width + x]! - 30_000) * Math.cos(angle);
      im += (data[y * width + x]! - 30_000) * Math.sin(angle);
    }
  }
  return re * re + im * im;
}
