import { GroupFileError, StoreUnreachableError } from "../errors.ts";
import { treatmentOf } from "../map-units.ts";
import type { GroupRow } from "../perturbation-group.ts";
import { type MissingFacts, type WhyMissing, whyMissing } from "../why-missing.ts";
import { controlUnits, droppedUnits, otherConcentrations, sourcesNaming } from "./build-traces.ts";
import type { GroupView } from "./group-view.ts";
import type { Lease, MapService } from "./map-service.ts";

interface Call {
  signal?: AbortSignal;
}

/** Why a name is missing, with what the group has of it. */
export interface MissingTold extends WhyMissing {
  /** Its rows, all experiments together. */
  rows: Pick<GroupRow, "perturbation" | "concentration" | "units" | "consistencyP" | "arm">[];
  /** Units of it that the build's filter left out, by reason. */
  dropped: Record<string, number>;
  /** Plates (batches) that its units lie on, with how many were kept and left out; an experiment is null where only left-out units name the plate. */
  plates: { experiment: string | null; plate: string; kept: number; dropped: number }[];
  /** Other versions of the group that have it, when this one does not; the newest ten are looked into. */
  otherVersions: string[];
}

/** What could hide a row of a page. */
export interface PageSettings {
  /** Kinds of rows shown; undefined: all. */
  type?: string;
  /** Rows drawn; undefined: all. */
  rows?: readonly number[];
}

/**
 * Walks from a name to the page: is it a name, did the inputs hold it, did its wells pass, which versions have it, where is the version kept, what does the page
 * hide. The first step that fails is the answer.
 */
export async function askMissing(
  service: Pick<MapService, "lease" | "groups" | "catalog" | "status">,
  lease: Lease,
  asked: string,
  settings: PageSettings = {},
  call: Call = {},
): Promise<MissingTold> {
  const { view } = lease;
  const named = await view.named(asked, call);
  const all = named.length > 0 ? named : (await view.search(call)).paste(asked).rows;
  const rows = await view.rowsOf(all, call);
  const dropped = await droppedUnits(view, asked, call);
  const versions = await versionsHolding(service, view, asked, all.length > 0, call);
  const [first] = rows;
  // What neither has a row nor was left out: a control, a gene that only papers name, a concentration that nobody tried.
  const isNowhere = first === undefined && dropped.units === 0;
  const controls = isNowhere ? await controlUnits(view, asked, call) : 0;
  const doses = isNowhere ? await otherConcentrations(view, asked, call) : [];
  const namedBy = isNowhere ? await sourcesNaming(view, asked, call) : [];
  const isKnown =
    !isNowhere || controls > 0 || doses.length > 0 || namedBy.length > 0 || versions.some(({ holds }) => holds);
  const perturbation = first?.perturbation ?? dropped.perturbation ?? asked;
  const label = first?.symbol ?? dropped.label ?? asked;
  const whole = rows.filter(({ experiment }) => experiment === null);
  const norms = await view.normsOf(all, call);
  const kept = whole.reduce((sum, row) => sum + row.units, 0);
  const total = kept + dropped.units + controls;
  const { replicates = 1 } = view.manifest.recipe.filter;
  const unexpressed = dropped.reasons.get("gene not expressed") ?? 0;
  const failures = [...dropped.reasons].filter(
    ([reason]) => !reason.startsWith("gene not") && !reason.startsWith("too few rep"),
  );
  const group = service.groups().find(({ id }) => id === view.manifest.id);
  const { inputs } = view.manifest;
  const facts: MissingFacts = {
    asked,
    version: view.name,
    resolved: isKnown ? { perturbation, label } : { suggestions: await closeTo(view, asked, call) },
    sources: [
      { source: inputs.length === 1 ? inputs[0]!.uri : `the ${inputs.length} inputs of the build`, holds: total > 0 },
    ],
    otherConcentrations: doses,
    isControl: controls > 0,
    hasLength: all.length === 0 || norms.some((norm) => norm > 0),
    wells: {
      total,
      // Those that only its expression, or their number, kept out had passed what is asked of a well. Replicates are counted at each concentration.
      passed: kept > 0 ? kept + sumOf(dropped.passed.values()) : controls + Math.max(0, ...dropped.passed.values()),
      needed: replicates,
      concentrations: kept > 0 ? 1 : dropped.passed.size,
      failures: failures.map(([reason, wells]) => ({ reason: `for "${reason}"`, wells })),
    },
    filters: [{ filter: "expression", passed: unexpressed === 0, words: `it is not expressed (${unexpressed} wells)` }],
    versions,
    layers: [
      { layer: "store", holds: group?.layers.store !== "unreachable" || lease.layer !== "store" },
      {
        layer: "server",
        holds: group === undefined || group.drift === null || lease.manifest.version === group.version.version,
      },
    ],
    settings: settingsOf(
      settings,
      all,
      whole.map(({ type }) => type),
    ),
  };
  return {
    ...whyMissing(facts),
    rows: whole.map(({ perturbation: of, concentration, units, consistencyP, arm }) => {
      return { perturbation: of, concentration, units, consistencyP, arm };
    }),
    dropped: Object.fromEntries(dropped.reasons),
    plates: await platesOf(view, new Set(all), dropped.batches, call),
    otherVersions: versions.flatMap(({ version, holds }) => (holds && version !== view.name ? [version] : [])),
  };
}

/** What was found in a group, in a line. */
export function missingSentence(group: string, told: MissingTold): string {
  const { rows, sentence, remedy, dropped, otherVersions, failed } = told;
  const reasons = Object.entries(dropped).map(([reason, count]) => `${count} for "${reason}"`);
  const lost = reasons.length > 0 ? ` Units dropped: ${reasons.join(", ")}.` : "";
  if (rows.length > 0 && failed === null)
    return `${group}: ${rows.map((row) => `${treatmentOf(row)} of ${row.units} units`).join("; ")}.${lost}`;
  const others = otherVersions.length > 0 ? ` Other versions have it: ${otherVersions.join(", ")}.` : "";
  return `${group}: ${sentence}${lost}${others} ${remedy}`;
}

const sumOf = (counts: Iterable<number>): number => [...counts].reduce((sum, count) => sum + count, 0);

/** Where units of some rows, and those left out, were acquired. */
async function platesOf(
  view: GroupView,
  rows: ReadonlySet<number>,
  dropped: ReadonlyMap<string, number>,
  call: Call,
): Promise<MissingTold["plates"]> {
  if (rows.size === 0 && dropped.size === 0) return [];
  const units = view.manifest.files["wells.parquet"] === undefined ? [] : await view.units(call);
  const experiments = new Map(units.map(({ batch, experiment }) => [batch, experiment]));
  const kept = new Map<string, number>();
  for (const { row, batch } of units) if (row !== null && rows.has(row)) kept.set(batch, (kept.get(batch) ?? 0) + 1);
  return [...new Set([...kept.keys(), ...dropped.keys()])].sort().map((plate) => ({
    experiment: experiments.get(plate) ?? null,
    plate,
    kept: kept.get(plate) ?? 0,
    dropped: dropped.get(plate) ?? 0,
  }));
}

/** Versions of the group, newest first, and whether each holds the name. */
async function versionsHolding(
  service: Pick<MapService, "lease" | "catalog">,
  view: GroupView,
  asked: string,
  isHere: boolean,
  call: Call,
): Promise<{ version: string; holds: boolean }[]> {
  const { id } = view.manifest;
  const versions = service.catalog().groups.find((group) => group.id === id)?.versions ?? [];
  // Older versions are looked into only when this one lacks it.
  const others = isHere ? [] : versions.slice(0, 10);
  const holding = new Map<string, boolean>([[view.name, isHere]]);
  for (const { version } of others) {
    const name = `${id}@${version}`;
    if (holding.has(name)) continue;
    const lease = await service.lease(name).catch(unlessUnread);
    if (lease === undefined) continue;
    try {
      holding.set(name, (await lease.view.named(asked, call)).length > 0);
    } catch (error) {
      unlessUnread(error);
    } finally {
      lease.release();
    }
  }
  return [...holding].map(([version, holds]) => ({ version, holds }));
}

/** An older version that cannot be read now says nothing of what it holds; the walk goes on without it. */
function unlessUnread(error: unknown): undefined {
  if (!(error instanceof StoreUnreachableError) && !(error instanceof GroupFileError)) throw error;
}

function settingsOf(
  { type, rows }: PageSettings,
  own: readonly number[],
  types: readonly string[],
): MissingFacts["settings"] {
  return [
    {
      setting: `only ${type ?? "all"} rows`,
      hides: type !== undefined && types.length > 0 && !types.includes(type),
      undo: "show rows of every kind.",
    },
    {
      setting: "the rows chosen",
      hides: rows !== undefined && own.length > 0 && !own.some((row) => rows.includes(row)),
      undo: "add it to the rows of the page.",
    },
  ];
}

async function closeTo(view: GroupView, asked: string, call: Call): Promise<string[]> {
  const search = await view.search(call);
  const five = { limit: 5 };
  const found = search.search(asked, five);
  const { matches } = found.total > 0 ? found : search.search(asked.slice(0, Math.max(2, asked.length - 2)), five);
  const rows = await view.rowsOf(
    matches.map(({ row }) => row),
    call,
  );
  return [...new Set(rows.map(treatmentOf))];
}
