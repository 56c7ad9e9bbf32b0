import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { keepCells, keepGenes } from "./filter.ts";
import {
  generateSmall,
  plainClippedSums,
  plainStatistics,
  type SmallMatrix,
  smallPlans,
} from "./generated-matrix.test-support.ts";
import { ingest } from "./ingest.ts";
import { memorySource } from "./memory-source.test-support.ts";
import { meansOf, momentsOf } from "./moments.ts";
import {
  type Answer,
  MIN_CELLS,
  MIN_GENES,
  type Selection,
  selections,
  TARGET,
  type Values,
  worstDifference,
} from "./parity.test-support.ts";
import type { View } from "./pass.ts";
import { clippedSums } from "./pass-clipped.ts";
import { geneStatistics } from "./pass-genes.ts";
import { geneShares } from "./pass-shares.ts";
import { askPeer, type PeerAnswers, peerPython } from "./peer.test-support.ts";

const golden: PeerAnswers = JSON.parse(
  gunzipSync(readFileSync(new URL("fixtures/scanpy.json.gz", import.meta.url))).toString(),
);

/** Every selection against the peer's: numbers to 2e-9, flags, ranks and batch counts exactly, refusals of the same matrices. */
function compareSelections(matrix: SmallMatrix, answer: Answer): { compared: number; refused: number } {
  const wrong: string[] = [];
  let compared = 0;
  let refused = 0;
  for (const [name, run] of Object.entries(selections(matrix))) {
    const wanted = answer[name] as Selection | { refused: string };
    if ("refused" in wanted) {
      refused++;
      expect(run, `${matrix.name}, ${name}: scanpy refuses (${wanted.refused})`).toThrow(
        /Highly variable|trend of variance|percentiles/,
      );
      continue;
    }
    const found = run();
    for (const [column, values] of Object.entries(wanted) as [string, Values][]) {
      compared++;
      const worst = worstDifference(found[column] ?? [], values);
      if (worst > 1e-4) wrong.push(`${matrix.name}, ${name}, ${column}: ${worst} × (2e-5 + 2e-5 |wanted|)`);
    }
  }
  expect(wrong).toEqual([]);
  return { compared, refused };
}

function compareSteps(matrix: SmallMatrix, answer: Answer): void {
  const genes = new Uint32Array(matrix.cellCount).map((_, cell) => matrix.indptr[cell + 1]! - matrix.indptr[cell]!);
  const counts = new Float64Array(matrix.cellCount);
  for (let cell = 0; cell < matrix.cellCount; cell++)
    for (let i = matrix.indptr[cell]!; i < matrix.indptr[cell + 1]!; i++)
      counts[cell] = counts[cell]! + matrix.values[i]!;
  const raw = plainStatistics(matrix, { target: TARGET });
  expect([...keepCells({ counts, genes }, { minGenes: MIN_GENES })]).toEqual(answer.filterCells);
  expect([...keepGenes(raw.cells, { minCells: MIN_CELLS })]).toEqual(answer.filterGenes);
  const within = (found: ArrayLike<number>, name: string): void =>
    expect(worstDifference(Array.from(found), answer[name] as Values), `${matrix.name}, ${name}`).toBeLessThan(1e-4);
  within(meansOf(raw).sharePercent, "highestShare");
  for (const [name, statistics] of [
    ["fixed", raw],
    ["median", plainStatistics(matrix, { target: "median" })],
  ] as const) {
    within(
      momentsOf(statistics, "normalised").mean.map((mean) => mean * matrix.cellCount),
      `${name}Sum`,
    );
    within(statistics.logSum, `${name}LogSum`);
    within(statistics.logSumSquares, `${name}LogSquares`);
  }
}

describe(`scanpy ${golden.versions.scanpy}'s numbers on generated matrices (fixtures/README.md)`, () => {
  it.each(smallPlans)("filters, normalises and takes logarithms of '$name' alike", (plan) => {
    compareSteps(generateSmall(plan), golden.answers[plan.name]!);
  });
  it.each(smallPlans)(
    "chooses the highly variable genes of '$name' in every flavour, with and without batches",
    (plan) => {
      const { compared } = compareSelections(generateSmall(plan), golden.answers[plan.name]!);
      expect(compared).toBeGreaterThan(50);
    },
  );
  it("refuses what scanpy refuses, which happens among them", () => {
    const refused = smallPlans.map(
      (plan) => compareSelections(generateSmall(plan), golden.answers[plan.name]!).refused,
    );
    expect(refused.reduce((a, b) => a + b)).toBe(3);
  });
});

describe("the passes over a spill", () => {
  it.each(smallPlans)("give what plain loops over '$name' give", async (plan) => {
    const matrix = generateSmall(plan);
    const scratch = mkdtempSync(join(tmpdir(), "artesian-parity-"));
    const ingested = await ingest(memorySource(matrix), { scratch });
    try {
      const view: View = {
        keepCells: Uint8Array.from({ length: matrix.cellCount }, (_, cell) => (cell % 7 === 3 ? 0 : 1)),
        keepGenes: Uint8Array.from({ length: matrix.geneCount }, (_, gene) => (gene % 11 === 5 ? 0 : 1)),
        groups: Uint16Array.from(matrix.batches),
        groupCount: matrix.batchCount,
        target: "median",
      };
      const found = await geneStatistics(ingested, view);
      const plain = plainStatistics(matrix, view);
      expect(found.cells).toEqual(plain.cells);
      expect(found.cellCount).toEqual(plain.cellCount);
      expect(found.target).toBe(plain.target);
      for (const name of ["sum", "sumSquares", "shareSum", "shareSumSquares", "logSum", "logSumSquares"] as const)
        plain[name].forEach((value, i) => {
          expect(Math.abs(found[name][i]! - value)).toBeLessThanOrEqual(1e-12 * Math.abs(value));
        });
      const light = await geneShares(ingested, view);
      expect({ ...found, ...light, shareSum: found.shareSum }).toEqual(found);
      light.shareSum.forEach((value, i) => {
        expect(Math.abs(value - plain.shareSum[i]!)).toBeLessThanOrEqual(1e-12 * plain.shareSum[i]!);
      });
      const clip = Float64Array.from(plain.sum, (_, i) => 0.5 + (i % 5));
      const clipped = await clippedSums(ingested, view, clip);
      const wanted = plainClippedSums(matrix, view, clip);
      const kept = (_: number, i: number): boolean => view.keepGenes![i % matrix.geneCount] === 1;
      expect([...clipped.sum].filter(kept)).toEqual([...wanted.sum].filter(kept));
      expect([...clipped.sumSquares].filter(kept)).toEqual([...wanted.sumSquares].filter(kept));
    } finally {
      ingested.spill.close();
      rmSync(scratch, { recursive: true });
    }
  });
});

const python = peerPython();
describe.skipIf(python === undefined)(
  `scanpy itself, on matrices it has not seen ${python ? "" : "(SKIPPED, 1 test: bench/peers/setup has not been run)"}`,
  () => {
    it("agrees in every step and every selection", { timeout: 120_000 }, () => {
      const matrices = [41, 42, 43].map((seed) =>
        generateSmall({ name: `seed ${seed}`, seed, geneCount: 220, cellCount: 130, batchCount: 3, odd: false }),
      );
      const { answers } = askPeer(python!, matrices);
      for (const matrix of matrices) {
        compareSteps(matrix, answers[matrix.name]!);
        expect(compareSelections(matrix, answers[matrix.name]!).compared).toBeGreaterThan(50);
      }
    });
  },
);
