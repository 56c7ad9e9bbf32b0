import { hasDirection, rawVectorOf, rowLabel, vectorOf } from "./group-rows.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";
import { type Projected, type ProjectionMode, project } from "./projection.ts";

/** One row as seen along the target. */
export interface ProjectedRow extends Projected {
  row: number;
  label: string;
  /** µM; null for what has no dose. */
  concentration: number | null;
}

/** The rows of one perturbation, joined by a line: a compound over its doses, a gene as one point or over its guides. */
export interface ProjectedSeries {
  perturbation: string;
  type: PerturbationGroup["rows"][number]["type"];
  symbol: string;
  points: ProjectedRow[];
}

/** Data of the projection plot: the target at (1, 0); the control at (0, 1) in unit mode and at (0, 0) in magnitude mode. */
export interface GroupProjection {
  mode: ProjectionMode;
  target: { row: number; label: string };
  control: Projected;
  /** Rows such as controls that show where no effect lies. */
  cloud: ProjectedRow[];
  series: ProjectedSeries[];
  /** Rows that cannot be drawn: in unit mode those without length. */
  leftOut: number[];
}

/**
 * Projects rows on a target row, each perturbation a line in dose order (Projection and rejection: see `project`).
 * @param options `cloud`: rows drawn as a cloud, such as controls; `mode`: default "unit"
 * @throws UnknownRowError (maps/unknown-row); ZeroVectorError (maps/zero-vector) for a target without length
 */
export function projectGroup(
  group: PerturbationGroup,
  target: number,
  queries: readonly number[],
  options: { mode?: ProjectionMode; cloud?: readonly number[] } = {},
): GroupProjection {
  const mode = options.mode ?? "unit";
  const vector = mode === "unit" ? vectorOf : rawVectorOf;
  const along = vector(group, target);
  const leftOut: number[] = [];
  const seen = (row: number): ProjectedRow[] => {
    if (mode === "unit" && !hasDirection(group, row)) {
      leftOut.push(row);
      return [];
    }
    const { concentration } = group.rows[row]!;
    const label = rowLabel(group.rows[row]!);
    return [{ row, label, concentration, ...project(vector(group, row), along, mode) }];
  };
  const cloud = (options.cloud ?? []).flatMap(seen);
  const series = new Map<string, ProjectedSeries>();
  for (const row of queries) {
    const points = seen(row);
    if (points.length === 0) continue;
    const { perturbation, type, symbol } = group.rows[row]!;
    const line = series.get(perturbation) ?? { perturbation, type, symbol, points: [] };
    line.points.push(...points);
    series.set(perturbation, line);
  }
  for (const { points } of series.values())
    points.sort((a, b) => (a.concentration ?? 0) - (b.concentration ?? 0) || a.row - b.row);
  return {
    mode,
    target: { row: target, label: rowLabel(group.rows[target]!) },
    control: mode === "unit" ? { projection: 0, rejection: 1 } : { projection: 0, rejection: 0 },
    cloud,
    series: [...series.values()],
    leftOut,
  };
}
