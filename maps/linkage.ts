import { MapShapeError } from "./errors.ts";

/** One merge of a hierarchy: `left` and `right` are leaves 0 … n−1 or earlier merges n, n+1 …, as in scipy's linkage. */
export interface Merge {
  left: number;
  right: number;
  height: number;
  size: number;
}

/** "average": mean distance over pairs (UPGMA); "ward": least growth of the sum of squares, on Euclidean distances. */
export type LinkageMethod = "average" | "ward";

/** Distances that are overwritten as clusters are joined: float64, or float32 at half the memory. */
export type DistanceArray = Float64Array | Float32Array;

/**
 * Hierarchy by the nearest-neighbour chain, in n² time and no memory beside the distances (Murtagh, Computer Journal 1983; updates
 * after Lance and Williams 1967). Heights are scipy's.
 * @param distances of shape (n, n), symmetric; used up. NaN counts as the largest distance. 5,000 rows of float32 are 100 MB
 * @returns merges by ascending height
 * @throws MapShapeError (maps/shape)
 */
export function linkage(distances: DistanceArray, n: number, method: LinkageMethod): Merge[] {
  if (distances.length !== n * n) throw new MapShapeError("Distances of a clustering", distances.length, n * n);
  prepare(distances, method);
  const sizes = new Int32Array(n).fill(1);
  const heights = new Float64Array(n);
  const alive = Int32Array.from({ length: n }, (_, i) => i);
  const place = alive.slice();
  const chain: number[] = [];
  const joined: { a: number; b: number; height: number }[] = [];
  for (let count = n; count > 1; ) {
    if (chain.length === 0) chain.push(alive[0]!);
    const tip = chain[chain.length - 1]!;
    const previous = chain[chain.length - 2];
    const row = tip * n;
    let nearest = previous ?? -1;
    let distance = previous === undefined ? Number.POSITIVE_INFINITY : distances[row + previous]!;
    for (let k = 0; k < count; k++) {
      const other = alive[k]!;
      if (distances[row + other]! < distance && other !== tip) {
        nearest = other;
        distance = distances[row + other]!;
      }
    }
    if (nearest !== previous) {
      chain.push(nearest);
      continue;
    }
    chain.length -= 2;
    // Rounding must not put a merge below those that it joins.
    const height = Math.max(distance, heights[tip]!, heights[nearest]!);
    joined.push({ a: nearest, b: tip, height: method === "ward" ? Math.sqrt(height) : height });
    count--;
    const last = alive[count]!;
    alive[place[nearest]!] = last;
    place[last] = place[nearest]!;
    join(distances, n, method, { kept: tip, gone: nearest, distance, sizes, alive, count });
    sizes[tip]! += sizes[nearest]!;
    heights[tip] = height;
  }
  return numberMerges(joined, n);
}

/** NaN becomes the largest distance; Ward's update works on squares. */
function prepare(distances: DistanceArray, method: LinkageMethod): void {
  let largest = 0;
  for (let i = 0; i < distances.length; i++) if (distances[i]! > largest) largest = distances[i]!;
  for (let i = 0; i < distances.length; i++) {
    const value = Number.isNaN(distances[i]!) ? largest : distances[i]!;
    distances[i] = method === "ward" ? value * value : value;
  }
}

/** Distances of the joined cluster (in the place of `kept`) from all others. */
function join(
  distances: DistanceArray,
  n: number,
  method: LinkageMethod,
  pair: { kept: number; gone: number; distance: number; sizes: Int32Array; alive: Int32Array; count: number },
): void {
  const { kept, gone, distance, sizes, alive, count } = pair;
  const [a, b] = [sizes[kept]!, sizes[gone]!];
  for (let k = 0; k < count; k++) {
    const other = alive[k]!;
    if (other === kept) continue;
    const [fromKept, fromGone] = [distances[kept * n + other]!, distances[gone * n + other]!];
    const c = sizes[other]!;
    const mixed =
      method === "average"
        ? (a * fromKept + b * fromGone) / (a + b)
        : ((a + c) * fromKept + (b + c) * fromGone - c * distance) / (a + b + c);
    distances[kept * n + other] = mixed;
    distances[other * n + kept] = mixed;
  }
}

/** Sorts merges by height and numbers clusters in that order; `a` and `b` name clusters by one of their leaves. */
function numberMerges(joined: { a: number; b: number; height: number }[], n: number): Merge[] {
  joined.sort((x, y) => x.height - y.height);
  const parent = Int32Array.from({ length: n }, (_, i) => i);
  const label = Int32Array.from({ length: n }, (_, i) => i);
  const size = new Int32Array(n).fill(1);
  const find = (leaf: number): number => {
    let root = leaf;
    while (parent[root] !== root) {
      parent[root] = parent[parent[root]!]!;
      root = parent[root]!;
    }
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
