import { seededRandom } from "@artesian/numerics";

export interface TukeyMedianOptions {
  /** Directions along which depth is looked at; default 500. */
  directions?: number;
  /** Default 1. */
  seed?: number;
}

/**
 * Tukey's median of vectors (Tukey 1975): the mean of the deepest, where a vector's halfspace depth is taken over random directions (random
 * Tukey depth, Cuesta-Albertos and Nieto-Reyes 2008), half of them normal, half differences of two of the vectors. An outlier lies
 * at an end along many directions, so that its depth is least. Of one or two vectors it is the mean.
 * @param vectors of shape (count, dims), as wide each
 * @returns of shape (dims)
 */
export function tukeyMedian(vectors: readonly ArrayLike<number>[], options: TukeyMedianOptions = {}): Float64Array {
  const count = vectors.length;
  const dims = vectors[0]?.length ?? 0;
  const everyone = vectors.map((_, i) => i);
  const deepest = count < 3 ? everyone : deepestOf(vectors, dims, options);
  const centre = new Float64Array(dims);
  for (const i of deepest) for (let j = 0; j < dims; j++) centre[j]! += vectors[i]![j]! / deepest.length;
  return centre;
}

function deepestOf(
  vectors: readonly ArrayLike<number>[],
  dims: number,
  { directions = 500, seed = 1 }: TukeyMedianOptions,
): number[] {
  const count = vectors.length;
  const random = seededRandom(seed);
  const depth = new Int32Array(count).fill(count);
  const places = new Float64Array(count);
  const direction = new Float64Array(dims);
  const total = new Int32Array(count);
  for (let trial = 0; trial < directions; trial++) {
    if (trial % 2 === 0) for (let j = 0; j < dims; j++) direction[j] = random.normal();
    else {
      const a = random.below(count);
      const b = (a + 1 + random.below(count - 1)) % count;
      for (let j = 0; j < dims; j++) direction[j] = vectors[a]![j]! - vectors[b]![j]!;
    }
    for (let i = 0; i < count; i++) {
      let place = 0;
      for (let j = 0; j < dims; j++) place += vectors[i]![j]! * direction[j]!;
      places[i] = place;
    }
    for (let i = 0; i < count; i++) {
      let below = 0;
      let above = 0;
      for (let k = 0; k < count; k++) {
        if (places[k]! <= places[i]!) below++;
        if (places[k]! >= places[i]!) above++;
      }
      depth[i] = Math.min(depth[i]!, below, above);
      total[i]! += Math.min(below, above);
    }
  }
  // In many dimensions all lie on the hull, at depth 1. The depth summed over directions (Cuevas and Fraiman 2009) still tells middle from ends.
  const most = Math.max(...depth);
  if (most > 1) return vectors.flatMap((_, i) => (depth[i] === most ? [i] : []));
  const limit = 0.75 * Math.max(...total);
  return vectors.flatMap((_, i) => (total[i]! >= limit ? [i] : []));
}
