import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cellBlocks } from "./cell-blocks.ts";
import {
  generateSmall,
  plainClippedSums,
  plainStatistics,
  type SmallMatrix,
  smallPlans,
} from "./generated-matrix.test-support.ts";
import { estimateMemory, ingest } from "./ingest.ts";
import type { EntryBlock, MatrixSource } from "./matrix.ts";
import { memorySource } from "./memory-source.test-support.ts";
import { orderCells } from "./order-cells.ts";
import { clippedSums } from "./pass-clipped.ts";
import { geneColumns } from "./pass-columns.ts";
import { geneStatistics } from "./pass-genes.ts";

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "artesian-ingest-"));
});
afterAll(() => rmSync(scratch, { recursive: true }));

type Entry = readonly [gene: number, cell: number, value: number];

/** A source that gives these entries, in this order, a few at a time, the arrays used again. */
function source(
  entries: readonly Entry[],
  geneCount: number,
  cellCount: number,
  more: Partial<MatrixSource> & { size?: number } = {},
): MatrixSource {
  const { size = 5, ...others } = more;
  async function* read(): AsyncGenerator<EntryBlock> {
    const block = {
      count: 0,
      genes: new Uint32Array(size),
      cells: new Uint32Array(size),
      values: new Float64Array(size),
    };
    for (let from = 0; from < entries.length; from += size) {
      const part = entries.slice(from, from + size);
      part.forEach(([gene, cell, value], i) => {
        block.genes[i] = gene;
        block.cells[i] = cell;
        block.values[i] = value;
      });
      block.count = part.length;
      yield block;
    }
  }
  const ids = Array.from({ length: geneCount }, (_, g) => `G${g}`);
  return {
    format: "mtx",
    key: "m.mtx",
    genes: { ids, symbols: ids },
    cellCount,
    geneCount,
    entryCount: entries.length,
    order: "cells",
    warnings: [],
    columnNames: [],
    column: () => Promise.reject(new Error("none")),
    async *barcodes() {},
    blocks: () => cellBlocks(read(), cellCount, "m.mtx"),
    entries: read,
    close: async () => {},
    ...others,
  };
}

async function table(from: MatrixSource): Promise<{ dense: number[][]; codes: [string, number][] }> {
  const matrix = await ingest(from, { scratch });
  const dense = Array.from({ length: matrix.cellCount }, () => new Array<number>(matrix.geneCount).fill(0));
  const columns = await geneColumns(matrix, { target: 1 }, [...Array(matrix.geneCount).keys()], { scratch });
  for (let gene = 0; gene < matrix.geneCount; gene++)
    columns.column(gene).forEach((share, cell) => {
      const total = matrix.totals.counts[cell]!;
      dense[cell]![gene] = total === 0 ? 0 : Math.round(share * total * 1e6) / 1e6;
    });
  columns.close();
  matrix.spill.close();
  return { dense, codes: matrix.warnings.map(({ code, count }) => [code, count]) };
}

describe("ingest", () => {
  it("sums repeated entries, sorts genes, leaves zeros out, and says so", async () => {
    const entries: Entry[] = [
      [2, 0, 3],
      [0, 0, 1],
      [2, 0, 2],
      [1, 1, 0],
      [0, 2, 4],
    ];
    const { dense, codes } = await table(source(entries, 3, 4));
    expect(dense).toEqual([
      [1, 0, 5],
      [0, 0, 0],
      [4, 0, 0],
      [0, 0, 0],
    ]);
    expect(codes).toEqual([
      ["duplicate-entries", 1],
      ["unsorted-entries", 1],
      ["empty-cells", 2],
    ]);
  });

  it("does not count a gene whose entries cancel or are zero", async () => {
    const matrix = await ingest(
      source(
        [
          [0, 0, 2],
          [0, 0, -2],
          [1, 0, 0],
        ],
        2,
        1,
      ),
      { scratch },
    );
    expect(matrix.entryCount).toBe(0);
    expect([...matrix.geneCells]).toEqual([0, 0]);
    matrix.spill.close();
  });

  it("gives the same whatever the order of entries", async () => {
    const entry = fc.tuple(fc.nat(6), fc.nat(9), fc.integer({ min: 1, max: 400 }));
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(entry, { selector: ([gene, cell]) => gene * 100 + cell, maxLength: 50 }),
        fc.integer({ min: 1, max: 20 }),
        fc.boolean(),
        async (entries, size, byGene) => {
          const sorted = [...entries].sort((a, b) => a[1] - b[1] || a[0] - b[0]);
          const wanted = await table(source(sorted, 7, 10, { size }));
          const found = await table(source(entries, 7, 10, { size, order: byGene ? "genes" : "cells" }));
          expect(found.dense).toEqual(wanted.dense);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("puts cells in order in several buckets, however few entries fit into memory", async () => {
    const entries: Entry[] = [];
    for (let gene = 0; gene < 40; gene++)
      for (let cell = 0; cell < 90; cell++)
        if ((gene * 7 + cell) % 3 === 0) entries.push([gene, cell, cell === 4 ? 0.1 : 300 + gene]);
    for (const entriesInMemory of [1, 50, 10_000]) {
      const cells = new Map<number, number[]>();
      let next = 0;
      for await (const block of orderCells(source(entries, 40, 90, { size: 64 }), { scratch, entriesInMemory })) {
        expect(block.cell0).toBe(next);
        next += block.indptr.length - 1;
        for (let c = 0; c + 1 < block.indptr.length; c++)
          cells.set(block.cell0 + c, [...block.values.slice(block.indptr[c], block.indptr[c + 1])]);
      }
      expect(next).toBe(90);
      for (let cell = 0; cell < 90; cell++)
        expect(cells.get(cell)).toEqual(entries.filter(([, of]) => of === cell).map(([, , value]) => value));
    }
    expect(readdirSync(scratch)).toEqual([]);
  });

  it("tells fractions, logarithms and scaled values from counts", async () => {
    const kindOf = async (values: number[]): Promise<[string, string[]]> => {
      const matrix = await ingest(
        source(
          values.map((value, cell): Entry => [0, cell, value]),
          1,
          values.length,
        ),
        { scratch },
      );
      matrix.spill.close();
      return [matrix.valueKind, matrix.warnings.map(({ code }) => code)];
    };
    expect(await kindOf([1, 2, 70_000])).toEqual(["counts", []]);
    expect(await kindOf([1.5, 900])).toEqual(["normalised", ["non-integer-values"]]);
    expect(await kindOf([0.7, 3])).toEqual(["log-normalised", ["non-integer-values"]]);
    expect(await kindOf([0.7, -3])).toEqual(["scaled", ["negative-values", "non-integer-values"]]);
    expect(await kindOf([-3, 1])).toEqual(["scaled", ["negative-values"]]);
  });

  it("names the cell and gene of a value that is no number", async () => {
    const attempt = ingest(
      source(
        [
          [0, 0, 1],
          [1, 1, Number.NaN],
        ],
        2,
        2,
      ),
      { scratch },
    );
    await expect(attempt).rejects.toMatchObject({ code: "expression/not-finite", cell: 1, gene: "G1" });
    expect(readdirSync(scratch)).toEqual([]);
  });

  it("refuses axes that would not fit into memory before it reads anything", async () => {
    const attempt = ingest(source([], 10, 4_000_000_000), { scratch });
    await expect(attempt).rejects.toMatchObject({ code: "expression/matrix-too-large" });
    expect(estimateMemory(33_538, 1_000_000, 1)).toBeLessThan(31e6);
  });

  it("stops when it is told to and leaves nothing behind", async () => {
    const control = new AbortController();
    const endless = source([], 2, 2, {
      async *blocks() {
        for (let i = 0; ; i++) {
          if (i === 3) control.abort(new Error("enough"));
          yield { cell0: 0, indptr: Uint32Array.of(0, 0), genes: new Uint32Array(0), values: new Float64Array(0) };
        }
      },
    });
    await expect(ingest(endless, { scratch, signal: control.signal })).rejects.toThrow("enough");
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describe("the passes", () => {
  const views = (matrix: SmallMatrix) => [
    { target: 1e4 },
    { target: "median" as const },
    {
      target: "median" as const,
      keepCells: Uint8Array.from({ length: matrix.cellCount }, (_, c) => (c % 5 === 1 ? 0 : 1)),
      keepGenes: Uint8Array.from({ length: matrix.geneCount }, (_, g) => (g % 6 === 2 ? 0 : 1)),
      groups: Uint16Array.from(matrix.batches),
      groupCount: matrix.batchCount,
    },
  ];

  it.each(smallPlans)("give what plain loops give: $name", async (plan) => {
    const matrix = generateSmall(plan);
    const ingested = await ingest(memorySource(matrix), { scratch });
    for (const view of views(matrix)) {
      const wanted = plainStatistics(matrix, view);
      // A budget for one group at a time gives the same numbers to the bit.
      const found = await geneStatistics(ingested, view);
      expect(await geneStatistics(ingested, view, { memoryBudgetBytes: 1 })).toEqual(found);
      expect([...found.cells]).toEqual([...wanted.cells]);
      expect([...found.sumSquares]).toEqual([...wanted.sumSquares]);
      expect(found.target).toBe(wanted.target);
      found.logSumSquares.forEach((sum, i) => {
        expect(Math.abs(sum - wanted.logSumSquares[i]!)).toBeLessThanOrEqual(1e-12 * sum);
      });
      const clip = Float64Array.from(wanted.sum, (_, i) => 1 + (i % 4));
      const clipped = await clippedSums(ingested, view, clip);
      const plain = plainClippedSums(matrix, view, clip);
      const keptGene = (i: number): boolean => view.keepGenes?.[i % matrix.geneCount] !== 0;
      plain.sum.forEach((sum, i) => {
        if (keptGene(i)) expect([clipped.sum[i], clipped.sumSquares[i]]).toEqual([sum, plain.sumSquares[i]]);
      });
    }
    ingested.spill.close();
  });

  it("give columns of shares with zeros, from memory and from disk alike", async () => {
    const matrix = generateSmall(smallPlans[2]!);
    const ingested = await ingest(memorySource(matrix), { scratch });
    const view = views(matrix)[2]!;
    const genes = [11, 3, 30, 11];
    const inMemory = await geneColumns(ingested, view, genes, { scratch });
    const onDisk = await geneColumns(ingested, view, genes, { scratch, memoryBudgetBytes: 0 });
    expect(inMemory.cellCount).toBe(view.keepCells!.reduce((sum, keep) => sum + keep, 0));
    for (let i = 0; i < genes.length; i++) expect(onDisk.column(i)).toEqual(inMemory.column(i));
    expect(inMemory.column(0)).toEqual(inMemory.column(3));
    expect(inMemory.column(0).some((share) => share > 0)).toBe(true);
    expect(inMemory.column(0).some(Number.isNaN)).toBe(true);
    const statistics = await geneStatistics(ingested, {
      ...view,
      groups: new Uint16Array(matrix.cellCount),
      groupCount: 1,
    });
    const sum = inMemory.column(0).reduce((total, share) => total + (Number.isNaN(share) ? 0 : share), 0);
    expect(sum).toBeCloseTo(statistics.shareSum[11]!, 12);
    onDisk.close();
    inMemory.close();
    ingested.spill.close();
  });

  it("refuse clips that do not fit the groups", async () => {
    const ingested = await ingest(memorySource(generateSmall(smallPlans[0]!)), { scratch });
    await expect(clippedSums(ingested, { target: 1 }, new Float64Array(3))).rejects.toThrow(RangeError);
    ingested.spill.close();
  });
});
