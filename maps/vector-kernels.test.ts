import { seededRandom } from "@artesian/numerics";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { allNeighbours } from "./all-neighbours.ts";
import { cosineQuantiles } from "./cosine-quantiles.ts";
import { fastProducts, kernelVectors } from "./fast-products.ts";
import { scanVectors } from "./scan-vectors.ts";
import { screenPairs } from "./screen-pairs.ts";
import { referenceProducts } from "./vector-products.ts";
import { referenceScan } from "./vector-reference.ts";
import { openScan, type PairList, rowsOfBlock } from "./vector-scan.ts";

/** Random unit vectors of shape (rows, dims). */
function unitVectors(rows: number, dims: number, seed = 1, buffer?: SharedArrayBuffer): Float32Array {
  const random = seededRandom(seed);
  const vectors = buffer ? new Float32Array(buffer) : new Float32Array(rows * dims);
  for (let i = 0; i < rows; i++) {
    const row = Float64Array.from({ length: dims }, () => random.normal());
    const length = Math.hypot(...row);
    vectors.set(
      row.map((value) => value / length),
      i * dims,
    );
  }
  return vectors;
}

/** Vectors of small whole numbers: every product is exact in any order of summing, and there are many ties. */
function wholeVectors(rows: number, dims: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: rows * dims }, () => random.below(5) - 2);
}

const largestDifference = (a: Float32Array, b: Float32Array): number =>
  a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);

const sortedPairs = ({ a, b, products }: PairList): [number, number, number][] =>
  Array.from(a, (first, k): [number, number, number] => [first, b[k]!, products[k]!]).sort(
    (x, y) => x[0] - y[0] || x[1] - y[1],
  );

describe("products of vectors", () => {
  it("equal the reference to 1e-6 for any number of rows and dimensions, in memory and in blocks", () => {
    for (const [rows, dims] of [
      [1, 1],
      [3, 5],
      [7, 16],
      [130, 67],
      [600, 128],
    ] as const) {
      const vectors = unitVectors(rows, dims);
      const query = unitVectors(1, dims, 9);
      const chosen = Uint32Array.from({ length: Math.min(rows, 530) }, (_, i) => (i * 7) % rows);
      const reference = referenceProducts(vectors, dims);
      for (const fast of [fastProducts(vectors, dims), fastProducts(vectors, dims, { residentBytes: 0 })]) {
        expect(largestDifference(fast.ofQuery(query), reference.ofQuery(query))).toBeLessThan(1e-6);
        expect(fast.ofQuery(query)).toHaveLength(rows);
        const block = fast.ofRows(chosen, [0, rows - 1, 0]);
        expect(largestDifference(block, reference.ofRows(chosen, [0, rows - 1, 0]))).toBeLessThan(1e-6);
        expect(block).toHaveLength(3 * chosen.length);
      }
    }
  });

  it("pass vectors larger than a block through the kernel", () => {
    const vectors = wholeVectors(20_000, 3, 4);
    const query = [2, -1, 1];
    expect(fastProducts(vectors, 3, { residentBytes: 0 }).ofQuery(query)).toEqual(
      referenceProducts(vectors, 3).ofQuery(query),
    );
  });

  it("are symmetric to the last bit, and 1 of a unit vector with itself", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 33 }), fc.nat(), (rows, dims, seed) => {
        const products = fastProducts(unitVectors(rows, dims, seed), dims);
        const all = Array.from({ length: rows }, (_, i) => i);
        const square = products.ofRows(all, all);
        for (const a of all) {
          expect(square[a * rows + a]).toBeCloseTo(1, 6);
          for (const b of all) expect(square[a * rows + b]).toBe(square[b * rows + a]);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("run over memory that a file is read into without a copy", () => {
    const products = kernelVectors(2, 2);
    products.vectors.set([1, 0, 0.6, 0.8]);
    expect(Array.from(products.ofQuery([1, 0]), (value) => value.toFixed(3))).toEqual(["1.000", "0.600"]);
  });

  it("refuse vectors that are not whole rows, and queries of another length", () => {
    expect(() => fastProducts(new Float32Array(5), 2)).toThrowError(expect.objectContaining({ code: "maps/shape" }));
    expect(() => fastProducts(new Float32Array(4), 2).ofQuery([1])).toThrow("found 1, expected 2");
    expect(() => referenceProducts(new Float32Array(4), 2).ofQuery([1])).toThrow("found 1, expected 2");
  });

  it("take no rows", () => {
    expect(fastProducts(new Float32Array(0), 4).ofQuery([1, 2, 3, 4])).toHaveLength(0);
    expect(fastProducts(unitVectors(3, 4), 4).ofRows([], [0])).toHaveLength(0);
  });
});

describe("a scan over all pairs", () => {
  const question = { top: 6, beyond: { low: -5, high: 7 }, bins: 40 };

  it("gives the reference's top lists, pairs and counts for any block, ties by index", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), fc.integer({ min: 1, max: 9 }), fc.nat(), (rows, dims, seed) => {
        const vectors = wholeVectors(rows, dims, seed);
        const expected = referenceScan(vectors, dims, question);
        const found = openScan(vectors, dims, question)(0, Math.min(rows, 64));
        const part = 2 * 6 * Math.min(rows, 64);
        expect(found.top?.indices).toEqual(expected.top?.indices.slice(0, part));
        expect(found.top?.products).toEqual(expected.top?.products.slice(0, part));
        if (rows <= 64) {
          expect(sortedPairs(found.beyond!)).toEqual(sortedPairs(expected.beyond!));
          expect(found.counts).toEqual(expected.counts);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("finds the same lists where a limit spares work, and where it spares none: ties, clusters, tails that end early, unlike sides", () => {
    const random = seededRandom(11);
    const rows = 1100;
    const made: Record<string, [dims: number, vectors: Float32Array]> = {
      ties: [5, wholeVectors(rows, 5, 12)],
      "one value": [3, new Float32Array(3 * rows).fill(1)],
      circle: [
        2,
        Float32Array.from({ length: 2 * rows }, (_, at) => Math.round(9 * (at % 2 ? Math.sin(at) : Math.cos(at + 1)))),
      ],
      clusters: [4, Float32Array.from({ length: 4 * rows }, (_, at) => (at < 2 * rows ? 3 : -2) + random.below(3))],
      "one side": [6, Float32Array.from({ length: 6 * rows }, () => (random.below(40) === 0 ? 30 : random.below(3)))],
    };
    for (const [what, [dims, vectors]] of Object.entries(made)) {
      const expected = referenceScan(vectors, dims, { top: 7 }).top!;
      const scan = openScan(vectors, dims, { top: 7 });
      const size = rowsOfBlock(rows);
      for (let from = 0; from < rows; from += size) {
        const to = Math.min(rows, from + size);
        const { indices, products } = scan(from, to).top!;
        expect(indices, what).toEqual(expected.indices.slice(14 * from, 14 * to));
        expect(products, what).toEqual(expected.products.slice(14 * from, 14 * to));
      }
    }
  });

  it("gives the same in this thread and in two, over several blocks and chunks", async () => {
    const vectors = wholeVectors(600, 5, 3);
    const expected = referenceScan(vectors, 5, question);
    for (const threads of [0, 2]) {
      const pairs: [number, number, number][] = [];
      const indices: number[] = [];
      const counts = new Uint32Array(40);
      const seen: [number, number][] = [];
      for await (const { answer } of scanVectors(vectors, 5, question, {
        threads,
        progress: (done, total) => seen.push([done, total]),
      })) {
        pairs.push(...sortedPairs(answer.beyond!));
        indices.push(...answer.top!.indices);
        for (let bin = 0; bin < 40; bin++) counts[bin]! += answer.counts![bin]!;
      }
      expect(pairs).toEqual(sortedPairs(expected.beyond!));
      expect(Uint32Array.from(indices)).toEqual(expected.top?.indices);
      expect(counts).toEqual(expected.counts);
      expect(seen).toHaveLength(10);
      expect(seen.at(-1)).toEqual([600, 600]);
    }
  });

  it("keeps NaN out of lists, pairs and counts", () => {
    const vectors = wholeVectors(20, 3, 8);
    vectors.fill(Number.NaN, 9, 12);
    const found = openScan(vectors, 3, { top: 30, beyond: { low: 9, high: -9 }, bins: 4 })(0, 20);
    expect(found.top?.indices.includes(3)).toBe(false);
    expect(found.beyond?.a).toHaveLength((19 * 18) / 2);
    expect(found.counts?.reduce((sum, count) => sum + count, 0)).toBe((19 * 18) / 2);
  });

  it("stops when it is told to, and says why", async () => {
    const controller = new AbortController();
    const vectors = unitVectors(2000, 16);
    const run = allNeighbours(vectors, 16, {
      signal: controller.signal,
      progress: () => controller.abort(new Error("enough")),
    });
    await expect(run).rejects.toThrow("enough");
    await expect(allNeighbours(vectors, 16, { signal: controller.signal, threads: 0 })).rejects.toThrow("enough");
  });
});

it("names the thread that failed when memory cannot be had", async () => {
  const scan = scanVectors(unitVectors(200, 4), 4, { bins: 2 ** 31 }, { threads: 2 });
  await expect(scan.next()).rejects.toThrowError(expect.objectContaining({ code: "maps/scan-thread" }));
});

describe("an exhaustive screen", () => {
  const vectors = unitVectors(700, 12, 5, new SharedArrayBuffer(4 * 700 * 12));
  const cutoffs = { low: -0.7, high: 0.8 };
  const screened = async (resumeFrom = 0, batches = Number.POSITIVE_INFINITY) => {
    const pairs: [number, number, number][] = [];
    let next = resumeFrom;
    for await (const batch of screenPairs(vectors, 12, cutoffs, { resumeFrom })) {
      pairs.push(...sortedPairs(batch.pairs));
      next = batch.to;
      if (--batches <= 0) break;
    }
    return { pairs, next };
  };

  it("finds every pair beyond the cutoffs and no other", async () => {
    const { pairs } = await screened();
    const expected = referenceScan(vectors, 12, { beyond: cutoffs });
    expect(pairs.map(([a, b]) => [a, b])).toEqual(sortedPairs(expected.beyond!).map(([a, b]) => [a, b]));
    expect(pairs.length).toBeGreaterThan(100);
  });

  it("goes on from where it was stopped, with nothing lost and nothing twice", async () => {
    const first = await screened(0, 3);
    const second = await screened(first.next);
    expect([...first.pairs, ...second.pairs]).toEqual((await screened()).pairs);
    expect((await screened(700)).pairs).toEqual([]);
    await expect(screened(13)).rejects.toThrow("Row to resume a scan from");
  });
});

describe("cosine quantiles", () => {
  it("lie within 3e-5 of the sorted cosines of all pairs", async () => {
    const [rows, dims] = [200, 6];
    const vectors = unitVectors(rows, dims);
    const { ofRows } = referenceProducts(vectors, dims);
    const all = Array.from({ length: rows }, (_, i) => i);
    const square = ofRows(all, all);
    const sorted = Float64Array.from(all.flatMap((a) => all.slice(a + 1).map((b) => square[a * rows + b]!))).sort();
    const quantiles = await cosineQuantiles(vectors, dims, { threads: 0 });
    expect(quantiles).toHaveLength(1001);
    quantiles.forEach((value, k) => {
      const [below, above] = [Math.floor, Math.ceil].map((round) => sorted[round((k / 1000) * (sorted.length - 1))]!);
      expect(value).toBeGreaterThan(below! - 1e-3);
      expect(value).toBeLessThan(above! + 1e-3);
    });
    expect(quantiles[0]).toBeCloseTo(sorted[0]!, 4);
    expect(quantiles[1000]).toBeCloseTo(sorted.at(-1)!, 4);
  });

  it("are NaN without pairs", async () => {
    expect((await cosineQuantiles(unitVectors(1, 4), 4, { threads: 0 }))[500]).toBeNaN();
  });
});
