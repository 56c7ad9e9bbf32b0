import { type ClusterOptions, clustersAt, type GroupClusters } from "../group-clusters.ts";
import { type SimilarityVariant, similarityVariant } from "../normalised-variants.ts";
import { percentileOf } from "../percentile.ts";
import { aside } from "./aside.ts";
import { ASIDE } from "./aside-questions.ts";
import type { GroupView } from "./group-view.ts";

interface Call {
  signal?: AbortSignal;
}

/**
 * Cosines of chosen rows with chosen columns, of shape (rows, columns), row-major; NaN where a row has no length.
 * @throws UnknownRowError (maps/unknown-row)
 */
export async function askSimilarity(
  view: GroupView,
  rows: readonly number[],
  columns: readonly number[],
  call: Call = {},
): Promise<Float32Array> {
  const [products, norms] = await Promise.all([view.among([...rows, ...columns], call), view.norms(call)]);
  const cosines = products.ofRows(rows, columns);
  for (const [i, row] of rows.entries())
    if (!(norms[row]! > 0)) cosines.fill(Number.NaN, i * columns.length, (i + 1) * columns.length);
  for (const [j, column] of columns.entries())
    if (!(norms[column]! > 0)) for (let i = 0; i < rows.length; i++) cosines[i * columns.length + j] = Number.NaN;
  // Rounding may leave a product of unit vectors a hair beyond 1.
  return cosines.map((cosine) => Math.max(-1, Math.min(1, cosine)));
}

/** A block of cosines in one of the variants of a heat map, with what a tooltip needs: cosines stay, percentiles are on request. */
export async function askBlock(
  view: GroupView,
  rows: readonly number[],
  columns: readonly number[],
  options: { variant?: SimilarityVariant; percentiles?: boolean } = {},
  call: Call = {},
): Promise<{ cosines: Float32Array; shown: Float64Array | null; percentiles: Float64Array | null }> {
  const { variant = "raw", percentiles = false } = options;
  const [cosines, quantiles] = await Promise.all([askSimilarity(view, rows, columns, call), view.quantiles(call)]);
  return {
    cosines,
    shown: variant === "raw" ? null : similarityVariant(cosines, columns.length, variant, quantiles),
    percentiles: percentiles ? Float64Array.from(cosines, (cosine) => percentileOf(quantiles, cosine)) : null,
  };
}

const ROWS_HERE = 300;

/** Rows clustered, with the cluster of each when the tree is cut. */
export async function askClusters(
  view: GroupView,
  rows: readonly number[],
  options: Pick<ClusterOptions, "method" | "leaves"> & { cut?: { height: number } | { clusters: number } } = {},
  call: Call = {},
): Promise<GroupClusters & { clusters: number[] | null }> {
  const { cut, method = "average", leaves = "tight" } = options;
  const { vectors, norms, dims } = await view.part(rows, call);
  const question = { vectors, norms, dims, method, leaves };
  // What takes longer than a thread takes to start would keep others waiting.
  const answer = await (rows.length > ROWS_HERE ? aside("clusters", question, call) : ASIDE.clusters(question));
  const tree = { ...answer, method, rows };
  return { ...tree, clusters: cut === undefined ? null : [...clustersAt(tree, cut)] };
}
