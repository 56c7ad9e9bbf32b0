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
  const queue = tailQueue(count);
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
        queue.reset();
        for (let other = 0; other < n; other++) {
          const value = sign * cosines[other]!;
          if (value > queue.threshold() && other !== i && norms[other]! > 0) queue.offer(value, other);
        }
        const at = (2 * i + (sign === 1 ? 0 : 1)) * count;
        queue.sorted().forEach(({ value, row }, k) => {
          result.rows[at + k] = row;
          result.cosines[at + k] = Math.max(-1, Math.min(1, sign * value));
        });
      }
    }
  }
  call.progress?.("nearest rows", n, n);
  return result;
}

/** Keeps the largest `count` of what it is offered; of equals, those offered first. */
function tailQueue(count: number) {
  const values = new Float64Array(2 * count);
  const rows = new Uint32Array(2 * count);
  let filled = 0;
  let threshold = Number.NEGATIVE_INFINITY;
  /** Keeps the best half in order, which pays once in `count` offers. */
  const compact = (): void => {
    const order = Array.from({ length: filled }, (_, k) => k).sort(
      (a, b) => values[b]! - values[a]! || rows[a]! - rows[b]!,
    );
    const kept = order.slice(0, count).map((k) => [values[k]!, rows[k]!] as const);
    kept.forEach(([value, row], k) => {
      values[k] = value;
      rows[k] = row;
    });
    filled = kept.length;
    if (filled === count) threshold = values[count - 1]!;
  };
  return {
    reset: (): void => {
      filled = 0;
      threshold = count === 0 ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    },
    threshold: (): number => threshold,
    offer(value: number, row: number): void {
      values[filled] = value;
      rows[filled++] = row;
      if (filled === 2 * count) compact();
    },
    sorted(): { value: number; row: number }[] {
      compact();
      return Array.from({ length: filled }, (_, k) => ({ value: values[k]!, row: rows[k]! }));
    },
  };
}
