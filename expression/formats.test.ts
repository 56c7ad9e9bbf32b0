import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPlace } from "@artesian/data";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { discoverMatrices } from "./discover.ts";
import { generateSmall, plainStatistics, smallPlans } from "./generated-matrix.test-support.ts";
import { ingest } from "./ingest.ts";
import { openMatrix } from "./open-matrix.ts";
import { geneStatistics } from "./pass-genes.ts";
import { barcodesOf, batchNamesOf, idsOf, matrixWriters, symbolsOf } from "./written-matrix.test-support.ts";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "artesian-formats-"));
});
afterAll(() => rmSync(root, { recursive: true }));

const matrix = generateSmall(smallPlans[2]!);
const view = {
  target: "median" as const,
  keepCells: Uint8Array.from({ length: matrix.cellCount }, (_, c) => (c % 7 === 3 ? 0 : 1)),
  keepGenes: Uint8Array.from({ length: matrix.geneCount }, (_, g) => (g % 11 === 5 ? 0 : 1)),
  groups: Uint16Array.from(matrix.batches),
  groupCount: matrix.batchCount,
};
const expected = plainStatistics(matrix, view);

describe.each(Object.entries(matrixWriters))("%s", (name, { write, hasColumns }) => {
  const folder = (): string => join(root, name.replaceAll(/\W+/g, "-"));
  const scratch = (): string => join(root, "scratch");

  it("gives the same tables as every other format", async () => {
    await write(folder(), matrix);
    const place = folderPlace(folder());
    const { matrices, problems } = discoverMatrices(await Array.fromAsync(place.list()));
    expect(problems).toEqual([]);
    expect(matrices.map(({ project }) => project)).toEqual(["p"]);
    const source = await openMatrix(place, matrices[0]!, { cacheDir: scratch() });
    try {
      const text = name.includes("csv") || name.includes("tsv");
      expect(source.genes.ids).toEqual(idsOf(matrix));
      expect(source.genes.symbols).toEqual(text ? idsOf(matrix) : symbolsOf(matrix));
      expect((await Array.fromAsync(source.barcodes())).flat()).toEqual(barcodesOf(matrix));
      expect(source.warnings).toEqual([]);
      expect(source.columnNames).toEqual(hasColumns ? ["batch", "depth"] : []);
      if (hasColumns) {
        const batch = await source.column("batch");
        expect(batch.kind === "text" && Array.from(batch.codes, (code) => batch.levels[code])).toEqual(
          batchNamesOf(matrix),
        );
        const depth = await source.column("depth");
        expect(depth.kind === "number" && depth.values[5]).toBe(2.5);
      }
      const ingested = await ingest(source, { scratch: scratch() });
      try {
        expect(ingested.valueKind).toBe("counts");
        expect(ingested.entryCount).toBe(matrix.values.length);
        expect(ingested.warnings.map(({ code }) => code)).toEqual(["empty-cells"]);
        expect(ingested.totals.mitochondrial === undefined).toBe(text);
        const found = await geneStatistics(ingested, view);
        for (const integer of ["cells", "sum", "sumSquares", "cellCount"] as const)
          expect([...found[integer]]).toEqual([...expected[integer]]);
        for (const real of ["shareSum", "shareSumSquares", "logSum", "logSumSquares"] as const)
          expect(largestDifference(found[real], expected[real])).toBeLessThan(1e-12);
        expect(found.target).toBe(expected.target);
      } finally {
        ingested.spill.close();
      }
    } finally {
      await source.close();
    }
    expect(readdirSync(scratch())).toEqual([]);
  });

  it("says that a column about cells is not there", async () => {
    const place = folderPlace(folder());
    const { matrices } = discoverMatrices(await Array.fromAsync(place.list()));
    const source = await openMatrix(place, matrices[0]!, { cacheDir: scratch() });
    await expect(source.column("no such")).rejects.toThrow(/no column "no such"/);
    await source.close();
  });
});

function largestDifference(found: Float64Array, wanted: Float64Array): number {
  let worst = 0;
  for (let i = 0; i < wanted.length; i++) {
    const difference = Math.abs(found[i]! - wanted[i]!) / Math.max(1e-300, Math.abs(wanted[i]!));
    if (!(difference <= worst) && found[i] !== wanted[i]) worst = difference;
  }
  return worst;
}
