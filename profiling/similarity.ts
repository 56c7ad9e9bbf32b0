import type { Profiles } from "./profiles.ts";
import { type Rows, rowProducts } from "./row-products.ts";

/** How two profiles are compared: Pearson's correlation, or the cosine of the angle between them. */
export type Similarity = "pearson" | "cosine";

/**
 * Similarities of every well with all others, block by block. A missing value counts as the well's mean (pearson) or as 0 (cosine);
 * a well without variation is similar to nothing (NaN).
 * @param visit receives a well and its similarities with all wells, of shape (wells); the array is used again
 */
export function eachSimilarity(
  profiles: Profiles,
  similarity: Similarity,
  visit: (well: number, similarities: Float64Array) => void,
): void {
  const width = profiles.features.length;
  const count = profiles.rowCount;
  const data = new Float64Array(count * width);
  for (let i = 0; i < count; i++) {
    const row = profiles.values.subarray(i * width, (i + 1) * width);
    let [sum, known] = [0, 0];
    for (const value of row) {
      if (!Number.isFinite(value)) continue;
      sum += value;
      known++;
    }
    const centre = similarity === "pearson" && known > 0 ? sum / known : 0;
    let square = 0;
    for (let j = 0; j < width; j++) {
      const value = Number.isFinite(row[j]!) ? row[j]! - centre : 0;
      data[i * width + j] = value;
      square += value * value;
    }
    const length = Math.sqrt(square);
    for (let j = 0; j < width; j++) data[i * width + j]! /= length;
  }
  const rows: Rows = { data, count, width };
  rowProducts(rows, { ...rows }, (from, to, products) => {
    for (let i = from; i < to; i++) visit(i, products.subarray((i - from) * count, (i - from + 1) * count));
  });
}
