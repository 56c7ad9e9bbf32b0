import { cellStarts } from "./downscale.ts";
import type { Plane } from "./plane.ts";

/**
 * LocalFocusScore: the plane is cut into ceil(height/scale) × ceil(width/scale) cells, each gives v = variance/mean, and the score is
 * var(v)/median(v). High when some places are sharper than others. CellProfiler's help speaks of the mean of v; its code, and so this,
 * takes the median. Cells of mean 0 (or with not-a-number pixels) are left out; 0 when nothing remains.
 * @param scale edge of a cell in pixels
 * @param intensityScale grey value that is intensity 1
 */
export function localFocusScore(plane: Plane, scale: number, intensityScale: number): number {
  const { data, width, height } = plane;
  const rows = Math.ceil(height / scale);
  const columns = Math.ceil(width / scale);
  const lefts = cellStarts(width, columns);
  const tops = cellStarts(height, rows);
  const scores: number[] = [];
  for (let row = 0; row < rows; row++) {
    const top = tops[row]!;
    const bottom = tops[row + 1]!;
    for (let column = 0; column < columns; column++) {
      const left = lefts[column]!;
      const right = lefts[column + 1]!;
      let sum = 0;
      let squares = 0;
      for (let line = top * width; line < bottom * width; line += width) {
        for (let pixel = line + left; pixel < line + right; pixel++) {
          const grey = data[pixel]!;
          sum += grey;
          squares += grey * grey;
        }
      }
      if (sum === 0 || Number.isNaN(sum)) continue;
      scores.push((squares - (sum * sum) / ((bottom - top) * (right - left))) / (sum * intensityScale));
    }
  }
  return varianceOverMedian(scores);
}

function varianceOverMedian(values: number[]): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  if (!(median > 0)) return 0;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length / median;
}
