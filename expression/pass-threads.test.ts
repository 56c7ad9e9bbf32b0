import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { generateSmall, plainStatistics } from "./generated-matrix.test-support.ts";
import { ingest } from "./ingest.ts";
import { memorySource } from "./memory-source.test-support.ts";
import type { IngestedMatrix, View } from "./pass.ts";
import { geneColumns } from "./pass-columns.ts";
import { halvesOf } from "./pass-part.ts";
import { type PassesOptions, passesOver } from "./pass-threads.ts";

const scratch = mkdtempSync(join(tmpdir(), "artesian-threads-"));
afterAll(() => rmSync(scratch, { recursive: true }));
// More than one block of the spill, so that both halves have cells.
const matrix = generateSmall({ name: "m", seed: 4, geneCount: 400, cellCount: 300, batchCount: 3, odd: true });
const view: View = {
  keepCells: Uint8Array.from({ length: 300 }, (_, cell) => (cell % 5 === 2 ? 0 : 1)),
  keepGenes: Uint8Array.from({ length: 400 }, (_, gene) => (gene % 3 === 1 ? 0 : 1)),
  groups: Uint16Array.from(matrix.batches),
  groupCount: 3,
  target: "median",
};

async function withPasses<T>(
  options: Partial<PassesOptions>,
  work: (passes: ReturnType<typeof passesOver>, matrix: IngestedMatrix) => Promise<T>,
): Promise<T> {
  const ingested = await ingest(memorySource(matrix), { scratch });
  const passes = passesOver(ingested, { scratch, entriesForAThread: 0, ...options });
  try {
    return await work(passes, ingested);
  } finally {
    await passes.close();
    ingested.spill.close();
  }
}

const everything = (options: Partial<PassesOptions>) =>
  withPasses(options, async (passes) => {
    const columns = await passes.geneColumns({ ...view, keepGenes: new Uint8Array(400).fill(1) }, [30, 7, 200]);
    return {
      shares: await passes.geneShares(view),
      statistics: await passes.geneStatistics(view),
      clipped: await passes.clippedSums(view, new Float64Array(1200).fill(2.5)),
      columns: [0, 1, 2].map((i) => columns.column(i)),
    };
  });

it("gives the same numbers to the bit in one thread and in two", async () => {
  expect(await everything({ threads: 2 })).toEqual(await everything({ threads: 1 }));
});

it("cuts the matrix into two halves that both have cells", async () => {
  await withPasses({}, async (_, { spill, totals, geneCount }) => {
    const halves = halvesOf(spill.parts, totals.counts, geneCount);
    expect(halves[0].endCell).toBe(halves[1].firstCell);
    for (const half of halves) expect(half.endCell - half.firstCell).toBeGreaterThan(50);
  });
});

it("gives what plain loops give, and whole columns", async () => {
  const { statistics, shares, columns } = await everything({ threads: 2 });
  const plain = plainStatistics(matrix, view);
  expect(statistics.target).toBe(plain.target);
  expect(statistics.cellCount).toEqual(plain.cellCount);
  expect(statistics.cells).toEqual(plain.cells);
  expect(shares.sum).toEqual(plain.sum);
  plain.logSumSquares.forEach((value, i) => {
    expect(Math.abs(statistics.logSumSquares[i]! - value)).toBeLessThanOrEqual(1e-12 * value);
  });
  await withPasses({}, async (_, ingested) => {
    const whole = await geneColumns(ingested, { keepCells: view.keepCells!, target: 1 }, [30, 7, 200], { scratch });
    columns.forEach((column, i) => {
      expect(column).toEqual(whole.column(i));
    });
  });
});

it("stops at once when aborted, and leaves nothing behind", async () => {
  const abort = new AbortController();
  abort.abort();
  await expect(
    withPasses({ signal: abort.signal }, (passes) => passes.geneStatistics({ target: "median" })),
  ).rejects.toThrow(/abort/i);
  expect(readdirSync(scratch)).toEqual([]);
});
