import { type Matrix, matrix, rowOf } from "@artesian/numerics";
import {
  ConstantFeaturesError,
  InfiniteValuesError,
  MissingValuesError,
  OperationOptionError,
  RankError,
} from "./statistics-errors.ts";
import { productOf, rightSingular, transposed } from "./thin-svd.ts";

/** Whitening by principal axes (PCA) or turned back to the features (ZCA), of covariance or of correlation (-cor). */
export type SpherizeVariant = "PCA" | "ZCA" | "PCA-cor" | "ZCA-cor";
export const SPHERIZE_VARIANTS: readonly SpherizeVariant[] = ["PCA", "ZCA", "PCA-cor", "ZCA-cor"];

/**
 * A learnt whitening: y = (x − centre)/scale, then Σ gain_k·(y·v_k) along the directions v_k (PCA: one output each; ZCA: turned back),
 * with `rest` as the gain of everything orthogonal to them.
 */
export interface Whitening {
  variant: SpherizeVariant;
  /** Of shape (features). */
  centre: Float64Array;
  /** Of shape (features); ones unless -cor. */
  scale: Float64Array;
  /** Unit vectors as rows, of shape (directions, features). */
  directions: Matrix;
  /** Of shape (directions). */
  gains: Float64Array;
  rest: number;
}

export interface SpherizeOptions {
  /** Default "ZCA-cor". */
  variant?: SpherizeVariant;
  /** Subtract the mean; default true. The -cor variants need it. */
  centre?: boolean;
  /** Added to every singular value; default 1e-6. */
  epsilon?: number;
}

/**
 * Learns a whitening (Kessy, Lewin and Strimmer 2018) from samples as pycytominer's `Spherize` of 1.2 and since 1.7.1: singular values S of
 * the centred samples (-cor: z-scores, ddof 0) of rank r; with no more samples than features those beyond r are S[r − 1]; W =
 * V·diag(√(n − 1)/(S + ε)), for ZCA turned back by Vᵀ. Versions 1.3.0 to 1.6.1 decomposed the raw samples, which whitens nothing.
 * @param samples of shape (n, features), complete and finite
 * @param features names, for messages
 * @throws MissingValuesError (profiling/missing-values), InfiniteValuesError (profiling/infinite-values), ConstantFeaturesError
 * (profiling/constant-features), RankError (profiling/rank), OperationOptionError (profiling/operation-option)
 */
export function fitWhitening(samples: Matrix, features: readonly string[], options: SpherizeOptions = {}): Whitening {
  const variant = options.variant ?? "ZCA-cor";
  const centred = options.centre ?? true;
  const epsilon = options.epsilon ?? 1e-6;
  const name = `Spherize (${variant})`;
  const byCorrelation = variant === "PCA-cor" || variant === "ZCA-cor";
  if (byCorrelation && !centred)
    throw new OperationOptionError(name, "centre", "false", "true for PCA-cor and ZCA-cor");
  if (!(epsilon >= 0)) throw new OperationOptionError(name, "epsilon", String(epsilon), "0 or more");
  refuseGaps(samples, features, name);
  const { rows: n, columns: d } = samples;
  const centre = new Float64Array(d);
  const scale = new Float64Array(d).fill(1);
  const constant: string[] = [];
  for (let j = 0; j < d && centred; j++) {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += samples.data[i * d + j]!;
    centre[j] = sum / n;
    let [squares, drift] = [0, 0];
    for (let i = 0; i < n; i++) {
      const distance = samples.data[i * d + j]! - centre[j]!;
      squares += distance * distance;
      drift += distance;
    }
    const variance = (squares - (drift * drift) / n) / n;
    const rounding = n * Number.EPSILON * variance + (n * centre[j]! * Number.EPSILON) ** 2;
    if (byCorrelation && variance <= rounding) constant.push(features[j]!);
    if (byCorrelation) scale[j] = Math.sqrt(variance);
  }
  if (constant.length > 0) throw new ConstantFeaturesError(name, constant);
  const standard = standardised(samples, centre, scale);
  if (centred) centreAgain(standard);
  const { singular, right } = rightSingular(standard);
  const floor = (singular[0] ?? 0) * Math.max(n, d) * Number.EPSILON;
  const rank = singular.filter((value) => value > floor).length;
  if (rank === 0 || !(rank === d || rank === (centred ? n - 1 : n)))
    throw new RankError(name, n, d, rank, Math.min(d, centred ? n - 1 : n));
  const gainOf = (value: number): number => Math.sqrt(n - 1) / (value + epsilon);
  const known = matrix(rank, d, right.data.slice(0, rank * d));
  const gains = Float64Array.from(singular.subarray(0, rank), gainOf);
  const rest = rank === d ? 0 : gainOf(singular[rank - 1]!);
  if (!variant.startsWith("PCA") || rank === d) return { variant, centre, scale, directions: known, gains, rest };
  const all = matrix(d, d);
  all.data.set(known.data);
  all.data.set(complement(known).data, known.data.length);
  const allGains = new Float64Array(d).fill(rest);
  allGains.set(gains);
  return { variant, centre, scale, directions: all, gains: allGains, rest: 0 };
}

/** Whitened rows, of the shape given; a row with a missing value is missing altogether. */
export function applyWhitening(whitening: Whitening, rows: Matrix): Matrix {
  const { variant, centre, scale, directions, gains, rest } = whitening;
  const standard = standardised(rows, centre, scale);
  const scores = productOf(standard, directions);
  const turnBack = variant.startsWith("ZCA");
  for (let i = 0; i < scores.rows; i++) {
    const row = rowOf(scores, i);
    for (let k = 0; k < row.length; k++) row[k]! *= turnBack ? gains[k]! - rest : gains[k]!;
  }
  if (!turnBack) return scores;
  const result = productOf(scores, transposed(directions));
  if (rest > 0) for (let i = 0; i < result.data.length; i++) result.data[i]! += rest * standard.data[i]!;
  return result;
}

function standardised(rows: Matrix, centre: Float64Array, scale: Float64Array): Matrix {
  const result = matrix(rows.rows, rows.columns);
  for (let i = 0; i < rows.rows; i++)
    for (let j = 0; j < rows.columns; j++)
      result.data[i * rows.columns + j] = (rows.data[i * rows.columns + j]! - centre[j]!) / scale[j]!;
  return result;
}

/** A mean far from 0 is itself rounded; what is left of it would count as one rank more. */
function centreAgain(rows: Matrix): void {
  for (let j = 0; j < rows.columns; j++) {
    let sum = 0;
    for (let i = 0; i < rows.rows; i++) sum += rows.data[i * rows.columns + j]!;
    for (let i = 0; i < rows.rows; i++) rows.data[i * rows.columns + j]! -= sum / rows.rows;
  }
}

function refuseGaps(samples: Matrix, features: readonly string[], name: string): void {
  const missing = new Set<number>();
  const wells = new Set<number>();
  const infinite = new Set<number>();
  let count = 0;
  samples.data.forEach((value, place) => {
    if (Number.isFinite(value)) return;
    const feature = place % samples.columns;
    if (Number.isNaN(value)) {
      missing.add(feature);
      wells.add(Math.floor(place / samples.columns));
    } else {
      infinite.add(feature);
      count++;
    }
  });
  const named = (indices: Set<number>): string[] => [...indices].sort((a, b) => a - b).map((j) => features[j]!);
  if (infinite.size > 0) throw new InfiniteValuesError(name, named(infinite), count);
  if (missing.size > 0) throw new MissingValuesError(name, named(missing), wells.size);
}

/** Orthonormal rows that complete given ones to a basis: Householder reflections that take the given rows to the first axes. */
function complement(rows: Matrix): Matrix {
  const { rows: r, columns: d } = rows;
  const work = matrix(r, d, rows.data.slice());
  const mirrors: Float64Array[] = [];
  for (let k = 0; k < r; k++) {
    const v = rowOf(work, k).slice();
    v.fill(0, 0, k);
    let square = 0;
    for (const value of v) square += value * value;
    v[k]! += v[k]! < 0 ? -Math.sqrt(square) : Math.sqrt(square);
    let length = 0;
    for (const value of v) length += value * value;
    for (let j = k; j < d; j++) v[j]! /= Math.sqrt(length);
    mirrors.push(v);
    for (let i = k; i < r; i++) reflect(rowOf(work, i), v, k);
  }
  const result = matrix(d - r, d);
  for (let i = r; i < d; i++) {
    const row = rowOf(result, i - r);
    row[i] = 1;
    for (let k = r - 1; k >= 0; k--) reflect(row, mirrors[k]!, k);
  }
  return result;
}

function reflect(row: Float64Array, v: Float64Array, from: number): void {
  let projection = 0;
  for (let j = from; j < row.length; j++) projection += row[j]! * v[j]!;
  for (let j = from; j < row.length; j++) row[j]! -= 2 * projection * v[j]!;
}
