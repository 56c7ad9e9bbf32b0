import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { Database } from "./schema.ts";
import { formatOf } from "./well-place.ts";

export type Db = Kysely<Database>;

export interface Experiment {
  id: string;
  name: string;
  workflow: string;
  channels: string[];
  sitesPerWell: number;
  pixelSizeUm: number | null;
  doc: Record<string, unknown>;
  codeVersion: string;
  createdAt: string;
  updatedAt: string;
}

export interface Page {
  /** Rows at most. */
  limit: number;
  /** Rows to leave out at the start. */
  offset: number;
}

/** Experiments, last touched first; `q` is looked for in id and name. */
export async function listExperiments(
  db: Db,
  options: Page & { q?: string },
): Promise<{ experiments: Experiment[]; total: number }> {
  let query = db.selectFrom("experiment");
  if (options.q) {
    const pattern = likePattern(options.q);
    query = query.where(sql<boolean>`(id LIKE ${pattern} ESCAPE '\\' OR name LIKE ${pattern} ESCAPE '\\')`);
  }
  const { total } = await query.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  const rows = await query
    .selectAll()
    .orderBy("updated_at", "desc")
    .orderBy("id")
    .limit(options.limit)
    .offset(options.offset)
    .execute();
  return { experiments: rows.map(experimentOf), total: Number(total) };
}

/** One experiment, or undefined. */
export async function experimentById(db: Db, id: string): Promise<Experiment | undefined> {
  const row = await db.selectFrom("experiment").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : experimentOf(row);
}

function experimentOf(row: Database["experiment"]): Experiment {
  return {
    id: row.id,
    name: row.name,
    workflow: row.workflow,
    channels: JSON.parse(row.channels),
    sitesPerWell: row.sites_per_well,
    pixelSizeUm: row.pixel_size_um,
    doc: JSON.parse(row.doc),
    codeVersion: row.code_version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export interface PlateOverview {
  plate: string;
  /** Place in run order, from 1. */
  order: number;
  format: { wells: number; rows: number; columns: number };
  /** waiting = no image yet; the result's own status once there is one. */
  status: "waiting" | "imaging" | "complete" | "incomplete";
  wells: { total: number; imaged: number; done: number; failed: number };
  images: { seen: number; expected: number; failed: number };
  metrics: Record<string, number | null>;
  zPrimeMissing: string | null;
  missing: string[];
  windows: Record<string, { lo: number; hi: number }>;
  spriteUri: string | null;
  /** Flagged wells by fault label, most wells first. */
  flagged: { label: string; wells: string[]; since: string }[];
  /** Standing verdict on the plate as a whole. */
  verdict: "pass" | "re-image" | "fail" | null;
  firstImageAt: string | null;
  lastImageAt: string | null;
  resultAt: string | null;
}

/** An experiment's plates in run order, each with its counts, metrics and flags. */
export async function plateOverview(db: Db, experiment: Experiment): Promise<PlateOverview[]> {
  const id = experiment.id;
  const imagesPerWell = experiment.sitesPerWell * experiment.channels.length;
  const plates = await db.selectFrom("plate").selectAll().where("experiment_id", "=", id).execute();
  const wells = await db
    .selectFrom("well")
    .select((eb) => [
      "plate",
      eb.fn.countAll<number>().as("count"),
      eb.fn.max("row_index").as("row"),
      eb.fn.max("column_index").as("column"),
    ])
    .where("experiment_id", "=", id)
    .groupBy("plate")
    .execute();
  const perWell = db
    .selectFrom("image")
    .select((eb) => ["plate", "well", eb.fn.countAll<number>().as("images")])
    .where("experiment_id", "=", id)
    .groupBy(["plate", "well"]);
  const images = await db
    .selectFrom(perWell.as("w"))
    .select((eb) => [
      "plate",
      eb.fn.sum<number>("images").as("seen"),
      eb.fn.sum<number>(eb.case().when("images", ">=", imagesPerWell).then(1).else(0).end()).as("imaged"),
    ])
    .groupBy("plate")
    .execute();
  const times = await Promise.all(plates.map((row) => imagedBetween(db, id, row.plate)));
  const failedImages = await db
    .selectFrom("image_quality")
    .select((eb) => ["plate", eb.fn.countAll<number>().as("count")])
    .where("experiment_id", "=", id)
    .where("error_code", "is not", null)
    .groupBy("plate")
    .execute();
  const profiles = await db
    .selectFrom("well_profile")
    .select((eb) => ["plate", "status", eb.fn.countAll<number>().as("count")])
    .where("experiment_id", "=", id)
    .groupBy(["plate", "status"])
    .execute();
  const results = await db.selectFrom("plate_result").selectAll().where("experiment_id", "=", id).execute();
  const flags = await db
    .selectFrom("flag")
    .select((eb) => ["plate", "well", "label", eb.fn.min("at").as("since")])
    .where("experiment_id", "=", id)
    .groupBy(["plate", "well", "label"])
    .orderBy("well")
    .execute();
  const verdicts = await db
    .selectFrom("verdict")
    .select(["plate", "verdict"])
    .where("experiment_id", "=", id)
    .where("well", "=", "")
    .where("undone_at", "is", null)
    .orderBy("at")
    .execute();

  const ordered = plates.sort(
    (a, b) => a.run_order - b.run_order || a.plate.localeCompare(b.plate, "en", { numeric: true }),
  );
  return ordered.map((row, index) => {
    const { plate } = row;
    const layout = wells.find((other) => other.plate === plate);
    const seen = images.find((other) => other.plate === plate);
    const time = times.find((other) => other.plate === plate);
    const result = results.find((other) => other.plate === plate);
    const done = profiles.filter((other) => other.plate === plate);
    const count = (statuses: string[]) =>
      done.filter((other) => statuses.includes(other.status)).reduce((sum, other) => sum + Number(other.count), 0);
    const total = Number(layout?.count ?? 0);
    const hasResult = result !== undefined && result.generation > 0;
    const byLabel = new Map<string, { label: string; wells: string[]; since: string }>();
    for (const flag of flags.filter((other) => other.plate === plate)) {
      const entry = byLabel.get(flag.label) ?? { label: flag.label, wells: [], since: flag.since };
      entry.wells.push(flag.well);
      if (flag.since > entry.since) entry.since = flag.since;
      byLabel.set(flag.label, entry);
    }
    return {
      plate,
      order: index + 1,
      format: formatOf(row.format_wells, Number(layout?.row ?? 0), Number(layout?.column ?? 0)),
      status: statusOf(experiment, hasResult ? result.status : undefined, seen !== undefined),
      wells: {
        total,
        imaged: Number(seen?.imaged ?? 0),
        done: count(["complete", "incomplete"]),
        failed: count(["failed"]),
      },
      images: {
        seen: Number(seen?.seen ?? 0),
        expected: total * imagesPerWell,
        failed: Number(failedImages.find((other) => other.plate === plate)?.count ?? 0),
      },
      metrics: result ? JSON.parse(result.metrics) : {},
      zPrimeMissing: result?.z_prime_missing ?? null,
      missing: result ? JSON.parse(result.missing) : [],
      windows: result ? JSON.parse(result.windows) : {},
      spriteUri: result?.sprite_uri ?? null,
      flagged: [...byLabel.values()].sort((a, b) => b.wells.length - a.wells.length || a.label.localeCompare(b.label)),
      verdict: (verdicts.filter((other) => other.plate === plate).at(-1)?.verdict ?? null) as PlateOverview["verdict"],
      firstImageAt: time?.first ?? null,
      lastImageAt: time?.last ?? null,
      resultAt: hasResult ? result.at : null,
    };
  });
}

function statusOf({ workflow }: Experiment, result: string | undefined, imaged: boolean): PlateOverview["status"] {
  if (result !== undefined) return result === "complete" ? "complete" : "incomplete";
  if (imaged) return "imaging";
  return readingsOnly(workflow) ? "complete" : "waiting";
}

/** First and last image of a plate; each is one step into an index, however many images there are. */
async function imagedBetween(
  db: Db,
  experimentId: string,
  plate: string,
): Promise<{ plate: string; first: string | null; last: string | null }> {
  const seen = (direction: "asc" | "desc") =>
    db
      .selectFrom("image")
      .select("seen_at")
      .where("experiment_id", "=", experimentId)
      .where("plate", "=", plate)
      .orderBy("seen_at", direction)
      .limit(1)
      .executeTakeFirst();
  const [first, last] = await Promise.all([seen("asc"), seen("desc")]);
  return { plate, first: first?.seen_at ?? null, last: last?.seen_at ?? null };
}

export type ExperimentState = "waiting" | "imaging" | "analysing" | "complete" | "incomplete";

/**
 * How far an experiment is.
 * @param runs states of its runs
 * @param answered is the answer of the whole experiment there
 * @param imagedHere false when its wells were measured elsewhere: then no image is awaited
 * @param expectedPlates of such an experiment: a plate whose tables could not be read is not among `plates`
 */
export function experimentState(
  plates: readonly Pick<PlateOverview, "status" | "images">[],
  runs: readonly string[],
  answered: boolean,
  imagedHere = true,
  expectedPlates = plates.length,
): ExperimentState {
  if (!imagedHere) return measuredState(plates, runs, answered, expectedPlates);
  const seen = plates.reduce((sum, plate) => sum + plate.images.seen, 0);
  const expected = plates.reduce((sum, plate) => sum + plate.images.expected, 0);
  const ended = runs.length > 0 && !runs.includes("running");
  if (seen === 0) return ended ? "incomplete" : "waiting";
  if (seen < expected) return ended ? "incomplete" : "imaging";
  if (answered && plates.every((plate) => plate.status === "complete")) return "complete";
  if (answered && plates.every((plate) => plate.status === "complete" || plate.status === "incomplete"))
    return "incomplete";
  return ended ? "incomplete" : "analysing";
}

function measuredState(
  plates: readonly Pick<PlateOverview, "status">[],
  runs: readonly string[],
  answered: boolean,
  expected: number,
): ExperimentState {
  const through = plates.filter(({ status }) => status === "complete" || status === "incomplete");
  const ended = runs.length > 0 && !runs.includes("running");
  if (plates.length === 0 || through.length === 0) return ended ? "incomplete" : "waiting";
  if (through.length < Math.max(plates.length, expected) || !answered) return ended ? "incomplete" : "analysing";
  return plates.every(({ status }) => status === "complete") ? "complete" : "incomplete";
}

/** Plates that an experiment was planned with; those that are there when the plan names none. */
export function plannedPlates(experiment: Pick<Experiment, "doc">, there: number): number {
  const { plates } = experiment.doc as { plates?: unknown };
  return Array.isArray(plates) ? Math.max(plates.length, there) : there;
}

/** Whether a workflow begins with images; others take wells that were measured elsewhere. */
export const imagesOf = (workflow: string): boolean => workflow !== "profiling" && !readingsOnly(workflow);

/** Whether all that is known of an experiment are readings of plate readers: what is there is all that is awaited. */
export const readingsOnly = (workflow: string): boolean => workflow === "functions";

/** Pattern for `LIKE … ESCAPE '\'` that finds `text` anywhere. */
export function likePattern(text: string): string {
  return `%${text.replaceAll(/[\\%_]/g, (letter) => `\\${letter}`)}%`;
}
