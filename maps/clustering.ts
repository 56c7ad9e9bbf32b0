import { linkage, type Merge } from "./linkage.ts";

export type { Merge } from "./linkage.ts";

/**
 * Average-linkage (UPGMA) hierarchy; see {@link linkage}, which also offers Ward's.
 * @param distances of shape (n, n), symmetric, left as they are; NaN counts as the largest distance
 * @returns merges by ascending height
 */
export function averageLinkage(distances: Float64Array, n: number): Merge[] {
  return linkage(distances.slice(), n, "average");
}

/** Leaves in the order in which a dendrogram draws them, the tighter side of each merge first. */
export function leafOrder(merges: readonly Merge[], n: number): number[] {
  if (n === 0) return [];
  const heightOf = (node: number): number => (node < n ? 0 : merges[node - n]!.height);
  const order: number[] = [];
  const stack = [n + merges.length - 1];
  while (stack.length > 0) {
    const node = stack.pop()!;
    if (node < n) {
      order.push(node);
      continue;
    }
    const { left, right } = merges[node - n]!;
    const leftFirst = heightOf(left) <= heightOf(right);
    stack.push(leftFirst ? right : left, leftFirst ? left : right);
  }
  return order;
}

/**
 * Cuts a hierarchy into clusters.
 * @param at a height (merges up to it hold), or a number of clusters
 * @returns cluster of each leaf, of shape (n); clusters are numbered in the order of their first leaf
 */
export function cutTree(
  merges: readonly Merge[],
  n: number,
  at: { height: number } | { clusters: number },
): Int32Array {
  const kept =
    "height" in at
      ? merges.filter(({ height }) => height <= at.height).length
      : Math.max(0, Math.min(merges.length, n - Math.max(1, Math.floor(at.clusters))));
  const parent = Int32Array.from({ length: n + merges.length }, (_, i) => i);
  for (let step = 0; step < kept; step++) {
    parent[merges[step]!.left] = n + step;
    parent[merges[step]!.right] = n + step;
  }
  const clusters = new Int32Array(n);
  const numbers = new Map<number, number>();
  for (let leaf = 0; leaf < n; leaf++) {
    let root = leaf;
    while (parent[root] !== root) root = parent[root]!;
    if (!numbers.has(root)) numbers.set(root, numbers.size);
    clusters[leaf] = numbers.get(root)!;
  }
  return clusters;
}
