import { expect, it } from "vitest";
import {
  erfc,
  fTail,
  incompleteBeta,
  logGamma,
  normalCdf,
  normalQuantile,
  tQuantile,
  tTwoSided,
} from "./distributions.ts";

it("computes gamma and error functions to 13 digits", () => {
  expect(logGamma(0.5)).toBeCloseTo(0.5723649429247001, 13);
  expect(logGamma(10)).toBeCloseTo(12.801827480081469, 12);
  expect(erfc(1) / 0.15729920705028513).toBeCloseTo(1, 12);
  expect(erfc(3) / 2.209049699858544e-5).toBeCloseTo(1, 12);
  expect(erfc(-1)).toBeCloseTo(1.8427007929497148, 13);
});

it("inverts the normal distribution", () => {
  expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12);
  expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306167813, 11);
  for (const p of [1e-9, 0.01, 0.3, 0.5, 0.9, 0.9999]) expect(normalCdf(normalQuantile(p)) / p).toBeCloseTo(1, 9);
  expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
});

it("computes the incomplete beta function and the tails built on it", () => {
  expect(incompleteBeta(0.5, 2, 3)).toBeCloseTo(0.6875, 13);
  expect(incompleteBeta(0.2, 0.5, 0.5)).toBeCloseTo((2 / Math.PI) * Math.asin(Math.sqrt(0.2)), 12);
  expect(tTwoSided(2.2281388519649385, 10)).toBeCloseTo(0.05, 10);
  expect(tQuantile(0.975, 10)).toBeCloseTo(2.2281388519649385, 9);
  expect(tQuantile(0.025, 1)).toBeCloseTo(-12.706204736432095, 6);
  expect(fTail(4.9646027437307145, 1, 10)).toBeCloseTo(0.05, 9);
  expect(fTail(0, 3, 10)).toBe(1);
});
