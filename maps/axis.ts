import { dot, MAD_TO_SD, type Matrix, matrix, mean, median, rowOf, sd, takeRows } from "@artesian/numerics";
import { fitPhenotypeSpace, type PhenotypeSpace, toPhenotypeSpace } from "./phenotype-space.ts";
import { type AxisEnds, platesOf, type ScreenWell, wellsWith } from "./screen-wells.ts";

/** A space, all wells in it, and the direction from goal to start controls (healthy to disease). */
export interface PhenotypeAxis {
  space: PhenotypeSpace;
  /** All wells, of shape (wells, dims). */
  points: Matrix;
  /** Start minus goal, of shape (dims), mean over plates. */
  axis: Float64Array;
}

/**
 * Subtracts from each plate the middle between its two kinds of controls (of its one kind, or of all its wells, when there is no other).
 * @param values of shape (wells, features)
 */
export function centrePlates(values: Matrix, wells: readonly ScreenWell[], ends: AxisEnds | undefined): Matrix {
  const centred = matrix(values.rows, values.columns, values.data.slice());
  for (const plate of platesOf(wells)) {
    const members = wells.flatMap((well, i) => (well.plate === plate ? [i] : []));
    const included = members.filter((i) => wells[i]!.excluded === undefined);
    const kinds = ends === undefined ? [] : [wellsWith(wells, plate, ends.start), wellsWith(wells, plate, ends.goal)];
    const anchored = kinds.length === 2 && kinds.every((kind) => kind.length > 0);
    const groups = anchored ? kinds : [included.length > 0 ? included : members];
    const centre = new Float64Array(values.columns);
    for (const group of groups) {
      const middle = meanOfRows(values, group);
      for (let j = 0; j < centre.length; j++) centre[j]! += middle[j]! / groups.length;
    }
    for (const i of members) {
      const row = rowOf(centred, i);
      for (let j = 0; j < row.length; j++) row[j]! -= centre[j]!;
    }
  }
  return centred;
}

/** Mean of chosen rows, of shape (columns). */
export function meanOfRows(values: Matrix, rows: readonly number[]): Float64Array {
  const centre = new Float64Array(values.columns);
  for (const row of rows) {
    const vector = rowOf(values, row);
    for (let j = 0; j < centre.length; j++) centre[j]! += vector[j]! / rows.length;
  }
  return centre;
}

/**
 * Learns space and axis from some wells and moves all wells into it.
 * @param values plate-centred, of shape (wells, features)
 * @param training wells to learn from; treated wells among them shape the principal components only
 */
export function fitAxis(
  values: Matrix,
  wells: readonly ScreenWell[],
  ends: AxisEnds,
  training: readonly number[],
): PhenotypeAxis {
  const inTraining = new Set(training);
  const position = new Map(training.map((row, i) => [row, i]));
  const groups: number[][] = [];
  const pairs: [number[], number[]][] = [];
  for (const plate of platesOf(wells)) {
    const start = wellsWith(wells, plate, ends.start).filter((i) => inTraining.has(i));
    const goal = wellsWith(wells, plate, ends.goal).filter((i) => inTraining.has(i));
    for (const group of [start, goal]) if (group.length > 0) groups.push(group.map((i) => position.get(i) ?? 0));
    if (start.length > 0 && goal.length > 0) pairs.push([start, goal]);
  }
  const space = fitPhenotypeSpace(takeRows(values, training), groups);
  const points = toPhenotypeSpace(space, values);
  const axis = new Float64Array(points.columns);
  for (const [start, goal] of pairs) {
    const from = meanOfRows(points, start);
    const to = meanOfRows(points, goal);
    for (let j = 0; j < axis.length; j++) axis[j]! += (from[j]! - to[j]!) / pairs.length;
  }
  return { space, points, axis };
}

/** Scores on an axis before scaling, of shape (wells). */
export function rawScores({ points, axis }: PhenotypeAxis): Float64Array {
  return Float64Array.from({ length: points.rows }, (_, i) => dot(rowOf(points, i), axis));
}

/**
 * Scales raw scores so that the start controls given have mean 1 and the goal controls 0.
 * @returns undefined when the controls' means are less than three standard errors apart: a share of so short a way means nothing
 */
export function scaleByEnds(
  raw: ArrayLike<number>,
  start: readonly number[],
  goal: readonly number[],
): ((well: number) => number) | undefined {
  const from = start.map((i) => raw[i]!);
  const to = goal.map((i) => raw[i]!);
  const zero = mean(to);
  const gap = mean(from) - zero;
  const error = Math.sqrt(
    (from.length > 1 ? sd(from) ** 2 : 0) / from.length + (to.length > 1 ? sd(to) ** 2 : 0) / to.length,
  );
  if (!(gap > 3 * error) || !(gap > 0)) return undefined;
  return (well) => (raw[well]! - zero) / gap;
}

/** A control well set aside because it is unlike its replicates. */
export interface UnlikeControl {
  plate: string;
  well: string;
  role: string;
  /** Root mean square deviation from its replicates' median, in robust standard deviations of controls. */
  deviation: number;
}

/**
 * Control wells that look nothing like their replicates on the plate (a broken image that no quality rule caught): deviation more than
 * three times the typical one. At most a quarter of a group is set aside, and none of a group smaller than four.
 */
export function unlikeControls(
  values: Matrix,
  wells: readonly ScreenWell[],
  ends: AxisEnds,
): { index: number; control: UnlikeControl }[] {
  const groups = platesOf(wells).flatMap((plate) => [
    wellsWith(wells, plate, ends.start),
    wellsWith(wells, plate, ends.goal),
  ]);
  const members = groups.flat();
  const deviations = new Map<number, number>();
  const sums = new Map(members.map((i) => [i, 0]));
  for (let j = 0; j < values.columns; j++) {
    const residuals = groups.flatMap((group) => {
      const middle = median(group.map((i) => values.data[i * values.columns + j]!));
      return group.map((i) => values.data[i * values.columns + j]! - middle);
    });
    const spread = MAD_TO_SD * median(residuals.map(Math.abs));
    if (!(spread > 0)) continue;
    members.forEach(
      (i, k) => void sums.set(i, (sums.get(i) ?? 0) + Math.min(100, Math.abs(residuals[k]! / spread)) ** 2),
    );
  }
  for (const [i, sum] of sums) deviations.set(i, Math.sqrt(sum / Math.max(1, values.columns)));
  const typical = median([...deviations.values()]);
  return groups.flatMap((group) => {
    const far = group
      .map((index) => ({ index, deviation: deviations.get(index) ?? 0 }))
      .filter(({ deviation }) => deviation > 3 * typical)
      .sort((a, b) => b.deviation - a.deviation)
      .slice(0, group.length < 4 ? 0 : Math.floor(group.length / 4));
    return far.map(({ index, deviation }) => {
      const { plate, well, role } = wells[index]!;
      return { index, control: { plate, well, role, deviation } };
    });
  });
}
