import { type DoseScale, type Matrix, seededRandom, wilsonInterval } from "@artesian/numerics";
import { centrePlates, fitAxis, type PhenotypeAxis, type UnlikeControl, unlikeControls } from "./axis.ts";
import { PhenoprintRefusedError } from "./errors.ts";
import { type ExperimentMap, type ExperimentMapOptions, experimentMap } from "./experiment-map.ts";
import { type Phenoprint, phenoprint } from "./phenoprint.ts";
import { fitPhenotypeSpace, toPhenotypeSpace } from "./phenotype-space.ts";
import { type CompoundHit, type RescueOptions, rescueOf } from "./rescue.ts";
import { type RescueProjection, rescueProjection } from "./rescue-projection.ts";
import {
  type AxisEnds,
  axisEnds,
  checkShape,
  NAMELESS,
  type ProfileMatrix,
  platesOf,
  type ScreenWell,
  wellsWith,
} from "./screen-wells.ts";
import { HEALTHY, mapSentence } from "./sentences.ts";
import { type SideEffects, sideEffects } from "./side-effect.ts";
import { type DroppedFeature, type UsableFeatures, usableFeatures } from "./usable-features.ts";
import { VERDICT_RULES, type VerdictRules } from "./verdict.ts";

export interface ScreenOptions extends ExperimentMapOptions {
  /** Spacing of doses. Default "auto": linear when the doses are the steps 0, 1, 2 … or 1, 2, 3 …, else log10. */
  doseScale?: DoseScale | "auto";
  /** Default "µM", or "steps" for dose steps. */
  doseUnit?: string;
  /** Score by these features only (for example one nucleus/cytoplasm ratio) instead of all. */
  scoreFeatures?: readonly string[];
  rules?: VerdictRules;
  /** Sets of untreated wells that are judged as if they were compounds, to report false hits. Default 60; 0 for none. */
  mockCompounds?: number;
}

/** Everything that one screen says; plain JSON (a metric of too few wells is NaN, null in JSON). What cannot be said is null, and `missing` says why. */
export interface ScreenAnalysis {
  phenoprint: (Omit<Phenoprint, "scores"> & { scores: { plate: string; well: string; score: number | null }[] }) | null;
  hits: CompoundHit[];
  /** Mock compounds (untreated wells judged as compounds) that were called restoring, with Wilson's interval. */
  falseHits: { count: number; of: number; value: number; lower: number; upper: number } | null;
  map: ExperimentMap | null;
  /** "The disease gene looks like G2 and opposite to C4", or null. */
  mapSentence: string | null;
  projection: RescueProjection | null;
  features: { used: number; dropped: DroppedFeature[]; filled: number };
  /** Control wells set aside because they look nothing like their replicates. */
  unlikeControls: UnlikeControl[];
  missing: { part: "phenoprint" | "hits" | "map" | "projection"; reason: string }[];
}

/**
 * From normalised well profiles to answers: phenoprint, rescue of each compound, map, projection. Never throws for a screen without
 * controls, compounds or genes: the parts that can be made are made.
 * @param input profiles of shape (wells, features), normalised per plate, and what is known of each well, in the same order
 * @throws MapShapeError (maps/shape) unless there is one profile a well
 */
export function analyseScreen(input: {
  profiles: ProfileMatrix;
  wells: readonly ScreenWell[];
  options?: ScreenOptions;
}): ScreenAnalysis {
  const options = input.options ?? {};
  checkShape(input.profiles, input.wells);
  const usable = usableFeatures(input.profiles, input.wells);
  const ends = axisEnds(input.wells);
  const missing: ScreenAnalysis["missing"] = [];
  const result: ScreenAnalysis = {
    phenoprint: null,
    hits: [],
    falseHits: null,
    map: null,
    mapSentence: null,
    projection: null,
    features: { used: usable.features.length, dropped: usable.dropped, filled: usable.filled },
    unlikeControls: [],
    missing,
  };
  const included = input.wells.filter((well) => well.excluded === undefined).length;
  if (usable.features.length === 0 || included < 3) {
    const reason = usable.features.length === 0 ? "no feature varies between wells" : `only ${included} wells are left`;
    for (const part of ["phenoprint", "hits", "map", "projection"] as const) missing.push({ part, reason });
    return result;
  }
  const setAside = ends === undefined ? [] : unlikeControls(usable.values, input.wells, ends);
  const reasons = new Map(setAside.map(({ index }) => [index, "unlike its replicates"]));
  const wells = input.wells.map((well, i): ScreenWell => {
    const reason = reasons.get(i);
    return reason === undefined ? well : { ...well, excluded: reason };
  });
  result.unlikeControls = setAside.map(({ control }) => control);

  const centred = centrePlates(usable.values, wells, ends);
  const axis = ends === undefined ? undefined : wholeAxis(centred, wells, ends);
  const side =
    axis === undefined || ends === undefined
      ? undefined
      : sideEffects(axis, centred, wells, ends, { seed: options.seed ?? 1 });
  const print = tryPhenoprint(usable, wells, ends, options, missing);
  if (print !== undefined && ends !== undefined) {
    const scores = wells.map(({ plate, well }, i) => ({ plate, well, score: orNull(print.scores[i]!) }));
    result.phenoprint = { ...print, scores };
    result.hits = hitsOf(wells, print, side, ends, options);
    if (result.hits.length === 0) missing.push({ part: "hits", reason: "no compound wells have a score" });
    else result.falseHits = falseHits(wells, print, side, ends, options, result.hits);
    if (side === undefined) missing.push({ part: "projection", reason: "it needs two or more features" });
    else result.projection = rescueProjection(wells, print.scores, side, ends);
  } else {
    const reason = missing[0]?.reason ?? "there is no phenoprint";
    missing.push({ part: "hits", reason }, { part: "projection", reason });
  }
  const points = axis?.points ?? spaceWithoutAxis(centred, wells);
  const map = experimentMap(points, wells, ends, options);
  if (map.perturbations.length < 2) missing.push({ part: "map", reason: "fewer than two perturbations have wells" });
  else {
    result.map = map;
    result.mapSentence = mapSentence(map) ?? null;
  }
  return result;
}

function tryPhenoprint(
  usable: UsableFeatures,
  wells: readonly ScreenWell[],
  ends: AxisEnds | undefined,
  options: ScreenOptions,
  missing: ScreenAnalysis["missing"],
): Phenoprint | undefined {
  if (ends === undefined) {
    missing.push({
      part: "phenoprint",
      reason: "the metadata names no two kinds of controls (healthy and disease, or positive and negative)",
    });
    return undefined;
  }
  try {
    return phenoprint(onlyFeatures(usable, options.scoreFeatures), wells, ends, { onePlate: "within-plate" });
  } catch (error) {
    if (!(error instanceof PhenoprintRefusedError)) throw error;
    missing.push({ part: "phenoprint", reason: `${error.reason}. ${error.remedy}` });
    return undefined;
  }
}

function onlyFeatures(usable: UsableFeatures, names: readonly string[] | undefined): UsableFeatures {
  if (names === undefined) return usable;
  const kept = names.map((name) => usable.features.indexOf(name)).filter((j) => j >= 0);
  const data = new Float64Array(usable.values.rows * kept.length);
  for (let i = 0; i < usable.values.rows; i++) {
    kept.forEach((j, k) => {
      data[i * kept.length + k] = usable.values.data[i * usable.values.columns + j]!;
    });
  }
  return {
    ...usable,
    features: kept.map((j) => usable.features[j]!),
    values: { data, rows: usable.values.rows, columns: kept.length },
  };
}

function wholeAxis(values: Matrix, wells: readonly ScreenWell[], ends: AxisEnds): PhenotypeAxis {
  const included = wells.flatMap((well, i) => (well.excluded === undefined ? [i] : []));
  return fitAxis(values, wells, ends, included);
}

/** Without two kinds of controls: whitened by the one kind there is, else by all wells. */
function spaceWithoutAxis(centred: Matrix, wells: readonly ScreenWell[]): Matrix {
  const plates = platesOf(wells);
  const kinds = (["negative", "healthy", "disease", "positive"] as const).map((role) =>
    plates.map((plate) => wellsWith(wells, plate, role)).filter((group) => group.length > 1),
  );
  const controls = kinds.find((groups) => groups.flat().length >= 4);
  const all = plates.map((plate) =>
    wells.flatMap((well, i) => (well.plate === plate && well.excluded === undefined ? [i] : [])),
  );
  return toPhenotypeSpace(fitPhenotypeSpace(centred, controls ?? all.filter((group) => group.length > 0)), centred);
}

/** Whether doses are steps rather than concentrations: whole numbers without a gap, from 0 or 1, at least four. */
export function areDoseSteps(doses: readonly number[]): boolean {
  const distinct = [...new Set(doses)].sort((a, b) => a - b);
  const first = distinct[0];
  return distinct.length >= 4 && (first === 0 || first === 1) && distinct.every((dose, k) => dose === first + k);
}

function rescueOptions(wells: readonly ScreenWell[], ends: AxisEnds, options: ScreenOptions): RescueOptions {
  const doses = wells.flatMap((well) => (well.role === "compound" && well.doseUm !== null ? [well.doseUm] : []));
  const steps =
    options.doseScale === undefined || options.doseScale === "auto"
      ? areDoseSteps(doses)
      : options.doseScale === "linear";
  return {
    scale: steps ? "linear" : "log10",
    unit: options.doseUnit ?? (steps ? "steps" : "µM"),
    rules: options.rules ?? VERDICT_RULES,
    goal: ends.goal === "healthy" ? HEALTHY : "the positive control's phenotype",
  };
}

function hitsOf(
  wells: readonly ScreenWell[],
  print: Phenoprint,
  side: SideEffects | undefined,
  ends: AxisEnds,
  options: ScreenOptions,
): CompoundHit[] {
  const untreated = wells.flatMap((well, i) => (well.role === ends.start && well.excluded === undefined ? [i] : []));
  const treated = wells.flatMap((well, i) => (well.role === "compound" && well.excluded === undefined ? [i] : []));
  const names = [...new Set(treated.map((i) => wells[i]!.name ?? NAMELESS))].sort((a, b) =>
    a.localeCompare(b, "en", { numeric: true }),
  );
  const settings = rescueOptions(wells, ends, options);
  return names.flatMap((name) => {
    const members = treated.filter((i) => (wells[i]!.name ?? NAMELESS) === name && !Number.isNaN(print.scores[i]!));
    return members.length === 0 ? [] : [rescueOf(name, members, wells, print.scores, side, untreated, settings)];
  });
}

/**
 * Judges untreated wells as if they were compounds with the doses and replicates of the real ones: wells are dealt to the doses at
 * random within plates, so the share called restoring is the screen's own false-positive rate.
 */
function falseHits(
  wells: readonly ScreenWell[],
  print: Phenoprint,
  side: SideEffects | undefined,
  ends: AxisEnds,
  options: ScreenOptions,
  hits: readonly CompoundHit[],
): ScreenAnalysis["falseHits"] {
  const trials = options.mockCompounds ?? 60;
  const pattern = hits.reduce((most, hit) => (hit.doses.length > most.doses.length ? hit : most), hits[0]!);
  if (trials === 0 || pattern.doses.length === 0) return null;
  const random = seededRandom(options.seed ?? 1);
  const settings = rescueOptions(wells, ends, options);
  let count = 0;
  let of = 0;
  for (let trial = 0; trial < trials; trial++) {
    const mock: ScreenWell[] = [...wells];
    const members: number[] = [];
    const untreated: number[] = [];
    for (const plate of platesOf(wells)) {
      const controls = random.shuffle(
        wellsWith(wells, plate, ends.start).filter((i) => !Number.isNaN(print.scores[i]!)),
      );
      controls.forEach((well, k) => {
        const doseUm = pattern.doses[k];
        if (doseUm === undefined) untreated.push(well);
        else {
          mock[well] = { ...wells[well]!, doseUm };
          members.push(well);
        }
      });
    }
    if (members.length < 4) return null;
    const { verdict } = rescueOf("mock", members, mock, print.scores, side, untreated, settings);
    of++;
    if (verdict === "restores" || verdict === "partly restores") count++;
  }
  return { count, of, ...wilsonInterval(count, of) };
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
