import { expect, it } from "vitest";
import { planBatches } from "./align-batches.ts";

const readsOf = (lengths: readonly number[]) => ({
  size: lengths.length,
  length: (index: number) => lengths[index]!,
  copy: () => 0,
});

it("cuts reads into batches of so many, the last of what is left", () => {
  expect(planBatches(readsOf([250, 251, 252, 0, 254]), 250, 2)).toEqual({
    batches: [
      { from: 0, to: 2 },
      { from: 2, to: 4 },
      { from: 4, to: 5 },
    ],
    bases: 1007,
  });
  expect(planBatches(readsOf([]), 250, 2)).toEqual({ batches: [], bases: 0 });
});

it.each([
  [250, 250, 600, "all of them"],
  [120, 30_000, 133, "at most four million bases"],
  [10_000, 5000, 80, "at most four thousand million cells"],
  [30_000, 20_000, 16, "a vector in any case"],
])("cuts reads against %i bases, of %i bases each, into batches of %i: %s", (referenceLength, length, count) => {
  const { batches } = planBatches(readsOf(new Array<number>(600).fill(length)), referenceLength, 8192);
  expect(batches[0]).toEqual({ from: 0, to: count });
  expect(batches.at(-1)?.to).toBe(600);
  for (let i = 1; i < batches.length; i++) expect(batches[i]!.from).toBe(batches[i - 1]!.to);
});

it("refuses a read that is too long, by its number", () => {
  expect(() => planBatches(readsOf([5, 40_000]), 250, 10)).toThrow("read 2 has 40000 bases, expected 0 to 32767");
});
