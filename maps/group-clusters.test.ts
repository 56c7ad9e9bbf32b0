import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averageLinkage, cutTree, leafOrder } from "./clustering.ts";
import { clusterGroup, clustersAt, groupDistances, orderBySimilarity } from "./group-clusters.ts";
import { linkage, type Merge } from "./linkage.ts";
import { optimalLeafOrder } from "./optimal-leaf-order.ts";
import { groupOf, plantedGroup } from "./planted-group.test-support.ts";
import { referenceProducts } from "./vector-products.ts";

interface Golden {
  points: number[][];
  clusters: Record<
    "average" | "ward",
    { heights: number[]; sizes: number[]; cophenetic: number[]; optimalPath: number; plainPath: number }
  >;
}
const golden = JSON.parse(readFileSync(new URL("fixtures/scipy-linkage.json", import.meta.url), "utf8")) as Golden;

function distancesOf(points: readonly (readonly number[])[]): Float64Array {
  return Float64Array.from(points.flatMap((a) => points.map((b) => Math.hypot(...a.map((value, k) => value - b[k]!)))));
}

const pathLength = (order: readonly number[], distances: Float64Array, n: number): number =>
  order.slice(1).reduce((sum, leaf, i) => sum + distances[order[i]! * n + leaf]!, 0);

/** Height at which each pair of leaves comes together, pairs in scipy's order. */
function cophenetic(merges: readonly Merge[], n: number): number[] {
  const members: number[][] = Array.from({ length: n }, (_, i) => [i]);
  const together = new Float64Array(n * n);
  for (const { left, right, height } of merges) {
    for (const a of members[left]!)
      for (const b of members[right]!) {
        together[a * n + b] = height;
        together[b * n + a] = height;
      }
    members.push([...members[left]!, ...members[right]!]);
  }
  return Array.from({ length: n }, (_, a) =>
    Array.from({ length: n - a - 1 }, (_, k) => together[a * n + a + 1 + k]!),
  ).flat();
}

/** Every order that a dendrogram allows. */
function allowedOrders(merges: readonly Merge[], n: number, node = n + merges.length - 1): number[][] {
  if (node < n) return [[node]];
  const { left, right } = merges[node - n]!;
  return allowedOrders(merges, n, left).flatMap((a) =>
    allowedOrders(merges, n, right).flatMap((b) => [
      [...a, ...b],
      [...b, ...a],
    ]),
  );
}

describe.each(["average", "ward"] as const)("%s linkage", (method) => {
  const n = golden.points.length;
  const { heights, sizes, cophenetic: expected, optimalPath, plainPath } = golden.clusters[method];

  it("is scipy's: heights, sizes and the whole tree", () => {
    const merges = linkage(distancesOf(golden.points), n, method);
    expect(merges.map(({ size }) => size)).toEqual(sizes);
    merges.forEach(({ height }, i) => void expect(height).toBeCloseTo(heights[i]!, 9));
    cophenetic(merges, n).forEach((height, i) => void expect(height).toBeCloseTo(expected[i]!, 9));
  });

  it("is the same to six digits from float32", () => {
    const merges = linkage(Float32Array.from(distancesOf(golden.points)), n, method);
    merges.forEach(({ height }, i) => void expect(height).toBeCloseTo(heights[i]!, 4));
  });

  it("has a leaf order that the tree allows, no longer than the one scipy finds", async () => {
    const distances = distancesOf(golden.points);
    const merges = linkage(distances.slice(), n, method);
    const order = await optimalLeafOrder(merges, n, distances);
    const members: number[][] = golden.points.map((_, i) => [i]);
    for (const { left, right } of merges) {
      const together = [...members[left]!, ...members[right]!];
      const places = together.map((leaf) => order.indexOf(leaf));
      expect(Math.max(...places) - Math.min(...places)).toBe(together.length - 1);
      members.push(together);
    }
    expect(pathLength(order, distances, n)).toBeLessThan(optimalPath + 1e-9);
    expect(optimalPath).toBeLessThan(plainPath);
  });

  it("does not depend on the order of the rows", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(golden.points, { minLength: n }), (points) => {
        const merges = linkage(distancesOf(points), n, method);
        merges.forEach(({ height }, i) => void expect(height).toBeCloseTo(heights[i]!, 9));
      }),
      { numRuns: 20 },
    );
  });
});

describe("optimal leaf order", () => {
  it("is the best of all orders that a dendrogram allows", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 })), {
          minLength: 1,
          maxLength: 8,
        }),
        async (points) => {
          const n = points.length;
          const distances = distancesOf(points);
          const merges = averageLinkage(distances, n);
          const order = await optimalLeafOrder(merges, n, distances);
          const all = n === 1 ? [[0]] : allowedOrders(merges, n);
          expect(all).toContainEqual(order);
          const best = Math.min(...all.map((one) => pathLength(one, distances, n)));
          expect(pathLength(order, distances, n)).toBeCloseTo(best, 9);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("takes none, and refuses distances of another size", async () => {
    expect(await optimalLeafOrder([], 0, new Float64Array(0))).toEqual([]);
    await expect(optimalLeafOrder([], 2, new Float64Array(3))).rejects.toThrowError(
      expect.objectContaining({ code: "maps/shape" }),
    );
  });

  it("stops when it is told to", async () => {
    const distances = distancesOf(golden.points);
    const merges = averageLinkage(distances, 40);
    await expect(
      optimalLeafOrder(merges, 40, distances, { signal: AbortSignal.abort(new Error("enough")) }),
    ).rejects.toThrow("enough");
  });
});

describe("cutting a hierarchy", () => {
  const at = [0, 1, 5, 7, 20];
  const distances = distancesOf(at.map((x) => [x]));
  const merges = averageLinkage(distances, 5);

  it("gives clusters by height or by number, numbered by their first leaf", () => {
    expect([...cutTree(merges, 5, { height: 2 })]).toEqual([0, 0, 1, 1, 2]);
    expect([...cutTree(merges, 5, { clusters: 2 })]).toEqual([0, 0, 0, 0, 1]);
    expect([...cutTree(merges, 5, { clusters: 9 })]).toEqual([0, 1, 2, 3, 4]);
    expect([...cutTree(merges, 5, { clusters: 0 })]).toEqual([0, 0, 0, 0, 0]);
    expect([...cutTree([], 0, { clusters: 1 })]).toEqual([]);
  });

  it("gives as many clusters as asked for, each together in the drawing", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (clusters) => {
        const tree = averageLinkage(distancesOf(golden.points), 40);
        const found = cutTree(tree, 40, { clusters });
        expect(new Set(found).size).toBe(clusters);
        const drawn = leafOrder(tree, 40).map((leaf) => found[leaf]!);
        expect(drawn.filter((cluster, i) => cluster !== drawn[i - 1])).toHaveLength(clusters);
      }),
    );
  });
});

describe("clusters of a group", () => {
  const planted = plantedGroup();
  const genes = planted.pathways.flat().map((symbol) => planted.group.rows.findIndex((row) => row.symbol === symbol));

  it.each(["average", "ward"] as const)("are the planted pathways (%s)", async (method) => {
    for (const leaves of ["tight", "optimal"] as const) {
      const clusters = await clusterGroup(planted.group, genes, { method, leaves });
      expect([...clustersAt(clusters, { clusters: 6 })]).toEqual(genes.map((_, i) => Math.floor(i / 4)));
      expect(clusters.order.toSorted((a, b) => a - b)).toEqual(genes.map((_, i) => i));
    }
  });

  it("put rows without length last, at the largest distance", async () => {
    const flat = groupOf(
      [
        [1, 0],
        [0, 0],
        [1, 0.1],
        [-1, 0],
      ].map((vector) => ({ row: {}, vector })),
      2,
    );
    const { merges } = await clusterGroup(flat, [0, 1, 2, 3]);
    expect(merges[0]).toMatchObject({ left: 0, right: 2 });
    expect(groupDistances(flat, [0, 1], "average", referenceProducts(flat.vectors, 2))[1]).toBeNaN();
    expect(orderBySimilarity(flat, [0, 1, 2, 3], 0)).toEqual([0, 2, 3, 1]);
  });

  it("are ordered by similarity to a row", () => {
    const order = orderBySimilarity(planted.group, genes, genes[4]!);
    expect(order.slice(0, 4).toSorted((a, b) => a - b)).toEqual([4, 5, 6, 7]);
    expect(order[0]).toBe(4);
  });

  it("cluster 1,500 rows in under two seconds of processor time", async () => {
    const many = plantedGroup({ pathways: 100, perPathway: 9, inertGenes: 0, dims: 16 }).group;
    const rows = Array.from({ length: 1500 }, (_, i) => i);
    const products = referenceProducts(many.vectors, many.dims);
    const distances = groupDistances(many, rows, "average", products);
    const before = process.threadCpuUsage();
    linkage(distances, 1500, "average");
    const { user } = process.threadCpuUsage(before);
    expect(user / 1e6).toBeLessThan(2);
  });
});
