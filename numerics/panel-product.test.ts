import fc from "fast-check";
import { expect, it } from "vitest";
import { gram, matrix, multiply, seededRandom } from "./index.ts";
import { fastGram, fastMultiply, rowProduct } from "./panel-product.ts";

const randomMatrix = (rows: number, columns: number, seed: number) => {
  const random = seededRandom(seed);
  return matrix(
    rows,
    columns,
    Float64Array.from({ length: rows * columns }, () => random.normal()),
  );
};
const largestDifference = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let largest = Math.abs(a.length - b.length);
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
};

it("multiplies the smallest matrices", () => {
  const a = matrix(1, 1, Float64Array.of(3));
  expect([...fastMultiply(a, matrix(1, 1, Float64Array.of(-2))).data]).toEqual([-6]);
  expect(fastMultiply(matrix(0, 4), matrix(4, 2)).data).toHaveLength(0);
  expect([...fastMultiply(matrix(2, 0), matrix(0, 2)).data]).toEqual([0, 0, 0, 0]);
});

it("gives what the plain product gives, whatever the shape", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 130 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 40 }),
      fc.integer(),
      (rows, depth, width, seed) => {
        const [a, b] = [randomMatrix(rows, depth, seed), randomMatrix(depth, width, seed + 1)];
        expect(largestDifference(fastMultiply(a, b).data, multiply(a, b).data)).toBeLessThan(1e-12);
        expect(largestDifference(fastGram(a).data, gram(a).data)).toBeLessThan(1e-12);
      },
    ),
    { numRuns: 40 },
  );
});

it("adds up slices of a depth beyond one block", () => {
  const [a, b] = [randomMatrix(5, 1300, 1), randomMatrix(1300, 9, 2)];
  expect(largestDifference(fastMultiply(a, b).data, multiply(a, b).data)).toBeLessThan(1e-10);
});

it("computes in float32 to six digits of the vectors' lengths", () => {
  const [a, b] = [randomMatrix(90, 700, 3), randomMatrix(700, 33, 4)];
  const product = rowProduct(b.data, 700, 33, 32);
  product.input.set(a.data);
  product.multiply(90);
  const expected = multiply(a, b).data;
  let largest = 0;
  for (let i = 0; i < 90; i++)
    for (let j = 0; j < 33; j++)
      largest = Math.max(largest, Math.abs(product.output[i * product.stride + j]! - expected[i * 33 + j]!));
  expect(largest / 700).toBeLessThan(1e-6);
  expect(largest).toBeGreaterThan(0);
});

it("refuses a matrix of another size", () => {
  expect(() => rowProduct(new Float64Array(5), 2, 3, 64)).toThrow("5 numbers");
  expect(() => fastMultiply(matrix(2, 3), matrix(2, 3))).toThrow("3 columns by 2 rows");
});
