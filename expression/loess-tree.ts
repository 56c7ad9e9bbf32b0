import { LoessError } from "./hvg-errors.ts";

/** How far the outermost vertices stand outside of the data, as a share of its range. */
const MARGIN = 0.005;

/**
 * Where a local regression in one dimension is fitted exactly: the cuts of a k-d tree and its two ends, ascending.
 *
 * Cleveland and Grosse, Computational methods for local regression, Statistics and Computing 1 (1991): cells are halved at the point in
 * the middle until none holds more than `cellPoints`. Where values repeat, the cut moves to the nearest place between two different
 * values, looking upwards first; that is what dloess does.
 * @param sorted of shape (points), finite, ascending
 * @param cellPoints most points of a cell
 * @throws LoessError (expression/loess) when all points are equal
 */
export function loessVertices(sorted: Float64Array, cellPoints: number): Float64Array {
  const least = sorted[0]!;
  const greatest = sorted[sorted.length - 1]!;
  if (!(greatest > least)) throw new LoessError(`all ${sorted.length} genes have the same mean`, sorted.length);
  const margin = MARGIN * (greatest - least);
  const low = least - margin;
  const high = greatest + margin;
  const vertices = new Set<number>([low, high]);
  const cells = [{ first: 0, last: sorted.length - 1, low, high }];
  for (let cell = cells.pop(); cell !== undefined; cell = cells.pop()) {
    const { first, last } = cell;
    if (last - first + 1 <= Math.max(cellPoints, 1)) continue;
    const middle = untiedCut(sorted, first, last);
    const cut = sorted[middle]!;
    if (cut === cell.low || cut === cell.high) continue;
    vertices.add(cut);
    cells.push({ ...cell, first: middle + 1, low: cut }, { ...cell, last: middle, high: cut });
  }
  return Float64Array.from(vertices).sort();
}

/** The last position of the lower half: the middle, or the nearest one whose right neighbour differs. */
function untiedCut(sorted: Float64Array, first: number, last: number): number {
  const middle = ((first + last + 2) >> 1) - 1;
  for (let offset = 0; ; offset = offset > 0 ? -offset : 1 - offset) {
    const position = middle + offset;
    if (position >= last || position < first) return middle;
    if (sorted[position] !== sorted[position + 1]) return position;
  }
}
