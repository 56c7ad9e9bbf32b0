import { symmetricEigen } from "@artesian/numerics";
import { fastProducts } from "./fast-products.ts";
import { bestOf } from "./group-neighbours.ts";

/** Rows of a group that are looked at: unit vectors of shape (rows, dims), their lengths, and what each is a row of. */
export interface VectorSample {
  vectors: Float32Array;
  dims: number;
  norms: Float32Array;
  perturbations: readonly string[];
}

/** What the vectors of some rows say of themselves; rows are positions in the sample. */
export interface VectorHealth {
  /** Numbers that are not finite. */
  notFinite: number;
  /** Rows with a length whose unit vector is not of length 1. */
  notUnit: number;
  /** Pairs of different perturbations with a cosine of at least 0.9999; at most fifty or so. */
  duplicates: { a: number; b: number; cosine: number }[];
  /** Length of the mean unit vector: near 0 when nothing is common to all, 1 when all are alike. */
  meanLength: number;
  /** Shares of variance along the leading principal directions, largest first, and the number that hold as much as the shares say: (Σλ)²/Σλ². */
  spectrum: { shares: number[]; effectiveDimensions: number };
}

const ALIKE = 0.9999;
const DUPLICATES = 50;
const DIRECTIONS = 10;

/** Looks at vectors: numbers that are none, lengths, duplicates, what all rows have in common, the spectrum of their covariance. */
export function vectorHealth({ vectors, dims, norms, perturbations }: VectorSample): VectorHealth {
  const count = perturbations.length;
  let [notFinite, notUnit] = [0, 0];
  const mean = new Float64Array(dims);
  for (let i = 0; i < count; i++) {
    let square = 0;
    for (let k = 0; k < dims; k++) {
      const value = vectors[i * dims + k]!;
      if (!Number.isFinite(value)) notFinite++;
      square += value * value;
      mean[k]! += value / count;
    }
    if (norms[i]! > 0 && !(Math.abs(square - 1) < 1e-3)) notUnit++;
  }
  const rows = Array.from({ length: count }, (_, i) => i);
  const cosines = fastProducts(vectors, dims).ofRows(rows, rows);
  const duplicates: VectorHealth["duplicates"] = [];
  for (let i = 0; i < count && duplicates.length < DUPLICATES; i++) {
    const line = cosines.subarray(i * count, (i + 1) * count);
    const isOther = (j: number): boolean => j > i && perturbations[j] !== perturbations[i];
    for (const j of bestOf(line, 5, 1, isOther))
      if (line[j]! >= ALIKE) duplicates.push({ a: i, b: j, cosine: Math.min(1, line[j]!) });
  }
  const spectrum = notFinite > 0 ? { shares: [], effectiveDimensions: 0 } : spectrumOf(vectors, dims, mean);
  return { notFinite, notUnit, duplicates, meanLength: Math.hypot(...mean), spectrum };
}

/**
 * Eigenvalues of the covariance of rows of shape (n, dims), the leading ten as shares of their sum. Effective dimensions: participation ratio,
 * (Σλ)²/Σλ².
 */
function spectrumOf(vectors: Float32Array, dims: number, mean: Float64Array): VectorHealth["spectrum"] {
  const n = vectors.length / dims;
  const covariance = new Float64Array(dims * dims);
  const centred = new Float64Array(dims);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < dims; k++) centred[k] = vectors[i * dims + k]! - mean[k]!;
    for (let k = 0; k < dims; k++) {
      const value = centred[k]! / n;
      for (let j = k; j < dims; j++) covariance[k * dims + j]! += value * centred[j]!;
    }
  }
  for (let k = 0; k < dims; k++) for (let j = 0; j < k; j++) covariance[k * dims + j] = covariance[j * dims + k]!;
  const { values } = symmetricEigen({ rows: dims, columns: dims, data: covariance });
  const trace = values.reduce((sum, value) => sum + value, 0);
  if (!(trace > 0)) return { shares: [], effectiveDimensions: 0 };
  const square = values.reduce((sum, value) => sum + value * value, 0);
  const shares = Array.from(values.subarray(0, DIRECTIONS), (value) => Math.max(0, value) / trace);
  return { shares, effectiveDimensions: trace ** 2 / square };
}
