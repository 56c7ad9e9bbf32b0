/** Projection and rejection as they are drawn: modes, ends of lines, places of labels. */
import type { Projection } from "@artesian/server/api.ts";

/** A point on the plane of a target: along it and away from it. */
export interface PlanePoint {
  p: number;
  r: number;
}

/**
 * The same direction at unit length (p² + r² = 1): the target is (1, 0), no effect is a random direction near (0, 1),
 * toward (−1, 0) is opposite. The origin has no direction and stays.
 */
export function toUnit<T extends PlanePoint>(point: T): T {
  const length = Math.hypot(point.p, point.r);
  return length === 0 ? point : { ...point, p: point.p / length, r: point.r / length };
}

/** The projection with all points at unit length. */
export const unitProjection = (projection: Projection): Projection => ({
  ...projection,
  mode: "unit",
  controls: projection.controls.map(toUnit),
  lines: projection.lines.map((line) => ({ ...line, points: line.points.map(toUnit) })),
});

/** Moves labels apart that would be written over each other. @param gap smallest distance of two baselines */
export function spreadLabels<T extends { x: number; y: number }>(labels: readonly T[], gap: number, reach = 70): T[] {
  const placed: T[] = [];
  for (const label of [...labels].sort((a, b) => a.y - b.y)) {
    let y = label.y;
    for (const other of placed)
      if (Math.abs(other.x - label.x) < reach && y - other.y < gap) y = Math.max(y, other.y + gap);
    placed.push({ ...label, y });
  }
  return placed;
}
