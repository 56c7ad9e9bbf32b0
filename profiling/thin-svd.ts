import { type Matrix, matrix, rowOf, symmetricEigen } from "@artesian/numerics";
import { rowProducts } from "./row-products.ts";

/** Singular values, descending, and the right singular vectors as rows, of shape (min(rows, columns), columns). */
export interface RightSingular {
  singular: Float64Array;
  right: Matrix;
}

/**
 * Singular values and right singular vectors to full precision: the eigenvectors of the smaller Gram matrix as a start, then one-sided
 * Jacobi rotations (Hestenes 1958; Demmel and Veselić 1992 on their accuracy), so that small singular values keep their digits and the
 * rank can be told. Each vector's largest component is positive.
 * @param a of shape (rows, columns), finite
 * @throws NoConvergenceError (numerics/no-convergence)
 */
export function rightSingular(a: Matrix): RightSingular {
  const wide = a.rows <= a.columns;
  const start = wide ? a : transposed(a);
  const { rows: count, columns: width } = start;
  const { vectors } = symmetricEigen(gramOf(start));
  const turned = productOf(vectors, transposed(start));
  const basis = wide ? undefined : vectors;
  for (let sweep = 0; sweep < 30 && jacobiSweep(turned, basis); sweep++);
  const lengths = Float64Array.from({ length: count }, (_, i) => Math.sqrt(square(rowOf(turned, i))));
  const order = Array.from(lengths, (_, index) => index).sort((i, j) => lengths[j]! - lengths[i]!);
  const right = matrix(count, a.columns);
  order.forEach((from, to) => {
    const row = rowOf(right, to);
    row.set(basis === undefined ? rowOf(turned, from) : rowOf(basis, from));
    const scale = basis === undefined ? 1 / lengths[from]! : 1;
    let largest = 0;
    for (const value of row) if (Math.abs(value) > Math.abs(largest) * (1 + 1e-9)) largest = value;
    const signed = largest < 0 ? -scale : scale;
    for (let k = 0; k < row.length; k++) row[k] = lengths[from] === 0 && basis === undefined ? 0 : row[k]! * signed;
  });
  if (width === 0) return { singular: new Float64Array(0), right };
  return { singular: Float64Array.from(order, (index) => lengths[index]!), right };
}

/** Makes every pair of rows orthogonal once; false when all already were. */
function jacobiSweep(rows: Matrix, basis: Matrix | undefined): boolean {
  const squares = Float64Array.from({ length: rows.rows }, (_, i) => square(rowOf(rows, i)));
  let largest = 0;
  for (const value of squares) if (value > largest) largest = value;
  const floor = largest * (Number.EPSILON * Math.max(rows.rows, rows.columns)) ** 2 * 1e-2;
  let rotated = false;
  const candidates: [number, number][] = [];
  rowProducts(
    { data: rows.data, count: rows.rows, width: rows.columns },
    { data: rows.data, count: rows.rows, width: rows.columns },
    (from, to, products) => {
      for (let i = from; i < to; i++)
        for (let j = 0; j < i; j++)
          if (isSkew(products[(i - from) * rows.rows + j]!, squares[i]!, squares[j]!, floor)) candidates.push([i, j]);
    },
  );
  for (const [i, j] of candidates) {
    const [x, y] = [rowOf(rows, i), rowOf(rows, j)];
    const [xx, yy] = [square(x), square(y)];
    let xy = 0;
    for (let k = 0; k < x.length; k++) xy += x[k]! * y[k]!;
    if (!isSkew(xy, xx, yy, floor)) continue;
    rotated = true;
    const zeta = (yy - xx) / (2 * xy);
    const tangent = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta));
    const cosine = 1 / Math.sqrt(1 + tangent * tangent);
    rotate(x, y, cosine, cosine * tangent);
    if (basis !== undefined) rotate(rowOf(basis, i), rowOf(basis, j), cosine, cosine * tangent);
  }
  return rotated;
}

/** Not orthogonal to working precision; rows that are rounding alone are left as they are. */
function isSkew(xy: number, xx: number, yy: number, floor: number): boolean {
  return xx > floor && yy > floor && Math.abs(xy) > 1e-14 * Math.sqrt(xx * yy);
}

function rotate(x: Float64Array, y: Float64Array, cosine: number, sine: number): void {
  for (let k = 0; k < x.length; k++) {
    const value = x[k]!;
    x[k] = cosine * value - sine * y[k]!;
    y[k] = sine * value + cosine * y[k]!;
  }
}

function square(row: Float64Array): number {
  let sum = 0;
  for (const value of row) sum += value * value;
  return sum;
}

function gramOf(a: Matrix): Matrix {
  const rows = { data: a.data, count: a.rows, width: a.columns };
  const result = matrix(a.rows, a.rows);
  rowProducts(rows, rows, (from, to, products) => {
    for (let i = from; i < to; i++)
      for (let j = 0; j <= i; j++) {
        const value = products[(i - from) * a.rows + j]!;
        result.data[i * a.rows + j] = value;
        result.data[j * a.rows + i] = value;
      }
  });
  return result;
}

/** a·bᵀ for a of shape (m, k) and b of shape (n, k), of shape (m, n). */
export function productOf(a: Matrix, b: Matrix): Matrix {
  const result = matrix(a.rows, b.rows);
  rowProducts(
    { data: a.data, count: a.rows, width: a.columns },
    { data: b.data, count: b.rows, width: b.columns },
    (from, to, products) => {
      result.data.set(products.subarray(0, (to - from) * b.rows), from * b.rows);
    },
  );
  return result;
}

/** Transpose, by tiles. */
export function transposed(m: Matrix): Matrix {
  const result = matrix(m.columns, m.rows);
  const tile = 32;
  for (let top = 0; top < m.rows; top += tile)
    for (let left = 0; left < m.columns; left += tile)
      for (let i = top; i < Math.min(top + tile, m.rows); i++)
        for (let j = left; j < Math.min(left + tile, m.columns); j++)
          result.data[j * m.rows + i] = m.data[i * m.columns + j]!;
  return result;
}
