import type { Db } from "./read-experiments.ts";
import type { Failed } from "./record-results.ts";

export interface StoredImage {
  site: number;
  channel: string;
  path: string;
  sha256: string;
  sizeBytes: number;
  metrics: Record<string, number | null> | null;
  width: number | null;
  height: number | null;
  bitDepth: number | null;
  error: { code: string; message: string } | null;
}

export interface StoredSite {
  site: number;
  nuclei: number | null;
  cells: number | null;
  thumbnailUri: string | null;
  outlinesUri: string | null;
  featuresUri: string | null;
  metrics: Record<string, number | null>;
  completeAt: string | null;
}

export interface StoredFlag {
  plate: string;
  well: string;
  site: number | null;
  channel: string | null;
  label: string;
  score: number | null;
  threshold: number | null;
  reason: string;
  source: string;
}

export interface WellRecord {
  images: StoredImage[];
  sites: StoredSite[];
  profile: {
    status: string;
    missing: string[];
    failed: Failed[];
    nuclei: number | null;
    cells: number | null;
    metrics: Record<string, number | null>;
    at: string;
  } | null;
  failures: { node: string; site: number; channel: string; code: string; message: string; taskId: string }[];
  flags: StoredFlag[];
}

/** Everything stored about one well. */
export async function wellRecord(db: Db, experimentId: string, plate: string, well: string): Promise<WellRecord> {
  const images = await db
    .selectFrom("image")
    .leftJoin("image_quality as q", (join) =>
      join
        .onRef("q.experiment_id", "=", "image.experiment_id")
        .onRef("q.plate", "=", "image.plate")
        .onRef("q.well", "=", "image.well")
        .onRef("q.site", "=", "image.site")
        .onRef("q.channel", "=", "image.channel"),
    )
    .select(["image.site", "image.channel", "image.path", "image.sha256", "image.size_bytes"])
    .select(["q.metrics", "q.width", "q.height", "q.bit_depth", "q.error_code", "q.error_message"])
    .where("image.experiment_id", "=", experimentId)
    .where("image.plate", "=", plate)
    .where("image.well", "=", well)
    .orderBy("image.site")
    .execute();
  const sites = await db
    .selectFrom("site_result")
    .selectAll()
    .where("experiment_id", "=", experimentId)
    .where("plate", "=", plate)
    .where("well", "=", well)
    .orderBy("site")
    .execute();
  const profile = await db
    .selectFrom("well_profile")
    .selectAll()
    .where("experiment_id", "=", experimentId)
    .where("plate", "=", plate)
    .where("well", "=", well)
    .executeTakeFirst();
  const failures = await db
    .selectFrom("failure")
    .selectAll()
    .where("experiment_id", "=", experimentId)
    .where("plate", "=", plate)
    .where("well", "=", well)
    .orderBy("at")
    .execute();
  return {
    images: images.map((row) => ({
      site: row.site,
      channel: row.channel,
      path: row.path,
      sha256: row.sha256,
      sizeBytes: row.size_bytes,
      metrics: row.metrics === null ? null : JSON.parse(row.metrics),
      width: row.width,
      height: row.height,
      bitDepth: row.bit_depth,
      error: row.error_code === null ? null : { code: row.error_code, message: row.error_message ?? "" },
    })),
    sites: sites.map((row) => ({
      site: row.site,
      nuclei: row.nuclei,
      cells: row.cells,
      thumbnailUri: row.thumbnail_uri,
      outlinesUri: row.outlines_uri,
      featuresUri: row.features_uri,
      metrics: JSON.parse(row.metrics ?? "{}"),
      completeAt: row.complete_at,
    })),
    profile:
      profile === undefined
        ? null
        : {
            status: profile.status,
            missing: JSON.parse(profile.missing),
            failed: JSON.parse(profile.failed),
            nuclei: profile.nuclei,
            cells: profile.cells,
            metrics: JSON.parse(profile.metrics),
            at: profile.at,
          },
    failures: failures.map((row) => ({
      node: row.node,
      site: row.site,
      channel: row.channel,
      code: row.code,
      message: row.message,
      taskId: row.task_id,
    })),
    flags: await flagsOf(db, experimentId, plate, well),
  };
}

/** Flags of an experiment, a plate, or a well; whole wells before their sites. */
export async function flagsOf(db: Db, experimentId: string, plate?: string, well?: string): Promise<StoredFlag[]> {
  const rows = await db
    .selectFrom("flag")
    .selectAll()
    .where("experiment_id", "=", experimentId)
    .$if(plate !== undefined, (query) => query.where("plate", "=", plate ?? ""))
    .$if(well !== undefined, (query) => query.where("well", "=", well ?? ""))
    .orderBy("plate")
    .orderBy("well")
    .orderBy("site")
    .orderBy("channel")
    .orderBy("label")
    .execute();
  return rows.map((row) => ({
    plate: row.plate,
    well: row.well,
    site: row.site === 0 ? null : row.site,
    channel: row.channel === "" ? null : row.channel,
    label: row.label,
    score: row.score,
    threshold: row.threshold,
    reason: row.reason,
    source: row.source,
  }));
}

/** The file of one image. */
export function imageFile(
  db: Db,
  place: { experimentId: string; plate: string; well: string; site: number; channel: string },
): Promise<{ path: string; sha256: string } | undefined> {
  return db
    .selectFrom("image")
    .select(["path", "sha256"])
    .where("experiment_id", "=", place.experimentId)
    .where("plate", "=", place.plate)
    .where("well", "=", place.well)
    .where("site", "=", place.site)
    .where("channel", "=", place.channel)
    .executeTakeFirst();
}
