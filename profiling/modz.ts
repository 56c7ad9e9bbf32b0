import { type CorrelationMethod, eachCorrelation } from "./correlation.ts";

export interface ModzOptions {
  /** How replicates are compared; default "spearman". */
  method?: CorrelationMethod;
  /** Least weight before scaling; default 0.01. */
  minimumWeight?: number;
  /** Decimals that weights are rounded to; default 4. */
  precision?: number;
}

/**
 * Weights of replicates by how well they agree (the moderated z-score of Subramanian et al. 2017, as pycytominer's `modz`): correlations
 * of each replicate with the others, negative ones 0, averaged, at least `minimumWeight`, scaled to sum 1, rounded.
 * @param replicates each of shape (features)
 * @returns of shape (replicates); NaN for one that cannot be compared with any other while some can
 */
export function modzWeights(replicates: readonly Float64Array[], options: ModzOptions = {}): Float64Array {
  const count = replicates.length;
  if (count === 1) return Float64Array.of(1);
  const sums = new Float64Array(count);
  const compared = new Int32Array(count);
  eachCorrelation(replicates, options.method ?? "spearman", (a, correlations) => {
    for (let b = 0; b < a; b++) {
      const r = correlations[b]!;
      if (Number.isNaN(r)) continue;
      for (const one of [a, b]) {
        sums[one]! += Math.max(0, r);
        compared[one]!++;
      }
    }
  });
  const least = options.minimumWeight ?? 0.01;
  const raw = Float64Array.from(sums, (sum, i) =>
    compared[i] === 0 ? Number.NaN : Math.max(least, sum / compared[i]!),
  );
  let total = 0;
  for (const weight of raw) if (!Number.isNaN(weight)) total += weight;
  const scale = 10 ** (options.precision ?? 4);
  return raw.map((weight) => halfToEven((total === 0 ? 1 / count : weight / total) * scale) / scale);
}

/**
 * Weighted sum of replicates. A missing value counts as 0, as in pycytominer; a feature that no replicate has is missing (there it is 0).
 * @returns of shape (features)
 */
export function modz(replicates: readonly Float64Array[], options: ModzOptions = {}): Float64Array {
  const weights = modzWeights(replicates, options);
  return Float64Array.from({ length: replicates[0]?.length ?? 0 }, (_, j) => {
    let [sum, known] = [0, 0];
    replicates.forEach((values, i) => {
      const part = values[j]! * weights[i]!;
      if (!Number.isNaN(values[j]!)) known++;
      if (!Number.isNaN(part)) sum += part;
    });
    return known === 0 ? Number.NaN : sum;
  });
}

/** Rounding of a half, or what is one but for rounding, to the even neighbour, as numpy's of an exact half. */
function halfToEven(value: number): number {
  const below = Math.floor(value);
  const part = value - below;
  if (Math.abs(part - 0.5) > 1e-9) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
