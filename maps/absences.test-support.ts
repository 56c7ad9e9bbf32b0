/** Test-only: a map from which something is absent for each reason that there is, and what is to be said of it. */
import type { Place } from "@artesian/data";
import { type MapUnit, takeUnits } from "./map-units.ts";
import { type OtherMap, preparedMap } from "./prepared-map.test-support.ts";
import { publishGroups } from "./publish-groups.ts";
import type { MissingStep } from "./why-missing.ts";

export interface Absence {
  kind: string;
  asked: string;
  /** The first step that fails. */
  step: MissingStep;
  /** Part of the sentence that only this cause has. */
  says: string;
  remedy: string;
}

const LOOK_AT_WELLS = "Look at the flagged wells; pass them if the flags are wrong, or image them again.";
const MORE_WELLS = "Add wells of it, or ask for fewer replicates (filter.replicates), and build again.";
const ADD_SCREEN = "Add a screen that holds it to the group's inputs, and build again.";
const wells = (symbol: string, reason: string): string =>
  `Of the 4 wells of ${symbol} 0 passed quality control, 2 are needed (4 for "${reason}")`;

export const ABSENCES: readonly Absence[] = [
  { kind: "out of focus", asked: "G0002", step: "wells", says: wells("G0002", "flag blurred"), remedy: LOOK_AT_WELLS },
  {
    kind: "few cells",
    asked: "gene:G0003",
    step: "wells",
    says: wells("G0003", "too few objects"),
    remedy: LOOK_AT_WELLS,
  },
  { kind: "clumped", asked: "g0004", step: "wells", says: wells("G0004", "too many objects"), remedy: LOOK_AT_WELLS },
  { kind: "no numbers", asked: "G0005", step: "wells", says: wells("G0005", "missing values"), remedy: LOOK_AT_WELLS },
  { kind: "bright", asked: "G0010", step: "wells", says: wells("G0010", "intensity outlier"), remedy: LOOK_AT_WELLS },
  {
    kind: "too few replicates",
    asked: "G0006",
    step: "wells",
    says: "G0006 has 1 well, 2 are needed",
    remedy: MORE_WELLS,
  },
  {
    kind: "too few replicates at each concentration",
    asked: "C3",
    step: "wells",
    says: "C3 has 1 well at each of 3 concentrations, or fewer, 2 are needed",
    remedy: MORE_WELLS,
  },
  {
    kind: "flagged at this concentration alone",
    asked: "C2 10 µM",
    step: "wells",
    says: wells("C2 at 10 µM", "flag blurred"),
    remedy: LOOK_AT_WELLS,
  },
  {
    kind: "not expressed",
    asked: "G0007",
    step: "filters",
    says: 'The filter "expression" left G0007 out',
    remedy: "Change the filter and build again, if it should not apply.",
  },
  {
    kind: "a control",
    asked: "control",
    step: "filters",
    says: "Control is a control",
    remedy: "Look for it in the control cloud of a projection; to give it a row, take it out of the build's controls.",
  },
  {
    kind: "never screened",
    asked: "G0008",
    step: "source",
    says: "G0008 is in none of the screens that feed this group",
    remedy: ADD_SCREEN,
  },
  {
    kind: "at other concentrations",
    asked: "C1 5 µM",
    step: "source",
    says: "it is there at 0.1, 1 and 10 µM",
    remedy: "Ask for one of those, or add a screen that holds it at this one, and build again.",
  },
  {
    kind: "in an older version only",
    asked: "G0024",
    step: "source",
    says: "G0024 is in none of the screens that feed this group",
    remedy: ADD_SCREEN,
  },
  {
    kind: "misspelt",
    asked: "G00X1",
    step: "name",
    says: '"G00X1" is no name of a perturbation; close to it are gene:G0001',
    remedy: "Check the spelling, or add the name to the table of genes or compounds.",
  },
];

/** What befell the wells of a name; null: they were never made. */
const BEFELL: Readonly<Record<string, ((unit: MapUnit, nth: number) => MapUnit | null) | undefined>> = {
  G0002: (unit) => ({ ...unit, flags: ["blurred"] }),
  G0003: (unit) => ({ ...unit, objects: 3 }),
  G0004: (unit) => ({ ...unit, objects: 9000 }),
  G0006: (unit, nth) => (nth === 0 ? unit : null),
  G0008: () => null,
  G0010: (unit) => ({ ...unit, intensities: [1e6] }),
  G0024: () => null,
  C2: (unit) => (unit.concentration === 10 ? { ...unit, flags: ["blurred"] } : unit),
  C3: (unit, nth) => (nth === 0 ? unit : null),
};

const OTHER: OtherMap = {
  zFpkm: { G0007: -5 },
  filter: {
    replicates: 2,
    flags: "any",
    objects: { least: 10, most: 5000 },
    intensityDeviations: 8,
    expressedAbove: -4.5,
  },
  units(simulated) {
    const seen = new Map<string, number>();
    const kept: number[] = [];
    const units: MapUnit[] = [];
    const width = simulated.features.length;
    const values = simulated.values.slice();
    simulated.units.forEach((given, i) => {
      const place = `${given.symbol} ${given.concentration}`;
      const nth = seen.get(place) ?? 0;
      seen.set(place, nth + 1);
      const unit = { ...given, flags: [], objects: 200, intensities: [100 + (i % 17)] };
      const found = BEFELL[given.symbol]?.(unit, nth) ?? (BEFELL[given.symbol] === undefined ? unit : null);
      if (given.symbol === "G0005") values.fill(Number.NaN, i * width, (i + 1) * width);
      units.push(found ?? unit);
      if (found !== null) kept.push(i);
    });
    return takeUnits({ ...simulated, units, values }, kept);
  },
};

/** Publishes a map that has everything, then the one that lacks something for each reason. */
export async function publishAbsences(store: Place, id = "demo"): Promise<void> {
  await publishGroups(store, preparedMap({ id }).groups.slice(0, 1));
  await publishGroups(store, preparedMap({ id, other: OTHER }).groups.slice(0, 1), { force: true });
}
