import { CellOrderError } from "./errors.ts";
import type { EntryBlock, MatrixBlock } from "./matrix.ts";

/**
 * Whole cells out of entries that come cell by cell; cells without entries are there, empty.
 *
 * @param entries in the order of cells
 * @throws CellOrderError (expression/cell-order) at the first entry of a cell that is behind
 */
export async function* cellBlocks(
  entries: AsyncIterable<EntryBlock>,
  cellCount: number,
  file: string,
): AsyncGenerator<MatrixBlock> {
  let genes = new Uint32Array(1 << 16);
  let values = new Float64Array(1 << 16);
  let starts: number[] = [0];
  let cell0 = 0;
  let current = 0;
  let filled = 0;
  for await (const block of entries) {
    if (filled + block.count > genes.length) {
      const size = 2 * (filled + block.count);
      const largerGenes = new Uint32Array(size);
      largerGenes.set(genes.subarray(0, filled));
      genes = largerGenes;
      const largerValues = new Float64Array(size);
      largerValues.set(values.subarray(0, filled));
      values = largerValues;
    }
    genes.set(block.genes.subarray(0, block.count), filled);
    values.set(block.values.subarray(0, block.count), filled);
    const { cells, count } = block;
    for (let k = 0; k < count; k++) {
      const cell = cells[k]!;
      if (cell === current) continue;
      if (cell < current) throw new CellOrderError(file, cell, current);
      while (current < cell) {
        starts.push(filled + k);
        current++;
      }
    }
    filled += count;
    if (current > cell0 && filled >= 1 << 15) {
      // All but the cell that may go on.
      const rest = starts.at(-1)!;
      yield { cell0, indptr: Uint32Array.from(starts), genes, values };
      genes.copyWithin(0, rest, filled);
      values.copyWithin(0, rest, filled);
      filled -= rest;
      cell0 = current;
      starts = [0];
    }
  }
  while (current < cellCount) {
    starts.push(filled);
    current++;
  }
  yield { cell0, indptr: Uint32Array.from(starts), genes, values };
}
