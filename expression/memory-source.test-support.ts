import type { SmallMatrix } from "./generated-matrix.test-support.ts";
import type { CellColumn, MatrixSource } from "./matrix.ts";

/** A matrix in memory as a source, in small blocks; gene symbols `GENE0` …, the first few `MT-0` …; column `batch`, and those given. */
export function memorySource(matrix: SmallMatrix, more: readonly CellColumn[] = []): MatrixSource {
  const levels = Array.from({ length: matrix.batchCount }, (_, batch) => `b${batch}`);
  const columns: CellColumn[] = [
    { kind: "text", name: "batch", levels, codes: Int32Array.from(matrix.batches) },
    ...more,
  ];
  return {
    format: "csv",
    key: `${matrix.name}.csv`,
    genes: {
      ids: Array.from({ length: matrix.geneCount }, (_, gene) => `G${gene}`),
      symbols: Array.from({ length: matrix.geneCount }, (_, gene) => (gene < 5 ? `MT-${gene}` : `GENE${gene}`)),
    },
    cellCount: matrix.cellCount,
    geneCount: matrix.geneCount,
    order: "cells",
    warnings: [],
    columnNames: columns.map((column) => column.name),
    column: async (name) => columns.find((column) => column.name === name)!,
    async *barcodes() {
      yield Array.from({ length: matrix.cellCount }, (_, cell) => `CELL${cell}`);
    },
    async *blocks(call) {
      for (let cell0 = 0; cell0 < matrix.cellCount; cell0 += 40) {
        const end = Math.min(matrix.cellCount, cell0 + 40);
        const [from, to] = [matrix.indptr[cell0]!, matrix.indptr[end]!];
        call?.progress?.(to, matrix.genes.length);
        yield {
          cell0,
          indptr: Uint32Array.from(matrix.indptr.slice(cell0, end + 1), (at) => at - from),
          genes: Uint32Array.from(matrix.genes.slice(from, to)),
          values: Float64Array.from(matrix.values.slice(from, to)),
        };
      }
    },
    async *entries() {
      yield* [];
    },
    close: async () => {},
  };
}
