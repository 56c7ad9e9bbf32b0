import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { spillBlock, writeSpill } from "./spill.ts";
import { scanSpill, scanView } from "./spill-scan.ts";

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "artesian-spill-"));
});
afterAll(() => rmSync(scratch, { recursive: true }));

type Cell = [gene: number, value: number][];

function written(cells: readonly Cell[]) {
  const writer = writeSpill(scratch);
  for (const cell of cells) {
    const { genes, values } = writer.room(cell.length);
    genes.set(cell.map(([gene]) => gene));
    values.set(cell.map(([, value]) => value));
    writer.addCell(0, cell.length);
  }
  return writer.finish();
}

function readBack(spill: ReturnType<typeof written>): Cell[] {
  const block = spillBlock(spill);
  const cells: Cell[] = [];
  for (let i = 0; i < spill.blockCount; i++) {
    spill.read(i, block);
    expect(block.cell0).toBe(cells.length);
    for (let c = 0; c < block.cellCount; c++)
      cells.push(
        Array.from({ length: block.indptr[c + 1]! - block.indptr[c]! }, (_, k): [number, number] => [
          block.genes[block.indptr[c]! + k]!,
          block.values[block.indptr[c]! + k]!,
        ]),
      );
  }
  return cells;
}

describe("a spill", () => {
  it("gives back every number to the last bit", async () => {
    const value = fc.oneof(
      fc.integer({ min: 1, max: 300 }),
      fc.integer({ min: -(2 ** 40), max: 2 ** 53 }),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    );
    const gene = fc.oneof(fc.nat(60), fc.nat(70_000), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
    const cell = fc
      .uniqueArray(
        fc.tuple(
          gene,
          value.filter((number) => number !== 0),
        ),
        { selector: ([g]) => g, maxLength: 30 },
      )
      .map((list) => list.sort((a, b) => a[0] - b[0]));
    fc.assert(
      fc.property(fc.array(cell, { maxLength: 20 }), (cells) => {
        const spill = written(cells);
        try {
          expect(readBack(spill)).toEqual(cells);
          expect(spill.entryCount).toBe(cells.reduce((sum, { length }) => sum + length, 0));
          expect(spill.cellCount).toBe(cells.length);
        } finally {
          spill.close();
        }
      }),
      { numRuns: 100 },
    );
  });

  it("takes about two bytes an entry of counts", () => {
    const cells = Array.from(
      { length: 2000 },
      (_, c): Cell => Array.from({ length: 40 }, (_, i) => [i * 20 + (c % 20), 1 + ((c + i) % 12)]),
    );
    const spill = written(cells);
    expect(readBack(spill)).toEqual(cells);
    expect(spill.sizeBytes / spill.entryCount).toBeLessThan(2.2);
    spill.close();
  });

  it("keeps thousands of empty cells, and one cell larger than a block", () => {
    const cells: Cell[] = Array.from({ length: 10_000 }, () => []);
    cells[5000] = Array.from({ length: 50_000 }, (_, g) => [g, 1]);
    const spill = written(cells);
    expect(readBack(spill)).toEqual(cells);
    spill.close();
  });

  it("leaves no name in its folder even while it is open, and can be closed twice", () => {
    const spill = written([[[3, 1]]]);
    expect(readdirSync(scratch)).toEqual([]);
    spill.close();
    spill.close();
  });

  it.skipIf(process.platform === "win32")("is gone when its process is killed", async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "fixtures/endless-ingest.ts"), scratch], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(readdirSync(scratch)).toEqual([]);
  });

  it("stops between blocks when it is told to, and reports how far it is", async () => {
    const spill = written(Array.from({ length: 20_000 }, (): Cell => [[0, 1]]));
    const control = new AbortController();
    const seen: number[] = [];
    await scanSpill(spill, () => {}, { progress: (done) => seen.push(done) });
    expect(seen.at(-1)).toBe(spill.blockCount);
    control.abort(new Error("enough"));
    await expect(scanSpill(spill, () => {}, { signal: control.signal })).rejects.toThrow("enough");
    spill.close();
  });

  it("shows a view's kept cells and genes alone, with the total of what is kept", async () => {
    const spill = written([
      [
        [0, 1],
        [2, 5],
      ],
      [[1, 3]],
      [[2, 4]],
    ]);
    const seen: unknown[] = [];
    await scanView(
      { spill, totals: { counts: Float64Array.of(6, 3, 4), genes: Uint32Array.of(2, 1, 1) } },
      { keepCells: Uint8Array.of(1, 1, 0), keepGenes: Uint8Array.of(1, 0, 1), target: 1 },
      (cell, genes, values, from, to, total) =>
        seen.push([cell, [...genes.slice(from, to)], [...values.slice(from, to)], total]),
    );
    expect(seen).toEqual([
      [0, [0, 2], [1, 5], 6],
      [1, [], [], 0],
    ]);
    spill.close();
  });
});
