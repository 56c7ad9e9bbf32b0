import fc from "fast-check";
import { expect, test } from "vitest";
import { contrast, cssColor, diverging, gradientStops, inkOn, seriesColor, viridis } from "./color.ts";
import { extent, linearScale, logScale, logTicks, niceTicks, scaleBarUm } from "./scale.ts";

test("a linear scale maps the ends of the domain to the ends of the range", () => {
  const x = linearScale([-1, 1], [0, 200]);
  expect([x(-1), x(0), x(1)]).toEqual([0, 100, 200]);
  expect(linearScale([3, 3], [0, 10])(3)).toBe(5);
});

test("a log scale puts decades at equal distances", () => {
  const x = logScale([0.01, 100], [0, 400]);
  expect([0.01, 0.1, 1, 10, 100].map((d) => Math.round(x(d)))).toEqual([0, 100, 200, 300, 400]);
});

test("ticks are round, rising and inside the domain", () => {
  expect(niceTicks(-0.1, 1.1, 5)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
  fc.assert(
    fc.property(
      fc.double({ min: -1e6, max: 1e6, noNaN: true }),
      fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
      (low, width) => {
        const ticks = niceTicks(low, low + width, 5);
        for (const [k, tick] of ticks.entries()) {
          expect(tick).toBeGreaterThanOrEqual(low - width * 1e-6);
          expect(tick).toBeLessThanOrEqual(low + width * (1 + 1e-6));
          if (k > 0) expect(tick).toBeGreaterThan(ticks[k - 1]!);
        }
        expect(ticks.length).toBeLessThan(14);
      },
    ),
  );
});

test("log ticks are decades, or 1-2-5 steps when fewer than two decades fit", () => {
  expect(logTicks(0.05, 20)).toEqual([0.1, 1, 10]);
  expect(logTicks(0.8, 6)).toEqual([1, 2, 5]);
});

test("the extent ignores what is missing and is never empty", () => {
  expect(extent([2, Number.NaN, -1])).toEqual([-1, 2]);
  expect(extent([])).toEqual([0, 1]);
  expect(extent([0, 10], 0.1)).toEqual([-1, 11]);
});

test("a scale bar is the largest 1, 2 or 5 × 10ⁿ µm that fits", () => {
  expect(scaleBarUm(351, 0.32)).toBe(100);
  expect(scaleBarUm(170, 0.32)).toBe(50);
  expect(scaleBarUm(11, 0.32)).toBe(2);
  expect(scaleBarUm(0)).toBe(0);
});

test("diverging colours are white at 0, red when similar, blue when opposite, and symmetric in depth", () => {
  expect(diverging(0)).toEqual([255, 255, 255]);
  expect(cssColor(diverging(1))).toBe("rgb(178 24 43)");
  expect(cssColor(diverging(-1))).toBe("rgb(33 102 172)");
  expect(diverging(5)).toEqual(diverging(1));
  expect(gradientStops("red-blue").at(-1)).toEqual({ offset: 1, color: "rgb(178 24 43)" });
});

test("ink on any colour of a ramp has a contrast of at least 4.5", () => {
  const inks = { "#ffffff": [255, 255, 255], "#111820": [17, 24, 32], "#000000": [0, 0, 0] } as const;
  for (let t = 0; t <= 1; t += 0.002)
    for (const color of [viridis(t), diverging(2 * t - 1), diverging(2 * t - 1, "orange-purple")])
      expect(contrast(color, inks[inkOn(color)])).toBeGreaterThanOrEqual(4.5);
});

test("series colours repeat after the last", () => {
  expect(seriesColor(8)).toBe(seriesColor(0));
  expect(seriesColor(-1)).toBe(seriesColor(7));
});
