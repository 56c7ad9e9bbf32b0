/** A dendrogram beside a heat map: brackets of its merges in the order drawn, and the clusters of a cut. */
import { cutTree, type Merge } from "@artesian/maps/clustering.ts";

/** The bracket of one merge: its two branches end at `low` and `high` (in cells along the axis, middles at .5). */
export interface Bracket {
  low: number;
  high: number;
  /** Heights of the merge and of its branches, as shares of the tallest (0–1). */
  height: number;
  lowFrom: number;
  highFrom: number;
}

/** @param order leaf at each place drawn, as `leafOrder` gives it */
export function brackets(merges: readonly Merge[], order: readonly number[]): Bracket[] {
  const n = order.length;
  const tallest = merges.at(-1)?.height ?? 0;
  const share = (height: number): number => (tallest > 0 ? Math.max(0, height / tallest) : 0);
  const middle = new Float64Array(n + merges.length);
  const heights = new Float64Array(n + merges.length);
  order.forEach((leaf, place) => {
    middle[leaf] = place + 0.5;
  });
  return merges.map(({ left, right, height }, step) => {
    const [a, b] = middle[left]! <= middle[right]! ? [left, right] : [right, left];
    middle[n + step] = (middle[a]! + middle[b]!) / 2;
    heights[n + step] = share(height);
    return { low: middle[a]!, high: middle[b]!, height: share(height), lowFrom: heights[a]!, highFrom: heights[b]! };
  });
}

/** Cluster of each place drawn, numbered from the top; clusters of one member are −1. */
export function clustersInOrder(merges: readonly Merge[], order: readonly number[], count: number): number[] {
  const ofLeaf = cutTree(merges, order.length, { clusters: count });
  const sizes = new Map<number, number>();
  for (const cluster of ofLeaf) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
  const numbers = new Map<number, number>();
  return order.map((leaf) => {
    const cluster = ofLeaf[leaf]!;
    if (sizes.get(cluster) === 1) return -1;
    if (!numbers.has(cluster)) numbers.set(cluster, numbers.size);
    return numbers.get(cluster)!;
  });
}
