import { NoConvergenceError } from "./errors.ts";
import { columnMeans, gram, type Matrix, matrix, multiply, rowOf, transpose } from "./matrix.ts";

/** Eigenvalues in descending order and their unit eigenvectors as rows, of shape (n, n). */
export interface Eigen {
  values: Float64Array;
  vectors: Matrix;
}

/**
 * Eigendecomposition of a symmetric matrix: Householder reduction to tridiagonal form, then implicit QL steps with Wilkinson
 * shifts (Golub and Van Loan, Matrix Computations, chapter 8). Each eigenvector's largest component is made positive.
 * @param symmetric of shape (n, n); only its lower triangle has to be right
 * @throws NoConvergenceError (numerics/no-convergence), which NaN or infinite values cause
 */
export function symmetricEigen(symmetric: Matrix): Eigen {
  const { diagonal, offDiagonal, basis } = tridiagonalise(symmetric);
  diagonaliseByQl(diagonal, offDiagonal, basis);
  return orderedEigen(diagonal, basis);
}

/** Eigenvalues in descending order, eigenvectors with them, signs fixed. */
export function orderedEigen(diagonal: Float64Array, basis: Matrix): Eigen {
  const n = diagonal.length;
  const order = Array.from({ length: n }, (_, index) => index).sort((a, b) => diagonal[b]! - diagonal[a]!);
  const vectors = matrix(n, n);
  order.forEach((from, to) => {
    vectors.data.set(rowOf(basis, from), to * n);
    fixSign(rowOf(vectors, to));
  });
  return { values: Float64Array.from(order, (index) => diagonal[index]!), vectors };
}

/** T = Q·A·Qᵀ with Q orthogonal: returns T's two diagonals and Q. */
function tridiagonalise(symmetric: Matrix): { diagonal: Float64Array; offDiagonal: Float64Array; basis: Matrix } {
  const n = symmetric.rows;
  const a = Float64Array.from(symmetric.data);
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) a[j * n + i] = a[i * n + j]!;
  const offDiagonal = new Float64Array(n);
  const mirrors: { v: Float64Array; beta: number }[] = [];
  for (let k = 0; k + 2 < n; k++) {
    const v = new Float64Array(n);
    let square = 0;
    for (let i = k + 1; i < n; i++) {
      v[i] = a[i * n + k]!;
      square += v[i]! ** 2;
    }
    const length = v[k + 1]! > 0 ? -Math.sqrt(square) : Math.sqrt(square);
    offDiagonal[k] = length;
    const reflected = square - v[k + 1]! * length;
    v[k + 1]! -= length;
    const beta = reflected > 0 ? 1 / reflected : 0;
    mirrors.push({ v, beta });
    if (beta === 0) continue;
    const w = new Float64Array(n);
    let projection = 0;
    for (let i = k + 1; i < n; i++) {
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += a[i * n + j]! * v[j]!;
      w[i] = beta * sum;
      projection += w[i]! * v[i]!;
    }
    for (let i = k + 1; i < n; i++) w[i]! -= (beta / 2) * projection * v[i]!;
    for (let i = k + 1; i < n; i++) {
      const vi = v[i]!;
      const wi = w[i]!;
      for (let j = k + 1; j < n; j++) a[i * n + j]! -= vi * w[j]! + wi * v[j]!;
    }
  }
  if (n > 1) offDiagonal[n - 2] = a[(n - 1) * n + n - 2]!;
  const basis = matrix(n, n);
  for (let i = 0; i < n; i++) basis.data[i * n + i] = 1;
  for (let k = mirrors.length - 1; k >= 0; k--) {
    const { v, beta } = mirrors[k]!;
    if (beta === 0) continue;
    for (let i = k + 1; i < n; i++) {
      const row = rowOf(basis, i);
      let sum = 0;
      for (let j = k + 1; j < n; j++) sum += row[j]! * v[j]!;
      sum *= beta;
      for (let j = k + 1; j < n; j++) row[j]! -= sum * v[j]!;
    }
  }
  return { diagonal: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), offDiagonal, basis };
}

/** Turns a tridiagonal matrix into its eigenvalues (in `d`) and rotates the rows of `basis` into eigenvectors. */
function diagonaliseByQl(d: Float64Array, e: Float64Array, basis: Matrix): void {
  const n = d.length;
  let floor = 0;
  for (let i = 0; i < n; i++) floor = Math.max(floor, Number.EPSILON * (Math.abs(d[i]!) + Math.abs(e[i]!)));
  for (let low = 0; low < n; low++) {
    for (let iteration = 0; ; iteration++) {
      let split = low;
      while (split + 1 < n && !(Math.abs(e[split]!) <= floor)) split++;
      if (split === low) break;
      if (iteration === 60) throw new NoConvergenceError("Eigendecomposition", iteration);
      const half = (d[low + 1]! - d[low]!) / (2 * e[low]!);
      let g = d[split]! - d[low]! + e[low]! / (half + (half < 0 ? -1 : 1) * Math.hypot(half, 1));
      let sine = 1;
      let cosine = 1;
      let shift = 0;
      let vanished = false;
      for (let i = split - 1; i >= low; i--) {
        const f = sine * e[i]!;
        const b = cosine * e[i]!;
        const radius = Math.hypot(f, g);
        e[i + 1] = radius;
        if (radius === 0) {
          d[i + 1]! -= shift;
          e[split] = 0;
          vanished = true;
          break;
        }
        sine = f / radius;
        cosine = g / radius;
        g = d[i + 1]! - shift;
        const mixed = (d[i]! - g) * sine + 2 * cosine * b;
        shift = sine * mixed;
        d[i + 1] = g + shift;
        g = cosine * mixed - b;
        rotate(rowOf(basis, i), rowOf(basis, i + 1), sine, cosine);
      }
      if (vanished) continue;
      d[low]! -= shift;
      e[low] = g;
      e[split] = 0;
    }
  }
}

function rotate(upper: Float64Array, lower: Float64Array, sine: number, cosine: number): void {
  for (let k = 0; k < upper.length; k++) {
    const below = lower[k]!;
    const above = upper[k]!;
    lower[k] = sine * above + cosine * below;
    upper[k] = cosine * above - sine * below;
  }
}

/** Makes the component of largest magnitude positive, so that a decomposition looks the same on every machine. */
function fixSign(vector: Float64Array): void {
  let largest = 0;
  for (const value of vector) if (Math.abs(value) > Math.abs(largest) + 1e-12) largest = value;
  if (largest < 0) for (let i = 0; i < vector.length; i++) vector[i] = -vector[i]!;
}

/** Thin singular value decomposition a = U·diag(S)·Vᵀ: `left` (rows, rank), `singular` descending, `right` rows are V's columns (rank, columns). */
export interface Svd {
  left: Matrix;
  singular: Float64Array;
  right: Matrix;
}

/**
 * Thin SVD through the eigendecomposition of the smaller Gram matrix. Squaring halves the digits: singular values below 1e-7 of the
 * largest are treated as zero and left out.
 * @param a of shape (rows, columns)
 */
export function svd(a: Matrix): Svd {
  const wide = a.columns >= a.rows;
  const { values, vectors } = symmetricEigen(gram(wide ? a : transpose(a)));
  const floor = 1e-14 * Math.max(values[0] ?? 0, 0);
  let rank = 0;
  while (rank < values.length && values[rank]! > floor) rank++;
  const singular = Float64Array.from({ length: rank }, (_, i) => Math.sqrt(values[i]!));
  const known = matrix(rank, vectors.columns, vectors.data.slice(0, rank * vectors.columns));
  const other = multiply(known, wide ? a : transpose(a));
  for (let i = 0; i < rank; i++) {
    const row = rowOf(other, i);
    for (let j = 0; j < row.length; j++) row[j]! /= singular[i]!;
  }
  const right = wide ? other : known;
  const leftRows = wide ? known : other;
  for (let i = 0; i < rank; i++) {
    const before = rowOf(right, i).slice();
    fixSign(rowOf(right, i));
    if (rowOf(right, i).some((value, j) => value !== before[j])) {
      const row = rowOf(leftRows, i);
      for (let j = 0; j < row.length; j++) row[j] = -row[j]!;
    }
  }
  return { left: transpose(leftRows), singular, right };
}

/** Principal components: `mean` (columns), unit `components` as rows (kept, columns), `variance` of each with ddof 1. */
export interface Pca {
  mean: Float64Array;
  components: Matrix;
  variance: Float64Array;
}

/**
 * Principal component analysis of rows, signs fixed (each component's largest loading is positive).
 * @param maximum components kept at most; never more than the rank
 */
export function fitPca(a: Matrix, maximum = Number.POSITIVE_INFINITY): Pca {
  const mean = columnMeans(a);
  const centred = matrix(a.rows, a.columns, a.data.slice());
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < a.columns; j++) centred.data[i * a.columns + j]! -= mean[j]!;
  const { singular, right } = svd(centred);
  const kept = Math.min(maximum, singular.length);
  return {
    mean,
    components: matrix(kept, a.columns, right.data.slice(0, kept * a.columns)),
    variance: Float64Array.from({ length: kept }, (_, i) => singular[i]! ** 2 / Math.max(1, a.rows - 1)),
  };
}

/** Scores of rows on principal components, of shape (rows, kept). */
export function applyPca(pca: Pca, a: Matrix): Matrix {
  const centred = matrix(a.rows, a.columns, a.data.slice());
  for (let i = 0; i < a.rows; i++) for (let j = 0; j < a.columns; j++) centred.data[i * a.columns + j]! -= pca.mean[j]!;
  const scores = matrix(a.rows, pca.components.rows);
  for (let i = 0; i < a.rows; i++) {
    const row = rowOf(centred, i);
    for (let c = 0; c < scores.columns; c++) {
      const component = rowOf(pca.components, c);
      let sum = 0;
      for (let j = 0; j < row.length; j++) sum += row[j]! * component[j]!;
      scores.data[i * scores.columns + c] = sum;
    }
  }
  return scores;
}
