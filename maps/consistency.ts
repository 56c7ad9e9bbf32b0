import { benjaminiHochberg, type Random, seededRandom } from "@artesian/numerics";
import { cosineMatrix } from "./similarity.ts";

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
  const n = vectors.length;
  const cosines = cosineMatrix(vectors);
  const random = seededRandom(options.seed ?? 1);
  const permutations = options.permutations ?? 499;
  const meanOf = (members: ArrayLike<number>): number => {
    let sum = 0;
    let pairs = 0;
    for (let i = 0; i < members.length; i++) {
      for (let j = 0; j < i; j++) {
        const value = cosines[members[i]! * n + members[j]!]!;
        if (Number.isNaN(value)) continue;
        sum += value;
        pairs++;
      }
    }
    return sum / pairs;
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
