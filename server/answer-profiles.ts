import { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { cellText, readParquet, type Table, tableFromRows, writeCsv } from "@artesian/data";
import type { FeatureDrop, IngestReport, ProfileDesign, ProfileSummary } from "@artesian/profiling";
import { type Experiment, findingsState, profilesOfExperiment, type StoredProfiles } from "@artesian/store";
import { provenanceOf } from "./answer-experiments.ts";
import type * as api from "./api.ts";
import type { ServerContext } from "./context.ts";
import { NotFoundError } from "./errors.ts";
import { page, url } from "./links.ts";

/** Word that stands for all plates together in an address. */
export const ALL_PLATES = "all";
/** Tables of a scope, by the name of their file. */
export const PROFILE_TABLES = ["raw", "normalized", "selected", "drops", "wells"] as const;
export type ProfileTable = (typeof PROFILE_TABLES)[number];

/** `GET /api/v1/experiments/:experiment/profiles` */
export async function profileList(context: ServerContext, experiment: Experiment): Promise<api.ProfileList> {
  const stored = await profilesOfExperiment(context.reader.db, experiment.id);
  const { failures } = await findingsState(context.reader.db, experiment);
  const there = new Set(stored.map(({ plate }) => plate));
  const missing = [
    ...failures
      .filter(({ what, plate }) => what === "result" && !there.has(plate))
      .map(({ plate, message }) => `Plate ${plate} has no profiles: ${message}`),
    ...(stored.length === 0 ? ["Profiles come when the first plate's wells are in."] : []),
    ...(stored.length > 0 && stored.every(({ plate }) => plate !== null)
      ? ["Profiles of all plates together come when every plate is in."]
      : []),
  ];
  return {
    experimentId: experiment.id,
    name: experiment.name,
    scopes: stored.map((one) => scopeOf(experiment.id, one)),
    missing,
  };
}

/** `GET /api/v1/experiments/:experiment/profiles/:scope` */
export async function profileDetail(
  context: ServerContext,
  experiment: Experiment,
  scope: string,
): Promise<api.ProfileDetail> {
  const stored = await storedScope(context, experiment, scope);
  const summary = await summaryOf(context, stored);
  return {
    experimentId: experiment.id,
    name: experiment.name,
    scope: scopeOf(experiment.id, stored),
    wells: summary.wells.map(({ pc, ...well }) => ({
      ...well,
      pc1: pc?.[0] ?? null,
      pc2: pc?.[1] ?? null,
      href: page.well(experiment.id, well.plate, well.well),
    })),
    drops: summary.features.drops.map(dropRow),
    pcaShare: summary.pcaShare,
    pairs: summary.replicates.pairs,
    curves: summary.curves,
    doseUnit: summary.design.doseUnit,
    ingest: stored.reportUri === null ? null : ingestSummary((await jsonOf(context, stored.reportUri)) as IngestReport),
    provenance: await provenanceOf(
      context,
      experiment,
      "Features in units of the controls' spread; features that say nothing or say it twice left out; components of what is left; strength is the root mean square over the selected features.",
      stored.at,
      {
        normalize: stored.normalizedBy,
        treatment: summary.design.treatment,
        dose: summary.design.dose,
        controls: summary.design.controls,
      },
    ),
  };
}

/** A table of a scope as CSV, in pieces: the largest have a million cells. */
export async function profileCsv(
  context: ServerContext,
  experiment: Experiment,
  scope: string,
  table: ProfileTable,
): Promise<string | Readable> {
  const stored = await storedScope(context, experiment, scope);
  if (table === "drops") {
    const drops = (await jsonOf(context, stored.dropsUri)) as FeatureDrop[];
    return writeCsv(tableFromRows(drops.map(dropRow)));
  }
  if (table === "wells") {
    const { wells } = await summaryOf(context, stored);
    const rows = wells.map(({ pc, control, ...well }) => ({
      ...well,
      control: control ? 1 : 0,
      pc1: pc?.[0] ?? null,
      pc2: pc?.[1] ?? null,
    }));
    return writeCsv(tableFromRows(rows));
  }
  const uri = { raw: stored.rawUri, normalized: stored.normalizedUri, selected: stored.selectedUri }[table];
  if (uri === null)
    throw new NotFoundError(
      "table",
      `${table} of ${scope}`,
      "All plates together have no raw table: each plate has its own.",
    );
  return Readable.from(csvPieces(await readParquet(await context.objects.get(uri))));
}

const ROWS_AT_ONCE = 16;

async function* csvPieces(table: Table): AsyncGenerator<string> {
  const quote = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  yield `${table.columns.map(({ name }) => quote(name)).join(",")}\n`;
  for (let row = 0; row < table.rowCount; row += ROWS_AT_ONCE) {
    const last = Math.min(table.rowCount, row + ROWS_AT_ONCE);
    let text = "";
    for (let i = row; i < last; i++)
      text += `${table.columns.map((column) => quote(cellText(column, i) ?? "")).join(",")}\n`;
    yield text;
    await setImmediate();
  }
}

async function storedScope(context: ServerContext, experiment: Experiment, scope: string): Promise<StoredProfiles> {
  const stored = await profilesOfExperiment(context.reader.db, experiment.id);
  const found = stored.find(({ plate }) => (scope === ALL_PLATES ? plate === null : plate === scope));
  if (found === undefined)
    throw new NotFoundError(
      "profiles",
      `${scope} of experiment ${experiment.id}`,
      `A plate's profiles come when its wells are in; "${ALL_PLATES}" when every plate is.`,
    );
  return found;
}

async function summaryOf(
  context: ServerContext,
  stored: StoredProfiles,
): Promise<ProfileSummary & { design: ProfileDesign }> {
  return (await jsonOf(context, stored.summaryUri)) as ProfileSummary & { design: ProfileDesign };
}

async function jsonOf(context: ServerContext, uri: string): Promise<unknown> {
  return JSON.parse(new TextDecoder().decode(await context.objects.get(uri)));
}

function scopeOf(experimentId: string, stored: StoredProfiles): api.ProfileScope {
  const scope = stored.plate ?? ALL_PLATES;
  const file = (table: ProfileTable): string =>
    url.experiment(experimentId, `profiles/${encodeURIComponent(scope)}/${table}.csv`);
  return {
    plate: stored.plate,
    label: stored.plate ?? "all plates",
    measured: stored.measured,
    kept: stored.kept,
    replicates: stored.replicates,
    normalizedBy: stored.normalizedBy,
    files: {
      raw: stored.rawUri === null ? null : file("raw"),
      normalized: stored.normalizedUri === null ? null : file("normalized"),
      selected: file("selected"),
      drops: file("drops"),
      wells: file("wells"),
    },
    href: `${page.experiment(experimentId)}/profiles${stored.plate === null ? "" : `?plate=${encodeURIComponent(stored.plate)}`}`,
    madeAt: stored.at,
  };
}

function dropRow({ feature, operation, reason, partner }: FeatureDrop): api.FeatureDropRow {
  return { feature, operation, reason, partner: partner ?? null };
}

const NOTES_AT_MOST = 500;

function ingestSummary(report: IngestReport): NonNullable<api.ProfileDetail["ingest"]> {
  const words = (profile: Record<string, string | number>): string => Object.values(profile).join(" ");
  const notes = [
    ...report.sets.flatMap((set) =>
      set.status === "duplicate"
        ? [{ what: set.name, message: `its image table is that of ${set.duplicateOf ?? "another set"}, byte for byte` }]
        : set.problems.map(({ file, message }) => ({ what: file, message })),
    ),
    ...report.incomplete.map(({ profile, missing }) => ({
      what: words(profile),
      message: `lacks ${missing.join(", ")}`,
    })),
    ...report.dropped.map(({ profile, reason }) => ({ what: words(profile), message: reason })),
    ...report.nonNumeric.map(({ column, cells, example }) => ({
      what: column,
      message: `${cells} cells are no numbers, such as "${example}": missing values`,
    })),
  ];
  return { ...report.counts, notes: notes.slice(0, NOTES_AT_MOST) };
}
