import type { FeatureSink, MeasureInput } from "./measure-pixels.ts";

/** Names of the neighbour features. */
export const neighborNames: readonly string[] = [
  "Neighbors_NumberOfNeighbors_Adjacent",
  "Neighbors_PercentTouching_Adjacent",
  "Neighbors_FirstClosestDistance_Adjacent",
  "Neighbors_SecondClosestDistance_Adjacent",
  "Neighbors_AngleBetweenNeighbors_Adjacent",
];

/**
 * Measures an object's neighbours (CellProfiler MeasureObjectNeighbors, objects that touch): how many there are, the
 * percentage of its edge pixels that touch one (8-neighbourhood), the distances between its centre and the two nearest
 * centres in pixels, and the angle in degrees between the directions to them. NaN where there is no such neighbour.
 */
export function measureNeighbors(input: MeasureInput, sink: FeatureSink): void {
  const { labels } = input;
  const { start, index } = input.pixels;
  const { data, width, height, count } = labels;
  const x = new Float64Array(count).fill(Number.NaN);
  const y = new Float64Array(count).fill(Number.NaN);
  const beside = Array.from({ length: count }, () => new Set<number>());
  const touching = new Float64Array(count);
  const edge = new Float64Array(count);
  for (let k = 0; k < count; k++) {
    const n = start[k + 1]! - start[k]!;
    if (n === 0) continue;
    let sumX = 0;
    let sumY = 0;
    for (let p = start[k]!; p < start[k + 1]!; p++) {
      const i = index[p]!;
      const row = (i / width) | 0;
      const column = i - row * width;
      sumX += column;
      sumY += row;
      let onEdge = false;
      let touches = false;
      for (let v = Math.max(0, row - 1); v <= Math.min(height - 1, row + 1); v++) {
        for (let u = Math.max(0, column - 1); u <= Math.min(width - 1, column + 1); u++) {
          const other = data[v * width + u]!;
          if (other === k + 1) continue;
          onEdge = true;
          if (other !== 0) {
            touches = true;
            beside[k]!.add(other);
          }
        }
      }
      if (onEdge) edge[k]!++;
      if (touches) touching[k]!++;
    }
    x[k] = sumX / n;
    y[k] = sumY / n;
  }
  for (let k = 0; k < count; k++) {
    if (Number.isNaN(x[k]!)) continue;
    let first = -1;
    let second = -1;
    let firstDistance = Number.POSITIVE_INFINITY;
    let secondDistance = Number.POSITIVE_INFINITY;
    for (let j = 0; j < count; j++) {
      if (j === k) continue;
      const distance = Math.hypot(x[j]! - x[k]!, y[j]! - y[k]!);
      if (distance < firstDistance) {
        second = first;
        secondDistance = firstDistance;
        first = j;
        firstDistance = distance;
      } else if (distance < secondDistance) {
        second = j;
        secondDistance = distance;
      }
    }
    let at = k * sink.stride + sink.offset;
    sink.values[at++] = beside[k]!.size;
    sink.values[at++] = edge[k]! > 0 ? (100 * touching[k]!) / edge[k]! : 0;
    sink.values[at++] = first < 0 ? Number.NaN : firstDistance;
    sink.values[at++] = second < 0 ? Number.NaN : secondDistance;
    sink.values[at++] = second < 0 ? Number.NaN : angleBetween(x, y, k, first, second);
  }
}

function angleBetween(x: Float64Array, y: Float64Array, k: number, a: number, b: number): number {
  const ax = x[a]! - x[k]!;
  const ay = y[a]! - y[k]!;
  const bx = x[b]! - x[k]!;
  const by = y[b]! - y[k]!;
  const cosine = (ax * bx + ay * by) / Math.sqrt((ax * ax + ay * ay) * (bx * bx + by * by));
  return (Math.acos(Math.min(1, Math.max(-1, cosine))) * 180) / Math.PI;
}
