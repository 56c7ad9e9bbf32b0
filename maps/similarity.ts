import { MapShapeError } from "./errors.ts";

/** Cosine similarity of two vectors, −1 (opposite) to 1 (alike); NaN when one has no length. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new MapShapeError("Cosine of vectors of different length", b.length, a.length);
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    ab += a[i]! * b[i]!;
    aa += a[i]! * a[i]!;
    bb += b[i]! * b[i]!;
  }
  if (aa === 0 || bb === 0) return Number.NaN;
  return Math.max(-1, Math.min(1, ab / Math.sqrt(aa * bb)));
}

/** Cosine similarities of all pairs of vectors, of shape (vectors, vectors), row-major. */
export function cosineMatrix(vectors: readonly ArrayLike<number>[]): Float64Array {
  const n = vectors.length;
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const value = i === j ? 1 : cosine(vectors[i]!, vectors[j]!);
      result[i * n + j] = value;
      result[j * n + i] = value;
    }
  }
  return result;
}

/** Cosines of all different pairs (the upper triangle), ascending, without NaN: the null distribution of a map. */
export function sortedPairs(matrix: Float64Array, n: number): Float64Array {
  const pairs: number[] = [];
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) if (!Number.isNaN(matrix[i * n + j]!)) pairs.push(matrix[i * n + j]!);
  return Float64Array.from(pairs).sort();
}

/** Percentile of a value among values sorted ascending, 0 to 100, ties counted half. */
export function percentileIn(sorted: Float64Array, value: number): number {
  const firstFrom = (isFrom: (other: number) => boolean): number => {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isFrom(sorted[middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const below = firstFrom((other) => other >= value);
  const equal = firstFrom((other) => other > value) - below;
  return sorted.length === 0 ? Number.NaN : (100 * (below + equal / 2)) / sorted.length;
}

/** Another vector of the map, with its cosine and the percentile of that cosine among all pairs of the map. */
export interface Neighbour {
  index: number;
  cosine: number;
  percentile: number;
}

/**
 * Neighbours of one vector in both tails.
 * @param matrix cosines of shape (n, n)
 * @param count at most so many a tail
 * @param among leaves others out, for example genes only
 * @param pairs the map's null distribution; give it when asking for many neighbours
 */
export function neighboursOf(
  matrix: Float64Array,
  n: number,
  index: number,
  count: number,
  among: (other: number) => boolean = () => true,
  pairs: Float64Array = sortedPairs(matrix, n),
): { similar: Neighbour[]; opposite: Neighbour[] } {
  const others = Array.from({ length: n }, (_, other) => other)
    .filter((other) => other !== index && among(other) && !Number.isNaN(matrix[index * n + other]!))
    .map((other) => ({ index: other, cosine: matrix[index * n + other]! }))
    .sort((a, b) => b.cosine - a.cosine);
  const withPercentile = (other: { index: number; cosine: number }): Neighbour => ({
    ...other,
    percentile: percentileIn(pairs, other.cosine),
  });
  return {
    similar: others
      .filter((other) => other.cosine > 0)
      .slice(0, count)
      .map(withPercentile),
    opposite: others
      .filter((other) => other.cosine < 0)
      .reverse()
      .slice(0, count)
      .map(withPercentile),
  };
}
