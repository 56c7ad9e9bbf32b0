import { LikelyLimits } from "./likely-limits.ts";
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
const SLICE = 256;

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
  const stateBytes = topStateBytes(capacity);
  const bins = question.bins ?? 0;
  const likely = LikelyLimits.of(rows, keep);
  const rowsAt = kernel.allocate(4 * most * dims);
  const columnsAt = kernel.allocate(4 * CHUNK * dims);
  const panelsAt = kernel.allocate(4 * CHUNK * dims);
  const productsAt = kernel.allocate(4 * SLICE * CHUNK);
  const stateAt = kernel.allocate(keep > 0 ? most * stateBytes : 0);
  const listsAt = kernel.allocate(16 * most * keep);
  const pairsAt = kernel.allocate(question.beyond ? 12 * SLICE * CHUNK : 0);
  const binsAt = kernel.allocate(4 * bins);

  const copy = (row: number, count: number, address: number): void =>
    kernel.floats(address, count * dims).set(vectors.subarray(row * dims, (row + count) * dims));
  /** Brings rows to where they are multiplied with as columns. */
  const takeColumns = (first: number, columns: number): void => {
    copy(first, columns, columnsAt);
    if (blas === undefined) kernel.fillPanels(columnsAt, columns, dims, panelsAt);
  };
  /** Multiplies rows with the columns. @returns how far rows of products lie from one another */
  const multiply = (address: number, size: number, columns: number): number => {
    const panels = Math.ceil(columns / 8);
    if (blas === undefined) kernel.blockProducts(address, 4 * Math.ceil(size / 4), panelsAt, panels, dims, productsAt);
    else {
      const [a, b] = [kernel.floats(address, size * dims), kernel.floats(columnsAt, columns * dims)];
      blas.products(a, b, dims, kernel.floats(productsAt, SLICE * CHUNK), 8 * panels);
    }
    return 8 * panels;
  };

  /** Begins lists beyond the likely limits of their rows, which lie at `rowsAt`. */
  const limit = (from: number, count: number, limits: LikelyLimits): void => {
    for (const [index, row] of limits.sample.entries()) copy(row, 1, columnsAt + 4 * index * dims);
    if (blas === undefined) kernel.fillPanels(columnsAt, limits.sample.length, dims, panelsAt);
    const heads = kernel.floats(stateAt, (count * stateBytes) / 4);
    for (let slice = 0; slice < count; slice += SLICE) {
      const size = Math.min(SLICE, count - slice);
      const stride = multiply(rowsAt + 4 * slice * dims, size, limits.sample.length);
      const products = kernel.floats(productsAt, size * stride);
      for (let i = 0; i < size; i++) {
        const own = products.subarray(i * stride, i * stride + limits.sample.length);
        heads.set(limits.limits(from + slice + i, own), ((slice + i) * stateBytes + 8) / 4);
      }
    }
  };

  /** Makes lists that came out too short again, without limits. */
  const complete = (from: number, count: number, limits: LikelyLimits): void => {
    const counts = kernel.words(stateAt, (count * stateBytes) / 4);
    const missed: [number, number] = [0, 0];
    const short: number[] = [];
    for (let i = 0; i < count; i++) {
      const lacks = [0, 1].filter((tail) => counts[(i * stateBytes) / 4 + tail]! < keep);
      for (const tail of lacks) missed[tail as 0 | 1]++;
      if (lacks.length > 0) short.push(i);
    }
    limits.learn(missed, count);
    for (let at = 0; at < short.length; at += SLICE) {
      const some = short.slice(at, at + SLICE);
      for (const [index, i] of some.entries()) {
        copy(from + i, 1, rowsAt + 4 * index * dims);
        kernel.startTop(stateAt + i * stateBytes, 1, capacity);
      }
      for (let first = 0; first < rows; first += CHUNK) {
        const columns = Math.min(CHUNK, rows - first);
        takeColumns(first, columns);
        const stride = multiply(rowsAt, some.length, columns);
        for (const [index, i] of some.entries()) {
          const products = productsAt + 4 * index * stride;
          const block = { products, rows: 1, columns, stride, firstRow: from + i, firstColumn: first };
          kernel.keepTop(block, stateAt + i * stateBytes, keep, capacity);
        }
      }
    }
  };

  return (from, to) => {
    const count = to - from;
    copy(from, count, rowsAt);
    if (keep > 0) kernel.startTop(stateAt, count, capacity);
    if (likely !== undefined) limit(from, count, likely);
    kernel.words(binsAt, bins).fill(0);
    const found: Uint32Array[] = [];
    // Pairs a < b need nothing before the block itself.
    for (let first = keep > 0 ? 0 : from; first < rows; first += CHUNK) {
      const columns = Math.min(CHUNK, rows - first);
      takeColumns(first, columns);
      for (let slice = 0; slice < count; slice += SLICE) {
        const size = Math.min(SLICE, count - slice);
        const firstRow = from + slice;
        const holdsPairs = first + columns > firstRow + 1;
        if (keep === 0 && !holdsPairs) continue;
        const stride = multiply(rowsAt + 4 * slice * dims, size, columns);
        const block = { products: productsAt, rows: size, columns, stride, firstRow, firstColumn: first };
        if (keep > 0) kernel.keepTop(block, stateAt + slice * stateBytes, keep, capacity);
        if (!holdsPairs) continue;
        if (question.beyond) {
          const pairs = kernel.pairsBeyond(block, question.beyond.low, question.beyond.high, pairsAt);
          if (pairs > 0) found.push(kernel.words(pairsAt, 3 * pairs).slice());
        }
        if (bins > 0) kernel.countProducts(block, bins, binsAt);
      }
    }
    if (likely !== undefined) complete(from, count, likely);
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
