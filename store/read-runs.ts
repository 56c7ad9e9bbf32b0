import { sql } from "kysely";
import { type Db, likePattern, type Page } from "./read-experiments.ts";
import type { PlanGraph, RunCounts, RunState } from "./record-runs.ts";

export interface StoredRun {
  id: string;
  name: string;
  experimentId: string | null;
  workflow: string;
  planHash: string | null;
  plan: PlanGraph;
  state: RunState;
  data: string;
  dataDir: string;
  args: Record<string, unknown>;
  who: string;
  codeVersion: string;
  startedAt: string;
  finishedAt: string | null;
  counts: Partial<RunCounts>;
}

/** Runs: failed first, then running, then the newest. */
export async function listRuns(
  db: Db,
  options: Page & { q?: string; state?: string; experimentId?: string; workflow?: string },
): Promise<{ runs: StoredRun[]; total: number }> {
  let query = db.selectFrom("run");
  if (options.state) query = query.where("state", "=", options.state);
  if (options.experimentId) query = query.where("experiment_id", "=", options.experimentId);
  if (options.workflow) query = query.where("workflow", "=", options.workflow);
  if (options.q) {
    const pattern = likePattern(options.q);
    query = query.where(sql<boolean>`(id LIKE ${pattern} ESCAPE '\\' OR name LIKE ${pattern} ESCAPE '\\')`);
  }
  const { total } = await query.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  const rows = await query
    .selectAll()
    .orderBy(sql`CASE state WHEN 'failed' THEN 0 WHEN 'running' THEN 1 ELSE 2 END`)
    .orderBy("started_at", "desc")
    .orderBy("id")
    .limit(options.limit)
    .offset(options.offset)
    .execute();
  return { runs: rows.map(runOf), total: Number(total) };
}

/** One run, or undefined. */
export async function runById(db: Db, id: string): Promise<StoredRun | undefined> {
  const row = await db.selectFrom("run").selectAll().where("id", "=", id).executeTakeFirst();
  return row === undefined ? undefined : runOf(row);
}

function runOf(row: {
  id: string;
  name: string;
  experiment_id: string | null;
  workflow: string;
  plan_hash: string | null;
  plan: string;
  state: string;
  data: string;
  data_dir: string;
  args: string;
  who: string;
  code_version: string;
  started_at: string;
  finished_at: string | null;
  counts: string;
}): StoredRun {
  return {
    id: row.id,
    name: row.name,
    experimentId: row.experiment_id,
    workflow: row.workflow,
    planHash: row.plan_hash,
    plan: JSON.parse(row.plan),
    state: row.state as RunState,
    data: row.data,
    dataDir: row.data_dir,
    args: JSON.parse(row.args),
    who: row.who,
    codeVersion: row.code_version,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
    counts: JSON.parse(row.counts),
  };
}

/** Wells that became complete, per minute, from the first to the last; minutes without any are left out. */
export async function wellsPerMinute(db: Db, experimentId: string): Promise<{ minute: string; wells: number }[]> {
  const minute = sql<string>`substr(coalesce(stored_at, at), 1, 16)`;
  const rows = await db
    .selectFrom("well_profile")
    .select((eb) => [minute.as("minute"), eb.fn.countAll<number>().as("wells")])
    .where("experiment_id", "=", experimentId)
    .groupBy(minute)
    .orderBy(minute)
    .execute();
  return rows.map((row) => ({ minute: `${row.minute}:00.000Z`, wells: Number(row.wells) }));
}

/** 99th percentile of last image in → site complete out, over at most the last 5,000 sites; null without any. */
export async function imageToSiteP99Ms(db: Db, experimentId: string): Promise<number | null> {
  const rows = await db
    .selectFrom("site_result")
    .select("image_to_site_ms")
    .where("experiment_id", "=", experimentId)
    .where("image_to_site_ms", "is not", null)
    .orderBy("complete_at", "desc")
    .limit(5000)
    .execute();
  const sorted = rows.map((row) => row.image_to_site_ms ?? 0).sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * 0.99) - 1)] ?? null;
}
