import { expect, test } from "vitest";
import { normalTable, randomStream } from "./simulate-random.ts";

const draw = (seed: number, name: string, count = 5): number[] => {
  const stream = randomStream(seed, name);
  return Array.from({ length: count }, () => stream.uniform());
};

test("equal seeds and names give equal numbers, on every machine", () => {
  expect(draw(7, "P1/C05")).toEqual(draw(7, "P1/C05"));
  expect(draw(7, "P1/C05", 2).map((value) => value.toFixed(9))).toMatchInlineSnapshot(`
    [
      "0.503518727",
      "0.285819228",
    ]
  `);
});

test("another seed or another name gives an independent stream", () => {
  const streams = [draw(7, "P1/C05", 2000), draw(8, "P1/C05", 2000), draw(7, "P1/C06", 2000)];
  for (const [i, a] of streams.entries()) {
    for (const b of streams.slice(i + 1)) {
      const product = a.reduce((sum, value, k) => sum + (value - 0.5) * (b[k]! - 0.5), 0);
      expect(Math.abs(product / a.length / (1 / 12))).toBeLessThan(0.08);
    }
  }
});

test("normals have mean 0 and standard deviation 1, also in the table", () => {
  const stream = randomStream(3, "normals");
  const drawn = Float64Array.from({ length: 20_000 }, () => stream.normal());
  for (const values of [drawn, Float64Array.from(normalTable())]) {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
  }
});

test("shuffling keeps every item and leaves the input alone", () => {
  const items = Object.freeze([1, 2, 3, 4, 5, 6, 7, 8]);
  const shuffled = randomStream(1, "shuffle").shuffled(items);
  expect(shuffled).not.toEqual([...items]);
  expect([...shuffled].sort()).toEqual([...items]);
});
