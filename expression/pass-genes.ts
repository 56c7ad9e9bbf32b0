import type { ReadCall } from "./matrix.ts";
import type { GeneStatistics, View } from "./pass.ts";
import { groupSizes, medianTotal, scanRoom, scanView, type ViewedMatrix } from "./spill-scan.ts";

export interface GenePassOptions extends ReadCall {
  /** Memory for running sums; more groups than fit are done in several passes. Default 64 MiB. */
  memoryBudgetBytes?: number;
}

/** Of each gene: cells, value, value², share, share², log, log²; the eighth keeps a gene in one cache line. */
const STRIDE = 8;
const CELLS_UNTIL_FLUSH = 512;
/** Whole values below this have their share and logarithm computed once a cell; one place is for all others. */
const KNOWN = 256;
const KNOWN_BYTES = 64 * (KNOWN + 1);

/**
 * Sums of every gene over the cells of each group: of values, of shares of the cell's total, and of logarithms after normalisation to the
 * view's target. One pass over the spill (two when the target is the median of a view without some genes). The result does not depend on
 * the format that the matrix came in.
 *
 * @returns sums of shape (groups, genes); means and variances follow from them and the groups' numbers of cells
 */
export async function geneStatistics(
  matrix: ViewedMatrix & { geneCount: number; cellCount: number },
  view: View,
  options: GenePassOptions = {},
): Promise<GeneStatistics> {
  const { geneCount } = matrix;
  const groupCount = view.groupCount ?? 1;
  const target = view.target === "median" ? await medianTotal(matrix, view, options) : view.target;
  const size = groupCount * geneCount;
  const statistics: GeneStatistics = {
    groupCount,
    geneCount,
    cellCount: groupSizes(matrix.cellCount, view),
    target,
    cells: new Uint32Array(size),
    sum: new Float64Array(size),
    sumSquares: new Float64Array(size),
    shareSum: new Float64Array(size),
    shareSumSquares: new Float64Array(size),
    logSum: new Float64Array(size),
    logSumSquares: new Float64Array(size),
  };
  const budget = options.memoryBudgetBytes ?? 64 * 2 ** 20;
  const atOnce = Math.max(1, Math.min(groupCount, Math.floor(budget / (8 * STRIDE * Math.max(1, geneCount)))));
  for (let first = 0; first < groupCount; first += atOnce)
    await sumGroups(matrix, view, statistics, first, Math.min(groupCount, first + atOnce), options);
  return statistics;
}

async function sumGroups(
  matrix: ViewedMatrix,
  view: View,
  statistics: GeneStatistics,
  firstGroup: number,
  endGroup: number,
  call: ReadCall,
): Promise<void> {
  const { geneCount, target } = statistics;
  const groups = endGroup - firstGroup;
  const room = scanRoom(matrix, view, KNOWN_BYTES + 4 * KNOWN + 8 * STRIDE * geneCount * groups);
  const { kernel } = room.block;
  const { buffer } = kernel.memory;
  const knownFor = room.extra + KNOWN_BYTES;
  new Int32Array(buffer, knownFor, KNOWN).fill(-1);
  const sumsAt = knownFor + 4 * KNOWN;
  const running = Array.from(
    { length: groups },
    (_, index) => new Float64Array(buffer, sumsAt + 8 * STRIDE * geneCount * index, STRIDE * geneCount),
  );
  const waiting = new Uint32Array(groups);

  function flush(index: number): void {
    const sums = running[index]!;
    const at = (firstGroup + index) * geneCount;
    for (let gene = 0, s = 0; gene < geneCount; gene++, s += STRIDE) {
      if (sums[s] === 0) continue;
      statistics.cells[at + gene]! += sums[s]!;
      statistics.sum[at + gene]! += sums[s + 1]!;
      statistics.sumSquares[at + gene]! += sums[s + 2]!;
      statistics.shareSum[at + gene]! += sums[s + 3]!;
      statistics.shareSumSquares[at + gene]! += sums[s + 4]!;
      statistics.logSum[at + gene]! += sums[s + 5]!;
      statistics.logSumSquares[at + gene]! += sums[s + 6]!;
    }
    sums.fill(0);
    waiting[index] = 0;
  }

  await scanView(
    matrix,
    view,
    (cell, genes, values, from, to, total) => {
      const index = (view.groups?.[cell] ?? 0) - firstGroup;
      const sums = running[index];
      if (sums === undefined) return;
      const [genesAt, valuesAt] = [genes.byteOffset + 4 * from, values.byteOffset + 8 * from];
      const [count, sumsOf] = [to - from, sums.byteOffset];
      kernel.addStatistics(genesAt, valuesAt, count, cell, total, target, sumsOf, room.extra, knownFor);
      if (++waiting[index]! === CELLS_UNTIL_FLUSH) flush(index);
    },
    call,
    room,
  );
  for (let index = 0; index < running.length; index++) flush(index);
}
