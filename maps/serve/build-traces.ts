import { columnOf, readParquet } from "@artesian/data";
import { rowLabel } from "../group-rows.ts";
import { treatmentOf } from "../map-units.ts";
import { readGroupFile } from "../read-group.ts";
import { rowSearch } from "../row-search.ts";
import type { GroupView } from "./group-view.ts";

interface Call {
  signal?: AbortSignal;
}

/** Units of a name that the build's filter left out. */
export interface DroppedUnits {
  units: number;
  reasons: Map<string, number>;
  /** By plate (batch). */
  batches: Map<string, number>;
  /** By treatment ("compound:C4 3 µM"): units that passed all rules but those on its number. */
  passed: Map<string, number>;
  perturbation: string | undefined;
  /** "TSC2", "C4"; "C4 at 3 µM" when all of them are of one concentration. */
  label: string | undefined;
}

/** Rules that say nothing against a unit itself. */
const OF_NUMBER = ["gene not expressed", "too few replicates"];

/** Finds the units that a name means, as rows are found by it, among those that were left out. */
export async function droppedUnits(view: GroupView, asked: string, call: Call): Promise<DroppedUnits> {
  const found: DroppedUnits = {
    units: 0,
    reasons: new Map(),
    batches: new Map(),
    passed: new Map(),
    perturbation: undefined,
    label: undefined,
  };
  if (view.manifest.files["dropped.parquet"] === undefined) return found;
  const table = await readParquet(await readGroupFile(view.place, view.manifest, "dropped.parquet", call));
  const cell = (name: string, row: number): string => String(columnOf(table, name)?.values[row] ?? "");
  const doses = columnOf(table, "concentration")?.values;
  const dropped = Array.from({ length: table.rowCount }, (_, row) => {
    const dose = doses?.[row];
    const concentration = typeof dose === "number" && !Number.isNaN(dose) ? dose : null;
    return { ...NO_ROW, perturbation: cell("perturbation", row), symbol: cell("symbol", row), concentration };
  });
  const add = (counts: Map<string, number>, name: string): void => void counts.set(name, (counts.get(name) ?? 0) + 1);
  const names = await view.names(call);
  for (const row of (await rowSearch(dropped, (id) => names.get(id))).paste(asked).rows) {
    const one = dropped[row]!;
    found.perturbation ??= one.perturbation;
    found.label ??= rowLabel(one);
    if (found.label !== rowLabel(one)) found.label = one.symbol;
    found.units++;
    const reason = cell("reason", row);
    add(found.reasons, reason);
    add(found.batches, cell("batch", row));
    if (OF_NUMBER.includes(reason)) add(found.passed, treatmentOf(one));
  }
  return found;
}

const NO_ROW = { type: "other", units: 1, experiment: null, arm: null, consistencyP: null } as const;

/** Units of a name that are controls, which no row is made of. */
export async function controlUnits(view: GroupView, asked: string, call: Call): Promise<number> {
  if (view.manifest.files["wells.parquet"] === undefined) return 0;
  const table = await readParquet(await readGroupFile(view.place, view.manifest, "wells.parquet", call));
  const [treatments, controls] = [columnOf(table, "treatment")?.values, columnOf(table, "control")?.values];
  const wanted = asked.toUpperCase();
  let units = 0;
  for (let row = 0; row < table.rowCount; row++) {
    if (controls?.[row] !== 1) continue;
    const treatment = String(treatments?.[row]).toUpperCase();
    if (treatment === wanted || treatment.replace(/^\w+:/, "") === wanted) units++;
  }
  return units;
}

/** Sources of relations and gene sets that speak of a name, whether or not the group has it. */
export async function sourcesNaming(view: GroupView, asked: string, call: Call): Promise<string[]> {
  const { relations, sets } = await view.knowledge(call);
  const wanted = asked.toUpperCase().replace(/^GENE:/, "");
  const isIt = (name: string): boolean => name.toUpperCase() === wanted;
  return [
    ...new Set([
      ...(relations?.edges ?? []).flatMap(({ a, b, source }) => (isIt(a) || isIt(b) ? [source] : [])),
      ...sets.flatMap(({ source, sets: own }) => (own.some(({ genes }) => genes.some(isIt)) ? [source] : [])),
    ]),
  ];
}

/** Concentrations (µM) at which the group has a name, when it is asked for with another one: "C4 5 µM". */
export async function otherConcentrations(view: GroupView, asked: string, call: Call): Promise<number[]> {
  const name = asked.trim().replace(/[\s@]+(?:at\s+)?\d\S*(?:\s*[nuµμm]M)?$/i, "");
  if (name === asked.trim()) return [];
  const rows = await view.rowsOf(await view.named(name, call), call);
  const found = rows.flatMap(({ concentration }) => concentration ?? []);
  return [...new Set(found)].sort((a, b) => a - b);
}
