import { type CorrelationMethod, eachCorrelation } from "./correlation.ts";
import { pandasCorrelationSum } from "./pandas-correlation-sum.ts";

/** A feature to drop because it is correlated with another. */
export interface CorrelatedFeature {
  index: number;
  partner: number;
  correlation: number;
}

/** Sums of correlations that differ by less than this share are equal: what remains is rounding. */
const TIE = 1e-10;

/**
 * Of every pair of columns with r > threshold (signed) the one that is more correlated with all others (larger Σ|r|) is dropped, of
 * equals the later one (where values are missing, rounding decides as it does in pandas); pairs are judged independently of each other (not greedily), as pycytominer's `correlation_threshold` does.
 * Missing and infinite values are left out pair by pair.
 * @param columns one a feature, each of shape (wells)
 * @returns drops in the order of the features, with the partner of the highest correlation
 */
export function correlatedFeatures(
  columns: readonly Float64Array[],
  threshold: number,
  method: CorrelationMethod,
): CorrelatedFeature[] {
  const sums = new Float64Array(columns.length).fill(1);
  const pairs: { a: number[]; b: number[]; r: number[] } = { a: [], b: [], r: [] };
  eachCorrelation(columns, method, (a, correlations) => {
    let sum = 0;
    for (let b = 0; b < a; b++) {
      const r = correlations[b]!;
      const size = r < 0 ? -r : r;
      if (!(size >= 0)) continue;
      sum += size;
      sums[b]! += size;
      if (r > threshold) {
        pairs.a.push(a);
        pairs.b.push(b);
        pairs.r.push(r);
      }
    }
    sums[a]! += sum;
  });
  const isLarger = comparison(columns, sums, method);
  const found = new Map<number, CorrelatedFeature>();
  pairs.r.forEach((correlation, i) => {
    const [a, b] = [pairs.a[i]!, pairs.b[i]!];
    const [index, partner] = isLarger(a, b) ? [a, b] : [b, a];
    const known = found.get(index);
    if (known === undefined || correlation > known.correlation) found.set(index, { index, partner, correlation });
  });
  return [...found.values()].sort((x, y) => x.index - y.index);
}

/** Whether the sum of the later column `a` is not below that of `b`. */
function comparison(
  columns: readonly Float64Array[],
  sums: Float64Array,
  method: CorrelationMethod,
): (a: number, b: number) => boolean {
  const byPandas = method === "pearson" && columns.some((column) => !column.every(Number.isFinite));
  const exact = new Map<number, number>();
  const exactSum = (index: number): number => {
    const sum = exact.get(index) ?? pandasCorrelationSum(columns, index);
    exact.set(index, sum);
    return sum;
  };
  return (a, b) => {
    if (Math.abs(sums[a]! - sums[b]!) > TIE * sums[a]!) return sums[a]! > sums[b]!;
    return !byPandas || exactSum(a) >= exactSum(b);
  };
}
