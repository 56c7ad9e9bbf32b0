import { type GeneCells, type GeneCounts, geneBlocks } from "./gene-blocks.ts";
import type { Store } from "./open-store.ts";
import { upsert } from "./upsert.ts";

/** A project as found. Here and below `generation` is the instant at which the look began, ms since 1970: older looks change nothing. */
export interface ProjectInput {
  id: string;
  title?: string | null;
  source: string;
  dest: string;
  skip?: { reason: string; owner: string | null } | null;
  generation: number;
  at: string;
}

/** Stores that a project is there, or why nobody summarises it. */
export function recordProject(store: Store, input: ProjectInput): void {
  upsert(store, "project", ["id"], {
    id: input.id,
    title: input.title ?? null,
    source: input.source,
    dest: input.dest,
    skip_reason: input.skip?.reason ?? null,
    skip_owner: input.skip?.owner ?? null,
    generation: input.generation,
    at: input.at,
  });
}

/** What went wrong, and the failed task. */
export interface ProblemInput {
  code: string;
  message: string;
  taskId?: string | null;
}

export interface MatrixInput {
  projectId: string;
  matrix: string;
  format: string;
  sizeBytes: number;
  /** Of its content. */
  digest: string;
  generation: number;
  at: string;
}

/** Stores that a project has a matrix. */
export function recordMatrix(store: Store, input: MatrixInput): void {
  upsert(store, "matrix", ["project_id", "matrix"], {
    project_id: input.projectId,
    matrix: input.matrix,
    format: input.format,
    size_bytes: input.sizeBytes,
    digest: input.digest,
    generation: input.generation,
    at: input.at,
  });
}

export interface MatrixResultInput {
  projectId: string;
  matrix: string;
  status: "done" | "partial" | "failed";
  digest: string;
  counts?: { cells: number; genes: number; entries: number; cellsKept: number; genesKept: number };
  warnings?: number;
  figures?: number;
  summaryUri?: string | null;
  problem?: ProblemInput | null;
  target?: number | null;
  generation: number;
  at: string;
}

/**
 * Stores a matrix's summary, or why there is none. A summary that is there already keeps the instant at which it was first stored.
 * @returns whether this is another summary than the one that was there
 */
export function recordMatrixResult(store: Store, input: MatrixResultInput): boolean {
  const before = store.all(
    "SELECT summary_uri, summarised_at, generation FROM matrix_result WHERE project_id = ? AND matrix = ?",
    input.projectId,
    input.matrix,
  )[0];
  if (before !== undefined && Number(before.generation) > input.generation) return false;
  const uri = input.summaryUri ?? null;
  const same = before !== undefined && before.summary_uri === uri;
  upsert(store, "matrix_result", ["project_id", "matrix"], {
    project_id: input.projectId,
    matrix: input.matrix,
    status: input.status,
    digest: input.digest,
    cells: input.counts?.cells ?? null,
    genes: input.counts?.genes ?? null,
    entries: input.counts?.entries ?? null,
    cells_kept: input.counts?.cellsKept ?? null,
    genes_kept: input.counts?.genesKept ?? null,
    warnings: input.warnings ?? 0,
    figures: input.figures ?? 0,
    summary_uri: uri,
    problem: input.problem == null ? null : JSON.stringify(input.problem),
    target: input.target ?? null,
    generation: input.generation,
    at: input.at,
    summarised_at: uri === null ? null : same ? String(before.summarised_at) : input.at,
  });
  return !same;
}

/** Stores every gene of a matrix in place of what was known of it. */
export function recordGenes(
  store: Store,
  input: GeneCells & { projectId: string; matrix: string; genes: Iterable<GeneCounts> },
): void {
  const { projectId, matrix, genes } = input;
  store.transaction(() => {
    store.run("DELETE FROM gene_block WHERE project_id = ? AND matrix = ?", projectId, matrix);
    for (const [bucket, lines] of geneBlocks(genes, input))
      store.run(
        "INSERT INTO gene_block (bucket, project_id, matrix, genes) VALUES (?, ?, ?, ?)",
        bucket,
        projectId,
        matrix,
        lines,
      );
  });
}

export interface ProjectResultInput {
  projectId: string;
  status: "done" | "partial" | "failed" | "skipped" | "empty";
  contentDigest?: string | null;
  problem?: ProblemInput | null;
  /** Files that are no matrix, each with the reason. */
  leftovers?: readonly { key: string; message: string }[];
  /** Keys of its matrices; others are forgotten. Undefined when its files could not be listed. */
  matrices?: readonly string[];
  generation: number;
  at: string;
}

/** Stores how a project came out, and forgets matrices that are no longer there. */
export function recordProjectResult(store: Store, input: ProjectResultInput): void {
  store.transaction(() => {
    upsert(store, "project_result", ["project_id"], {
      project_id: input.projectId,
      status: input.status,
      content_digest: input.contentDigest ?? null,
      problem: input.problem == null ? null : JSON.stringify(input.problem),
      doc: JSON.stringify({ leftovers: input.leftovers ?? [] }),
      generation: input.generation,
      at: input.at,
    });
    if (input.matrices === undefined) return;
    const kept = JSON.stringify(input.matrices);
    for (const table of ["matrix", "matrix_result"])
      store.run(
        `DELETE FROM ${table} WHERE project_id = ? AND generation <= ? AND matrix NOT IN (SELECT value FROM json_each(?))`,
        input.projectId,
        input.generation,
        kept,
      );
    store.run(
      "DELETE FROM gene_block WHERE project_id = ? AND matrix NOT IN (SELECT matrix FROM matrix_result WHERE project_id = ?)",
      input.projectId,
      input.projectId,
    );
  });
}

/** Forgets projects that a look at all of them did not find. */
export function forgetProjects(
  store: Store,
  { found, generation }: { found: readonly string[]; generation: number },
): void {
  store.transaction(() => {
    const kept = JSON.stringify(found);
    store.run(
      "DELETE FROM project WHERE generation <= ? AND id NOT IN (SELECT value FROM json_each(?))",
      generation,
      kept,
    );
    for (const table of ["project_result", "matrix", "matrix_result", "gene_block"])
      store.run(`DELETE FROM ${table} WHERE project_id NOT IN (SELECT id FROM project)`);
  });
}
