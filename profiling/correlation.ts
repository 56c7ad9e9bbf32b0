import { rank } from "@artesian/numerics";
import { kendallTau } from "./kendall-tau.ts";
import { type Rows, rowProducts } from "./row-products.ts";

export type CorrelationMethod = "pearson" | "spearman" | "kendall";
export const CORRELATION_METHODS: readonly CorrelationMethod[] = ["pearson", "spearman", "kendall"];

/**
 * Correlations of all pairs of columns. Missing and infinite values are left out pair by pair, as pandas' `DataFrame.corr` does; a column
 * (or what is left of it) without variation has no correlation (NaN).
 * @param columns one a feature, each of shape (wells)
 * @param visit receives column `a`, ascending, and its correlations with columns 0 … a − 1; the array is used again
 */
export function eachCorrelation(
  columns: readonly Float64Array[],
  method: CorrelationMethod,
  visit: (a: number, correlations: Float64Array) => void,
): void {
  const count = columns.length;
  const width = columns[0]?.length ?? 0;
  const gaps = columns.flatMap((column, j) => (column.every(Number.isFinite) ? [] : [j]));
  const withGaps = correlationsWithGaps(columns, gaps, method);
  const placeOfGap = new Int32Array(count).fill(-1);
  gaps.forEach((j, place) => {
    placeOfGap[j] = place;
  });
  const fill = (a: number, correlations: Float64Array): void => {
    for (let b = 0; b < a && gaps.length > 0; b++) {
      if (placeOfGap[a]! >= 0) correlations[b] = withGaps[placeOfGap[a]! * count + b]!;
      else if (placeOfGap[b]! >= 0) correlations[b] = withGaps[placeOfGap[b]! * count + a]!;
    }
    visit(a, correlations);
  };
  if (method === "kendall") {
    const correlations = new Float64Array(count);
    for (let a = 0; a < count; a++) {
      if (placeOfGap[a]! < 0)
        for (let b = 0; b < a; b++) if (placeOfGap[b]! < 0) correlations[b] = kendallTau(columns[a]!, columns[b]!);
      fill(a, correlations);
    }
    return;
  }
  const rows: Rows = { data: new Float64Array(count * width), count, width };
  columns.forEach((column, j) => {
    if (placeOfGap[j]! >= 0) return;
    standardise(method === "spearman" ? rank(column) : column, rows.data.subarray(j * width, (j + 1) * width));
  });
  rowProducts(rows, rows, (from, to, products) => {
    for (let a = from; a < to; a++) {
      const correlations = products.subarray((a - from) * count, (a - from) * count + a);
      for (let b = 0; b < a; b++) {
        if (correlations[b]! > 1) correlations[b] = 1;
        else if (correlations[b]! < -1) correlations[b] = -1;
      }
      fill(a, correlations);
    }
  });
}

/** Correlation of two columns over the wells where both are finite; NaN for fewer than two wells or without variation. */
export function correlationOf(a: Float64Array, b: Float64Array, method: CorrelationMethod): number {
  const known: number[] = [];
  for (let i = 0; i < a.length; i++) if (Number.isFinite(a[i]!) && Number.isFinite(b[i]!)) known.push(i);
  if (known.length < 2) return Number.NaN;
  const [x, y] = [a, b].map((column) => Float64Array.from(known, (row) => column[row]!));
  if (method === "kendall") return kendallTau(x!, y!);
  const [left, right] = [x!, y!].map((column) => {
    const into = new Float64Array(column.length);
    standardise(method === "spearman" ? rank(column) : column, into);
    return into;
  });
  let sum = 0;
  for (let i = 0; i < left!.length; i++) sum += left![i]! * right![i]!;
  return Math.max(-1, Math.min(1, sum));
}

/** Centred and of length 1, so that a dot product is a correlation; NaN for a column without variation. */
function standardise(column: Float64Array, into: Float64Array): void {
  let [sum, least, most] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of column) {
    sum += value;
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const centre = sum / column.length;
  let square = 0;
  for (let i = 0; i < column.length; i++) {
    const value = column[i]! - centre;
    into[i] = value;
    square += value * value;
  }
  const scale = least < most ? 1 / Math.sqrt(square) : Number.NaN;
  for (let i = 0; i < column.length; i++) into[i]! *= scale;
}

/** Correlations of the columns that have gaps with all columns, of shape (gaps, columns). */
function correlationsWithGaps(
  columns: readonly Float64Array[],
  gaps: readonly number[],
  method: CorrelationMethod,
): Float64Array {
  const count = columns.length;
  const result = new Float64Array(gaps.length * count).fill(Number.NaN);
  if (gaps.length === 0) return result;
  if (method === "pearson") {
    pearsonWithGaps(columns, gaps, result);
    return result;
  }
  const placeOfGap = new Map(gaps.map((j, place) => [j, place]));
  gaps.forEach((a, place) => {
    for (let b = 0; b < count; b++) {
      const other = placeOfGap.get(b);
      if (other !== undefined && other < place) result[place * count + b] = result[other * count + a]!;
      else if (b !== a) result[place * count + b] = correlationOf(columns[a]!, columns[b]!, method);
    }
  });
  return result;
}

/**
 * Sums over the wells that a pair has in common are products of columns with gaps filled by 0 and of their masks. Columns are centred
 * and scaled first, which keeps the digits; where a pair's common wells vary too little for that, the pair is computed by itself.
 */
function pearsonWithGaps(columns: readonly Float64Array[], gaps: readonly number[], result: Float64Array): void {
  const count = columns.length;
  const width = columns[0]!.length;
  const all = filledParts(columns);
  const some = filledParts(gaps.map((j) => columns[j]!));
  const rows = (data: Float64Array): Rows => ({ data, count: data.length / width, width });
  const step = 96;
  for (let from = 0; from < gaps.length; from += step) {
    const to = Math.min(from + step, gaps.length);
    const sumsOf = (left: Float64Array, right: Float64Array): Float64Array => {
      const sums = new Float64Array((to - from) * count);
      rowProducts(rows(left.subarray(from * width, to * width)), rows(right), (start, stop, products) => {
        sums.set(products.subarray(0, (stop - start) * count), start * count);
      });
      return sums;
    };
    const n = sumsOf(some.mask, all.mask);
    const x = sumsOf(some.value, all.mask);
    const y = sumsOf(some.mask, all.value);
    const xx = sumsOf(some.square, all.mask);
    const yy = sumsOf(some.mask, all.square);
    const xy = sumsOf(some.value, all.value);
    for (let i = 0; i < n.length; i++) {
      const varianceX = n[i]! * xx[i]! - x[i]! ** 2;
      const varianceY = n[i]! * yy[i]! - y[i]! ** 2;
      const doubtful = varianceX < 1e-4 * n[i]! || varianceY < 1e-4 * n[i]! || n[i]! < 3;
      const r = (n[i]! * xy[i]! - x[i]! * y[i]!) / Math.sqrt(varianceX * varianceY);
      result[from * count + i] = doubtful
        ? correlationOf(columns[gaps[from + Math.floor(i / count)]!]!, columns[i % count]!, "pearson")
        : Math.max(-1, Math.min(1, r));
    }
  }
}

/** Values centred on their mean and divided by their standard deviation with gaps as 0, their squares, and 1 where there is a value. */
function filledParts(columns: readonly Float64Array[]): {
  value: Float64Array;
  square: Float64Array;
  mask: Float64Array;
} {
  const width = columns[0]!.length;
  const value = new Float64Array(columns.length * width);
  const square = new Float64Array(columns.length * width);
  const mask = new Float64Array(columns.length * width);
  columns.forEach((column, j) => {
    let [sum, known] = [0, 0];
    for (const number of column) {
      if (!Number.isFinite(number)) continue;
      sum += number;
      known++;
    }
    const centre = known === 0 ? 0 : sum / known;
    let squares = 0;
    for (const number of column) if (Number.isFinite(number)) squares += (number - centre) ** 2;
    const scale = squares > 0 ? Math.sqrt(known / squares) : 0;
    for (let i = 0; i < width; i++) {
      if (!Number.isFinite(column[i]!)) continue;
      const at = j * width + i;
      value[at] = (column[i]! - centre) * scale;
      square[at] = value[at]! ** 2;
      mask[at] = 1;
    }
  });
  return { value, square, mask };
}
