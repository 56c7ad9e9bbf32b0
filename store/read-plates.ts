import { sql } from "kysely";
import type { Db } from "./read-experiments.ts";

export interface LayoutWell {
  plate: string;
  well: string;
  /** Zero-based. */
  row: number;
  column: number;
  role: string;
  perturbationId: string | null;
  doseUm: number | null;
  images: number;
  status: "waiting" | "imaging" | "complete" | "incomplete" | "failed";
  flags: string[];
  verdict: "pass" | "re-image" | "fail" | null;
  cells: number | null;
}

/** Wells of an experiment's layouts by plate, row, column; with `plate` only that one's. */
export async function layoutWells(db: Db, experimentId: string, plate?: string): Promise<LayoutWell[]> {
  const wells = await db
    .selectFrom("well")
    .leftJoin("well_profile", (join) =>
      join
        .onRef("well_profile.experiment_id", "=", "well.experiment_id")
        .onRef("well_profile.plate", "=", "well.plate")
        .onRef("well_profile.well", "=", "well.well"),
    )
    .select([
      "well.plate",
      "well.well",
      "well.row_index",
      "well.column_index",
      "well.role",
      "well.perturbation_id",
      "well.dose_um",
      "well_profile.status",
      "well_profile.cells",
      "well_profile.nuclei",
    ])
    .where("well.experiment_id", "=", experimentId)
    .$if(plate !== undefined, (query) => query.where("well.plate", "=", plate ?? ""))
    .orderBy("well.plate")
    .orderBy("well.row_index")
    .orderBy("well.column_index")
    .execute();
  const images = await db
    .selectFrom("image")
    .select((eb) => ["plate", "well", eb.fn.countAll<number>().as("count")])
    .where("experiment_id", "=", experimentId)
    .$if(plate !== undefined, (query) => query.where("plate", "=", plate ?? ""))
    .groupBy(["plate", "well"])
    .execute();
  const flags = await db
    .selectFrom("flag")
    .select(["plate", "well", "label"])
    .distinct()
    .where("experiment_id", "=", experimentId)
    .$if(plate !== undefined, (query) => query.where("plate", "=", plate ?? ""))
    .execute();
  const verdicts = await db
    .selectFrom("verdict")
    .select(["plate", "well", "verdict"])
    .where("experiment_id", "=", experimentId)
    .where("well", "<>", "")
    .where("undone_at", "is", null)
    .orderBy("at")
    .execute();
  const place = (row: { plate: string; well: string }) => `${row.plate}/${row.well}`;
  const imageCount = new Map(images.map((row) => [place(row), Number(row.count)]));
  const labels = Map.groupBy(flags, place);
  const standing = new Map(verdicts.map((row) => [place(row), row.verdict]));
  return wells.map((row) => {
    const count = imageCount.get(place(row)) ?? 0;
    return {
      plate: row.plate,
      well: row.well,
      row: row.row_index,
      column: row.column_index,
      role: row.role,
      perturbationId: row.perturbation_id,
      doseUm: row.dose_um,
      images: count,
      status: (row.status ?? (count > 0 ? "imaging" : "waiting")) as LayoutWell["status"],
      flags: (labels.get(place(row)) ?? []).map((flag) => flag.label),
      verdict: (standing.get(place(row)) ?? null) as LayoutWell["verdict"],
      cells: row.cells ?? row.nuclei,
    };
  });
}

/** Where a number lives: one an image, one a site, or one a well. */
export type MetricLevel = "image" | "site" | "well";

/** How metrics begin that plate readers gave. */
export const READING = "reading ";

/** One value with its place; `site` is 0 for well-level numbers. */
export interface MetricValue {
  plate: string;
  well: string;
  site: number;
  value: number;
}

/**
 * All present values of one metric.
 * @param channel for image-level metrics
 */
export async function metricValues(
  db: Db,
  experimentId: string,
  metric: { id: string; level: MetricLevel },
  channel: string | null,
  plate?: string,
): Promise<MetricValue[]> {
  const rows = await metricQuery(db, experimentId, metric, channel, plate);
  return rows.flatMap((row) =>
    row.value === null || row.value === undefined
      ? []
      : [{ plate: row.plate, well: row.well, site: row.site, value: Number(row.value) }],
  );
}

type ValueRow = { plate: string; well: string; site: number; value: number | null };

function metricQuery(
  db: Db,
  experimentId: string,
  metric: { id: string; level: MetricLevel },
  channel: string | null,
  plate: string | undefined,
): Promise<ValueRow[]> {
  const counted = metric.id === "nuclei" || metric.id === "cells";
  if (metric.level === "image") {
    return db
      .selectFrom("image_quality")
      .select(["plate", "well", "site", sql<number | null>`metrics ->> ${metric.id}`.as("value")])
      .where("experiment_id", "=", experimentId)
      .where("channel", "=", channel ?? "")
      .$if(plate !== undefined, (query) => query.where("plate", "=", plate ?? ""))
      .execute();
  }
  if (metric.level === "site") {
    const value = counted ? sql<number | null>`${sql.ref(metric.id)}` : sql<number | null>`metrics ->> ${metric.id}`;
    return db
      .selectFrom("site_result")
      .select(["plate", "well", "site", value.as("value")])
      .where("experiment_id", "=", experimentId)
      .$if(plate !== undefined, (query) => query.where("plate", "=", plate ?? ""))
      .execute();
  }
  if (metric.id.startsWith(READING)) {
    return db
      .selectFrom("reading")
      .select(["plate", "well", sql<number>`0`.as("site"), "value"])
      .where("experiment_id", "=", experimentId)
      .where("metric", "=", metric.id)
      .$if(plate !== undefined, (query) => query.where("plate", "=", plate ?? ""))
      .execute();
  }
  const value = counted ? sql<number | null>`${sql.ref(metric.id)}` : sql<number | null>`metrics ->> ${metric.id}`;
  return db
    .selectFrom("well_profile")
    .select(["plate", "well", sql<number>`0`.as("site"), value.as("value")])
    .where("experiment_id", "=", experimentId)
    .$if(plate !== undefined, (query) => query.where("plate", "=", plate ?? ""))
    .execute();
}

/** Names of the metrics that an experiment has values of, seen in a few rows of each kind. */
export async function metricNames(
  db: Db,
  experimentId: string,
  channels: readonly string[],
): Promise<{ image: Map<string, string[]>; site: string[]; well: string[] }> {
  const image = new Map<string, string[]>();
  for (const channel of channels) {
    const row = await db
      .selectFrom("image_quality")
      .select("metrics")
      .where("experiment_id", "=", experimentId)
      .where("channel", "=", channel)
      .where("metrics", "is not", null)
      .limit(1)
      .executeTakeFirst();
    for (const name of Object.keys(JSON.parse(row?.metrics ?? "{}")))
      image.set(name, [...(image.get(name) ?? []), channel]);
  }
  const sites = await db
    .selectFrom("site_result")
    .select(["metrics", "nuclei", "cells"])
    .where("experiment_id", "=", experimentId)
    .limit(5)
    .execute();
  const wells = await db
    .selectFrom("well_profile")
    .select("metrics")
    .where("experiment_id", "=", experimentId)
    .limit(5)
    .execute();
  const site = new Set<string>();
  for (const row of sites) {
    if (row.nuclei !== null) site.add("nuclei");
    if (row.cells !== null) site.add("cells");
    for (const name of Object.keys(JSON.parse(row.metrics ?? "{}"))) site.add(name);
  }
  const readings = await db
    .selectFrom("reading")
    .select("metric")
    .distinct()
    .where("experiment_id", "=", experimentId)
    .orderBy("metric")
    .execute();
  const well = new Set(wells.flatMap((row) => Object.keys(JSON.parse(row.metrics))));
  for (const { metric } of readings) well.add(metric);
  return { image, site: [...site], well: [...well] };
}

/** Quality of all measured images of a plate, by well, site and channel. */
export async function plateQuality(
  db: Db,
  experimentId: string,
  plate: string,
): Promise<{ well: string; site: number; channel: string; metrics: Record<string, number | null> }[]> {
  const rows = await db
    .selectFrom("image_quality")
    .select(["well", "site", "channel", "metrics"])
    .where("experiment_id", "=", experimentId)
    .where("plate", "=", plate)
    .where("metrics", "is not", null)
    .orderBy("well")
    .orderBy("site")
    .orderBy("channel")
    .execute();
  return rows.map((row) => ({ ...row, metrics: JSON.parse(row.metrics ?? "{}") }));
}
