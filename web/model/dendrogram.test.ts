import { averageLinkage, leafOrder } from "@artesian/maps/clustering.ts";
import { expect, test } from "vitest";
import { brackets, clustersInOrder } from "./dendrogram.ts";

const points = [0, 10, 1, 12];
const distances = Float64Array.from({ length: 16 }, (_, k) => Math.abs(points[k >> 2]! - points[k % 4]!));
const merges = averageLinkage(distances, 4);
const order = leafOrder(merges, 4);

test("brackets join neighbours in the order drawn and grow toward the root", () => {
  const drawn = brackets(merges, order);
  expect(order).toEqual([0, 2, 1, 3]);
  expect(drawn.map(({ low, high }) => [low, high])).toEqual([
    [0.5, 1.5],
    [2.5, 3.5],
    [1, 3],
  ]);
  expect(drawn[2]).toEqual({ low: 1, high: 3, height: 1, lowFrom: drawn[0]!.height, highFrom: drawn[1]!.height });
  expect(drawn[0]!.height).toBeCloseTo(1 / 10.5);
});

test("no branch crosses another: the places under a bracket follow one another", () => {
  for (const { low, high } of brackets(merges, order)) expect(low).toBeLessThan(high);
});

test("a cut numbers clusters from the top and leaves lone rows without one", () => {
  expect(clustersInOrder(merges, order, 2)).toEqual([0, 0, 1, 1]);
  expect(clustersInOrder(merges, order, 3)).toEqual([0, 0, -1, -1]);
  expect(clustersInOrder([], [], 3)).toEqual([]);
});

test("a single row has no bracket", () => {
  expect(brackets([], [0])).toEqual([]);
});
