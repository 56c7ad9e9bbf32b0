import { describe, expect, test } from "vitest";
import { fastFft } from "./fast-fft.ts";
import { type BatchFft, referenceFft } from "./fft.ts";

function filled(fft: BatchFft, seed: number): BatchFft {
  for (let at = 0; at < fft.inputRe.length; at++) {
    fft.inputRe[at] = Math.sin(seed + at * at * 0.37);
    fft.inputIm[at] = Math.cos(seed * at * 1.3);
  }
  fft.transform();
  return fft;
}

function largestDifference(a: Float64Array, b: Float64Array): number {
  return a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0);
}

describe("the vector transform", () => {
  test("equals the reference for every length up to 60 that it takes, and for the edges of real planes", () => {
    for (const length of [...Array(60).keys()].map((n) => n + 1).concat(512, 540, 640, 1000, 1024, 1080, 2160)) {
      const fast = filled(fastFft(length, 4), length);
      const reference = filled(referenceFft(length, 4), length);
      expect(largestDifference(fast.outputRe, reference.outputRe)).toBeLessThan(1e-15 * (length + 64));
      expect(largestDifference(fast.outputIm, reference.outputIm)).toBeLessThan(1e-15 * (length + 64));
    }
  });

  test("equals the reference for batches of 2, 6 and 16", () => {
    for (const batch of [2, 6, 16]) {
      const fast = filled(fastFft(120, batch), 3);
      const reference = filled(referenceFft(120, batch), 3);
      expect(largestDifference(fast.outputRe, reference.outputRe)).toBeLessThan(1e-13);
    }
  });

  test("a transform after another does not see it", () => {
    const fft = filled(fastFft(1080, 4), 1);
    const first = fft.outputRe.slice();
    filled(fft, 2);
    filled(fft, 1);
    expect(fft.outputRe).toEqual(first);
  });

  test("equals the reference for lengths with other prime factors, as edges of 1388, 1224, 904 and 696 pixels have", () => {
    for (const length of [7, 49, 113, 520, 696, 904, 1224, 1388]) {
      const fast = filled(fastFft(length, 4), length);
      const reference = filled(referenceFft(length, 4), length);
      expect(largestDifference(fast.outputRe, reference.outputRe)).toBeLessThan(1e-14 * (length + 64));
      expect(largestDifference(fast.outputIm, reference.outputIm)).toBeLessThan(1e-14 * (length + 64));
    }
  });

  test("an odd batch gets the reference", () => {
    expect(filled(fastFft(60, 3), 1).outputRe).toEqual(filled(referenceFft(60, 3), 1).outputRe);
  });
});
