import { MapShapeError } from "./errors.ts";
import type { GroupRow } from "./perturbation-group.ts";

/** One unit that a map is built from: a well, or the cells that one barcode marks. */
export interface MapUnit {
  /** Names the unit in its source: "plate P1, well C05". */
  id: string;
  perturbation: string;
  type: GroupRow["type"];
  symbol: string;
  /** µM; null for what has no dose. */
  concentration: number | null;
  /** Units that share their technical variation: a plate, or a batch of plates. */
  batch: string;
  experiment: string;
  /** Untreated, or of a guide without target: what alignment learns from. */
  control: boolean;
  /** Objects (cells) seen in it; null when they were not counted. */
  objects: number | null;
  /** Faults that quality control named. */
  flags: readonly string[];
  /** Mean intensity of each channel, channels in one order for all units; empty when not measured. */
  intensities: readonly number[];
}

/** Units with their features. */
export interface MapUnits {
  units: readonly MapUnit[];
  features: readonly string[];
  /** Of shape (units, features), row-major; a missing value is NaN. */
  values: Float32Array | Float64Array;
}

/** Long work can be ended, and tells how far it is. */
export interface BuildCall {
  signal?: AbortSignal;
  /** @param done of `total` parts of `step` */
  progress?: (step: string, done: number, total: number) => void;
}

/**
 * Units with features, checked to be of one shape.
 * @throws MapShapeError (maps/shape)
 */
export function mapUnits(units: readonly MapUnit[], features: readonly string[], values: MapUnits["values"]): MapUnits {
  if (values.length !== units.length * features.length)
    throw new MapShapeError("Feature values of a map's units", values.length, units.length * features.length);
  return { units, features, values };
}

/** Units and features chosen by index, in the order given; `features` undefined: all. */
export function takeUnits(from: MapUnits, indices: ArrayLike<number>, features?: readonly number[]): MapUnits {
  const width = from.features.length;
  const kept = features ?? Array.from({ length: width }, (_, j) => j);
  const values =
    from.values instanceof Float32Array
      ? new Float32Array(indices.length * kept.length)
      : new Float64Array(indices.length * kept.length);
  const whole = kept.length === width && kept.every((feature, j) => feature === j);
  for (let i = 0; i < indices.length; i++) {
    const start = indices[i]! * width;
    if (whole) values.set(from.values.subarray(start, start + width), i * width);
    else for (let j = 0; j < kept.length; j++) values[i * kept.length + j] = from.values[start + kept[j]!]!;
  }
  return {
    units: Array.from({ length: indices.length }, (_, i) => from.units[indices[i]!]!),
    features: kept.map((j) => from.features[j]!),
    values,
  };
}

/** Indices of units by a text of theirs, texts in order of first appearance. */
export function unitsBy(units: readonly MapUnit[], textOf: (unit: MapUnit) => string | null): Map<string, number[]> {
  const by = new Map<string, number[]>();
  units.forEach((unit, i) => {
    const text = textOf(unit);
    if (text === null) return;
    const members = by.get(text);
    if (members === undefined) by.set(text, [i]);
    else members.push(i);
  });
  return by;
}

/** What makes two units replicates: perturbation and concentration. */
export function treatmentOf(unit: Pick<MapUnit, "perturbation" | "concentration">): string {
  return unit.concentration === null ? unit.perturbation : `${unit.perturbation} ${unit.concentration} µM`;
}
