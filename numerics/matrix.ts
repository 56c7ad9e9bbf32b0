import { NotPositiveDefiniteError, ShapeError } from "./errors.ts";

/** Numbers of shape (rows, columns), row-major. */
export interface Matrix {
  data: Float64Array;
  rows: number;
  columns: number;
}

/**
 * A matrix over given numbers (not copied), or zeros.
 * @throws ShapeError (numerics/shape) when the data has another length
 */
export function matrix(rows: number, columns: number, data: Float64Array = new Float64Array(rows * columns)): Matrix {
  if (data.length !== rows * columns) throw new ShapeError("Matrix", `${data.length} numbers`, `${rows} × ${columns}`);
  return { data, rows, columns };
}

/** One row as a view; writing to it writes to the matrix. */
export function rowOf(m: Matrix, row: number): Float64Array {
  return m.data.subarray(row * m.columns, (row + 1) * m.columns);
}

/** Rows copied in the order given, of shape (indices, columns). */
export function takeRows(m: Matrix, indices: ArrayLike<number>): Matrix {
  const taken = matrix(indices.length, m.columns);
  for (let i = 0; i < indices.length; i++) taken.data.set(rowOf(m, indices[i]!), i * m.columns);
  return taken;
}

/** Transpose, of shape (columns, rows). */
export function transpose(m: Matrix): Matrix {
  const result = matrix(m.columns, m.rows);
  for (let i = 0; i < m.rows; i++)
    for (let j = 0; j < m.columns; j++) result.data[j * m.rows + i] = m.data[i * m.columns + j]!;
  return result;
}

/**
 * Product a·b.
 * @throws ShapeError (numerics/shape) when a's columns are not b's rows
 */
export function multiply(a: Matrix, b: Matrix): Matrix {
  if (a.columns !== b.rows)
    throw new ShapeError("Product", `${a.columns} columns by ${b.rows} rows`, "as many columns as rows");
  const result = matrix(a.rows, b.columns);
  for (let i = 0; i < a.rows; i++) {
    const out = rowOf(result, i);
    for (let k = 0; k < a.columns; k++) {
      const factor = a.data[i * a.columns + k]!;
      if (factor === 0) continue;
      const offset = k * b.columns;
      for (let j = 0; j < out.length; j++) out[j]! += factor * b.data[offset + j]!;
    }
  }
  return result;
}

/** Gram matrix a·aᵀ of shape (rows, rows): the dot products of all pairs of rows. */
export function gram(a: Matrix): Matrix {
  const result = matrix(a.rows, a.rows);
  for (let i = 0; i < a.rows; i++) {
    const left = rowOf(a, i);
    for (let j = 0; j <= i; j++) {
      const value = dot(left, rowOf(a, j));
      result.data[i * a.rows + j] = value;
      result.data[j * a.rows + i] = value;
    }
  }
  return result;
}

/** Dot product of two equally long vectors. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Euclidean length. */
export function norm(a: ArrayLike<number>): number {
  return Math.sqrt(dot(a, a));
}

/** Mean of the rows, of shape (columns). */
export function columnMeans(m: Matrix): Float64Array {
  const means = new Float64Array(m.columns);
  for (let i = 0; i < m.rows; i++) for (let j = 0; j < m.columns; j++) means[j]! += m.data[i * m.columns + j]!;
  for (let j = 0; j < m.columns; j++) means[j]! /= m.rows;
  return means;
}

/**
 * Cholesky factor L (lower triangle) of a symmetric positive definite matrix, a = L·Lᵀ.
 * @throws NotPositiveDefiniteError (numerics/not-positive-definite)
 */
export function cholesky(a: Matrix): Matrix {
  const n = a.rows;
  const lower = matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a.data[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= lower.data[i * n + k]! * lower.data[j * n + k]!;
      if (i === j) {
        if (!(sum > 0)) throw new NotPositiveDefiniteError(i, sum);
        lower.data[i * n + i] = Math.sqrt(sum);
      } else lower.data[i * n + j] = sum / lower.data[j * n + j]!;
    }
  }
  return lower;
}

/** Solves a·x = b for a symmetric positive definite a of shape (n, n), through its Cholesky factor. */
export function solveSymmetric(a: Matrix, b: ArrayLike<number>): Float64Array {
  const n = a.rows;
  const lower = cholesky(a).data;
  const x = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= lower[i * n + k]! * x[k]!;
    x[i]! /= lower[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) x[i]! -= lower[k * n + i]! * x[k]!;
    x[i]! /= lower[i * n + i]!;
  }
  return x;
}

/**
 * Ridge regression weights (XᵀX + λI)⁻¹Xᵀy, solved on the smaller side (kernel form Xᵀ(XXᵀ + λI)⁻¹y when there are more features
 * than rows; Hoerl and Kennard 1970). Centre x and y first.
 * @param x of shape (rows, features)
 * @param y of shape (rows)
 * @param penalty λ > 0
 * @returns weights of shape (features)
 */
export function ridge(x: Matrix, y: ArrayLike<number>, penalty: number): Float64Array {
  if (y.length !== x.rows) throw new ShapeError("Ridge", `${y.length} targets`, `${x.rows}, one a row`);
  const wide = x.columns > x.rows;
  const side = wide ? x : transpose(x);
  const kernel = gram(side);
  for (let i = 0; i < kernel.rows; i++) kernel.data[i * kernel.rows + i]! += penalty;
  if (!wide) return solveSymmetric(kernel, multiply(side, matrix(y.length, 1, Float64Array.from(y))).data);
  return multiply(matrix(1, x.rows, solveSymmetric(kernel, y)), x).data;
}
