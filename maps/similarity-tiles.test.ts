import { seededRandom } from "@artesian/numerics";
import { expect, test } from "vitest";
import { cosineByte, tilePyramid } from "./similarity-tiles.ts";
import { referenceProducts } from "./vector-products.ts";

const random = seededRandom(7);
const DIMS = 3;
const ROWS = 1100;
const vectors = Float32Array.from({ length: ROWS * DIMS }, () => random.normal());
for (let row = 0; row < ROWS; row++) {
  const own = vectors.subarray(row * DIMS, (row + 1) * DIMS);
  const length = Math.hypot(...own);
  own.set(own.map((value) => value / length));
}
const products = referenceProducts(vectors, DIMS);
const list = Uint32Array.from({ length: ROWS }, (_, k) => (k * 7) % ROWS);

test("a byte is the cosine in 127ths, halves up, for every float", () => {
  for (let k = 0; k < 20_000; k++) {
    const cosine = Math.fround(2.02 * random.uniform() - 1.01);
    expect(cosineByte(cosine)).toBe(Math.round(127 * Math.max(-1, Math.min(1, cosine))) + 0);
  }
  for (let half = -127; half < 127; half++) expect(cosineByte((half + 0.5) / 127)).toBe(Math.round(half + 0.5) + 0);
});

test("a map of rows with themselves is made by halves, and coarse levels straight from the cells, with equal bytes", () => {
  const hasDirection = (row: number): boolean => row % 50 !== 3;
  const whole = tilePyramid(products, { rows: list, columns: list.slice() }, hasDirection);
  const halves = tilePyramid(products, { rows: list, columns: list }, hasDirection, (level) => level === 0);
  const far = tilePyramid(products, { rows: list, columns: list }, hasDirection, (level) => level >= 2);
  const farOfTwo = tilePyramid(products, { rows: list, columns: list.slice(0, 700) }, hasDirection, () => false);
  const ofTwo = tilePyramid(products, { rows: list, columns: list.slice(0, 700) }, hasDirection);
  for (const { level, tileRows, tileColumns } of whole.levels)
    for (let row = 0; row < tileRows; row++)
      for (let column = 0; column < tileColumns; column++) {
        const expected = whole.tile(level, row, column);
        expect(halves.tile(level, row, column)).toEqual(expected);
        expect(far.tile(level, row, column)).toEqual(expected);
      }
  for (const { level, tileRows, tileColumns } of ofTwo.levels)
    expect(farOfTwo.tile(level, tileRows - 1, tileColumns - 1)).toEqual(
      ofTwo.tile(level, tileRows - 1, tileColumns - 1),
    );
});
