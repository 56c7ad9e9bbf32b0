import { MAD_TO_SD, median } from "@artesian/numerics";
import { type MapUnits, takeUnits, treatmentOf, unitsBy } from "./map-units.ts";

/** Which units a map is built from; a rule that is left out drops nothing. */
export interface FilterRules {
  /** Fewest and most objects (cells) of a unit, both kept; units whose objects were not counted stay. */
  objects?: { least?: number; most?: number };
  /** Faults that exclude a unit; "any": each fault does. */
  flags?: readonly string[] | "any";
  /** Units with a channel whose log intensity is further from its batch's median than this many robust standard deviations. */
  intensityDeviations?: number;
  /** Fewest units of a perturbation at a concentration, counted after all other rules; controls stay. */
  replicates?: number;
  /** Symbols of expressed genes: units of other genes are left out; controls stay. */
  expressed?: ReadonlySet<string>;
  /** Features with a larger share of missing values are left out; then units with any missing value. Default 0.05. */
  missing?: number;
}

/** Why a unit is not in the map. */
export type DropReason =
  | `flag ${string}`
  | "too few objects"
  | "too many objects"
  | "missing values"
  | "intensity outlier"
  | "gene not expressed"
  | "too few replicates";

export interface FilteredUnits {
  kept: MapUnits;
  /** Index into the units given, with the first rule that dropped it, in the order of rules. */
  dropped: { unit: number; reason: DropReason }[];
  droppedFeatures: string[];
}

/** Drops units by the rules, in this order: flags, objects, missing values, intensity, expression, replicates. */
export function filterUnits(given: MapUnits, rules: FilterRules): FilteredUnits {
  const { units } = given;
  const reasons = new Map<number, DropReason>();
  const drop = (test: (index: number) => DropReason | undefined): void => {
    for (let i = 0; i < units.length; i++) {
      if (reasons.has(i)) continue;
      const reason = test(i);
      if (reason !== undefined) reasons.set(i, reason);
    }
  };
  const { flags, objects = {}, intensityDeviations, replicates = 1, expressed } = rules;
  if (flags !== undefined)
    drop((i) => {
      const found = units[i]!.flags.find((flag) => flags === "any" || flags.includes(flag));
      return found === undefined ? undefined : `flag ${found}`;
    });
  const { least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = objects;
  drop((i) => {
    const count = units[i]!.objects;
    if (count === null) return undefined;
    return count < least ? "too few objects" : count > most ? "too many objects" : undefined;
  });
  const keptFeatures = completeFeatures(given, reasons, rules.missing ?? 0.05);
  const width = given.features.length;
  drop((i) =>
    keptFeatures.every((j) => Number.isFinite(given.values[i * width + j]!)) ? undefined : "missing values",
  );
  if (intensityDeviations !== undefined) {
    const outliers = intensityOutliers(given, (i) => !reasons.has(i), intensityDeviations);
    drop((i) => (outliers.has(i) ? "intensity outlier" : undefined));
  }
  if (expressed !== undefined)
    drop((i) => {
      const { type, control, symbol } = units[i]!;
      return type === "gene" && !control && !expressed.has(symbol) ? "gene not expressed" : undefined;
    });
  const counts = new Map<string, number>();
  units.forEach((unit, i) => {
    if (!reasons.has(i)) counts.set(treatmentOf(unit), (counts.get(treatmentOf(unit)) ?? 0) + 1);
  });
  drop((i) => {
    const unit = units[i]!;
    return !unit.control && counts.get(treatmentOf(unit))! < replicates ? "too few replicates" : undefined;
  });
  const kept = units.flatMap((_, i) => (reasons.has(i) ? [] : [i]));
  const isKept = new Set(keptFeatures);
  return {
    kept: takeUnits(given, kept, keptFeatures),
    dropped: [...reasons].map(([unit, reason]) => ({ unit, reason })).sort((a, b) => a.unit - b.unit),
    droppedFeatures: given.features.filter((_, j) => !isKept.has(j)),
  };
}

/** Features that enough of the units left have. */
function completeFeatures(
  { units, features, values }: MapUnits,
  dropped: ReadonlyMap<number, DropReason>,
  missing: number,
): number[] {
  const width = features.length;
  const gaps = new Int32Array(width);
  for (let i = 0; i < units.length; i++) {
    if (dropped.has(i)) continue;
    for (let j = 0; j < width; j++) if (!Number.isFinite(values[i * width + j]!)) gaps[j]!++;
  }
  const left = units.length - dropped.size;
  return features.flatMap((_, j) => (gaps[j]! > missing * left ? [] : [j]));
}

/** Units far from their batch in the log intensity of a channel; a batch without spread has none. */
function intensityOutliers({ units }: MapUnits, isLeft: (unit: number) => boolean, deviations: number): Set<number> {
  const outliers = new Set<number>();
  for (const members of unitsBy(units, ({ batch }) => batch).values()) {
    const left = members.filter((i) => isLeft(i) && units[i]!.intensities.length > 0);
    const channels = Math.max(0, ...left.map((i) => units[i]!.intensities.length));
    for (let channel = 0; channel < channels; channel++) {
      const logs = left.map((i) => Math.log(Math.max(units[i]!.intensities[channel] ?? Number.NaN, Number.MIN_VALUE)));
      const known = logs.filter((value) => !Number.isNaN(value));
      const middle = median(known);
      const spread = MAD_TO_SD * median(known.map((value) => Math.abs(value - middle)));
      left.forEach((i, at) => {
        if (spread > 0 && Math.abs(logs[at]! - middle) > deviations * spread) outliers.add(i);
      });
    }
  }
  return outliers;
}
