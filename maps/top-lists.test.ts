import { seededRandom } from "@artesian/numerics";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { GroupRow, PerturbationGroup } from "./perturbation-group.ts";
import { relateRows } from "./relate-rows.ts";
import { NO_ROW, topLists } from "./top-lists.ts";

const row = (i: number): GroupRow => ({
  perturbation: `gene:G${i}`,
  type: "gene",
  symbol: `G${i}`,
  concentration: null,
  units: 1,
  experiment: null,
  arm: null,
  consistencyP: null,
});
const groupOf = (n: number, dims: number, value: (at: number) => number): PerturbationGroup =>
  relateRows({
    rows: Array.from({ length: n }, (_, i) => row(i)),
    dims,
    vectors: Float64Array.from({ length: n * dims }, (_, at) => value(at)),
  });

function cosineOf({ vectors, dims }: PerturbationGroup, a: number, b: number): number {
  let cosine = 0;
  for (let j = 0; j < dims; j++) cosine += vectors[a * dims + j]! * vectors[b * dims + j]!;
  return cosine;
}

it("finds what sorting all cosines finds, in both tails", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 0, max: 12 }), fc.integer(), (n, count, seed) => {
      const random = seededRandom(seed);
      const group = groupOf(n, 4, () => random.normal());
      const { rows, cosines } = topLists(group, count);
      for (let i = 0; i < n; i++)
        for (const [tail, sign] of [
          [0, 1],
          [1, -1],
        ] as const) {
          const all = Array.from({ length: n }, (_, other) => ({ other, cosine: cosineOf(group, i, other) }))
            .filter(({ other }) => other !== i)
            .sort((a, b) => sign * (b.cosine - a.cosine) || a.other - b.other)
            .slice(0, count);
          const at = (2 * i + tail) * count;
          const listed = [...rows.subarray(at, at + count)].filter((one) => one !== NO_ROW);
          expect(new Set(listed).size).toBe(all.length);
          // Cosines that differ in their last bit alone may stand in either order.
          all.forEach(({ cosine }, k) => {
            expect(cosines[at + k]).toBeCloseTo(cosine, 6);
            expect(cosineOf(group, i, listed[k]!)).toBeCloseTo(cosine, 6);
          });
        }
    }),
    { numRuns: 30 },
  );
});

it("puts the lower row first among equals, and leaves out rows without length", () => {
  const group = groupOf(6, 2, (at) => (at < 8 ? [1, 0][at % 2]! : 0));
  const { rows } = topLists(group, 3);
  expect([...rows.subarray(0, 3)]).toEqual([1, 2, 3]);
  expect([...rows.subarray(2 * 2 * 3, 2 * 2 * 3 + 3)]).toEqual([0, 1, 3]);
  expect([...rows.subarray(5 * 6)]).toEqual(new Array(6).fill(NO_ROW));
});
