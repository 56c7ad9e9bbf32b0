import { type NativeBlas, openNative } from "./native-products.ts";
import { openKernel, topStateBytes, type VectorKernel } from "./vector-kernel.ts";

/** What is asked about all pairs of some vectors; one pass answers all of it. */
export interface ScanQuestion {
  /** Of every row, so many of the largest and of the smallest products with other rows. */
  top?: number;
  /** Pairs (a < b) with a product of at least `high` or at most `low`. */
  beyond?: { low: number; high: number };
  /** Counts of the products of pairs (a < b) in so many bins over −1 … 1. */
  bins?: number;
}

/** Answers about the rows of one block; a part is there when it was asked for. */
export interface ScanAnswer {
  /** Of shape (rows, 2, top): largest first, then smallest first; equal products by index. Index 2³² − 1 and NaN where there are fewer. */
  top?: { indices: Uint32Array; products: Float32Array };
  /** Pairs a < b, ordered by neither. */
  beyond?: PairList;
  counts?: Uint32Array;
}

/** Pairs of rows and their products, one entry a pair. */
export interface PairList {
  a: Uint32Array;
  b: Uint32Array;
  products: Float32Array;
}

const CHUNK = 512;
const SLICE = 128;

/** Rows that are looked at together: many enough to be worth the walk through all others, few enough to share out and to resume from. */
export function rowsOfBlock(rows: number): number {
  return Math.min(1024, Math.max(64, 4 * Math.ceil(rows / 64)));
}

/**
 * Answers a question about the rows of a block and all rows (pairs a < b: all rows after them), in bounded memory whatever the vectors' size.
 * @param vectors of shape (rows, dims), anywhere; they pass through the kernel's memory in chunks
 * @param native a BLAS that makes the products instead of the compiled kernels; what is looked for among them stays theirs
 * @returns a function that answers for rows `from` to below `to`, at most `rowsOfBlock` of them
 */
export function openScan(
  vectors: Float32Array,
  dims: number,
  question: ScanQuestion,
  native?: NativeBlas,
): (from: number, to: number) => ScanAnswer {
  const kernel = openKernel();
  const blas = native === undefined ? undefined : openNative(native);
  const rows = vectors.length / dims;
  const most = 4 * Math.ceil(rowsOfBlock(rows) / 4);
  const keep = question.top ?? 0;
  const capacity = Math.max(32, Math.ceil(2.5 * keep));
  const bins = question.bins ?? 0;
  const rowsAt = kernel.allocate(4 * most * dims);
  const columnsAt = kernel.allocate(4 * CHUNK * dims);
  const panelsAt = kernel.allocate(4 * CHUNK * dims);
  const productsAt = kernel.allocate(4 * SLICE * CHUNK);
  const stateAt = kernel.allocate(keep > 0 ? most * topStateBytes(capacity) : 0);
  const listsAt = kernel.allocate(16 * most * keep);
  const pairsAt = kernel.allocate(question.beyond ? 12 * SLICE * CHUNK : 0);
  const binsAt = kernel.allocate(4 * bins);

  return (from, to) => {
    const count = to - from;
    kernel.floats(rowsAt, count * dims).set(vectors.subarray(from * dims, to * dims));
    if (keep > 0) kernel.startTop(stateAt, count, capacity);
    kernel.words(binsAt, bins).fill(0);
    const found: Uint32Array[] = [];
    // Pairs a < b need nothing before the block itself.
    for (let first = keep > 0 ? 0 : from; first < rows; first += CHUNK) {
      const columns = Math.min(CHUNK, rows - first);
      kernel.floats(columnsAt, columns * dims).set(vectors.subarray(first * dims, (first + columns) * dims));
      if (blas === undefined) kernel.fillPanels(columnsAt, columns, dims, panelsAt);
      const panels = Math.ceil(columns / 8);
      for (let slice = 0; slice < count; slice += SLICE) {
        const size = Math.min(SLICE, count - slice);
        const firstRow = from + slice;
        const holdsPairs = first + columns > firstRow + 1;
        if (keep === 0 && !holdsPairs) continue;
        const sliceAt = rowsAt + 4 * slice * dims;
        if (blas === undefined)
          kernel.blockProducts(sliceAt, 4 * Math.ceil(size / 4), panelsAt, panels, dims, productsAt);
        else
          blas.products(
            kernel.floats(sliceAt, size * dims),
            kernel.floats(columnsAt, columns * dims),
            dims,
            kernel.floats(productsAt, SLICE * CHUNK),
            8 * panels,
          );
        const block = {
          products: productsAt,
          rows: size,
          columns,
          stride: 8 * panels,
          firstRow,
          firstColumn: first,
        };
        if (keep > 0) kernel.keepTop(block, stateAt + slice * topStateBytes(capacity), keep, capacity);
        if (!holdsPairs) continue;
        if (question.beyond) {
          const pairs = kernel.pairsBeyond(block, question.beyond.low, question.beyond.high, pairsAt);
          if (pairs > 0) found.push(kernel.words(pairsAt, 3 * pairs).slice());
        }
        if (bins > 0) kernel.countProducts(block, bins, binsAt);
      }
    }
    return {
      ...(keep > 0 && { top: finished(kernel, { stateAt, listsAt, count, keep, capacity }) }),
      ...(question.beyond && { beyond: pairList(found) }),
      ...(bins > 0 && { counts: kernel.words(binsAt, bins).slice() }),
    };
  };
}

function finished(
  kernel: VectorKernel,
  lists: { stateAt: number; listsAt: number; count: number; keep: number; capacity: number },
): { indices: Uint32Array; products: Float32Array } {
  const { stateAt, listsAt, count, keep, capacity } = lists;
  const length = 2 * count * keep;
  kernel.finishTop(stateAt, count, keep, capacity, listsAt, listsAt + 4 * length);
  return {
    indices: kernel.words(listsAt, length).slice(),
    products: kernel.floats(listsAt + 4 * length, length).slice(),
  };
}

/** Takes triples (a, b, product as float32 bits) apart. */
function pairList(parts: readonly Uint32Array[]): PairList {
  const count = parts.reduce((sum, part) => sum + part.length / 3, 0);
  const list = { a: new Uint32Array(count), b: new Uint32Array(count), products: new Float32Array(count) };
  let at = 0;
  for (const part of parts) {
    const floats = new Float32Array(part.buffer);
    for (let k = 0; k < part.length; k += 3, at++) {
      list.a[at] = part[k]!;
      list.b[at] = part[k + 1]!;
      list.products[at] = floats[k + 2]!;
    }
  }
  return list;
}
