import { MapShapeError } from "./errors.ts";

/** Vectors that queries run over. Products of unit vectors are cosines. */
export interface VectorProducts {
  readonly rows: number;
  readonly dims: number;
  /** Of shape (rows, dims), row-major. */
  readonly vectors: Float32Array;
  /** Products of one query of shape (dims) with every row, of shape (rows). */
  ofQuery(query: ArrayLike<number>): Float32Array;
  /** Products of chosen rows with chosen rows, of shape (a, b). A product of a with b is that of b with a to the last bit. */
  ofRows(a: ArrayLike<number>, b: ArrayLike<number>): Float32Array;
}

/**
 * Products in plain TypeScript, summed in float64: the reference of `fastProducts`, and what runs in a browser.
 * @param vectors of shape (rows, dims)
 * @throws MapShapeError (maps/shape) when the vectors are not whole rows, or a query has another length
 */
export function referenceProducts(vectors: Float32Array, dims: number): VectorProducts {
  const rows = rowCount(vectors, dims);
  const product = (a: ArrayLike<number>, from: number, row: number): number => {
    const start = row * dims;
    let sum = 0;
    for (let k = 0; k < dims; k++) sum += a[from + k]! * vectors[start + k]!;
    return sum;
  };
  return {
    rows,
    dims,
    vectors,
    ofQuery(query) {
      checkQuery(query, dims);
      return Float32Array.from({ length: rows }, (_, row) => product(query, 0, row));
    },
    ofRows(a, b) {
      const out = new Float32Array(a.length * b.length);
      for (let i = 0; i < a.length; i++)
        for (let j = 0; j < b.length; j++) out[i * b.length + j] = product(vectors, a[i]! * dims, b[j]!);
      return out;
    },
  };
}

/**
 * Rows of vectors of shape (rows, dims).
 * @throws MapShapeError (maps/shape) when the last row is not whole
 */
export function rowCount(vectors: ArrayLike<number>, dims: number): number {
  if (!(dims > 0) || vectors.length % dims !== 0)
    throw new MapShapeError("Numbers of vectors", vectors.length, Math.ceil(vectors.length / dims) * dims);
  return vectors.length / dims;
}

/** @throws MapShapeError (maps/shape) when a query has not `dims` numbers */
export function checkQuery(query: ArrayLike<number>, dims: number): void {
  if (query.length !== dims) throw new MapShapeError("Numbers of a query", query.length, dims);
}
