import { rowProduct } from "@artesian/numerics/panel-product.ts";
import type { BuildCall } from "./map-units.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";

/** The neighbours of every row in both tails, the nearest first. */
export interface TopLists {
  /** Neighbours a tail. */
  count: number;
  /** Row indices of shape (rows, 2, count): similar, then opposite; NO_ROW where there are fewer. */
  rows: Uint32Array;
  /** Cosines of the same shape; NaN where there are fewer. */
  cosines: Float32Array;
}

/** Stands where a list has no more rows. */
export const NO_ROW = 0xffffffff;

/**
 * Exact nearest rows of every row, in both tails: of all other rows with a length, the `count` of largest and of smallest cosine; of equal
 * cosines the lower row first.
 */
export function topLists(
  { rows, dims, vectors, norms }: PerturbationGroup,
  count = 100,
  call: BuildCall = {},
): TopLists {
  const n = rows.length;
  const turned = new Float32Array(dims * n);
  for (let i = 0; i < n; i++) for (let j = 0; j < dims; j++) turned[j * n + i] = vectors[i * dims + j]!;
  const result = {
    count,
    rows: new Uint32Array(n * 2 * count).fill(NO_ROW),
    cosines: new Float32Array(n * 2 * count).fill(Number.NaN),
  };
  const product = rowProduct(turned, dims, n, 32);
  const heap = tailHeap(count);
  for (let from = 0; from < n; from += product.blockRows) {
    call.signal?.throwIfAborted();
    call.progress?.("nearest rows", from, n);
    const to = Math.min(from + product.blockRows, n);
    product.input.set(vectors.subarray(from * dims, to * dims));
    product.multiply(to - from);
    for (let i = from; i < to; i++) {
      if (norms[i] === 0) continue;
      const cosines = product.output.subarray((i - from) * product.stride, (i - from) * product.stride + n);
      for (const sign of [1, -1] as const) {
        let threshold = heap.threshold();
        for (let other = 0; other < n; other++) {
          const value = sign * cosines[other]!;
          if (!(value > threshold) || other === i || norms[other] === 0) continue;
          heap.offer(value, other);
          threshold = heap.threshold();
        }
        const at = (2 * i + (sign === 1 ? 0 : 1)) * count;
        heap.take((value, row, place) => {
          result.rows[at + place] = row;
          result.cosines[at + place] = Math.max(-1, Math.min(1, sign * value));
        });
      }
    }
  }
  call.progress?.("nearest rows", n, n);
  return result;
}

/** Keeps the largest `count` of what it is offered, of equals the lower rows: a heap with the least on top. */
function tailHeap(count: number) {
  const values = new Float64Array(count);
  const rows = new Uint32Array(count);
  let filled = 0;
  const isLess = (a: number, b: number): boolean =>
    values[a]! < values[b]! || (values[a]! === values[b]! && rows[a]! > rows[b]!);
  const swap = (a: number, b: number): void => {
    const [value, row] = [values[a]!, rows[a]!];
    values[a] = values[b]!;
    rows[a] = rows[b]!;
    values[b] = value;
    rows[b] = row;
  };
  const sink = (size: number): void => {
    for (let at = 0; ; ) {
      let least = at;
      if (2 * at + 1 < size && isLess(2 * at + 1, least)) least = 2 * at + 1;
      if (2 * at + 2 < size && isLess(2 * at + 2, least)) least = 2 * at + 2;
      if (least === at) return;
      swap(at, least);
      at = least;
    }
  };
  return {
    /** Larger than this is worth an offer. */
    threshold: (): number =>
      filled < count ? Number.NEGATIVE_INFINITY : count === 0 ? Number.POSITIVE_INFINITY : values[0]!,
    offer(value: number, row: number): void {
      if (filled < count) {
        values[filled] = value;
        rows[filled] = row;
        for (let at = filled++; at > 0 && isLess(at, (at - 1) >> 1); at = (at - 1) >> 1) swap(at, (at - 1) >> 1);
        return;
      }
      values[0] = value;
      rows[0] = row;
      sink(count);
    },
    /** Empties it, the largest first. */
    take(visit: (value: number, row: number, place: number) => void): void {
      for (let size = filled - 1; size > 0; size--) {
        swap(0, size);
        sink(size);
      }
      for (let place = 0; place < filled; place++) visit(values[place]!, rows[place]!, place);
      filled = 0;
    },
  };
}
