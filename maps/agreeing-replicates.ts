import { median } from "@artesian/numerics";

/**
 * Replicates without those that look nothing like the others: further from the replicates' componentwise median than three times the
 * median distance (a broken well that no quality rule caught). Of fewer than three all are kept, and always more than half.
 * @param vectors one a replicate, of shape (dims)
 * @returns indices kept, in order
 */
export function agreeingReplicates(vectors: readonly ArrayLike<number>[]): number[] {
  const all = vectors.map((_, i) => i);
  const dims = vectors[0]?.length ?? 0;
  if (vectors.length < 3 || dims < 2) return all;
  const middle = Float64Array.from({ length: dims }, (_, j) => median(vectors.map((vector) => vector[j]!)));
  const distances = vectors.map((vector) => {
    let square = 0;
    for (let j = 0; j < dims; j++) square += (vector[j]! - middle[j]!) ** 2;
    return Math.sqrt(square);
  });
  const limit = 3 * median(distances);
  const far = all
    .filter((i) => distances[i]! > limit)
    .sort((a, b) => distances[b]! - distances[a]!)
    .slice(0, Math.floor((vectors.length - 1) / 2));
  return all.filter((i) => !far.includes(i));
}
