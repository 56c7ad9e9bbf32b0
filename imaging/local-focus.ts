import { cellStarts } from "./downscale.ts";
import type { Plane } from "./plane.ts";
import { type Scratch, threadScratch } from "./scratch.ts";

/**
 * LocalFocusScore: the plane is cut into ceil(height/scale) × ceil(width/scale) cells, each gives v = variance/mean, and the score is
 * var(v)/median(v). High when some places are sharper than others. CellProfiler's help speaks of the mean of v; its code, and so this,
 * takes the median. Cells of mean 0 (or with not-a-number pixels) are left out; 0 when nothing remains.
 * @param scale edge of a cell in pixels
 * @param intensityScale grey value that is intensity 1
 */
export function localFocusScore(
  plane: Plane,
  scale: number,
  intensityScale: number,
  scratch: Scratch = threadScratch,
): number {
  const { data, width, height } = plane;
  const rows = Math.ceil(height / scale);
  const columns = Math.ceil(width / scale);
  const starts = cellStarts(width, columns);
  const sums = scratch.float64("local focus sums", columns);
  const squares = scratch.float64("local focus squares", columns);
  const variances: number[] = [];
  const rowStarts = cellStarts(height, rows);
  for (let row = 0; row < rows; row++) {
    sums.fill(0, 0, columns);
    squares.fill(0, 0, columns);
    const top = rowStarts[row]!;
    const bottom = rowStarts[row + 1]!;
    for (let y = top; y < bottom; y++) {
      const line = y * width;
      for (let column = 0; column < columns; column++) {
        const stop = line + starts[column + 1]!;
        let sum = 0;
        let square = 0;
        for (let pixel = line + starts[column]!; pixel < stop; pixel++) {
          const grey = data[pixel]!;
          sum += grey;
          square += grey * grey;
        }
        sums[column] = sums[column]! + sum;
        squares[column] = squares[column]! + square;
      }
    }
    for (let column = 0; column < columns; column++) {
      const count = (bottom - top) * (starts[column + 1]! - starts[column]!);
      const sum = sums[column]!;
      if (sum !== 0 && !Number.isNaN(sum))
        variances.push((squares[column]! - (sum * sum) / count) / (sum * intensityScale));
    }
  }
  return varianceOverMedian(variances);
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
