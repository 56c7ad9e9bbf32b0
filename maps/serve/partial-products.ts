import { fastProducts } from "../fast-products.ts";
import type { VectorProducts } from "../vector-products.ts";

/** Products of one row with all others that were computed already, for questions that ask for no others. */
export function productsOfRow(row: number, cosines: Float32Array, dims: number): VectorProducts {
  return {
    rows: cosines.length,
    dims,
    vectors: new Float32Array(0),
    ofQuery: () => cosines,
    ofRows(a, b) {
      const [first] = a.length === 1 ? [a[0]!] : [];
      if (first !== row) throw new RangeError(`Products of row ${row} alone are known, not of ${Array.from(a)}.`);
      return Float32Array.from(b, (other) => cosines[other]!);
    },
  };
}

/**
 * Products among chosen rows of a group, asked for by the group's row numbers.
 * @param vectors of shape (chosen, dims)
 */
export function productsAmong(
  chosen: readonly number[],
  vectors: Float32Array,
  dims: number,
  rows: number,
): VectorProducts {
  const place = new Map(chosen.map((row, i) => [row, i]));
  const inner = fastProducts(vectors, dims);
  const placesOf = (wanted: ArrayLike<number>): number[] =>
    Array.from(wanted, (row) => {
      const at = place.get(row);
      if (at === undefined) throw new RangeError(`The vector of row ${row} was not read.`);
      return at;
    });
  return {
    rows,
    dims,
    vectors: new Float32Array(0),
    ofQuery() {
      throw new RangeError("Only chosen rows were read.");
    },
    ofRows: (a, b) => inner.ofRows(placesOf(a), placesOf(b)),
  };
}
