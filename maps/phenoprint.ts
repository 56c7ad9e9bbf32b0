import {
  type Estimate,
  type Matrix,
  mean,
  type RocStratum,
  robustSsmd,
  robustZPrime,
  sd,
  ssmd,
  stratifiedRocArea,
  wilsonInterval,
  zPrime,
} from "@artesian/numerics";
import { centrePlates, fitAxis, rawScores, scaleByEnds } from "./axis.ts";
import { PhenoprintRefusedError } from "./errors.ts";
import { type AxisEnds, platesOf, type ScreenWell, wellsWith } from "./screen-wells.ts";

/** How the two kinds of controls are told apart on one plate, on cross-validated scores. */
export interface PlateWindow {
  plate: string;
  start: number;
  goal: number;
  zPrime: number;
  robustZPrime: number;
  ssmd: number;
  robustSsmd: number;
}

/** A feature and how far the start controls lie from the goal controls in it. */
export interface Driver {
  feature: string;
  /** In standard deviations of a control well. */
  difference: number;
}

/** A cross-validated score from goal (healthy, 0) to start (disease, 1). */
export interface Phenoprint {
  ends: AxisEnds;
  /** What was held out: whole plates, or (with one plate only, and weaker) single wells of the plate. */
  validation: "leave-one-plate-out" | "within-plate";
  /** Area under the ROC curve from pairs of controls on the same plate, with a 95 % interval. */
  auc: Estimate;
  /** Of shape (wells); NaN where the plate's controls are missing or not told apart. */
  scores: Float64Array;
  plates: PlateWindow[];
  /** Start controls whose score lies nearer to the goal (false rescues), with Wilson's interval. */
  falseRescue: Estimate & { count: number; of: number };
  /** Goal controls whose score lies nearer to the start. */
  falseDisease: Estimate & { count: number; of: number };
  /** Features in which the controls differ most. */
  drivers: Driver[];
  /** Plates whose wells have no score, with the reason. */
  unscored: { plate: string; reason: string }[];
}

export interface PhenoprintOptions {
  /** With controls on one plate only: refuse (default), or validate by wells of that plate and label it so. */
  onePlate?: "refuse" | "within-plate";
  /** Fewest control wells of a kind on a plate that anchor it. Default 2. */
  minimumControls?: number;
}

/**
 * Cross-validated phenoprint: a regularised linear discriminant between two kinds of controls, learnt on some plates and applied to the
 * others, so that no well is scored by a rule that has seen its plate's controls. Scores are scaled by the plate's own controls.
 * @param features usable features of shape (wells, features), see `usableFeatures`
 * @throws PhenoprintRefusedError (maps/phenoprint-refused) when controls are too few
 */
export function phenoprint(
  features: { values: Matrix; features: readonly string[] },
  wells: readonly ScreenWell[],
  ends: AxisEnds,
  options: PhenoprintOptions = {},
): Phenoprint {
  const minimum = options.minimumControls ?? 2;
  const anchored = platesOf(wells).filter(
    (plate) =>
      wellsWith(wells, plate, ends.start).length >= minimum && wellsWith(wells, plate, ends.goal).length >= minimum,
  );
  const first = anchored[0];
  if (first === undefined) {
    throw new PhenoprintRefusedError(
      `no plate has ${minimum} ${ends.start} and ${minimum} ${ends.goal} wells`,
      "Name the control wells in the experiment's metadata, or look at the flags of the control wells.",
    );
  }
  if (anchored.length === 1 && options.onePlate !== "within-plate") {
    throw new PhenoprintRefusedError(
      `only plate ${first} has both kinds of controls, so nothing is left to validate on`,
      "Measure a second plate, or ask for the within-plate score, which is labelled as such.",
    );
  }
  if (
    anchored.length === 1 &&
    wellsWith(wells, first, ends.start).length + wellsWith(wells, first, ends.goal).length < 6
  ) {
    throw new PhenoprintRefusedError(
      `plate ${first} has fewer than 6 control wells, too few to hold any out`,
      "Use more control wells, or compare wells by a single feature.",
    );
  }
  const values = centrePlates(features.values, wells, ends);
  const scores = new Float64Array(wells.length).fill(Number.NaN);
  const unscored: { plate: string; reason: string }[] = [];
  if (anchored.length === 1) scoreWithinPlate(values, wells, ends, first, scores, unscored);
  else scoreByPlate(values, wells, ends, anchored, scores, unscored);

  const strata: RocStratum[] = [];
  const plates: PlateWindow[] = [];
  const ofRole = { start: [] as number[], goal: [] as number[] };
  for (const plate of anchored) {
    const start = wellsWith(wells, plate, ends.start).map((i) => scores[i]!);
    const goal = wellsWith(wells, plate, ends.goal).map((i) => scores[i]!);
    if ([...start, ...goal].some(Number.isNaN)) continue;
    strata.push({ positive: start, negative: goal });
    ofRole.start.push(...start);
    ofRole.goal.push(...goal);
    plates.push({
      plate,
      start: start.length,
      goal: goal.length,
      zPrime: zPrime(start, goal),
      robustZPrime: robustZPrime(start, goal),
      ssmd: ssmd(start, goal),
      robustSsmd: robustSsmd(start, goal),
    });
  }
  const share = (count: number, of: number): Estimate & { count: number; of: number } => ({
    ...wilsonInterval(count, of),
    count,
    of,
  });
  return {
    ends,
    validation: anchored.length === 1 ? "within-plate" : "leave-one-plate-out",
    auc: stratifiedRocArea(strata),
    scores,
    plates,
    falseRescue: share(ofRole.start.filter((score) => score < 0.5).length, ofRole.start.length),
    falseDisease: share(ofRole.goal.filter((score) => score > 0.5).length, ofRole.goal.length),
    drivers: drivers(values, features.features, wells, ends, anchored),
    unscored,
  };
}

/** Plates are dealt into at most six folds; each plate is scored by the axis of the other folds. */
function scoreByPlate(
  values: Matrix,
  wells: readonly ScreenWell[],
  ends: AxisEnds,
  anchored: readonly string[],
  scores: Float64Array,
  unscored: { plate: string; reason: string }[],
): void {
  const foldCount = Math.min(6, anchored.length);
  const foldOf = new Map(anchored.map((plate, i) => [plate, i % foldCount]));
  const included = wells.flatMap((well, i) => (well.excluded === undefined ? [i] : []));
  for (let fold = 0; fold < foldCount; fold++) {
    const axis = fitAxis(
      values,
      wells,
      ends,
      included.filter((i) => foldOf.get(wells[i]!.plate) !== fold),
    );
    const raw = rawScores(axis);
    for (const plate of anchored.filter((name) => foldOf.get(name) === fold)) {
      const scaled = scaleByEnds(raw, wellsWith(wells, plate, ends.start), wellsWith(wells, plate, ends.goal));
      if (scaled === undefined) unscored.push({ plate, reason: "its controls are not told apart" });
      else scorePlate(scores, wells, plate, scaled);
    }
  }
  leaveUnanchored(wells, ends, anchored, unscored);
}

/** One plate: controls are held out in up to eight parts; treated wells are scored by the axis of all controls. */
function scoreWithinPlate(
  values: Matrix,
  wells: readonly ScreenWell[],
  ends: AxisEnds,
  plate: string,
  scores: Float64Array,
  unscored: { plate: string; reason: string }[],
): void {
  const start = wellsWith(wells, plate, ends.start);
  const goal = wellsWith(wells, plate, ends.goal);
  const included = wells.flatMap((well, i) => (well.excluded === undefined ? [i] : []));
  const whole = scaleByEnds(rawScores(fitAxis(values, wells, ends, included)), start, goal);
  if (whole === undefined) unscored.push({ plate, reason: "its controls are not told apart" });
  else scorePlate(scores, wells, plate, whole);
  // A single feature has nothing to learn but its sign: holding wells out would only add the noise of the ends.
  const folds = values.columns === 1 ? 0 : Math.min(8, start.length, goal.length);
  for (let fold = 0; fold < folds; fold++) {
    const held = [...start.filter((_, k) => k % folds === fold), ...goal.filter((_, k) => k % folds === fold)];
    const axis = fitAxis(
      values,
      wells,
      ends,
      included.filter((i) => !held.includes(i)),
    );
    const kept = (group: readonly number[]): number[] => group.filter((i) => !held.includes(i));
    const scaled = scaleByEnds(rawScores(axis), kept(start), kept(goal));
    for (const i of held) scores[i] = scaled === undefined ? Number.NaN : scaled(i);
  }
  leaveUnanchored(wells, ends, [plate], unscored);
}

function scorePlate(
  scores: Float64Array,
  wells: readonly ScreenWell[],
  plate: string,
  scoreOf: (well: number) => number,
): void {
  for (let i = 0; i < wells.length; i++) if (wells[i]!.plate === plate) scores[i] = scoreOf(i);
}

/** Plates without both kinds of controls get no score: there is nothing to scale it by. */
function leaveUnanchored(
  wells: readonly ScreenWell[],
  ends: AxisEnds,
  anchored: readonly string[],
  unscored: { plate: string; reason: string }[],
): void {
  for (const plate of platesOf(wells)) {
    if (anchored.includes(plate)) continue;
    unscored.push({ plate, reason: `it has too few ${ends.start} or ${ends.goal} wells to anchor the score` });
  }
}

/** Twelve features with the largest difference between control means, in pooled standard deviations within plate and role. */
function drivers(
  values: Matrix,
  names: readonly string[],
  wells: readonly ScreenWell[],
  ends: AxisEnds,
  plates: readonly string[],
): Driver[] {
  const column = (rows: readonly number[], j: number): number[] =>
    rows.map((i) => values.data[i * values.columns + j]!);
  const groups = plates.map((plate) => ({
    start: wellsWith(wells, plate, ends.start),
    goal: wellsWith(wells, plate, ends.goal),
  }));
  return names
    .map((feature, j): Driver => {
      const gaps = groups.map(({ start, goal }) => mean(column(start, j)) - mean(column(goal, j)));
      const spreads = groups.flatMap(({ start, goal }) => [sd(column(start, j)) ** 2, sd(column(goal, j)) ** 2]);
      const spread = Math.sqrt(mean(spreads));
      return { feature, difference: spread > 0 ? mean(gaps) / spread : 0 };
    })
    .sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference))
    .slice(0, 12);
}
