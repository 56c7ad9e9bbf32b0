import { leafOrder } from "./clustering.ts";
import { MapShapeError } from "./errors.ts";
import type { DistanceArray, Merge } from "./linkage.ts";

/** A cluster as places `from` to below `to` of a drawn dendrogram; its halves meet at `middle`. A leaf is its own half. */
interface Span {
  from: number;
  middle: number;
  to: number;
}

/**
 * Leaves in the order, among all 2^(n−1) that the dendrogram allows, with the least sum of distances between neighbours (Bar-Joseph,
 * Gifford and Jaakkola, Bioinformatics 2001). Up to n³ time and n² memory.
 * @param distances of shape (n, n), symmetric, as they were before `linkage` used them up; NaN counts as the largest distance
 * @param options progress in merges done; other work is let in about every tenth of a second
 * @returns leaves from left to right
 * @throws MapShapeError (maps/shape), the signal's reason
 */
export async function optimalLeafOrder(
  merges: readonly Merge[],
  n: number,
  distances: DistanceArray,
  options: { signal?: AbortSignal; progress?: (done: number, total: number) => void } = {},
): Promise<number[]> {
  if (distances.length !== n * n) throw new MapShapeError("Distances of a leaf order", distances.length, n * n);
  const drawn = leafOrder(merges, n);
  if (n < 3) return drawn;
  const between = distancesInOrder(distances, drawn);
  const spans = spansOf(merges, drawn);
  // Least sum of a cluster whose ends are places a and b. Two places are the ends of one cluster only: the first that holds both.
  const least = new Float64Array(n * n);
  const bridge = new Float64Array(n);
  let work = 0;
  for (let step = 0; step < merges.length; step++) {
    const { from, middle, to } = spans[n + step]!;
    const [a, b] = halves(spans, merges, n, step);
    for (let first = from; first < middle; first++) {
      const inner = otherHalf(a, first);
      for (let k = middle; k < to; k++) {
        let sum = Number.POSITIVE_INFINITY;
        for (let m = inner.from; m < inner.to; m++) sum = Math.min(sum, least[first * n + m]! + between[m * n + k]!);
        bridge[k] = sum;
      }
      for (let last = middle; last < to; last++) {
        const outer = otherHalf(b, last);
        let sum = Number.POSITIVE_INFINITY;
        for (let k = outer.from; k < outer.to; k++) sum = Math.min(sum, bridge[k]! + least[k * n + last]!);
        least[first * n + last] = sum;
        least[last * n + first] = sum;
      }
    }
    work += (middle - from) * (to - middle) * (to - from);
    if (work > 1e8) {
      work = 0;
      await new Promise((resolve) => setTimeout(resolve));
      options.signal?.throwIfAborted();
      options.progress?.(step + 1, merges.length);
    }
  }
  options.signal?.throwIfAborted();
  return traceBack(merges, n, spans, least, between).map((place) => drawn[place]!);
}

/** Distances between places, of shape (n, n). */
function distancesInOrder(distances: DistanceArray, order: readonly number[]): Float64Array {
  const n = order.length;
  let largest = 0;
  for (let i = 0; i < distances.length; i++) if (distances[i]! > largest) largest = distances[i]!;
  const between = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      const value = distances[order[i]! * n + order[j]!]!;
      between[i * n + j] = Number.isNaN(value) ? largest : value;
    }
  }
  return between;
}

/** Span of every leaf and merge in a drawn order. */
function spansOf(merges: readonly Merge[], order: readonly number[]): Span[] {
  const spans: Span[] = [];
  order.forEach((leaf, place) => {
    spans[leaf] = { from: place, middle: place, to: place + 1 };
  });
  for (const { left, right } of merges) {
    const [x, y] = [spans[left]!, spans[right]!];
    spans.push({ from: Math.min(x.from, y.from), middle: Math.max(x.from, y.from), to: Math.max(x.to, y.to) });
  }
  return spans;
}

/** The two clusters of a merge, left one first. */
function halves(spans: readonly Span[], merges: readonly Merge[], n: number, step: number): [Span, Span] {
  const { left, right } = merges[step]!;
  const [x, y] = [spans[left]!, spans[right]!];
  return x.from === spans[n + step]!.from ? [x, y] : [y, x];
}

/** Places that can be the other end of a cluster whose one end is `place`. */
function otherHalf({ from, middle, to }: Span, place: number): { from: number; to: number } {
  return place < middle ? { from: middle, to } : { from, to: middle === from ? to : middle };
}

function traceBack(
  merges: readonly Merge[],
  n: number,
  spans: readonly Span[],
  least: Float64Array,
  between: Float64Array,
): number[] {
  const nodeOf = new Map(spans.map((span, node) => [span, node]));
  const root = spans[n + merges.length - 1]!;
  let ends: [number, number] = [root.from, root.middle];
  for (let first = root.from; first < root.middle; first++)
    for (let last = root.middle; last < root.to; last++)
      if (least[first * n + last]! < least[ends[0] * n + ends[1]]!) ends = [first, last];
  const order: number[] = [];
  const stack: { span: Span; first: number; last: number }[] = [{ span: root, first: ends[0], last: ends[1] }];
  while (stack.length > 0) {
    const { span, first, last } = stack.pop()!;
    if (span.to - span.from === 1) {
      order.push(first);
      continue;
    }
    const [a, b] = halves(spans, merges, n, nodeOf.get(span)! - n);
    const [head, tail] = first < span.middle ? [a, b] : [b, a];
    const [inner, outer] = [otherHalf(head, first), otherHalf(tail, last)];
    let meet: [number, number] = [inner.from, outer.from];
    let sum = Number.POSITIVE_INFINITY;
    for (let m = inner.from; m < inner.to; m++) {
      for (let k = outer.from; k < outer.to; k++) {
        const candidate = least[first * n + m]! + between[m * n + k]! + least[k * n + last]!;
        if (candidate < sum) {
          sum = candidate;
          meet = [m, k];
        }
      }
    }
    stack.push({ span: tail, first: meet[1], last }, { span: head, first, last: meet[0] });
  }
  return order;
}
