import { dot, norm, quantile, rowOf, seededRandom } from "@artesian/numerics";
import { meanOfRows, type PhenotypeAxis } from "./axis.ts";
import { type AxisEnds, platesOf, type ScreenWell, wellsWith } from "./screen-wells.ts";

/** What wells do beside the axis, corrected for the noise of control wells. */
export interface SideEffects {
  /** Rejection of each well from its plate's line between goal (0) and start (1), in lengths of that line; NaN where not known. */
  rejection: Float64Array;
  /** Projection of each well on that line: 1 at the start controls, 0 at the goal. */
  projection: Float64Array;
  /** Side effect of a set of replicate wells: length of their mean rejection, the part that noise explains taken off. Undefined with no known well. */
  of(wells: readonly number[]): number | undefined;
  /** The same for plots: raw length of the mean rejection, noise included. */
  rawOf(wells: readonly number[]): number | undefined;
  /** 99 % of random sets of so many start controls stay below. */
  limit(replicates: number): number;
}

/**
 * Rejections in the phenotype space of all controls. For a well with vector x on a plate with control means h (goal) and d (start):
 * p = (x − h)·u / (d − h)·u along the common axis u, e = x − h − p(d − h), rejection = ‖e‖/‖d − h‖. The noise part is the mean of ‖e‖²
 * over control wells, divided by the number of replicates.
 * @returns undefined when the space has fewer than two dimensions
 */
export function sideEffects(
  axis: PhenotypeAxis,
  wells: readonly ScreenWell[],
  ends: AxisEnds,
  options: { seed?: number } = {},
): SideEffects | undefined {
  const { points } = axis;
  const dims = points.columns;
  if (dims < 2) return undefined;
  const projection = new Float64Array(wells.length).fill(Number.NaN);
  const rejection = new Float64Array(wells.length).fill(Number.NaN);
  const leftover = new Float64Array(points.data.length);
  const controls: number[] = [];
  const lengths: number[] = [];
  let noise = 0;
  let degrees = 0;
  let smallestGroup = Number.POSITIVE_INFINITY;
  for (const plate of platesOf(wells)) {
    const start = wellsWith(wells, plate, ends.start);
    const goal = wellsWith(wells, plate, ends.goal);
    if (start.length < 2 || goal.length < 2) continue;
    const origin = meanOfRows(points, goal);
    const line = meanOfRows(points, start).map((value, j) => value - origin[j]!);
    const along = dot(line, axis.axis);
    if (!(along > 0)) continue;
    const length = norm(line);
    lengths.push(length);
    for (let i = 0; i < wells.length; i++) {
      if (wells[i]!.plate !== plate) continue;
      const x = rowOf(points, i);
      let q = 0;
      for (let j = 0; j < dims; j++) q += (x[j]! - origin[j]!) * axis.axis[j]!;
      const p = q / along;
      const e = leftover.subarray(i * dims, (i + 1) * dims);
      for (let j = 0; j < dims; j++) e[j] = (x[j]! - origin[j]! - p * line[j]!) / length;
      projection[i] = p;
      rejection[i] = norm(e);
    }
    for (const i of [...start, ...goal]) noise += rejection[i]! ** 2;
    degrees += start.length + goal.length - 2;
    smallestGroup = Math.min(smallestGroup, start.length, goal.length);
    controls.push(...start);
  }
  if (lengths.length === 0) return undefined;
  const perWell = (noise / Math.max(1, degrees)) * (1 + 1 / smallestGroup);
  const meanLeftover = (members: readonly number[]): { square: number; count: number } | undefined => {
    const known = members.filter((i) => !Number.isNaN(rejection[i]!));
    if (known.length === 0) return undefined;
    const sum = new Float64Array(dims);
    for (const i of known) for (let j = 0; j < dims; j++) sum[j]! += leftover[i * dims + j]! / known.length;
    return { square: dot(sum, sum), count: known.length };
  };
  const of = (members: readonly number[]): number | undefined => {
    const found = meanLeftover(members);
    return found === undefined ? undefined : Math.sqrt(Math.max(0, found.square - perWell / found.count));
  };
  const rawOf = (members: readonly number[]): number | undefined => {
    const found = meanLeftover(members);
    return found === undefined ? undefined : Math.sqrt(found.square);
  };
  const limits = new Map<number, number>();
  const limit = (replicates: number): number => {
    const known = limits.get(replicates);
    if (known !== undefined) return known;
    const random = seededRandom(options.seed ?? 1);
    const drawn = Array.from({ length: 200 }, () => {
      const members = Array.from({ length: replicates }, () => controls[random.below(controls.length)] ?? 0);
      return of(members) ?? 0;
    });
    const value = quantile(drawn, 0.99);
    limits.set(replicates, value);
    return value;
  };
  return { rejection, projection, of, rawOf, limit };
}
