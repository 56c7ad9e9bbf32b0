import { seededRandom } from "@artesian/numerics";
import { expect, it } from "vitest";
import { LikelyLimits } from "./likely-limits.ts";

it("gives limits only where they spare work", () => {
  expect(LikelyLimits.of(20_000, 100)).toBeDefined();
  expect(LikelyLimits.of(20_000, 0)).toBeUndefined();
  expect(LikelyLimits.of(1000, 1)).toBeUndefined();
  expect(LikelyLimits.of(2000, 101)).toBeUndefined();
});

it("puts about twice a list beyond each limit, by each side's spread, and the row itself does not count", () => {
  const random = seededRandom(3);
  const limits = LikelyLimits.of(20_000, 100)!;
  const product = (): number => {
    const normal = random.normal();
    return 0.1 + (normal > 0 ? 0.1 : 0.09) * normal;
  };
  const all = Float32Array.from({ length: 20_000 }, product);
  for (const row of [7, limits.sample[300]!]) {
    const sample = Float32Array.from(limits.sample, (index) => (index === row ? 1e6 : all[index]!));
    const [high, low] = limits.limits(row, sample);
    for (const beyond of [all.filter((value) => value >= high), all.filter((value) => value <= low)]) {
      expect(beyond.length).toBeGreaterThan(110);
      expect(beyond.length).toBeLessThan(500);
    }
  }
});

it("draws in the limits of the tail whose lists came out too short", () => {
  const limits = LikelyLimits.of(20_000, 100)!;
  const sample = (): Float32Array => Float32Array.from({ length: 512 }, (_, index) => Math.sin(index));
  const before = limits.limits(1, sample());
  limits.learn([300, 0], 1024);
  const after = limits.limits(1, sample());
  expect(after[0]).toBeLessThan(before[0]);
  expect(after[1]).toBe(before[1]);
});
