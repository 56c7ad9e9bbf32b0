import { type ScanOptions, scanVectors } from "./scan-vectors.ts";
import { rowCount } from "./vector-products.ts";

/** Nearest and most opposite other rows of every row. */
export interface AllNeighbours {
  rows: number;
  /** Entries a tail. */
  keep: number;
  /** Of shape (rows, 2, keep): most similar first, then most opposite first; equal cosines by index. 2³² − 1 where a row has fewer. */
  indices: Uint32Array;
  /** Cosines of the same shape; NaN where a row has fewer. */
  cosines: Float32Array;
}

/**
 * Exact top lists of all rows in both tails, by comparing every row with every other (no approximate index).
 * @param vectors unit vectors of shape (rows, dims)
 * @param options `keep` entries a tail (default 100), threads, signal, progress in rows
 * @throws MapShapeError (maps/shape), ScanThreadError (maps/scan-thread)
 */
export async function allNeighbours(
  vectors: Float32Array,
  dims: number,
  options: ScanOptions & { keep?: number } = {},
): Promise<AllNeighbours> {
  const rows = rowCount(vectors, dims);
  const keep = options.keep ?? 100;
  const lists: AllNeighbours = {
    rows,
    keep,
    indices: new Uint32Array(2 * rows * keep),
    cosines: new Float32Array(2 * rows * keep),
  };
  for await (const { from, answer } of scanVectors(vectors, dims, { top: keep }, options)) {
    lists.indices.set(answer.top!.indices, 2 * from * keep);
    lists.cosines.set(answer.top!.products, 2 * from * keep);
  }
  return lists;
}
