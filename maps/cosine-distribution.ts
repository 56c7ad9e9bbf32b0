import { rowProduct } from "@artesian/numerics/panel-product.ts";
import type { BuildCall } from "./map-units.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";

/** Cosines are counted in this many equal bins from −1 to 1: 2 millionths wide. */
const BINS = 1 << 20;

/** Cosines of all different pairs of rows: the null distribution of a map. */
export interface CosineDistribution {
  pairs: number;
  /** Pairs with a cosine below, to a bin. */
  below(cosine: number): number;
  /** Pairs with a cosine of at most this, to a bin. */
  upTo(cosine: number): number;
  /** Cosine that a share of pairs lies below, 0 to 1, to a bin; 0 and 1 give the least and the largest cosine. NaN without pairs. */
  quantile(share: number): number;
}

/**
 * Counts the cosines of all pairs among some rows. Rows without length have none.
 * @param chosen rows; default all
 */
export function cosineDistribution(
  { rows, dims, vectors, norms }: PerturbationGroup,
  chosen: readonly number[] = rows.map((_, i) => i),
  call: BuildCall = {},
): CosineDistribution {
  const used = chosen.filter((row) => norms[row]! > 0);
  const n = used.length;
  const turned = new Float32Array(dims * n);
  used.forEach((row, at) => {
    for (let j = 0; j < dims; j++) turned[j * n + at] = vectors[row * dims + j]!;
  });
  const counts = new Float64Array(BINS + 1);
  let [least, largest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const product = rowProduct(turned, dims, n, 32);
  for (let from = 0; from < n; from += product.blockRows) {
    call.signal?.throwIfAborted();
    call.progress?.("cosines of all pairs", from, n);
    const to = Math.min(from + product.blockRows, n);
    for (let at = from; at < to; at++)
      product.input.set(vectors.subarray(used[at]! * dims, (used[at]! + 1) * dims), (at - from) * dims);
    product.multiply(to - from, to);
    for (let at = from; at < to; at++) {
      const start = (at - from) * product.stride;
      for (let other = 0; other < at; other++) {
        const cosine = product.output[start + other]!;
        counts[binOf(cosine)]!++;
        if (cosine < least) least = cosine;
        if (cosine > largest) largest = cosine;
      }
    }
  }
  call.progress?.("cosines of all pairs", n, n);
  // counts[b] becomes the pairs in bins before b.
  let before = 0;
  for (let bin = 0; bin <= BINS; bin++) {
    const own = counts[bin]!;
    counts[bin] = before;
    before += own;
  }
  const pairs = before;
  return {
    pairs,
    below: (cosine) => counts[binOf(cosine)]!,
    upTo: (cosine) => counts[binOf(cosine) + 1]!,
    quantile(share) {
      if (pairs === 0) return Number.NaN;
      if (share <= 0) return clamp(least);
      if (share >= 1) return clamp(largest);
      const rank = share * pairs;
      let [low, high] = [0, BINS];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (counts[middle + 1]! > rank) high = middle;
        else low = middle + 1;
      }
      return Math.max(least, Math.min(largest, ((low + 0.5) * 2) / BINS - 1));
    },
  };
}

function binOf(cosine: number): number {
  return Math.max(0, Math.min(BINS - 1, Math.floor(((cosine + 1) * BINS) / 2)));
}

function clamp(cosine: number): number {
  return Math.max(-1, Math.min(1, cosine));
}
