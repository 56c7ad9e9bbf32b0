import type { ReadCall } from "./matrix.ts";
import type { GeneColumns, View } from "./pass.ts";
import { openScratchFile } from "./scratch-file.ts";
import { groupSizes, scanView, type ViewedMatrix } from "./spill-scan.ts";

export interface ColumnOptions extends ReadCall {
  /** Where the columns go when they are larger than the memory allowed. */
  scratch: string;
  /** Default 4 MiB. */
  memoryBudgetBytes?: number;
}

const CELLS_IN_A_PIECE = 1 << 14;

/**
 * Every kept cell's share of a few genes, zeros included: what exact quantiles and box plots need. One pass over the spill; large results
 * lie on disk, one gene's pieces at a time are put together in memory.
 */
export async function geneColumns(
  matrix: ViewedMatrix & { cellCount: number },
  view: View,
  genes: readonly number[],
  options: ColumnOptions,
): Promise<GeneColumns> {
  const cellCount = groupSizes(matrix.cellCount, view).reduce((sum, size) => sum + size, 0);
  const inMemory = 8 * genes.length * cellCount <= (options.memoryBudgetBytes ?? 4 * 2 ** 20);
  const piece = inMemory ? cellCount : Math.min(cellCount, CELLS_IN_A_PIECE);
  const file = inMemory ? undefined : openScratchFile(options.scratch);
  const buffer = new Float64Array(genes.length * piece);
  const slots = new Map(genes.map((gene, i) => [gene, i]));
  const slotOf = new Int32Array(Math.max(0, ...genes) + 1).fill(-1);
  for (const [gene, i] of slots) slotOf[gene] = i;
  let filled = 0;

  function flush(): void {
    file?.append(new Uint8Array(buffer.buffer));
    buffer.fill(0);
    filled = 0;
  }

  try {
    await scanView(
      matrix,
      view,
      (_cell, ofCell, values, from, to, total) => {
        if (total === 0) for (let i = 0; i < genes.length; i++) buffer[i * piece + filled] = Number.NaN;
        else
          for (let k = from; k < to; k++) {
            const gene = ofCell[k]!;
            if (gene >= slotOf.length) break;
            const slot = slotOf[gene]!;
            if (slot >= 0) buffer[slot * piece + filled] = values[k]! / total;
          }
        filled++;
        if (file !== undefined && filled === piece) flush();
      },
      options,
    );
    if (file !== undefined && filled > 0) flush();
  } catch (error) {
    file?.close();
    throw error;
  }

  return {
    genes,
    cellCount,
    column(i) {
      // A gene that was asked for twice lies in one place.
      const slot = slots.get(genes[i] ?? -1);
      if (slot === undefined) throw new RangeError(`There are ${genes.length} columns, asked for number ${i}.`);
      if (file === undefined) return buffer.slice(slot * piece, slot * piece + cellCount);
      const column = new Float64Array(Math.ceil(cellCount / piece) * piece);
      for (let at = 0; at < cellCount; at += piece)
        file.read(new Uint8Array(column.buffer, 8 * at, 8 * piece), 8 * (at * genes.length + slot * piece));
      return column.subarray(0, cellCount);
    },
    close: () => file?.close(),
  };
}
