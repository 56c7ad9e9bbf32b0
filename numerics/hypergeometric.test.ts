import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, it } from "vitest";
import { hypergeometricTail } from "./hypergeometric.ts";

const golden = JSON.parse(readFileSync(new URL("../maps/fixtures/scipy.json", import.meta.url), "utf8")) as {
  hypergeometric: { hits: number; drawn: number; marked: number; total: number; p: number }[];
};

it("is scipy's to 1e-9 relative, down to 1e-41", () => {
  for (const { hits, drawn, marked, total, p } of golden.hypergeometric)
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
