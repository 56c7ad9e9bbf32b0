import { benjaminiHochberg, matrix, seededRandom } from "@artesian/numerics";
import { fastGram, rowProduct } from "@artesian/numerics/panel-product.ts";
import type { BuildCall, MapUnits } from "./map-units.ts";
import { countFrom } from "./replicate-agreement.ts";

/** How far the units of each set lie from the controls; arrays of shape (sets). */
export interface Magnitude {
  /** Energy distance 2·E|x − y| − E|x − x′| − E|y − y′| (Székely and Rizzo 2013); NaN for a set with fewer units than `least`. */
  distance: Float64Array;
  /** (r + 1)/(n + 1). */
  p: Float64Array;
  /** Benjamini–Hochberg adjusted. */
  q: Float64Array;
}

export interface MagnitudeOptions {
  /** Controls looked at, a seeded selection of more; default 1,000. */
  mostControls?: number;
  /** Fewest units; default 3. EFAAR asks for 5. */
  least?: number;
  /** Random sets of controls that each number of units is compared with; default 999. */
  draws?: number;
  /** Default 1. */
  seed?: number;
  /** Sets whose own distances are the null instead, such as unexpressed genes; they get no p. */
  nullSets?: readonly number[];
}

/**
 * Perturbation magnitude (Celik et al. 2024): energy distance of units from controls. Without null sets, a null value is the distance of
 * as many controls, drawn at random, from the controls left. Alignment that was learnt on few controls brings these together, and so makes such a
 * p somewhat small; null sets do not have that.
 * @param sets units of each perturbation
 */
export function perturbationMagnitude(
  { units, features, values }: MapUnits,
  sets: readonly (readonly number[])[],
  options: MagnitudeOptions = {},
  call: BuildCall = {},
): Magnitude {
  const { mostControls = 1000, least = 3, draws = 999, seed = 1, nullSets } = options;
  const dims = features.length;
  const random = seededRandom(seed);
  const all = units.flatMap(({ control }, i) => (control ? [i] : []));
  const controls =
    all.length <= mostControls
      ? all
      : random
          .shuffle(all)
          .slice(0, mostControls)
          .sort((a, b) => a - b);
  const points = matrix(controls.length, dims);
  controls.forEach((unit, i) => {
    points.data.set(values.subarray(unit * dims, (unit + 1) * dims), i * dims);
  });
  const within = distancesWithin(points.data, controls.length, dims);
  const rowSums = within.rowSums;
  const total = rowSums.reduce((sum, value) => sum + value, 0);
  const toControls = meanDistances(values, dims, sets, least, points.data, controls.length, call);
  const distance = Float64Array.from(sets, (set) => {
    if (set.length < least || controls.length === 0) return Number.NaN;
    const n = set.length;
    let across = 0;
    for (const i of set) across += toControls.get(i)!;
    const rows = matrix(n, dims);
    set.forEach((unit, i) => {
      rows.data.set(values.subarray(unit * dims, (unit + 1) * dims), i * dims);
    });
    let own = 0;
    for (const sum of distancesWithin(rows.data, n, dims).rowSums) own += sum;
    return (2 * across) / n - own / n ** 2 - total / controls.length ** 2;
  });
  const isNull = new Set(nullSets);
  const given =
    nullSets &&
    Float64Array.from(nullSets, (i) => distance[i]!)
      .filter((value) => !Number.isNaN(value))
      .sort();
  const nulls = new Map<number, Float64Array>();
  const nullOf = (count: number): Float64Array => {
    let known = nulls.get(count);
    if (known === undefined) {
      call.signal?.throwIfAborted();
      known = Float64Array.from({ length: draws }, () =>
        heldOutDistance(draw(controls.length, count, random), within.distances, rowSums, total),
      ).sort();
      nulls.set(count, known);
    }
    return known;
  };
  const p = distance.map((value, i) => {
    if (Number.isNaN(value) || isNull.has(i)) return Number.NaN;
    // Half of the controls at least stay behind to be measured against.
    const count = sets[i]!.length;
    const sorted = given ?? (2 * count <= controls.length ? nullOf(count) : undefined);
    return sorted === undefined || sorted.length === 0
      ? Number.NaN
      : (countFrom(sorted, value) + 1) / (sorted.length + 1);
  });
  return { distance, p, q: Float64Array.from(benjaminiHochberg(p)) };
}

/** Energy distance of some controls from all the others, from the distances between all. */
function heldOutDistance(chosen: Int32Array, distances: Float64Array, rowSums: Float64Array, total: number): number {
  const n = rowSums.length;
  const k = chosen.length;
  const rest = n - k;
  let [own, toAll] = [0, 0];
  for (let a = 0; a < k; a++) {
    toAll += rowSums[chosen[a]!]!;
    for (let b = 0; b < k; b++) own += distances[chosen[a]! * n + chosen[b]!]!;
  }
  const across = toAll - own;
  return (2 * across) / (k * rest) - own / k ** 2 - (total - 2 * toAll + own) / rest ** 2;
}

/** A random choice of `count` of `n` (Floyd's). */
function draw(n: number, count: number, random: ReturnType<typeof seededRandom>): Int32Array {
  const chosen = new Set<number>();
  for (let last = n - count; last < n; last++) {
    const pick = random.below(last + 1);
    chosen.add(chosen.has(pick) ? last : pick);
  }
  return Int32Array.from(chosen);
}

/** Euclidean distances between rows of shape (count, dims), and their sums by row. */
function distancesWithin(
  data: Float64Array,
  count: number,
  dims: number,
): { distances: Float64Array; rowSums: Float64Array } {
  const distances = new Float64Array(count * count);
  const rowSums = new Float64Array(count);
  const products = count > 16 ? fastGram({ data, rows: count, columns: dims }).data : undefined;
  for (let a = 0; a < count; a++)
    for (let b = 0; b < a; b++) {
      let square = 0;
      if (products === undefined)
        for (let j = 0; j < dims; j++) square += (data[a * dims + j]! - data[b * dims + j]!) ** 2;
      else square = products[a * count + a]! + products[b * count + b]! - 2 * products[a * count + b]!;
      const distance = Math.sqrt(Math.max(0, square));
      distances[a * count + b] = distance;
      distances[b * count + a] = distance;
      rowSums[a]! += distance;
      rowSums[b]! += distance;
    }
  return { distances, rowSums };
}

/** Mean distance to the controls of each unit of sets that are large enough. */
function meanDistances(
  values: MapUnits["values"],
  dims: number,
  sets: readonly (readonly number[])[],
  least: number,
  controls: Float64Array,
  count: number,
  call: BuildCall,
): Map<number, number> {
  const wanted = [...new Set(sets.filter((set) => set.length >= least).flat())];
  const turned = new Float64Array(controls.length);
  const squares = new Float64Array(count);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < dims; j++) {
      const value = controls[i * dims + j]!;
      turned[j * count + i] = value;
      squares[i]! += value * value;
    }
  const means = new Map<number, number>();
  const product = rowProduct(turned, dims, count, 64);
  for (let from = 0; from < wanted.length; from += product.blockRows) {
    call.signal?.throwIfAborted();
    call.progress?.("magnitude", from, wanted.length);
    const to = Math.min(from + product.blockRows, wanted.length);
    for (let at = from; at < to; at++)
      product.input.set(values.subarray(wanted[at]! * dims, (wanted[at]! + 1) * dims), (at - from) * dims);
    product.multiply(to - from);
    for (let at = from; at < to; at++) {
      const start = wanted[at]! * dims;
      let square = 0;
      for (let j = 0; j < dims; j++) square += values[start + j]! ** 2;
      let sum = 0;
      for (let i = 0; i < count; i++)
        sum += Math.sqrt(Math.max(0, square + squares[i]! - 2 * product.output[(at - from) * product.stride + i]!));
      means.set(wanted[at]!, sum / count);
    }
  }
  call.progress?.("magnitude", wanted.length, wanted.length);
  return means;
}
