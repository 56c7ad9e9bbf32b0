import { benjaminiHochberg, norm, seededRandom } from "@artesian/numerics";
import type { BuildCall } from "./map-units.ts";

/** Whether the units of each set agree; arrays of shape (sets). */
export interface ReplicateAgreement {
  /** Mean cosine over pairs of units; NaN with one unit. */
  meanCosine: Float64Array;
  /** (r + 1)/(n + 1): r of n null values are as large; NaN with one unit. */
  p: Float64Array;
  /** Benjamini–Hochberg adjusted. */
  q: Float64Array;
}

export interface AgreementOptions {
  /** Random sets of units that each number of replicates is compared with; default 999. */
  draws?: number;
  /** Default 1. */
  seed?: number;
  /** Sets whose own agreement is the null instead, such as unexpressed genes (Celik et al. 2024); they get no p. */
  nullSets?: readonly number[];
}

/**
 * Perturbation consistency of many sets of replicates at once (Celik et al. 2024): mean pairwise cosine, against random sets of as many
 * units of different perturbations. One draw is a random order of units; its beginning serves each number of replicates.
 * @param values of shape (units, dims)
 * @param sets units of each perturbation
 */
export function replicateAgreement(
  values: ArrayLike<number> & { subarray(from: number, to: number): ArrayLike<number> },
  dims: number,
  sets: readonly (readonly number[])[],
  { draws = 999, seed = 1, nullSets }: AgreementOptions = {},
  call: BuildCall = {},
): ReplicateAgreement {
  const lengths = new Map<number, number>();
  for (const set of sets) for (const i of set) lengths.set(i, norm(values.subarray(i * dims, (i + 1) * dims)));
  const sum = new Float64Array(dims);
  const add = (unit: number): boolean => {
    const length = lengths.get(unit)!;
    if (!(length > 0)) return false;
    const at = unit * dims;
    for (let j = 0; j < dims; j++) sum[j]! += values[at + j]! / length;
    return true;
  };
  // The square of a sum of unit vectors holds every pair's cosine twice and every vector once.
  const agreement = (count: number): number => (norm(sum) ** 2 - count) / (count * (count - 1));
  const meanCosine = Float64Array.from(sets, (set) => {
    sum.fill(0);
    let count = 0;
    for (const i of set) if (add(i)) count++;
    return count < 2 ? Number.NaN : agreement(count);
  });
  const isNull = new Set(nullSets);
  const tested = sets.map((set, i) => (isNull.has(i) ? 0 : set.length));
  const nulls =
    nullSets === undefined
      ? randomNulls(sets, draws, seed, { reset: () => sum.fill(0), add, agreement }, call)
      : undefined;
  const own =
    nullSets &&
    Float64Array.from(nullSets, (i) => meanCosine[i]!)
      .filter((value) => !Number.isNaN(value))
      .sort();
  const p = meanCosine.map((value, i) => {
    const sorted = tested[i]! < 2 ? undefined : (own ?? nulls?.get(tested[i]!));
    if (sorted === undefined || sorted.length === 0 || Number.isNaN(value)) return Number.NaN;
    return (countFrom(sorted, value) + 1) / (sorted.length + 1);
  });
  return { meanCosine, p, q: Float64Array.from(benjaminiHochberg(p)) };
}

/** Null values by number of replicates, ascending. */
function randomNulls(
  sets: readonly (readonly number[])[],
  draws: number,
  seed: number,
  sums: { reset: () => void; add: (unit: number) => boolean; agreement: (count: number) => number },
  call: BuildCall,
): Map<number, Float64Array> {
  const random = seededRandom(seed);
  const pools = sets.filter((set) => set.length > 0);
  const counts = new Set(sets.map((set) => set.length).filter((count) => count > 1));
  const most = Math.max(0, ...counts);
  const everyone = pools.flat();
  const nulls = new Map([...counts].map((count) => [count, new Float64Array(draws)]));
  const order = pools.map((_, i) => i);
  for (let draw = 0; draw < draws; draw++) {
    if (draw % 50 === 0) {
      call.signal?.throwIfAborted();
      call.progress?.("agreement of replicates", draw, draws);
    }
    sums.reset();
    let count = 0;
    for (let k = 0; k < most; k++) {
      let unit: number;
      if (k < order.length) {
        const pick = k + random.below(order.length - k);
        [order[k], order[pick]] = [order[pick]!, order[k]!];
        const pool = pools[order[k]!]!;
        unit = pool[random.below(pool.length)]!;
      } else unit = everyone[random.below(everyone.length)]!;
      if (sums.add(unit)) count++;
      const known = nulls.get(k + 1);
      if (known !== undefined) known[draw] = count < 2 ? Number.NEGATIVE_INFINITY : sums.agreement(count);
    }
  }
  call.progress?.("agreement of replicates", draws, draws);
  for (const values of nulls.values()) values.sort();
  return nulls;
}

/** How many of ascending values are at least `value`. */
export function countFrom(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! >= value) high = middle;
    else low = middle + 1;
  }
  return sorted.length - low;
}
