import { seededRandom } from "@artesian/numerics";
import { expect, it } from "vitest";
import { type Rows, rowProducts } from "./row-products.ts";

function randomRows(count: number, width: number, seed: number): Rows {
  const random = seededRandom(seed);
  return { data: Float64Array.from({ length: count * width }, () => random.normal()), count, width };
}

/** The plain loop that the kernel is held to: even and odd positions are summed apart. */
function product(a: Rows, i: number, b: Rows, j: number): number {
  let [even, odd] = [0, 0];
  for (let k = 0; k < a.width; k++) {
    const value = a.data[i * a.width + k]! * b.data[j * b.width + k]!;
    if (k % 2 === 0) even += value;
    else odd += value;
  }
  return even + odd;
}

it.each([
  [1, 1, 1],
  [5, 7, 4],
  [96, 97, 33],
  [200, 150, 8],
])("multiplies %i rows with %i of width %i to the last bit as the plain loop does", (left, right, width) => {
  const [a, b] = [randomRows(left, width, 1), randomRows(right, width, 2)];
  let seen = 0;
  rowProducts(a, b, (from, to, products) => {
    for (let i = from; i < to; i++)
      for (let j = 0; j < right; j++, seen++) expect(products[(i - from) * right + j]).toBe(product(a, i, b, j));
  });
  expect(seen).toBe(left * right);
});

it("gives the lower triangle of rows with themselves", () => {
  const rows = randomRows(130, 21, 3);
  let seen = 0;
  rowProducts(rows, rows, (from, to, products) => {
    for (let i = from; i < to; i++)
      for (let j = 0; j <= i; j++, seen++) expect(products[(i - from) * 130 + j]).toBe(product(rows, i, rows, j));
  });
  expect(seen).toBe((130 * 131) / 2);
});

it("passes NaN on to the products that meet it and to no others", () => {
  const rows = randomRows(4, 6, 4);
  rows.data[6] = Number.NaN;
  rowProducts(rows, rows, (_, __, products) => {
    expect(products[4]).toBeNaN();
    expect(products[8]).not.toBeNaN();
  });
});
