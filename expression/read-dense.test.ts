import type { AxisRange, TreeArray } from "@artesian/data";
import { describe, expect, it } from "vitest";
import { cellsInAGo, denseCells, denseEntries } from "./read-dense.ts";

/** An array of shape (rows, columns) of row × 1000 + column where the sum of both is even, that counts how often each chunk is touched. */
function counted(rows: number, columns: number, chunks?: [number, number]) {
  const touched = new Map<string, number>();
  let largest = 0;
  const values: TreeArray = {
    path: "X",
    shape: [rows, columns],
    ...(chunks && { chunks }),
    kind: "float",
    async numbers(ranges?: readonly AxisRange[]) {
      const [[r0, r1], [c0, c1]] = ranges as [AxisRange, AxisRange];
      largest = Math.max(largest, (r1 - r0) * (c1 - c0));
      if (chunks !== undefined)
        for (let r = Math.floor(r0 / chunks[0]); r * chunks[0] < r1; r++)
          for (let c = Math.floor(c0 / chunks[1]); c * chunks[1] < c1; c++)
            touched.set(`${r},${c}`, (touched.get(`${r},${c}`) ?? 0) + 1);
      const part = new Float64Array((r1 - r0) * (c1 - c0));
      for (let r = r0; r < r1; r++)
        for (let c = c0; c < c1; c++) if ((r + c) % 2 === 0) part[(r - r0) * (c1 - c0) + c - c0] = r * 1000 + c + 1;
      return part;
    },
    borrowNumbers: () => Promise.reject(new Error("not used")),
    texts: () => Promise.reject(new Error("not used")),
  };
  return { values, touched, largest: () => largest };
}

describe("dense matrices", () => {
  it.each([
    ["cells in rows, in chunks", 0, [7, 5]],
    ["cells in columns, in chunks", 1, [7, 5]],
    ["cells in rows, in one piece", 0, undefined],
  ] as const)("gives %s, each chunk read once", async (_, cellAxis, chunks) => {
    const [cells, genes] = [40, 23];
    const array =
      cellAxis === 0 ? counted(cells, genes, chunks && [...chunks]) : counted(genes, cells, chunks && [...chunks]);
    const matrix = { values: array.values, cellAxis, cellCount: cells, geneCount: genes };
    const valueAt = (cell: number, gene: number): number =>
      (cellAxis === 0 ? cell * 1000 + gene : gene * 1000 + cell) + 1;
    let next = 0;
    for await (const { cell0, indptr, genes: found, values } of denseCells(matrix)) {
      expect(cell0).toBe(next);
      for (let c = 0; c + 1 < indptr.length; c++, next++)
        for (let k = indptr[c]!; k < indptr[c + 1]!; k++) expect(values[k]).toBe(valueAt(next, found[k]!));
      expect(indptr.at(-1)).toBe(found.length);
    }
    expect(next).toBe(cells);
    expect([...array.touched.values()].every((times) => times === 1)).toBe(true);
    array.touched.clear();
    let count = 0;
    for await (const block of denseEntries(matrix))
      for (let k = 0; k < block.count; k++, count++)
        expect(block.values[k]).toBe(valueAt(block.cells[k]!, block.genes[k]!));
    expect(count).toBe((cells * genes) / 2);
    expect([...array.touched.values()].every((times) => times === 1)).toBe(true);
  });

  it("reads whole cells only where that stays within 4 million numbers", () => {
    const of = (cellAxis: 0 | 1, cellCount: number, geneCount: number, chunks?: [number, number]) =>
      cellsInAGo({
        values: counted(cellAxis === 0 ? cellCount : geneCount, cellAxis === 0 ? geneCount : cellCount, chunks).values,
        cellAxis,
        cellCount,
        geneCount,
      });
    expect(of(0, 1_000_000, 40_000)).toBe(100);
    expect(of(0, 1_000_000, 40_000, [30, 40_000])).toBe(90);
    expect(of(0, 1_000_000, 40_000, [5000, 2000])).toBeUndefined();
    expect(of(1, 1_000_000, 40_000, [64, 64])).toBe(64);
    expect(of(1, 1_000_000, 40_000)).toBeUndefined();
    expect(of(1, 50, 1000)).toBe(50);
  });
});
