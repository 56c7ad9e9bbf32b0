import { expect, it } from "vitest";
import { hitScore, specificity } from "./guide-score.ts";

const guide = "GAGTCCGAGCAGAAGAAGAA";
const at = (...places: number[]): string =>
  [...guide].map((letter, i) => (places.includes(i) ? letter.toLowerCase() : letter)).join("");
const scoreOf = (...places: number[]): number | undefined =>
  hitScore({ siteText: at(...places), dnaBulges: 0, rnaBulges: 0 });

it("scores a site without mismatch 100 and one at the PAM's far end the same", () => {
  expect(scoreOf()).toBe(100);
  expect(scoreOf(0)).toBe(100);
});

it("scores mismatches by their places, distances and number", () => {
  expect(scoreOf(19)).toBeCloseTo(100 * (1 - 0.583), 10);
  // (1 − 0.851)(1 − 0.583), 6 apart: 1 / ((13/19) · 4 + 1), a quarter for two.
  expect(scoreOf(13, 19)).toBeCloseTo((100 * 0.149 * 0.417) / ((13 / 19) * 4 + 1) / 4, 10);
});

it("has no score for bulges and for guides of another length", () => {
  expect(hitScore({ siteText: guide, dnaBulges: 1, rnaBulges: 0 })).toBeUndefined();
  expect(hitScore({ siteText: guide.slice(1), dnaBulges: 0, rnaBulges: 0 })).toBeUndefined();
});

it("calls a guide without other sites wholly specific, and one with a twin half so", () => {
  expect(specificity([])).toBe(100);
  expect(specificity([100])).toBe(50);
});
