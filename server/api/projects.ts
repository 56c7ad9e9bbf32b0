import { z } from "zod";
import { Instant, Provenance } from "./common.ts";

/**
 * How a project or a matrix stands. `waiting` = found, its summary is on its way; `partial` = some of its matrices or figures failed;
 * `empty` = nothing in it is a matrix; `skipped` = somebody put it on the skip list.
 */
export const SummaryStatus = z.enum(["waiting", "done", "partial", "failed", "skipped", "empty"]);
export type SummaryStatus = z.infer<typeof SummaryStatus>;

/** What went wrong and how to try it again. */
export const SummaryProblem = z.object({
  code: z.string(),
  message: z.string(),
  /** The failed task: POST `retry` runs it again, `href` is its page. Null when its run cannot be asked any more. */
  task: z.object({ id: z.string(), href: z.string(), retry: z.string() }).nullable(),
});
export type SummaryProblem = z.infer<typeof SummaryProblem>;

/** Why nobody summarises a project. */
export const SkipReason = z.object({ reason: z.string(), owner: z.string().nullable() });
export type SkipReason = z.infer<typeof SkipReason>;

/** What a summary was made of; equal digests, equal summary. */
export const Freshness = z.object({
  /** Digest of the contents of all matrices; null before they were read. */
  contentDigest: z.string().nullable(),
  /** When the newest summary was computed. */
  summarisedAt: Instant.nullable(),
  /** When the project was last looked at, whether or not anything had changed. */
  checkedAt: Instant.nullable(),
});
export type Freshness = z.infer<typeof Freshness>;

export const ProjectRow = z.object({
  id: z.string(),
  title: z.string().nullable(),
  status: SummaryStatus,
  matrices: z.object({ total: z.number(), done: z.number(), failed: z.number(), waiting: z.number() }),
  /** Sums over its matrices; null before the first summary. */
  cells: z.number().nullable(),
  cellsKept: z.number().nullable(),
  /** Of the matrix with most genes. */
  genes: z.number().nullable(),
  figures: z.number(),
  warnings: z.number(),
  skip: SkipReason.nullable(),
  problem: SummaryProblem.nullable(),
  freshness: Freshness,
  href: z.string(),
});
export type ProjectRow = z.infer<typeof ProjectRow>;

/** `GET /api/v1/projects?q=&status=&limit=&after=` */
export const ProjectList = z.object({
  projects: z.array(ProjectRow),
  /** Projects that match. */
  total: z.number(),
  next: z.string().nullable(),
  /** Projects of each status among all. */
  counts: z.record(SummaryStatus, z.number()),
  /** What is summarised, whereto, and by which run; null while no portal is in the store. */
  portal: z
    .object({ source: z.string(), dest: z.string(), run: z.object({ id: z.string(), href: z.string() }).nullable() })
    .nullable(),
});
export type ProjectList = z.infer<typeof ProjectList>;

/** A figure of a matrix. Addresses are null and `problem` says why when it could not be drawn. */
export const ProjectFigure = z.object({
  /** Such as "highest-expression". */
  id: z.string(),
  title: z.string(),
  /** Text for those who do not see it. */
  alt: z.string(),
  /** Address of the Vega-Lite specification, its data inline. */
  spec: z.string().nullable(),
  svg: z.string().nullable(),
  png: z.string().nullable(),
  csv: z.string().nullable(),
  problem: z.object({ code: z.string(), message: z.string() }).nullable(),
});
export type ProjectFigure = z.infer<typeof ProjectFigure>;

/** All cells of a matrix (`column` null), or those with one value of a column about cells. */
export const ProjectSplit = z.object({
  /** As in addresses and in the names of files. */
  id: z.string(),
  column: z.string().nullable(),
  value: z.string().nullable(),
  cells: z.number(),
  cellsKept: z.number(),
  figures: z.array(ProjectFigure),
});
export type ProjectSplit = z.infer<typeof ProjectSplit>;

export const MatrixRow = z.object({
  /** The matrix's name, unique in its project: that of its file without endings. */
  key: z.string(),
  /** "mtx", "10x-h5", "h5ad", "zarr", "loom", "csv" */
  format: z.string(),
  sizeBytes: z.number(),
  status: z.enum(["waiting", "done", "partial", "failed"]),
  /** Digest of its content. */
  digest: z.string().nullable(),
  cells: z.number().nullable(),
  genes: z.number().nullable(),
  /** Values other than zero. */
  entries: z.number().nullable(),
  cellsKept: z.number().nullable(),
  genesKept: z.number().nullable(),
  /** What its values are, such as "counts". */
  valueKind: z.string().nullable(),
  /** What a person should hear about the file, and what was done about it. */
  warnings: z.array(z.object({ code: z.string(), count: z.number(), message: z.string() })),
  problem: SummaryProblem.nullable(),
  splits: z.array(ProjectSplit),
  /** Every gene: cells expressing it, mean, variance, shares; null before the first summary. */
  genesCsv: z.string().nullable(),
  summarisedAt: Instant.nullable(),
});
export type MatrixRow = z.infer<typeof MatrixRow>;

/** `GET /api/v1/projects/:project` */
export const ProjectDetail = ProjectRow.extend({
  source: z.string(),
  dest: z.string(),
  matrixRows: z.array(MatrixRow),
  /** Files of the project that are no matrix or lack a part, each with the reason. */
  leftovers: z.array(z.object({ key: z.string(), message: z.string() })),
  provenance: Provenance,
});
export type ProjectDetail = z.infer<typeof ProjectDetail>;

/** A gene in the cells of a project. */
export const GeneExpression = z.object({
  project: z.string(),
  title: z.string().nullable(),
  matrix: z.string(),
  /** Identifier such as ENSG00000141510; the symbol where the matrix has none. */
  gene: z.string(),
  symbol: z.string(),
  /** Cells that were kept, those expressing the gene among them, and their share, 0 to 1. */
  cells: z.number(),
  cellsExpressing: z.number(),
  share: z.number(),
  /** Mean over all kept cells, each normalised to `target` counts; null where cells have no counts. */
  mean: z.number().nullable(),
  target: z.number(),
  href: z.string(),
});
export type GeneExpression = z.infer<typeof GeneExpression>;

/** `GET /api/v1/projects/:project/genes?q=&limit=` with q a symbol or an identifier */
export const GeneAnswer = z.object({ genes: z.array(GeneExpression) });
export type GeneAnswer = z.infer<typeof GeneAnswer>;
