import { MapShapeError } from "./errors.ts";

/**
 * What a well is for. `healthy` and `disease` are the ends of a rescue screen; `positive` and `negative` those of any other assay.
 * `compound` wells are treated disease (or negative) cells, `gene` wells knock-outs in healthy (or negative) cells.
 */
export type WellRole = "healthy" | "disease" | "positive" | "negative" | "gene" | "compound" | "other";

/** What is known of a well. */
export interface ScreenWell {
  plate: string;
  /** Name such as "C05". */
  well: string;
  role: WellRole;
  /** Compound, gene or control; null in a dose series without names. */
  name: string | null;
  /** Dose in µM, or a dose step; null where there is none. */
  doseUm: number | null;
  /** Cells counted, for the toxicity rule. */
  cellCount?: number | null;
  /** Set to leave the well out of everything, with the reason (for example "defocus"). */
  excluded?: string;
}

/** Profiles as `profiling` makes them; metadata is not needed here. */
export interface ProfileMatrix {
  features: readonly string[];
  /** Of shape (wells, features), row-major. */
  values: Float64Array;
}

/** The two ends of the phenotype axis: wells go from `start` (1 on the score) to `goal` (0). */
export interface AxisEnds {
  start: "disease" | "negative";
  goal: "healthy" | "positive";
}

/** The ends that a screen has: healthy and disease, else positive and negative; undefined when there are no two kinds of controls. */
export function axisEnds(wells: readonly ScreenWell[]): AxisEnds | undefined {
  const has = (role: WellRole): boolean => wells.some((well) => well.role === role && well.excluded === undefined);
  if (has("disease") && has("healthy")) return { start: "disease", goal: "healthy" };
  if (has("negative") && has("positive")) return { start: "negative", goal: "positive" };
  return undefined;
}

/** @throws MapShapeError (maps/shape) unless there is one profile a well */
export function checkShape(profiles: ProfileMatrix, wells: readonly ScreenWell[]): void {
  const expected = wells.length * profiles.features.length;
  if (profiles.values.length !== expected)
    throw new MapShapeError("Profiles of a screen", profiles.values.length, expected);
}

/** Wells of a plate with a role, as indices, leaving out excluded wells. */
export function wellsWith(wells: readonly ScreenWell[], plate: string, role: WellRole): number[] {
  return wells.flatMap((well, i) =>
    well.plate === plate && well.role === role && well.excluded === undefined ? [i] : [],
  );
}

/** Plates in order of first appearance. */
export function platesOf(wells: readonly ScreenWell[]): string[] {
  return [...new Set(wells.map((well) => well.plate))];
}

/** Name of a dose series whose compound the metadata does not name. */
export const NAMELESS = "dose series";
