import fc from "fast-check";
import { expect, it } from "vitest";
import { hypergeometricTail } from "./hypergeometric.ts";

it("is scipy 1.17's hypergeom.sf to 1e-9 relative, down to 1e-41", () => {
  for (const [hits, drawn, marked, total, p] of [
    [0, 5, 5, 20, 1],
    [1, 1, 1, 4, 0.25],
    [3, 10, 7, 50, 0.13262010884582576],
    [12, 40, 60, 2718, 1.4844996824465382e-11],
    [2, 100, 5, 20000, 0.0002450953258561821],
    [40, 120, 300, 18000, 1.8812087926124085e-41],
    [5, 5, 5, 5, 1],
  ] as const)
    expect(Math.abs(hypergeometricTail(hits, drawn, marked, total) / p - 1)).toBeLessThan(1e-9);
});

it("equals the sum over all draws, counted exactly", () => {
  const choose = (n: number, k: number): number => (k < 0 || k > n ? 0 : k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 25 }), fc.nat(25), fc.nat(25), fc.nat(26), (total, a, b, hits) => {
      const [drawn, marked] = [Math.min(a, total), Math.min(b, total)];
      let ways = 0;
      for (let k = hits; k <= drawn; k++) ways += choose(marked, k) * choose(total - marked, drawn - k);
      expect(hypergeometricTail(hits, drawn, marked, total)).toBeCloseTo(ways / choose(total, drawn), 10);
    }),
  );
});
