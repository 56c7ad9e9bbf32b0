import type { ReadCall } from "./matrix.ts";
import type { View } from "./pass.ts";
import { groupSizes, scanRoom, scanView, type ViewedMatrix } from "./spill-scan.ts";

/** The part of `GeneStatistics` that needs no normalisation; each of shape (groups, genes), row-major. */
export interface GeneShares {
  groupCount: number;
  geneCount: number;
  /** Kept cells of each group, of shape (groups). */
  cellCount: Uint32Array;
  /** Cells expressing the gene. */
  cells: Uint32Array;
  /** Of the values as they are. */
  sum: Float64Array;
  /** Of value ÷ the cell's total. */
  shareSum: Float64Array;
}

const STRIDE = 4;
const CELLS_UNTIL_FLUSH = 512;

/**
 * How many cells express each gene, and its sums of values and of shares, group by group: half the work of `geneStatistics`, and enough
 * for what is shown of unfiltered cells. Sums are two-level, as there.
 */
export async function geneShares(
  matrix: ViewedMatrix & { geneCount: number; cellCount: number },
  view: Omit<View, "target">,
  call: ReadCall = {},
): Promise<GeneShares> {
  const { geneCount } = matrix;
  const groupCount = view.groupCount ?? 1;
  const size = groupCount * geneCount;
  const found: GeneShares = {
    groupCount,
    geneCount,
    cellCount: groupSizes(matrix.cellCount, { ...view, target: 1 }),
    cells: new Uint32Array(size),
    sum: new Float64Array(size),
    shareSum: new Float64Array(size),
  };
  const all = { ...view, target: 1 };
  const room = scanRoom(matrix, all, 8 * STRIDE * size);
  const { kernel } = room.block;
  const running = Array.from(
    { length: groupCount },
    (_, group) =>
      new Float64Array(kernel.memory.buffer, room.extra + 8 * STRIDE * geneCount * group, STRIDE * geneCount),
  );
  const waiting = new Uint32Array(groupCount);

  function flush(group: number): void {
    const sums = running[group]!;
    const at = group * geneCount;
    for (let gene = 0, s = 0; gene < geneCount; gene++, s += STRIDE) {
      if (sums[s] === 0) continue;
      found.cells[at + gene]! += sums[s]!;
      found.sum[at + gene]! += sums[s + 1]!;
      found.shareSum[at + gene]! += sums[s + 2]!;
    }
    sums.fill(0);
    waiting[group] = 0;
  }

  await scanView(
    matrix,
    all,
    (cell, genes, values, from, to, total) => {
      const group = view.groups?.[cell] ?? 0;
      const sums = running[group]!;
      const [genesAt, valuesAt] = [genes.byteOffset + 4 * from, values.byteOffset + 8 * from];
      kernel.addShares(genesAt, valuesAt, to - from, 1 / total, sums.byteOffset);
      if (++waiting[group]! === CELLS_UNTIL_FLUSH) flush(group);
    },
    call,
    room,
  );
  for (let group = 0; group < groupCount; group++) flush(group);
  return found;
}
