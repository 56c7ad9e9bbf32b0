import { ZeroVectorError } from "../errors.ts";
import { type GroupProjection, projectGroup } from "../group-projection.ts";
import { dosesOf, rowLabel } from "../group-rows.ts";
import type { PerturbationGroup } from "../perturbation-group.ts";
import { type ProjectionMode, project } from "../projection.ts";
import type { GroupView } from "./group-view.ts";

interface Call {
  signal?: AbortSignal;
}

export interface ProjectionQuestion {
  target: number;
  /** Perturbations drawn as lines: with one row of a compound all its doses are taken. */
  queries: readonly number[];
  mode?: ProjectionMode | "rescue";
  /** Rescue mode: the healthy state; default the controls, at the origin. */
  healthy?: number;
  /** Rows drawn as a cloud. */
  cloud?: readonly number[];
}

/** Projection and rejection along a target or, in rescue mode, along the way from healthy (0) to disease (1). */
export interface ProjectionTold extends Omit<GroupProjection, "mode"> {
  mode: ProjectionMode | "rescue";
  healthy: { row: number; label: string } | null;
}

/**
 * Rows seen along a target, each perturbation a line in dose order.
 * - "unit", "magnitude": see `projectGroup`.
 * - "rescue": t = disease − healthy; disease at p = 1, healthy at p = 0. A rescuing compound goes from 1 to 0 with rejection, its side effect, staying low.
 * @throws ZeroVectorError (maps/zero-vector) for a target without length
 */
export async function askProjection(
  view: GroupView,
  question: ProjectionQuestion,
  call: Call = {},
): Promise<ProjectionTold> {
  const { target, mode = "unit", healthy, cloud = [] } = question;
  const queries = await withDoses(view, question.queries, call);
  const chosen = [...new Set([target, ...(healthy === undefined ? [] : [healthy]), ...queries, ...cloud])];
  const part = await view.part(chosen, call);
  const at = (row: number): number => chosen.indexOf(row);
  if (mode !== "rescue") {
    const told = projectGroup(part, at(target), queries.map(at), { mode, cloud: cloud.map(at) });
    return { ...inGroup(told, chosen), mode, healthy: null };
  }
  const origin = healthy === undefined ? new Float64Array(part.dims) : raw(part, at(healthy));
  const along = raw(part, at(target)).map((value, k) => value - origin[k]!);
  if (!along.some((value) => value !== 0)) throw new ZeroVectorError("The way from healthy to disease");
  // The group moved to the healthy state: what was relative to controls is relative to it.
  const moved = movedTo(part, origin);
  const told = projectGroup(moved, at(target), queries.map(at), { mode: "magnitude", cloud: cloud.map(at) });
  const own = healthy === undefined ? null : { row: healthy, label: rowLabel(part.rows[at(healthy)]!) };
  return {
    ...inGroup(told, chosen),
    control: project(
      new Float64Array(part.dims).map((_, k) => -origin[k]!),
      along,
      "magnitude",
    ),
    mode,
    healthy: own,
  };
}

/** Rows with all doses of the compounds among them. */
async function withDoses(view: GroupView, rows: readonly number[], call: Call): Promise<number[]> {
  const found = await view.rowsOf(rows, call);
  const wanted = new Set<number>();
  for (const [i, { type, concentration, perturbation, experiment }] of found.entries()) {
    if (type !== "compound" || concentration === null || experiment !== null) {
      wanted.add(rows[i]!);
      continue;
    }
    const named = await view.named(perturbation, call);
    const all = await view.rowsOf(named, call);
    const doses = dosesOf(
      { rows: all, dims: 0, vectors: new Float32Array(0), norms: new Float32Array(0) },
      perturbation,
    );
    for (const dose of doses) wanted.add(named[dose]!);
  }
  return [...wanted];
}

function raw({ vectors, norms, dims }: PerturbationGroup, row: number): Float64Array {
  return Float64Array.from(vectors.subarray(row * dims, (row + 1) * dims), (value) => value * norms[row]!);
}

function movedTo(group: PerturbationGroup, origin: Float64Array): PerturbationGroup {
  const { rows, dims } = group;
  const vectors = new Float32Array(rows.length * dims);
  const norms = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    const vector = raw(group, i).map((value, k) => value - origin[k]!);
    const length = Math.hypot(...vector);
    norms[i] = length;
    if (length > 0)
      vectors.set(
        vector.map((value) => value / length),
        i * dims,
      );
  }
  return { rows, dims, vectors, norms };
}

function inGroup(
  { target, cloud, series, leftOut, control }: GroupProjection,
  chosen: readonly number[],
): Omit<ProjectionTold, "mode" | "healthy"> {
  const own = <T extends { row: number }>(one: T): T => ({ ...one, row: chosen[one.row]! });
  return {
    target: own(target),
    control,
    cloud: cloud.map(own),
    series: series.map((line) => ({ ...line, points: line.points.map(own) })),
    leftOut: leftOut.map((row) => chosen[row]!),
  };
}
