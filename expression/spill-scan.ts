import { setImmediate } from "node:timers/promises";
import type { ReadCall } from "./matrix.ts";
import type { CellTotals, View } from "./pass.ts";
import { type Spill, type SpillBlock, spillBlock } from "./spill.ts";

const BLOCKS_IN_A_GO = 64;

/**
 * Hands every block of a spill to `visit`, which must not keep its arrays; others get a turn every million entries.
 * @param block room for a block of this spill
 */
export async function scanSpill(
  spill: Spill,
  visit: (block: SpillBlock) => void,
  call: ReadCall = {},
  block: SpillBlock = spillBlock(spill),
): Promise<void> {
  for (let i = 0; i < spill.blockCount; i++) {
    if (i % BLOCKS_IN_A_GO === 0) {
      call.signal?.throwIfAborted();
      call.progress?.(i, spill.blockCount);
      await setImmediate();
    }
    spill.read(i, block);
    visit(block);
  }
  call.progress?.(spill.blockCount, spill.blockCount);
}

/** Entries `from` to `to` of the arrays are those of kept genes of one kept cell, and `total` is their sum. */
export type CellVisit = (
  cell: number,
  genes: Uint32Array,
  values: Float64Array,
  from: number,
  to: number,
  total: number,
) => void;

/** What of a matrix the scan of a view needs. */
export interface ViewedMatrix {
  spill: Spill;
  totals: CellTotals;
}

/** What `scanView` needs of a kernel's memory beside the room for a block. */
export interface ScanRoom {
  block: SpillBlock;
  /** Address of the memory that the visit has for itself, a multiple of 64; zeros. */
  extra: number;
}

/** @param extraBytes memory for the visit's own use of the kernel */
export function scanRoom({ spill }: ViewedMatrix, { keepGenes }: View, extraBytes = 0): ScanRoom {
  const maskBytes = 64 * Math.ceil((keepGenes?.length ?? 0) / 64);
  const block = spillBlock(spill, maskBytes + extraBytes);
  if (keepGenes !== undefined) new Uint8Array(block.kernel.memory.buffer, block.extra).set(keepGenes);
  return { block, extra: block.extra + maskBytes };
}

/**
 * Hands every kept cell of a view to `visit`, dropped genes taken out.
 * @param room of this matrix and view
 */
export function scanView(
  matrix: ViewedMatrix,
  view: View,
  visit: CellVisit,
  call: ReadCall = {},
  { block }: ScanRoom = scanRoom(matrix, view),
): Promise<void> {
  const { keepCells, keepGenes } = view;
  const { counts } = matrix.totals;
  const { kernel, extra: mask } = block;
  return scanSpill(
    matrix.spill,
    ({ cell0, cellCount, indptr, genes, values }) => {
      for (let c = 0; c < cellCount; c++) {
        const cell = cell0 + c;
        if (keepCells !== undefined && keepCells[cell] === 0) continue;
        const from = indptr[c]!;
        let to = indptr[c + 1]!;
        let total = counts[cell]!;
        if (keepGenes !== undefined) {
          total = kernel.keepListed(genes.byteOffset + 4 * from, values.byteOffset + 8 * from, to - from, mask);
          to = from + kernel.kept();
        }
        visit(cell, genes, values, from, to, total);
      }
    },
    call,
    block,
  );
}

/** Median of the kept cells' totals above zero, over kept genes: scanpy's normalize_total without a target. NaN when there is none. */
export async function medianTotal(matrix: ViewedMatrix, view: View, call: ReadCall = {}): Promise<number> {
  const totals = new Float64Array(matrix.totals.counts.length);
  let count = 0;
  if (view.keepGenes === undefined) {
    for (let cell = 0; cell < totals.length; cell++) {
      const total = matrix.totals.counts[cell]!;
      if (total > 0 && view.keepCells?.[cell] !== 0) totals[count++] = total;
    }
  } else
    await scanView(
      matrix,
      view,
      (_cell, _genes, _values, _from, _to, total) => {
        if (total > 0) totals[count++] = total;
      },
      call,
    );
  const sorted = totals.subarray(0, count).sort();
  const half = count >> 1;
  return count % 2 === 1 ? sorted[half]! : ((sorted[half - 1] ?? Number.NaN) + (sorted[half] ?? Number.NaN)) / 2;
}

/** Kept cells of each group, of shape (groups). */
export function groupSizes(cellCount: number, view: View): Uint32Array {
  const sizes = new Uint32Array(view.groupCount ?? 1);
  for (let cell = 0; cell < cellCount; cell++) if (view.keepCells?.[cell] !== 0) sizes[view.groups?.[cell] ?? 0]!++;
  return sizes;
}
