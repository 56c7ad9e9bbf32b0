import { describe, expect, it } from "vitest";
import { applyPca, fitPca, svd, symmetricEigen } from "./decompositions.ts";
import {
  cholesky,
  dot,
  gram,
  type Matrix,
  matrix,
  multiply,
  norm,
  ridge,
  rowOf,
  solveSymmetric,
  takeRows,
  transpose,
} from "./matrix.ts";
import { seededRandom } from "./random.ts";

function randomMatrix(rows: number, columns: number, seed: number): Matrix {
  const random = seededRandom(seed);
  return matrix(
    rows,
    columns,
    Float64Array.from({ length: rows * columns }, () => random.normal()),
  );
}

function largestDifference(a: Matrix, b: Matrix): number {
  return a.data.reduce((most, value, i) => Math.max(most, Math.abs(value - b.data[i]!)), 0);
}

describe("matrices", () => {
  it("multiplies, transposes and takes rows", () => {
    const a = matrix(2, 3, Float64Array.of(1, 2, 3, 4, 5, 6));
    expect([...multiply(a, transpose(a)).data]).toEqual([14, 32, 32, 77]);
    expect([...gram(a).data]).toEqual([14, 32, 32, 77]);
    expect([...takeRows(a, [1, 1]).data]).toEqual([4, 5, 6, 4, 5, 6]);
    expect(() => multiply(a, a)).toThrowError(expect.objectContaining({ code: "numerics/shape" }));
    expect(() => matrix(2, 2, new Float64Array(3))).toThrowError(expect.objectContaining({ code: "numerics/shape" }));
  });

  it("solves symmetric systems and refuses indefinite ones", () => {
    const a = gram(randomMatrix(12, 20, 1));
    const truth = Float64Array.from({ length: 12 }, (_, i) => i - 5);
    const x = solveSymmetric(a, multiply(a, matrix(12, 1, truth)).data);
    expect(Math.max(...x.map((value, i) => Math.abs(value - truth[i]!)))).toBeLessThan(1e-9);
    expect(() => cholesky(matrix(2, 2, Float64Array.of(1, 2, 2, 1)))).toThrowError(
      expect.objectContaining({ code: "numerics/not-positive-definite", row: 1 }),
    );
  });

  it("gives the same ridge weights from either side", () => {
    const x = randomMatrix(15, 15, 2);
    const y = Float64Array.from({ length: 15 }, (_, i) => Math.sin(i));
    const tall = ridge(x, y, 0.7);
    const wide = ridge(
      matrix(
        15,
        16,
        Float64Array.from({ length: 240 }, (_, k) => (k % 16 === 15 ? 0 : x.data[Math.floor(k / 16) * 15 + (k % 16)]!)),
      ),
      y,
      0.7,
    );
    expect(Math.max(...tall.map((value, j) => Math.abs(value - wide[j]!)))).toBeLessThan(1e-9);
  });
});

describe("decompositions", () => {
  it("finds eigenvalues in descending order and orthonormal vectors that rebuild the matrix", () => {
    for (const size of [1, 2, 3, 17, 60]) {
      const a = gram(randomMatrix(size, size + 3, size));
      const { values, vectors } = symmetricEigen(a);
      const scaled = matrix(size, size, vectors.data.slice());
      scaled.data.set(scaled.data.map((value, k) => value * values[Math.floor(k / size)]!));
      expect(largestDifference(multiply(transpose(vectors), scaled), a)).toBeLessThan(1e-10 * values[0]!);
      expect(Math.abs(dot(rowOf(vectors, 0), rowOf(vectors, size - 1)) - (size === 1 ? 1 : 0))).toBeLessThan(1e-12);
      expect([...values]).toEqual([...values].sort((x, y) => y - x));
    }
  });

  it("handles rank-deficient, diagonal and zero matrices", () => {
    const low = symmetricEigen(gram(randomMatrix(80, 5, 4)));
    expect(low.values[5]).toBeLessThan(1e-10 * low.values[0]!);
    expect([...symmetricEigen(matrix(2, 2, Float64Array.of(1, 0, 0, 3))).values]).toEqual([3, 1]);
    expect([...symmetricEigen(matrix(3, 3)).values]).toEqual([0, 0, 0]);
  });

  it("refuses NaN with a clear error", () => {
    expect(() => symmetricEigen(matrix(3, 3, new Float64Array(9).fill(Number.NaN)))).toThrowError(
      expect.objectContaining({ code: "numerics/no-convergence" }),
    );
  });

  it("rebuilds tall and wide matrices from their singular values", () => {
    for (const a of [randomMatrix(7, 12, 5), randomMatrix(12, 7, 6)]) {
      const { left, singular, right } = svd(a);
      const scaled = matrix(
        left.rows,
        left.columns,
        left.data.map((value, k) => value * singular[k % left.columns]!),
      );
      expect(largestDifference(multiply(scaled, right), a)).toBeLessThan(1e-8);
    }
  });

  it("finds the direction of largest spread, with a fixed sign, and scores of that variance", () => {
    const random = seededRandom(8);
    const a = matrix(200, 2);
    for (let i = 0; i < 200; i++) {
      const along = 5 * random.normal();
      a.data.set([10 - 0.6 * along + 0.1 * random.normal(), 0.8 * along + 0.1 * random.normal()], i * 2);
    }
    const pca = fitPca(a, 1);
    expect(rowOf(pca.components, 0)[1]).toBeCloseTo(0.8, 2);
    expect(norm(rowOf(pca.components, 0))).toBeCloseTo(1, 12);
    const scores = applyPca(pca, a);
    expect(scores.columns).toBe(1);
    expect(dot(scores.data, scores.data) / 199).toBeCloseTo(pca.variance[0]!, 8);
  });
});
