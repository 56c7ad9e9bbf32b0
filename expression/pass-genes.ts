import type { ReadCall } from "./matrix.ts";
import type { GeneStatistics, View } from "./pass.ts";
import { groupSizes, medianTotal, scanView, type ViewedMatrix } from "./spill-scan.ts";

export interface GenePassOptions extends ReadCall {
  /** Memory for running sums; more groups than fit are done in several passes. Default 64 MiB. */
  memoryBudgetBytes?: number;
}

/** Of each gene: cells, value, value², share, share², log, log²; the eighth keeps a gene in one cache line. */
const STRIDE = 8;
const CELLS_UNTIL_FLUSH = 512;
/** Whole values below this have their share and logarithm computed once a cell. */
const CACHED = 256;

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
  const running = Array.from({ length: endGroup - firstGroup }, () => new Float64Array(STRIDE * geneCount));
  const waiting = new Uint32Array(running.length);
  const shares = new Float64Array(CACHED);
  const logs = new Float64Array(CACHED);
  const cachedFor = new Int32Array(CACHED).fill(-1);

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
      for (let k = from; k < to; k++) {
        const value = values[k]!;
        const whole = value | 0;
        let share: number;
        let log: number;
        if (whole === value && whole >>> 0 < CACHED) {
          if (cachedFor[whole] !== cell) {
            cachedFor[whole] = cell;
            shares[whole] = value / total;
            logs[whole] = Math.log1p(target * shares[whole]);
          }
          share = shares[whole]!;
          log = logs[whole]!;
        } else {
          share = value / total;
          log = Math.log1p(target * share);
        }
        const s = genes[k]! * STRIDE;
        sums[s]! += 1;
        sums[s + 1]! += value;
        sums[s + 2]! += value * value;
        sums[s + 3]! += share;
        sums[s + 4]! += share * share;
        sums[s + 5]! += log;
        sums[s + 6]! += log * log;
      }
      if (++waiting[index]! === CELLS_UNTIL_FLUSH) flush(index);
    },
    call,
  );
  for (let index = 0; index < running.length; index++) flush(index);
}
