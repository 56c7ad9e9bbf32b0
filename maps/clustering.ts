import { MapShapeError } from "./errors.ts";

/** One merge of a hierarchy: `left` and `right` are leaves 0 … n−1 or earlier merges n, n+1 …, as in scipy's linkage. */
export interface Merge {
  left: number;
  right: number;
  height: number;
  size: number;
}

/**
 * Average-linkage (UPGMA) hierarchy by the nearest-neighbour chain, in n² time (Murtagh, Computer Journal 1983).
 * @param distances of shape (n, n), symmetric; NaN counts as the largest distance
 * @returns merges by ascending height
 */
export function averageLinkage(distances: Float64Array, n: number): Merge[] {
  if (distances.length !== n * n) throw new MapShapeError("Distances of a clustering", distances.length, n * n);
  const largest = distances.reduce((most, value) => (value > most ? value : most), 0);
  const work = distances.map((value) => (Number.isNaN(value) ? largest : value));
  const sizes = new Int32Array(n).fill(1);
  const active = new Set(Array.from({ length: n }, (_, i) => i));
  const joined: { a: number; b: number; height: number }[] = [];
  const chain: number[] = [];
  while (active.size > 1) {
    if (chain.length === 0) chain.push(active.values().next().value ?? 0);
    const tip = chain[chain.length - 1]!;
    const previous = chain[chain.length - 2];
    let nearest = previous ?? -1;
    let distance = previous === undefined ? Number.POSITIVE_INFINITY : work[tip * n + previous]!;
    for (const other of active) {
      if (other !== tip && work[tip * n + other]! < distance) {
        nearest = other;
        distance = work[tip * n + other]!;
      }
    }
    if (nearest !== previous) {
      chain.push(nearest);
      continue;
    }
    chain.length -= 2;
    joined.push({ a: nearest, b: tip, height: distance });
    for (const other of active) {
      if (other === tip || other === nearest) continue;
      const mixed =
        (sizes[tip]! * work[tip * n + other]! + sizes[nearest]! * work[nearest * n + other]!) /
        (sizes[tip]! + sizes[nearest]!);
      work[tip * n + other] = mixed;
      work[other * n + tip] = mixed;
    }
    sizes[tip]! += sizes[nearest]!;
    active.delete(nearest);
  }
  return numberMerges(joined, n);
}

/** Sorts merges by height and numbers clusters in that order; `a` and `b` name clusters by one of their leaves. */
function numberMerges(joined: { a: number; b: number; height: number }[], n: number): Merge[] {
  joined.sort((x, y) => x.height - y.height);
  const parent = Int32Array.from({ length: n }, (_, i) => i);
  const label = Int32Array.from({ length: n }, (_, i) => i);
  const size = new Int32Array(n).fill(1);
  const find = (leaf: number): number => {
    let root = leaf;
    while (parent[root] !== root) root = parent[root]!;
    parent[leaf] = root;
    return root;
  };
  return joined.map(({ a, b, height }, step) => {
    const [x, y] = [find(a), find(b)];
    const [left, right] = label[x]! < label[y]! ? [label[x]!, label[y]!] : [label[y]!, label[x]!];
    parent[x] = y;
    size[y]! += size[x]!;
    label[y] = n + step;
    return { left, right, height, size: size[y]! };
  });
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
