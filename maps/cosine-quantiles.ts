import { type ScanOptions, scanVectors } from "./scan-vectors.ts";

/** Bins over −1 … 1; a quantile is off by at most one, 3e-5. */
export const BINS = 65_536;

/**
 * Quantiles 0, 0.001 … 1 of the cosines of all pairs: the null distribution of a group, from every pair, none sampled.
 * @param vectors unit vectors of shape (rows, dims); leave rows without length out
 * @returns 1,001 values, ascending, each within 3e-5 of the exact one; NaN when there is no pair
 */
export async function cosineQuantiles(
  vectors: Float32Array,
  dims: number,
  options: ScanOptions = {},
): Promise<Float64Array> {
  const counts = new Float64Array(BINS);
  for await (const { answer } of scanVectors(vectors, dims, { bins: BINS }, options))
    for (let bin = 0; bin < BINS; bin++) counts[bin]! += answer.counts![bin]!;
  return quantilesOfCounts(counts);
}

/**
 * 1,001 quantiles from counts in even bins over −1 … 1, linear within a bin.
 * @param counts of shape (bins)
 */
export function quantilesOfCounts(counts: ArrayLike<number>): Float64Array {
  const total = Array.from(counts).reduce((sum, count) => sum + count, 0);
  const width = 2 / counts.length;
  const quantiles = new Float64Array(1001).fill(Number.NaN);
  if (total === 0) return quantiles;
  let bin = 0;
  let before = 0;
  for (let k = 0; k <= 1000; k++) {
    const position = (k / 1000) * total;
    while (bin < counts.length - 1 && (counts[bin] === 0 || before + counts[bin]! < position)) before += counts[bin++]!;
    quantiles[k] = -1 + width * (bin + Math.min(1, Math.max(0, (position - before) / Math.max(1, counts[bin]!))));
  }
  return quantiles;
}
