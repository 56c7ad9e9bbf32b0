import { join } from "node:path";
import { readParquet, type Table, tableFromRows, writeCsv, writeDurably } from "@artesian/data";
import type { HitInput, Store } from "@artesian/store";
import type { Workspace } from "./workspace.ts";

/** What a run found, as `--json` prints it. */
export interface RunResults {
  run: string;
  complete: boolean;
  images: { seen: number; failed: number };
  plates: { id: string; wells: number; zPrime: number | null; zPrimeMissing: string | null }[];
  doseCurves: DoseCurveResult[];
  flags: { plate: string; well: string; site: number | null; channel: string | null; fault: string; reason: string }[];
  failures: { where: string; code: string; message: string }[];
  /** What was expected and never came, one line a well. */
  missing: string[];
  out: string;
  /** The same in sentences. */
  summary: string[];
}

export interface DoseCurveResult {
  name: string;
  verdict: string;
  unit: string;
  /** Null without an effect; with relation ">" or "<" it lies outside the doses tested. */
  ec50: number | null;
  relation: "=" | ">" | "<" | null;
  interval: [number | null, number | null] | null;
  maxRescue: number | null;
  sideEffect: number | null;
  fit: HitInput["fit"];
}

/**
 * Reads a finished run's answers from the store. Complete means: every image that came was measured, everything that was expected came,
 * and nothing is failed now; what failed earlier and was mended does not count.
 * @param settled whether the engine has nothing left open
 */
export async function collectResults(workspace: Workspace, experiment: string, settled: boolean): Promise<RunResults> {
  const { store } = workspace;
  const images = store.all("SELECT count(*) AS seen FROM image WHERE experiment_id = ?", experiment)[0];
  const failed = store.all(
    "SELECT count(*) AS failed FROM image_quality WHERE experiment_id = ? AND error_code IS NOT NULL",
    experiment,
  )[0];
  const plates = store
    .all(
      `SELECT plate.plate AS id, plate_result.metrics AS metrics, plate_result.status AS status, plate_result.z_prime_missing AS reason,
         (SELECT count(*) FROM well_profile WHERE well_profile.experiment_id = plate.experiment_id AND well_profile.plate = plate.plate AND well_profile.status <> 'failed') AS wells
       FROM plate LEFT JOIN plate_result ON plate_result.experiment_id = plate.experiment_id AND plate_result.plate = plate.plate
       WHERE plate.experiment_id = ? ORDER BY plate.run_order, plate.plate`,
      experiment,
    )
    .map((row) => ({
      id: String(row.id),
      wells: Number(row.wells),
      zPrime: (JSON.parse(String(row.metrics ?? "{}")) as { zPrime?: number | null }).zPrime ?? null,
      zPrimeMissing: row.reason === null || row.reason === undefined ? null : String(row.reason),
    }));
  const hits = store
    .all("SELECT doc FROM hit WHERE experiment_id = ? ORDER BY perturbation_id", experiment)
    .map((row) => JSON.parse(String(row.doc)) as HitInput);
  const flags = flagRows(store, experiment);
  const failures = store
    .all("SELECT * FROM failure WHERE experiment_id = ? ORDER BY plate, well, site, channel, node", experiment)
    .map((row) => ({
      where: [row.plate, row.well, row.site ? `site ${row.site}` : "", row.channel].filter(Boolean).join(" · "),
      code: String(row.code),
      message: String(row.message),
    }))
    // Tasks that stumble over the same thing say the same: a person hears it once.
    .filter(
      ({ where, message }, index, all) =>
        all.findIndex((one) => one.where === where && one.message === message) === index,
    );
  const missing = missingLines(store, experiment);
  const found = {
    run: workspace.runId,
    complete: settled && failures.length === 0 && missing.length === 0 && Number(failed?.failed ?? 0) === 0,
    images: { seen: Number(images?.seen ?? 0), failed: Number(failed?.failed ?? 0) },
    plates,
    doseCurves: hits.map(doseCurve),
    flags,
    failures,
    missing,
    out: workspace.dir,
  };
  return { ...found, summary: summarise(found, hits) };
}

function doseCurve(hit: HitInput): DoseCurveResult {
  return {
    name: hit.name,
    verdict: hit.verdict,
    unit: hit.unit ?? "µM",
    ec50: hit.ec50?.value ?? null,
    relation: hit.ec50?.relation ?? null,
    interval: hit.ec50 === null ? null : [hit.ec50.low, hit.ec50.high],
    maxRescue: hit.maxRescue?.value ?? null,
    sideEffect: hit.sideEffect,
    fit: hit.fit,
  };
}

function summarise(found: Omit<RunResults, "summary">, hits: readonly HitInput[]): string[] {
  return [
    `${found.images.seen} images, ${found.images.failed} failed`,
    ...found.plates.map(
      ({ id, wells, zPrime, zPrimeMissing }) =>
        `plate ${id}: ${wells} ${wells === 1 ? "well" : "wells"}, Z′ ${zPrime === null ? `not known${zPrimeMissing === null ? "" : ` (${zPrimeMissing.replace(/\.$/, "")})`}` : zPrime.toFixed(2)}`,
    ),
    ...found.flags.map(
      ({ plate, well, site, reason }) => `flag: ${plate} ${well}${site === null ? "" : ` site ${site}`}: ${reason}`,
    ),
    ...hits.map(({ sentence }) => sentence),
    ...found.missing.map((line) => `missing: ${line}`),
    ...found.failures.map(({ where, message }) => `failed: ${where}: ${message}`),
  ];
}

function missingLines(store: Store, experiment: string): string[] {
  const wells = store
    .all(
      "SELECT plate, well, missing FROM well_profile WHERE experiment_id = ? AND missing <> '[]' ORDER BY plate, well",
      experiment,
    )
    .map((row) => `${row.plate} ${row.well}: ${(JSON.parse(String(row.missing)) as string[]).join(", ")}`);
  const absent = store
    .all(
      `SELECT plate, well FROM well WHERE experiment_id = ? AND in_layout = 1 AND NOT EXISTS (
        SELECT 1 FROM image WHERE image.experiment_id = well.experiment_id AND image.plate = well.plate AND image.well = well.well)
       ORDER BY plate, well`,
      experiment,
    )
    .map((row) => `${row.plate} ${row.well}: the whole well`);
  return [...wells, ...absent];
}

function flagRows(store: Store, experiment: string): RunResults["flags"] {
  return store
    .all(
      "SELECT plate, well, site, channel, label, reason FROM flag WHERE experiment_id = ? ORDER BY plate, well, site, channel, label",
      experiment,
    )
    .map((row) => ({
      plate: String(row.plate),
      well: String(row.well),
      site: Number(row.site) === 0 ? null : Number(row.site),
      channel: row.channel === "" ? null : String(row.channel),
      fault: String(row.label),
      reason: String(row.reason),
    }));
}

/** Writes what people open: report.html and tables/ with image quality, profiles, hits and flags as CSV. */
export async function writeTables(workspace: Workspace, experiment: string): Promise<void> {
  const { dir, store, objects } = workspace;
  const csv = (name: string, table: Table): Promise<void> =>
    writeDurably(join(dir, "tables", `${name}.csv`), writeCsv(table));
  const quality = store.all(
    "SELECT plate, well, site, channel, metrics, error_message FROM image_quality WHERE experiment_id = ? ORDER BY plate, well, site, channel",
    experiment,
  );
  await csv(
    "image-quality",
    tableFromRows(
      quality.map((row) => ({
        Metadata_Plate: String(row.plate),
        Metadata_Well: String(row.well),
        Metadata_Site: Number(row.site),
        Metadata_Channel: String(row.channel),
        ...prefixed(row.metrics),
        Error: row.error_message === null ? null : String(row.error_message),
      })),
    ),
  );
  for (const row of store.all(
    "SELECT plate, profiles_uri FROM plate_result WHERE experiment_id = ? AND profiles_uri IS NOT NULL",
    experiment,
  )) {
    await csv(
      `profiles-${safeName(String(row.plate))}`,
      await readParquet(await objects.get(String(row.profiles_uri))),
    );
  }
  const hits = store
    .all("SELECT doc FROM hit WHERE experiment_id = ? ORDER BY perturbation_id", experiment)
    .map((row) => JSON.parse(String(row.doc)) as HitInput);
  if (hits.length > 0) {
    await csv(
      "hits",
      tableFromRows(
        hits.map(doseCurve).map(({ interval, fit, ...hit }) => ({
          ...hit,
          ec50Low: interval?.[0] ?? null,
          ec50High: interval?.[1] ?? null,
          hill: fit?.hill ?? null,
        })),
      ),
    );
  }
  const flags = flagRows(store, experiment);
  if (flags.length > 0) await csv("flags", tableFromRows(flags));
  const report = store.all(
    "SELECT uri FROM experiment_result WHERE experiment_id = ? AND kind = 'report'",
    experiment,
  )[0];
  if (report?.uri) await writeDurably(join(dir, "report.html"), await objects.get(String(report.uri)));
}

function prefixed(metrics: unknown): Record<string, number | null> {
  const parsed = JSON.parse(String(metrics ?? "{}")) as Record<string, number | null>;
  return Object.fromEntries(Object.entries(parsed ?? {}).map(([name, value]) => [`ImageQuality_${name}`, value]));
}

/** A plate's name as a file name. */
function safeName(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}._-]/gu, "_");
}
