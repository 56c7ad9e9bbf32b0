import fc from "fast-check";
import { expect, it } from "vitest";
import { fastEigen } from "./fast-eigen.ts";
import { gram, type Matrix, matrix, rowOf, seededRandom, symmetricEigen } from "./index.ts";

const randomSymmetric = (n: number, seed: number): Matrix => {
  const random = seededRandom(seed);
  const m = matrix(n, n);
  for (let i = 0; i < n; i++) for (let j = 0; j <= i; j++) m.data[i * n + j] = random.normal();
  return m;
};

it("gives what the plain decomposition gives, whatever the size, from the lower triangle alone", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 40 }), fc.integer(), (n, seed) => {
      const given = randomSymmetric(n, seed);
      const [fast, plain] = [fastEigen(given), symmetricEigen(given)];
      for (let i = 0; i < n; i++) expect(fast.values[i]).toBeCloseTo(plain.values[i]!, 11);
      for (let i = 0; i < n * n; i++) expect(fast.vectors.data[i]).toBeCloseTo(plain.vectors.data[i]!, 6);
    }),
    { numRuns: 60 },
  );
});

it("has orthonormal vectors that the matrix stretches by their values, equal and vanishing ones included", () => {
  const n = 90;
  const low = matrix(n, 30, randomSymmetric(n, 5).data.slice(0, n * 30));
  const given = gram(low);
  for (let i = 0; i < 5; i++) given.data[i * n + i]! += 1;
  const { values, vectors } = fastEigen(given);
  const products = gram(vectors);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      expect(products.data[i * n + j]).toBeCloseTo(i === j ? 1 : 0, 11);
      let stretched = 0;
      for (let k = 0; k < n; k++) stretched += given.data[j * n + k]! * rowOf(vectors, i)[k]!;
      expect(stretched).toBeCloseTo(values[i]! * rowOf(vectors, i)[j]!, 9);
    }
});

it("takes a diagonal matrix and zeros, and refuses NaN", () => {
  expect([...fastEigen(matrix(3, 3, Float64Array.of(2, 0, 0, 0, 5, 0, 0, 0, -1))).values]).toEqual([5, 2, -1]);
  expect([...fastEigen(matrix(2, 2)).values]).toEqual([0, 0]);
  expect(() => fastEigen(matrix(3, 3, new Float64Array(9).fill(Number.NaN)))).toThrow("did not converge");
});
