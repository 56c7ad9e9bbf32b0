import {
  averagePrecision,
  benjaminiHochberg,
  norm,
  positiveRanks,
  type Random,
  randomAveragePrecision,
  seededRandom,
} from "@artesian/numerics";
import { rowProduct } from "@artesian/numerics/panel-product.ts";
import type { BuildCall, MapUnits } from "./map-units.ts";

/** How well units find their replicates among controls; arrays of shape (sets). */
export interface ReplicateRetrieval {
  /** Mean average precision; NaN for a set with one unit. */
  meanAveragePrecision: Float64Array;
  /** (r + 1)/(n + 1) against random rankings. */
  p: Float64Array;
  /** Benjamini–Hochberg adjusted. */
  q: Float64Array;
}

export interface RetrievalOptions {
  /** Controls looked at, a seeded selection of more; default 1,000. */
  mostControls?: number;
  /** Random rankings; default 999. */
  draws?: number;
  /** Default 1. */
  seed?: number;
}

/**
 * Phenotypic activity: each unit ranks its replicates among the controls by cosine; average precision, averaged over the set
 * (Kalinin et al. 2025, copairs; of equal cosines controls rank first).
 */
export function replicateRetrieval(
  { units, features, values }: MapUnits,
  sets: readonly (readonly number[])[],
  { mostControls = 1000, draws = 999, seed = 1 }: RetrievalOptions = {},
  call: BuildCall = {},
): ReplicateRetrieval {
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
  const count = controls.length;
  const unitVector = (i: number): Float64Array => {
    const row = Float64Array.from(values.subarray(i * dims, (i + 1) * dims));
    const length = norm(row);
    return length > 0 ? row.map((value) => value / length) : row;
  };
  const turned = new Float64Array(dims * count);
  controls.forEach((unit, at) => {
    unitVector(unit).forEach((value, j) => {
      turned[j * count + at] = value;
    });
  });
  const product = rowProduct(turned, dims, count, 64);
  const precision = new Float64Array(sets.length).fill(Number.NaN);
  sets.forEach((set, s) => {
    if (s % 64 === 0) {
      call.signal?.throwIfAborted();
      call.progress?.("retrieval of replicates", s, sets.length);
    }
    if (set.length < 2 || count === 0) return;
    const vectors = set.map(unitVector);
    let sum = 0;
    for (let from = 0; from < set.length; from += product.blockRows) {
      const to = Math.min(from + product.blockRows, set.length);
      for (let i = from; i < to; i++) product.input.set(vectors[i]!, (i - from) * dims);
      product.multiply(to - from);
      for (let i = from; i < to; i++) {
        const start = (i - from) * product.stride;
        const negatives = Float64Array.from(product.output.subarray(start, start + count));
        const positives = Float64Array.from(
          vectors.flatMap((other, k) =>
            k === i ? [] : [other.reduce((dot, value, j) => dot + value * vectors[i]![j]!, 0)],
          ),
        );
        sum += averagePrecision(positiveRanks(positives, negatives));
      }
    }
    precision[s] = sum / set.length;
  });
  call.progress?.("retrieval of replicates", sets.length, sets.length);
  const nulls = new Map<number, Float64Array>();
  const p = precision.map((value, s) => {
    if (Number.isNaN(value)) return Number.NaN;
    const rankings = nullOf(nulls, sets[s]!.length, count, draws, random);
    let asGood = 0;
    for (const other of rankings) if (other >= value) asGood++;
    return (asGood + 1) / (draws + 1);
  });
  return { meanAveragePrecision: precision, p, q: Float64Array.from(benjaminiHochberg(p)) };
}

/** Random rankings of a set: replicates find each other together, so that the units of a set share a draw. */
function nullOf(
  nulls: Map<number, Float64Array>,
  units: number,
  controls: number,
  draws: number,
  random: Random,
): Float64Array {
  let known = nulls.get(units);
  if (known === undefined) {
    known = Float64Array.from({ length: draws }, () => randomAveragePrecision(units - 1, controls, random));
    nulls.set(units, known);
  }
  return known;
}
