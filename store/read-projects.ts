import { sql } from "kysely";
import { type Db, likePattern, type Page } from "./read-experiments.ts";

/** A problem with the task that had it. */
export interface StoredProblem {
  code: string;
  message: string;
  taskId: string | null;
}

export type StoredProjectStatus = "waiting" | "done" | "partial" | "failed" | "skipped" | "empty";

export interface StoredProject {
  id: string;
  title: string | null;
  source: string;
  dest: string;
  status: StoredProjectStatus;
  skip: { reason: string; owner: string | null } | null;
  problem: StoredProblem | null;
  leftovers: { key: string; message: string }[];
  contentDigest: string | null;
  matrices: { total: number; done: number; failed: number; waiting: number };
  cells: number | null;
  cellsKept: number | null;
  genes: number | null;
  figures: number;
  warnings: number;
  summarisedAt: string | null;
  checkedAt: string | null;
}

export interface StoredMatrix {
  matrix: string;
  format: string;
  sizeBytes: number;
  status: "waiting" | "done" | "partial" | "failed";
  digest: string | null;
  cells: number | null;
  genes: number | null;
  entries: number | null;
  cellsKept: number | null;
  genesKept: number | null;
  target: number | null;
  figures: number;
  warnings: number;
  summaryUri: string | null;
  problem: StoredProblem | null;
  summarisedAt: string | null;
}

/**
 * A project waits while it has no result yet, or while a matrix of it holds something that is not summarised. A look at one that did not
 * change leaves its status as it is.
 */
const status = sql<StoredProjectStatus>`CASE
  WHEN project.skip_reason IS NOT NULL THEN 'skipped'
  WHEN project_result.status IS NULL OR project_result.status = 'skipped' THEN 'waiting'
  WHEN EXISTS (
    SELECT 1 FROM matrix LEFT JOIN matrix_result
      ON matrix_result.project_id = matrix.project_id AND matrix_result.matrix = matrix.matrix
    WHERE matrix.project_id = project.id AND (matrix_result.digest IS NULL OR matrix_result.digest <> matrix.digest)
  ) THEN 'waiting'
  ELSE project_result.status END`;

/**
 * Projects by name; failed and partial ones first when no status is asked for.
 * @returns those of the page, how many match, and how many of each status there are in all
 */
export async function listProjects(
  db: Db,
  options: Page & { q?: string; status?: string },
): Promise<{ projects: StoredProject[]; total: number; counts: Partial<Record<StoredProjectStatus, number>> }> {
  const all = await db
    .selectFrom("project")
    .leftJoin("project_result", "project_result.project_id", "project.id")
    .select((eb) => [status.as("status"), eb.fn.countAll<number>().as("count")])
    .groupBy(status)
    .execute();
  let query = db.selectFrom("project").leftJoin("project_result", "project_result.project_id", "project.id");
  if (options.status) query = query.where(status, "=", options.status as StoredProjectStatus);
  if (options.q) {
    const pattern = likePattern(options.q);
    query = query.where(
      sql<boolean>`(project.id LIKE ${pattern} ESCAPE '\\' OR project.title LIKE ${pattern} ESCAPE '\\')`,
    );
  }
  const { total } = await query.select((eb) => eb.fn.countAll<number>().as("total")).executeTakeFirstOrThrow();
  const page = await query
    .select("project.id")
    .orderBy(sql`CASE ${status} WHEN 'failed' THEN 0 WHEN 'partial' THEN 1 ELSE 2 END`)
    .orderBy("project.id")
    .limit(options.limit)
    .offset(options.offset)
    .execute();
  const ids = page.map(({ id }) => id);
  const projects = await projectsByIds(db, ids);
  return {
    projects: ids.flatMap((id) => projects.get(id) ?? []),
    total: Number(total),
    counts: Object.fromEntries(all.map((row) => [row.status, Number(row.count)])),
  };
}

/** One project, or undefined. */
export async function projectById(db: Db, id: string): Promise<StoredProject | undefined> {
  return (await projectsByIds(db, [id])).get(id);
}

/** What people call the projects that have a title. */
export async function projectTitles(db: Db): Promise<Map<string, string>> {
  const rows = await db.selectFrom("project").select(["id", "title"]).where("title", "is not", null).execute();
  return new Map(rows.map(({ id, title }) => [id, title ?? id]));
}

async function projectsByIds(db: Db, ids: readonly string[]): Promise<Map<string, StoredProject>> {
  if (ids.length === 0) return new Map();
  const rows = await db
    .selectFrom("project")
    .leftJoin("project_result", "project_result.project_id", "project.id")
    .select([
      "project.id",
      "title",
      "source",
      "dest",
      "skip_reason",
      "skip_owner",
      status.as("status"),
      "content_digest",
      "problem",
      "doc",
      "project_result.at as checked_at",
    ])
    .where("project.id", "in", ids)
    .execute();
  const matrices = Map.groupBy(await matricesOf(db, ids), ({ projectId }) => projectId);
  return new Map(
    rows.map((row) => {
      const own = matrices.get(row.id) ?? [];
      const count = (...states: StoredMatrix["status"][]) => own.filter((one) => states.includes(one.status)).length;
      const sum = (of: (one: StoredMatrix) => number | null): number | null =>
        own.reduce<number | null>((total, one) => (of(one) === null ? total : (total ?? 0) + (of(one) ?? 0)), null);
      const genes = own.flatMap((one) => one.genes ?? []);
      const made = own.flatMap((one) => one.summarisedAt ?? []).sort();
      const { leftovers = [] }: { leftovers?: StoredProject["leftovers"] } = JSON.parse(row.doc ?? "{}");
      const project: StoredProject = {
        id: row.id,
        title: row.title,
        source: row.source,
        dest: row.dest,
        status: row.status,
        skip: row.skip_reason === null ? null : { reason: row.skip_reason, owner: row.skip_owner },
        problem: problemOf(row.problem),
        leftovers,
        contentDigest: row.content_digest,
        matrices: {
          total: own.length,
          done: count("done", "partial"),
          failed: count("failed"),
          waiting: count("waiting"),
        },
        cells: sum(({ cells }) => cells),
        cellsKept: sum(({ cellsKept }) => cellsKept),
        genes: genes.length === 0 ? null : Math.max(...genes),
        figures: sum(({ figures }) => figures) ?? 0,
        warnings: sum(({ warnings }) => warnings) ?? 0,
        summarisedAt: made.at(-1) ?? null,
        checkedAt: row.checked_at,
      };
      return [row.id, project];
    }),
  );
}

/** A project's matrices by key. */
export async function matricesOfProject(db: Db, projectId: string): Promise<StoredMatrix[]> {
  return (await matricesOf(db, [projectId])).map(({ projectId: _, ...matrix }) => matrix);
}

async function matricesOf(db: Db, projectIds: readonly string[]): Promise<(StoredMatrix & { projectId: string })[]> {
  const rows = await db
    .selectFrom("matrix")
    .leftJoin("matrix_result", (join) =>
      join
        .onRef("matrix_result.project_id", "=", "matrix.project_id")
        .onRef("matrix_result.matrix", "=", "matrix.matrix"),
    )
    .select([
      "matrix.project_id",
      "matrix.matrix",
      "format",
      "size_bytes",
      "matrix.digest as found_digest",
      "matrix_result.digest as digest",
      "status",
      "cells",
      "genes",
      "entries",
      "cells_kept",
      "genes_kept",
      "target",
      "figures",
      "warnings",
      "summary_uri",
      "problem",
      "summarised_at",
    ])
    .where("matrix.project_id", "in", projectIds)
    .orderBy("matrix.project_id")
    .orderBy("matrix.matrix")
    .execute();
  return rows.map((row) => {
    // A summary of other content than what is there now is on its way to be replaced; until then it is shown.
    const current = row.status !== null && row.digest === row.found_digest;
    return {
      projectId: row.project_id,
      matrix: row.matrix,
      format: row.format,
      sizeBytes: row.size_bytes,
      status: current ? (row.status as StoredMatrix["status"]) : "waiting",
      digest: row.found_digest,
      cells: row.cells,
      genes: row.genes,
      entries: row.entries,
      cellsKept: row.cells_kept,
      genesKept: row.genes_kept,
      target: row.target,
      figures: row.figures ?? 0,
      warnings: row.warnings ?? 0,
      summaryUri: row.summary_uri,
      problem: problemOf(row.problem),
      summarisedAt: row.summarised_at,
    };
  });
}

function problemOf(text: string | null): StoredProblem | null {
  if (text === null) return null;
  const { code, message, taskId }: { code: string; message: string; taskId?: string | null } = JSON.parse(text);
  return { code, message, taskId: taskId ?? null };
}
