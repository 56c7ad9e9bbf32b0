import { ZeroVectorError } from "../errors.ts";
import { type GroupProjection, projectGroup } from "../group-projection.ts";
import { dosesOf, rowLabel } from "../group-rows.ts";
import type { PerturbationGroup } from "../perturbation-group.ts";
import { type ProjectionMode, project } from "../projection.ts";
import { readUnitVectors, type StoredUnit } from "../read-units.ts";
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
  /** Control wells drawn as a cloud, evenly chosen of all; default 0. */
  controls?: number;
}

/** A control well as seen along the target. It stands for itself alone, so it lies farther out than the mean of several. */
export interface ProjectedControl {
  unit: string;
  batch: string;
  projection: number;
  rejection: number;
}

/** Projection and rejection along a target or, in rescue mode, along the way from healthy (0) to disease (1). */
export interface ProjectionTold extends Omit<GroupProjection, "mode"> {
  mode: ProjectionMode | "rescue";
  healthy: { row: number; label: string } | null;
  /** Empty unless asked for, and where a transformation has moved the group away from its wells. */
  controls: ProjectedControl[];
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
  const wells = await controlWells(view, question.controls ?? 0, call);
  if (mode !== "rescue") {
    const told = projectGroup(part, at(target), queries.map(at), { mode, cloud: cloud.map(at) });
    const along = raw(part, at(target));
    return { ...inGroup(told, chosen), mode, healthy: null, controls: projected(wells, along, undefined, mode) };
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
    controls: projected(wells, along, origin, "magnitude"),
  };
}

interface ControlWells {
  units: readonly StoredUnit[];
  /** Of shape (units, dims), relative to the controls' mean. */
  vectors: Float32Array;
}

/** Up to so many control wells with their vectors, in the space of the group's rows. */
async function controlWells(view: GroupView, count: number, call: Call): Promise<ControlWells> {
  const { files, transformation } = view.manifest;
  const none = { units: [], vectors: new Float32Array(0) };
  // Centred and scaled rows are no longer where their wells are.
  const isMoved = transformation.steps.some(({ kind }) => kind === "centre-scale");
  if (count === 0 || isMoved || files["wells.f32"] === undefined) return none;
  const controls = (await view.units(call)).flatMap((unit, i) => (unit.control ? [{ unit, i }] : []));
  const step = Math.max(1, Math.ceil(controls.length / count));
  const chosen = controls.filter((_, k) => k % step === 0);
  const places = chosen.map(({ i }) => i);
  return {
    units: chosen.map(({ unit }) => unit),
    vectors: await readUnitVectors(view.place, view.manifest, places, call),
  };
}

function projected(
  { units, vectors }: ControlWells,
  along: Float64Array,
  origin: Float64Array | undefined,
  mode: ProjectionMode,
): ProjectedControl[] {
  const dims = along.length;
  return units.flatMap(({ unit, batch }, i) => {
    const own = vectors.subarray(i * dims, (i + 1) * dims);
    const query = Float64Array.from(own, (value, k) => value - (origin?.[k] ?? 0));
    return query.some((value) => value !== 0) ? [{ unit, batch, ...project(query, along, mode) }] : [];
  });
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
): Omit<ProjectionTold, "mode" | "healthy" | "controls"> {
  const own = <T extends { row: number }>(one: T): T => ({ ...one, row: chosen[one.row]! });
  return {
    target: own(target),
    control,
    cloud: cloud.map(own),
    series: series.map((line) => ({ ...line, points: line.points.map(own) })),
    leftOut: leftOut.map((row) => chosen[row]!),
  };
}
