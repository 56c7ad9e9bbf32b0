import type { NumberArray, TreeArray } from "@artesian/data";
import type { EntryBlock, MatrixBlock, ReadCall } from "./matrix.ts";

/** A dense matrix still in the file; cells are rows (AnnData) or columns (loom). */
export interface DenseArray {
  values: TreeArray;
  cellAxis: 0 | 1;
  cellCount: number;
  geneCount: number;
}

/** Most numbers in memory at once. */
const NUMBERS_IN_A_GO = 4_000_000;

/**
 * How many cells to read at once so that every chunk is decoded once and memory stays bounded; undefined when one row of chunks is too
 * large for that: then `denseEntries` reads chunk by chunk, and cells are put in order on disk.
 */
export function cellsInAGo({ values, cellAxis, cellCount, geneCount }: DenseArray): number | undefined {
  const chunk = values.chunks?.[cellAxis] ?? (cellAxis === 0 ? 1 : cellCount);
  const most = Math.floor(NUMBERS_IN_A_GO / Math.max(1, geneCount));
  if (chunk >= cellCount) return cellCount <= Math.max(1, most) ? cellCount : undefined;
  return chunk > Math.max(1, most) ? undefined : chunk * Math.max(1, Math.floor(most / chunk));
}

export async function* denseCells(matrix: DenseArray, call: ReadCall = {}): AsyncGenerator<MatrixBlock> {
  const { cellCount, geneCount, cellAxis } = matrix;
  const step = Math.max(1, cellsInAGo(matrix) ?? 1);
  for (let cell0 = 0; cell0 < cellCount; cell0 += step) {
    call.signal?.throwIfAborted();
    const end = Math.min(cellCount, cell0 + step);
    const numbers = await readPart(matrix, [cell0, end], [0, geneCount]);
    const cells = end - cell0;
    const [cellStride, geneStride] = cellAxis === 0 ? [geneCount, 1] : [1, cells];
    const indptr = new Uint32Array(cells + 1);
    const genes = new Uint32Array(countNonZero(numbers));
    const values = new Float64Array(genes.length);
    let k = 0;
    for (let c = 0; c < cells; c++) {
      for (let g = 0; g < geneCount; g++) {
        const value = numbers[c * cellStride + g * geneStride]!;
        if (value === 0) continue;
        genes[k] = g;
        values[k++] = value;
      }
      indptr[c + 1] = k;
    }
    yield { cell0, indptr, genes, values };
    call.progress?.(end, cellCount);
  }
}

/** Entries chunk by chunk, in no order of cells. */
export async function* denseEntries(matrix: DenseArray, call: ReadCall = {}): AsyncGenerator<EntryBlock> {
  const { values: array, cellAxis, cellCount, geneCount } = matrix;
  const geneChunk = Math.min(geneCount, array.chunks?.[1 - cellAxis] ?? 1);
  const most = Math.max(1, Math.floor(NUMBERS_IN_A_GO / Math.max(1, geneChunk)));
  const chunk = Math.min(cellCount, array.chunks?.[cellAxis] ?? 1);
  const cellStep = Math.max(chunk, chunk * Math.floor(most / Math.max(1, chunk)));
  for (let gene0 = 0; gene0 < geneCount; gene0 += geneChunk)
    for (let cell0 = 0; cell0 < cellCount; cell0 += cellStep) {
      call.signal?.throwIfAborted();
      const genesHere = Math.min(geneChunk, geneCount - gene0);
      const cellsHere = Math.min(cellStep, cellCount - cell0);
      const numbers = await readPart(matrix, [cell0, cell0 + cellsHere], [gene0, gene0 + genesHere]);
      const [cellStride, geneStride] = cellAxis === 0 ? [genesHere, 1] : [1, cellsHere];
      const count = countNonZero(numbers);
      const block = {
        count,
        genes: new Uint32Array(count),
        cells: new Uint32Array(count),
        values: new Float64Array(count),
      };
      let k = 0;
      for (let g = 0; g < genesHere; g++)
        for (let c = 0; c < cellsHere; c++) {
          const value = numbers[c * cellStride + g * geneStride]!;
          if (value === 0) continue;
          block.genes[k] = gene0 + g;
          block.cells[k] = cell0 + c;
          block.values[k++] = value;
        }
      yield block;
      call.progress?.(gene0 * cellCount + (cell0 + cellsHere) * genesHere, geneCount * cellCount);
    }
}

function readPart(
  { values, cellAxis }: DenseArray,
  cells: readonly [number, number],
  genes: readonly [number, number],
): Promise<NumberArray> {
  return values.numbers(cellAxis === 0 ? [cells, genes] : [genes, cells]);
}

function countNonZero(numbers: NumberArray): number {
  let count = 0;
  for (let i = 0; i < numbers.length; i++) if (numbers[i] !== 0) count++;
  return count;
}
