import { mean, sd } from "@artesian/numerics";
import { MapShapeError } from "./errors.ts";
import { percentileOf } from "./percentile.ts";

/** How the cells of a heat map are shown; "raw" is the cosine and stays in the tooltip. */
export type SimilarityVariant = "raw" | "z" | "percentile";

/**
 * Similarities of a heat map in one of their variants, of the same shape.
 * - "z": each column (query) less its mean, over its standard deviation (ddof 1): what stands out for that query. NaN where a column does not vary.
 * - "percentile": of each cosine among all pairs of the group, as −1 … 1 (0 is the median), so that red and blue keep their meaning.
 * @param cosines of shape (rows, columns), row-major; NaN where a row has no length, and not counted
 * @param quantiles the group's 1,001, for percentiles
 * @throws MapShapeError (maps/shape)
 */
export function similarityVariant(
  cosines: ArrayLike<number>,
  columns: number,
  variant: SimilarityVariant,
  quantiles: ArrayLike<number>,
): Float64Array {
  const rows = columns > 0 ? cosines.length / columns : 0;
  if (!Number.isInteger(rows))
    throw new MapShapeError("Cells of a heat map", cosines.length, Math.ceil(rows) * columns);
  if (variant === "raw") return Float64Array.from(cosines);
  if (variant === "percentile") return Float64Array.from(cosines, (cosine) => percentileOf(quantiles, cosine) / 50 - 1);
  const shown = new Float64Array(cosines.length);
  for (let j = 0; j < columns; j++) {
    const column = Float64Array.from({ length: rows }, (_, i) => cosines[i * columns + j]!);
    const present = column.filter((cosine) => !Number.isNaN(cosine));
    const [centre, spread] = [mean(present), sd(present)];
    for (let i = 0; i < rows; i++) shown[i * columns + j] = spread > 0 ? (column[i]! - centre) / spread : Number.NaN;
  }
  return shown;
}
