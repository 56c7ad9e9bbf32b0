import type { AxisRange, NumberArray, TreeArray } from "@artesian/data";
import { EntryIndexError, MatrixLayoutError } from "./errors.ts";
import type { EntryBlock, MatrixBlock, ReadCall } from "./matrix.ts";

/** A compressed sparse matrix whose arrays are still in the file. */
export interface SparseArrays {
  /** File and path, for errors. */
  name: string;
  indptr: TreeArray;
  indices: TreeArray;
  data: TreeArray;
  /** Length of the axis that indptr runs along. */
  majorCount: number;
  minorCount: number;
  /** Gene of each feature, −1 to leave out. */
  geneOf?: Int32Array;
}

const ENTRIES_IN_A_GO = 1 << 18;

/** Cells of a matrix that stores cell after cell (AnnData's csr, 10x's genes × cells in csc). */
export async function* compressedCells(arrays: SparseArrays, call: ReadCall = {}): AsyncGenerator<MatrixBlock> {
  const indptr = await readIndptr(arrays);
  let genes = new Uint32Array(2 * ENTRIES_IN_A_GO);
  let values = new Float64Array(2 * ENTRIES_IN_A_GO);
  let kept = 0;
  let cell = 0;
  for (const [from, to] of pieces(arrays, call)) {
    const size = kept + to - from;
    if (size > genes.length) {
      const largerGenes = new Uint32Array(2 * size);
      largerGenes.set(genes.subarray(0, kept));
      genes = largerGenes;
      const largerValues = new Float64Array(2 * size);
      largerValues.set(values.subarray(0, kept));
      values = largerValues;
    }
    genes.set(await arrays.indices.borrowNumbers([from, to]), kept);
    values.set(await arrays.data.borrowNumbers([from, to]), kept);
    // Whole cells up to `to`; the first entry of the buffer is number `base`.
    const base = from - kept;
    let last = cell;
    while (last < arrays.majorCount && indptr[last + 1]! <= to) last++;
    if (last === cell) {
      kept = size;
      continue;
    }
    const ends = new Uint32Array(last - cell + 1);
    for (let c = cell; c <= last; c++) ends[c - cell] = indptr[c]! - base;
    const block = { cell0: cell, indptr: ends, genes, values };
    const rest = ends[last - cell]!;
    if (arrays.geneOf === undefined) yield block;
    else yield withoutOthers(block, arrays.geneOf, arrays.name);
    genes.copyWithin(0, rest, size);
    values.copyWithin(0, rest, size);
    kept = size - rest;
    cell = last;
  }
  if (cell < arrays.majorCount)
    yield { cell0: cell, indptr: new Uint32Array(arrays.majorCount - cell + 1), genes, values };
}

/** Entries of a matrix that stores gene after gene (AnnData's csc). */
export async function* compressedGenes(arrays: SparseArrays, call: ReadCall = {}): AsyncGenerator<EntryBlock> {
  const indptr = await readIndptr(arrays);
  let gene = 0;
  for (const [from, to] of pieces(arrays, call)) {
    const cells = new Uint32Array(await arrays.indices.borrowNumbers([from, to]));
    checkIndices(cells, 0, cells.length, arrays, from);
    const genes = new Uint32Array(cells.length);
    for (let at = from; at < to; ) {
      while (indptr[gene + 1]! <= at) gene++;
      const end = Math.min(to, indptr[gene + 1]!);
      genes.fill(gene, at - from, end - from);
      at = end;
    }
    const values = new Float64Array(await arrays.data.borrowNumbers([from, to]));
    yield { count: cells.length, genes, cells, values };
  }
}

async function readIndptr({ name, indptr, indices, data, majorCount }: SparseArrays): Promise<NumberArray> {
  const ends = await indptr.numbers();
  const problem = (found: string, expected: string): MatrixLayoutError => new MatrixLayoutError(name, found, expected);
  if (ends.length !== majorCount + 1)
    throw problem(`indptr of ${ends.length} numbers`, `${majorCount + 1}, one more than the axis`);
  if (ends[0] !== 0) throw problem(`indptr that begins with ${ends[0]}`, "0");
  for (let i = 0; i < majorCount; i++)
    if (!(ends[i + 1]! >= ends[i]!))
      throw problem(`indptr that falls from ${ends[i]} to ${ends[i + 1]}`, "one that never falls");
  const entries = ends[majorCount]!;
  for (const array of [indices, data])
    if (array.shape[0] !== entries)
      throw problem(
        `${array.path} of ${array.shape[0]} numbers`,
        `${entries}, as indptr says. The file was cut off or is damaged: copy it again`,
      );
  return ends;
}

/** Ranges of entries that are whole numbers of chunks, so that each chunk is decoded once. */
function* pieces({ indices, data }: SparseArrays, call: ReadCall): Generator<AxisRange> {
  const total = data.shape[0] ?? 0;
  const chunk = Math.max(1, indices.chunks?.[0] ?? 1, data.chunks?.[0] ?? 1);
  const step = chunk * Math.max(1, Math.floor(ENTRIES_IN_A_GO / chunk));
  for (let from = 0; from < total; from += step) {
    call.signal?.throwIfAborted();
    const to = Math.min(total, from + step);
    yield [from, to];
    call.progress?.(to, total);
  }
}

function checkIndices(found: Uint32Array, from: number, to: number, arrays: SparseArrays, entry: number): void {
  const { minorCount, name } = arrays;
  for (let k = from; k < to; k++)
    if (found[k]! >= minorCount)
      throw new EntryIndexError(name, `entry ${entry + k - from}`, "index", found[k]!, 0, minorCount - 1);
}

/** The block without features that are no genes; the reader still needs its own arrays. */
function withoutOthers(block: MatrixBlock, geneOf: Int32Array, name: string): MatrixBlock {
  const { indptr } = block;
  const genes = new Uint32Array(indptr.at(-1)!);
  const values = new Float64Array(genes.length);
  const ends = new Uint32Array(indptr.length);
  let kept = 0;
  for (let c = 0; c + 1 < indptr.length; c++) {
    for (let k = indptr[c]!; k < indptr[c + 1]!; k++) {
      const gene = geneOf[block.genes[k]!];
      if (gene === undefined)
        throw new EntryIndexError(name, `cell ${block.cell0 + c}`, "feature", block.genes[k]!, 0, geneOf.length - 1);
      if (gene < 0) continue;
      genes[kept] = gene;
      values[kept++] = block.values[k]!;
    }
    ends[c + 1] = kept;
  }
  return { cell0: block.cell0, indptr: ends, genes, values };
}
