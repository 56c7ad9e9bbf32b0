import { rank } from "@artesian/numerics";

/** A feature to drop because it is correlated with another. */
export interface CorrelatedFeature {
  index: number;
  partner: number;
  correlation: number;
}

/**
 * Of every pair of columns with r > threshold (signed) the one that is more correlated with all others (larger Σ|r|) is dropped; pairs
 * are judged independently of each other, as pycytominer does. Missing values are left out pair by pair, as in pandas.
 * @param columns one a feature, each of shape (wells)
 * @returns drops in the order of the features, with the partner of the highest correlation
 */
export function correlatedFeatures(
  columns: readonly Float64Array[],
  threshold: number,
  method: "pearson" | "spearman",
): CorrelatedFeature[] {
  const n = columns.length;
  const complete = columns.map((column) => !column.some(Number.isNaN));
  const standard = columns.map((column, j) =>
    complete[j] ? standardised(method === "spearman" ? rank(column) : column) : undefined,
  );
  const correlations = new Float64Array(n * n);
  const sums = new Float64Array(n);
  for (let a = 0; a < n; a++) {
    sums[a]! += 1;
    for (let b = 0; b < a; b++) {
      const [left, right] = [standard[a], standard[b]];
      const r =
        left !== undefined && right !== undefined ? product(left, right) : pairwise(columns[a]!, columns[b]!, method);
      correlations[a * n + b] = r;
      if (Number.isNaN(r)) continue;
      sums[a]! += Math.abs(r);
      sums[b]! += Math.abs(r);
    }
  }
  const found = new Map<number, CorrelatedFeature>();
  for (let a = 0; a < n; a++) {
    for (let b = 0; b < a; b++) {
      const correlation = correlations[a * n + b]!;
      if (!(correlation > threshold)) continue;
      const [index, partner] = sums[a]! >= sums[b]! ? [a, b] : [b, a];
      const known = found.get(index);
      if (known === undefined || correlation > known.correlation) found.set(index, { index, partner, correlation });
    }
  }
  return [...found.values()].sort((x, y) => x.index - y.index);
}

/** Centred and of length 1, so that a dot product is a correlation; NaN for a constant column. */
function standardised(column: Float64Array): Float64Array {
  let sum = 0;
  for (const value of column) sum += value;
  const centred = column.map((value) => value - sum / column.length);
  let square = 0;
  for (const value of centred) square += value * value;
  const length = Math.sqrt(square);
  return centred.map((value) => value / length);
}

function product(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function pairwise(a: Float64Array, b: Float64Array, method: "pearson" | "spearman"): number {
  const rows: number[] = [];
  for (let i = 0; i < a.length; i++) if (!Number.isNaN(a[i]!) && !Number.isNaN(b[i]!)) rows.push(i);
  if (rows.length < 2) return Number.NaN;
  const [x, y] = [a, b].map((column) => {
    const known = Float64Array.from(rows, (row) => column[row]!);
    return standardised(method === "spearman" ? rank(known) : known);
  });
  return product(x!, y!);
}
