import { benjaminiHochberg, dot, norm, type Random, seededRandom } from "@artesian/numerics";

/** Whether the replicates of a perturbation agree. */
export interface Consistency {
  /** Mean cosine over pairs of replicate wells; NaN with one well. */
  meanCosine: number;
  /** Permutation p: (r + 1)/(n + 1), r of n random sets of as many wells agree at least as well. NaN with one well. */
  p: number;
  /** Benjamini–Hochberg adjusted p over the perturbations. */
  q: number;
  replicates: number;
}

/**
 * Agreement of replicates of each group against random sets of wells, each well of a different other perturbation (of any other, when a
 * group has more replicates than there are perturbations).
 * @param vectors one a well, of shape (dims)
 * @param groups wells of each perturbation
 * @param options seed (default 1) and permutations (default 499)
 */
export function replicateConsistency(
  vectors: readonly ArrayLike<number>[],
  groups: readonly (readonly number[])[],
  options: { seed?: number; permutations?: number } = {},
): Consistency[] {
  const units = vectors.map(unitVector);
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  const random = seededRandom(options.seed ?? 1);
  const permutations = options.permutations ?? 499;
  const meanOf = (members: ArrayLike<number>): number => {
    sum.fill(0);
    let count = 0;
    for (let i = 0; i < members.length; i++) {
      const unit = units[members[i]!];
      if (unit === undefined) continue;
      for (let j = 0; j < sum.length; j++) sum[j]! += unit[j]!;
      count++;
    }
    // The square of a sum of unit vectors holds every pair's cosine twice and every vector once.
    return (dot(sum, sum) - count) / (count * (count - 1));
  };
  const raw = groups.map((group, own) => {
    const meanCosine = meanOf(group);
    const others = groups.filter((_, g) => g !== own).filter((members) => members.length > 0);
    const pool = others.flat();
    if (group.length < 2 || pool.length < group.length || Number.isNaN(meanCosine)) {
      return { meanCosine, p: Number.NaN, replicates: group.length };
    }
    const drawn = new Int32Array(group.length);
    let reached = 0;
    for (let trial = 0; trial < permutations; trial++) {
      if (others.length >= group.length) {
        deal(others, group.length, random);
        for (let i = 0; i < drawn.length; i++) drawn[i] = others[i]![random.below(others[i]!.length)]!;
      } else {
        deal(pool, group.length, random);
        for (let i = 0; i < drawn.length; i++) drawn[i] = pool[i]!;
      }
      if (meanOf(drawn) >= meanCosine) reached++;
    }
    return { meanCosine, p: (reached + 1) / (permutations + 1), replicates: group.length };
  });
  const adjusted = benjaminiHochberg(raw.map((one) => one.p));
  return raw.map((one, i) => ({ ...one, q: adjusted[i]! }));
}

/** Brings a random selection of `count` items to the front. */
function deal<T>(items: T[], count: number, random: Random): void {
  for (let i = 0; i < count; i++) {
    const pick = i + random.below(items.length - i);
    const kept = items[i]!;
    items[i] = items[pick]!;
    items[pick] = kept;
  }
}

/** The vector at length 1; undefined when it has none. */
function unitVector(vector: ArrayLike<number>): Float64Array | undefined {
  const length = norm(vector);
  return length > 0 ? Float64Array.from(vector, (value) => value / length) : undefined;
}
