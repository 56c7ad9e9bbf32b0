import type { BuildCall } from "./map-units.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";
import { openScan, rowsOfBlock } from "./vector-scan.ts";

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
 * cosines the lower row first. In this thread; `allNeighbours` does so in several.
 */
export function topLists(
  { rows, dims, vectors, norms }: PerturbationGroup,
  count = 100,
  call: BuildCall = {},
): TopLists {
  const lists = {
    count,
    rows: new Uint32Array(rows.length * 2 * count).fill(NO_ROW),
    cosines: new Float32Array(rows.length * 2 * count).fill(Number.NaN),
  };
  // Rows without a length are like nothing: only the others are compared.
  const long = Uint32Array.from(rows.keys()).filter((row) => norms[row]! > 0);
  const n = long.length;
  if (count === 0 || n === 0) return lists;
  const units = new Float32Array(n * dims);
  long.forEach((row, i) => {
    units.set(vectors.subarray(row * dims, (row + 1) * dims), i * dims);
  });
  const scan = openScan(units, dims, { top: count });
  const size = rowsOfBlock(n);
  for (let from = 0; from < n; from += size) {
    call.signal?.throwIfAborted();
    call.progress?.("nearest rows", from, n);
    const to = Math.min(n, from + size);
    const { indices, products } = scan(from, to).top!;
    for (let i = from; i < to; i++)
      for (let k = 0; k < 2 * count; k++) {
        const at = long[i]! * 2 * count + k;
        const found = indices[(i - from) * 2 * count + k]!;
        if (found === NO_ROW) continue;
        lists.rows[at] = long[found]!;
        lists.cosines[at] = Math.max(-1, Math.min(1, products[(i - from) * 2 * count + k]!));
      }
  }
  call.progress?.("nearest rows", n, n);
  return lists;
}
