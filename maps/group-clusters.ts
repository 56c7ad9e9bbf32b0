import { cutTree, leafOrder } from "./clustering.ts";
import { hasDirection } from "./group-rows.ts";
import { type LinkageMethod, linkage, type Merge } from "./linkage.ts";
import { optimalLeafOrder } from "./optimal-leaf-order.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";
import { referenceProducts, type VectorProducts } from "./vector-products.ts";

/** How rows of a heat map are clustered. */
export interface ClusterOptions {
  /** "average" on 1 − cosine (default), or "ward" on the Euclidean distance of unit vectors, √(2 − 2·cosine). */
  method?: LinkageMethod;
  /** "tight": the tighter side of each merge first (default); "optimal": neighbours as alike as the dendrogram allows, up to n³ time. */
  leaves?: "tight" | "optimal";
  products?: VectorProducts;
  signal?: AbortSignal;
  progress?: (done: number, total: number) => void;
}

/** A dendrogram over chosen rows. Its leaves 0 … n−1 are positions among the rows given. */
export interface GroupClusters {
  rows: readonly number[];
  method: LinkageMethod;
  merges: Merge[];
  /** Positions among `rows` in the order drawn. */
  order: number[];
}

/**
 * Clusters rows of a group. Rows without length are as far from all others as any two are.
 * @param rows up to 5,000 or so: distances take 4 bytes a pair
 * @throws the signal's reason
 */
export async function clusterGroup(
  group: PerturbationGroup,
  rows: readonly number[],
  options: ClusterOptions = {},
): Promise<GroupClusters> {
  const { method = "average", leaves = "tight", signal, progress } = options;
  const products = options.products ?? referenceProducts(group.vectors, group.dims);
  const distances = groupDistances(group, rows, method, products);
  signal?.throwIfAborted();
  const kept = leaves === "optimal" ? distances.slice() : distances;
  const merges = linkage(distances, rows.length, method);
  const order =
    leaves === "tight"
      ? leafOrder(merges, rows.length)
      : await optimalLeafOrder(merges, rows.length, kept, { ...(signal && { signal }), ...(progress && { progress }) });
  return { rows, method, merges, order };
}

/** Distances for a linkage method, of shape (rows, rows); NaN for rows without length. */
export function groupDistances(
  group: PerturbationGroup,
  rows: readonly number[],
  method: LinkageMethod,
  products: VectorProducts,
): Float32Array {
  const n = rows.length;
  const distances = products.ofRows(rows, rows);
  for (let i = 0; i < distances.length; i++) {
    const apart = Math.max(0, 1 - distances[i]!);
    distances[i] = method === "ward" ? Math.sqrt(2 * apart) : apart;
  }
  rows.forEach((row, i) => {
    if (hasDirection(group, row)) return;
    for (let j = 0; j < n; j++) {
      distances[i * n + j] = Number.NaN;
      distances[j * n + i] = Number.NaN;
    }
  });
  return distances;
}

/** Cluster of each row given; see `cutTree`. */
export function clustersAt({ merges, rows }: GroupClusters, at: { height: number } | { clusters: number }): Int32Array {
  return cutTree(merges, rows.length, at);
}

/**
 * Positions among `rows` by similarity to one row, most similar first, most opposite last; rows without length at the end, equal ones in the order given.
 * @param to row of the group
 */
export function orderBySimilarity(
  group: PerturbationGroup,
  rows: readonly number[],
  to: number,
  products: VectorProducts = referenceProducts(group.vectors, group.dims),
): number[] {
  const cosines = products.ofRows([to], rows);
  const value = (position: number): number =>
    hasDirection(group, rows[position]!) ? cosines[position]! : Number.NEGATIVE_INFINITY;
  return rows.map((_, position) => position).sort((a, b) => value(b) - value(a) || a - b);
}
