import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BatchFft, radicesOf, referenceFft } from "./fft.ts";

function directTransform(re: ArrayLike<number>, im: ArrayLike<number>): { re: number[]; im: number[] } {
  const length = re.length;
  const out = { re: [] as number[], im: [] as number[] };
  for (let k = 0; k < length; k++) {
    let sumRe = 0;
    let sumIm = 0;
    for (let n = 0; n < length; n++) {
      const angle = (-2 * Math.PI * ((n * k) % length)) / length;
      sumRe += re[n]! * Math.cos(angle) - im[n]! * Math.sin(angle);
      sumIm += re[n]! * Math.sin(angle) + im[n]! * Math.cos(angle);
    }
    out.re.push(sumRe);
    out.im.push(sumIm);
  }
  return out;
}

function fill(fft: BatchFft, seed: number): void {
  for (let at = 0; at < fft.inputRe.length; at++) {
    fft.inputRe[at] = Math.sin(seed + at * 1.7) * 3;
    fft.inputIm[at] = Math.cos(seed + at * 0.9 + at * at * 0.01);
  }
}

function lane(values: Float64Array, batch: number, which: number): number[] {
  return Array.from({ length: values.length / batch }, (_, row) => values[row * batch + which]!);
}

function expectDirect(fft: BatchFft, seed: number): void {
  fill(fft, seed);
  const inputs = Array.from({ length: fft.batch }, (_, which) => ({
    re: lane(fft.inputRe, fft.batch, which),
    im: lane(fft.inputIm, fft.batch, which),
  }));
  fft.transform();
  inputs.forEach((input, which) => {
    const expected = directTransform(input.re, input.im);
    const re = lane(fft.outputRe, fft.batch, which);
    const im = lane(fft.outputIm, fft.batch, which);
    for (let k = 0; k < fft.length; k++) {
      expect(Math.abs(re[k]! - expected.re[k]!)).toBeLessThan(1e-11 * fft.length);
      expect(Math.abs(im[k]! - expected.im[k]!)).toBeLessThan(1e-11 * fft.length);
    }
  });
}

describe("the reference transform", () => {
  test("an impulse becomes a constant", () => {
    const fft = referenceFft(12, 1);
    fft.inputRe[0] = 2;
    fft.transform();
    expect([...fft.outputRe]).toEqual(Array(12).fill(2));
  });

  test("equals the defining sum for every length from 1 to 64, and for lengths with large prime factors", () => {
    for (let length = 1; length <= 64; length++) expectDirect(referenceFft(length, 1), length);
    for (const length of [74, 113, 178, 226]) expectDirect(referenceFft(length, 1), length);
  });

  test("transforms every sequence of a batch on its own", () => {
    for (const length of [8, 30, 37]) expectDirect(referenceFft(length, 3), length);
  });

  test("a second transform does not see the first", () => {
    const fft = referenceFft(37, 2);
    expectDirect(fft, 1);
    expectDirect(fft, 2);
  });

  test("keeps the energy of any sequence (Parseval)", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e3, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 80 }),
        (values) => {
          const fft = referenceFft(values.length, 1);
          fft.inputRe.set(values);
          const before = values.reduce((sum, value) => sum + value * value, 0);
          fft.transform();
          let after = 0;
          for (let k = 0; k < values.length; k++) after += fft.outputRe[k]! ** 2 + fft.outputIm[k]! ** 2;
          return Math.abs(after / values.length - before) <= 1e-9 * (before + 1e-9);
        },
      ),
    );
  });
});

test("a length is split into fours, a two and odd primes", () => {
  expect(radicesOf(1080, 5)).toEqual([4, 2, 3, 3, 3, 5]);
  expect(radicesOf(904, 31)).toBeUndefined();
  expect(radicesOf(1, 5)).toEqual([]);
});
