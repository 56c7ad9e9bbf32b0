import { expect, test } from "vitest";
import {
  formatAge,
  formatBytes,
  formatCount,
  formatDose,
  formatDuration,
  formatFixed,
  formatInterval,
  formatNumber,
  formatPercent,
  formatProgress,
  formatRange,
  formatRate,
  plural,
} from "./format.ts";

test("counts have thousands separators and a real minus sign", () => {
  expect(formatCount(24391)).toBe("24,391");
  expect(formatCount(-2)).toBe("−2");
  expect(formatCount(null)).toBe("–");
  expect(formatCount(Number.NaN)).toBe("–");
});

test("measured numbers keep three significant digits and whole ones stay whole", () => {
  expect(formatNumber(35)).toBe("35");
  expect(formatNumber(-1.7123)).toBe("−1.71");
  expect(formatNumber(0.04567)).toBe("0.0457");
  expect(formatNumber(638)).toBe("638");
  expect(formatNumber(43210)).toBe("43,210");
  expect(formatNumber(0)).toBe("0");
  expect(formatNumber(2_500_000)).toBe("2.50e6");
  expect(formatNumber(0.00001234)).toBe("1.23e-5");
});

test("a fixed count of decimals lines columns up", () => {
  expect(formatFixed(-0.5, 2)).toBe("−0.50");
  expect(formatFixed(undefined, 2)).toBe("–");
});

test("a dose is written in the unit that keeps it readable", () => {
  expect(formatDose(0.03)).toBe("30 nM");
  expect(formatDose(0.8)).toBe("0.8 µM");
  expect(formatDose(10)).toBe("10 µM");
  expect(formatDose(2500)).toBe("2.5 mM");
  expect(formatDose(0)).toBe("0 µM");
});

test("an estimate and its interval share one unit, and an open side is said", () => {
  expect(formatInterval(0.8, [0.5, 1.2])).toBe("0.8 µM (0.5–1.2)");
  expect(formatInterval(0.031, [0.012, 0.09])).toBe("31 nM (12–90)");
  expect(formatInterval(0.8, [null, 1.2])).toBe("0.8 µM (0–1.2)");
  expect(formatInterval(0.8, [0.5, null])).toBe("0.8 µM (0.5–∞)");
  expect(formatInterval(30)).toBe("30 µM");
  expect(formatInterval(null, [1, 2])).toBe("–");
});

test("an interval with a negative end is written with to", () => {
  expect(formatRange(89.4, 101)).toBe("89–101");
  expect(formatRange(-4, 8)).toBe("−4 to 8");
});

test("ages and durations are told in the largest unit that says enough", () => {
  expect(formatAge(1200)).toBe("now");
  expect(formatAge(42_000)).toBe("42 s");
  expect(formatAge(120_000)).toBe("2 min");
  expect(formatAge(3 * 3600_000)).toBe("3 h");
  expect(formatAge(72 * 3600_000)).toBe("3 d");
  expect(formatDuration(340)).toBe("340 ms");
  expect(formatDuration(800 * 10)).toBe("8.0 s");
  expect(formatDuration(72_000)).toBe("1 m 12 s");
  expect(formatDuration(3_720_000)).toBe("1 h 02 m");
});

test("slow rates are told per minute so that they do not read as zero", () => {
  expect(formatRate(412.3)).toBe("412/s");
  expect(formatRate(1.24)).toBe("1.2/s");
  expect(formatRate(0.05)).toBe("3/min");
  expect(formatRate(0)).toBe("");
});

test("progress without an expectation tells only what is done", () => {
  expect(formatProgress(1012, 1848)).toBe("1,012 / 1,848");
  expect(formatProgress(3, null)).toBe("3");
  expect(formatPercent(0.876)).toBe("88 %");
  expect(formatBytes(2_360_000)).toBe("2.36 MB");
  expect(plural(1, "plate")).toBe("1 plate");
  expect(plural(0, "entry", "entries")).toBe("0 entries");
});
