import { createHash } from "node:crypto";
import {
  expressionOfGene,
  genesOfProject,
  listProjects,
  listRuns,
  matricesOfProject,
  projectById,
  projectTitles,
  type StoredExpression,
  type StoredMatrix,
  type StoredProject,
  type StoredRun,
} from "@artesian/store";
import { type MatrixSummary, matrixSummary } from "@artesian/workflows/expression.schemas.ts";
import type * as api from "./api.ts";
import type { ServerContext } from "./context.ts";
import { NotFoundError } from "./errors.ts";
import { page } from "./links.ts";
import { problemOf } from "./problem.ts";

const part = encodeURIComponent;
const projectUrl = (id: string, rest: string): string => `/api/v1/projects/${part(id)}/${rest}`;
const projectPage = (id: string, matrix?: string): string =>
  `/projects/${part(id)}${matrix === undefined ? "" : `?matrix=${part(matrix)}`}`;

/** The address of a file that is an object, under a name that tells what it is. */
const fileUrl = (project: string, uri: string, name: string): string =>
  projectUrl(project, `files/${uri}/${part(name)}`);

/** `GET /api/v1/projects` */
export async function projectList(
  context: ServerContext,
  query: { q?: string | undefined; status?: string | undefined; limit: number; offset: number },
): Promise<api.ProjectList> {
  const { db } = context.reader;
  const { projects, total, counts } = await listProjects(db, {
    limit: query.limit,
    offset: query.offset,
    ...(query.q ? { q: query.q } : {}),
    ...(query.status ? { status: query.status } : {}),
  });
  const run = await portalRun(context);
  const next = query.offset + projects.length;
  const first = projects[0] ?? (await listProjects(db, { limit: 1, offset: 0 })).projects[0];
  const told = await Promise.all(projects.map((project) => withFirstCause(context, project)));
  return {
    projects: told.map((project) => rowOf(context, project, run)),
    total,
    next: next < total ? String(next) : null,
    counts: {
      waiting: 0,
      done: 0,
      partial: 0,
      failed: 0,
      skipped: 0,
      empty: 0,
      ...counts,
    },
    portal:
      first === undefined
        ? null
        : {
            source: first.source,
            dest: first.dest,
            run: run === undefined ? null : { id: run.id, href: page.run(run.id) },
          },
  };
}

/** `GET /api/v1/projects/:project` */
export async function projectDetail(context: ServerContext, id: string): Promise<api.ProjectDetail> {
  const project = await projectOf(context, id);
  const run = await portalRun(context);
  const stored = await matricesOfProject(context.reader.db, id);
  const rows = await Promise.all(stored.map((matrix) => matrixRow(context, id, matrix, run)));
  const parameters = rows[0]?.parameters ?? {};
  return {
    ...rowOf(context, project, run),
    source: project.source,
    dest: project.dest,
    matrixRows: rows.map(({ row }) => row),
    leftovers: project.leftovers,
    provenance: {
      run: run === undefined ? null : { id: run.id, href: page.run(run.id) },
      workflow: "expression",
      planHash: run?.planHash ?? null,
      inputs: rows.flatMap(({ input }) => (input === null ? [] : [`${project.source}/${input}`])),
      parameters,
      codeVersion: run?.codeVersion ?? "",
      madeAt: project.summarisedAt,
      how: "Each matrix is read once; cells and genes are counted before and after the filter, and every figure is drawn from the numbers of its CSV.",
    },
  };
}

/** `GET /api/v1/projects/:project/genes` */
export async function projectGenes(context: ServerContext, id: string, q: string): Promise<api.GeneAnswer> {
  const project = await projectOf(context, id);
  const asked = q.trim();
  if (asked === "") return { genes: [] };
  const bySymbol = (await expressionOfGene(context.reader.db, [asked])).filter(({ projectId }) => projectId === id);
  const found =
    bySymbol.length > 0
      ? bySymbol
      : (await genesOfProject(context.reader.db, id)).filter((gene) => gene.id.toUpperCase() === asked.toUpperCase());
  return { genes: found.map((gene) => geneOf(gene, project.title)) };
}

/** A gene in every project that measured it, for its perturbation's page. @param names its symbol and synonyms */
export async function expressionAnywhere(
  context: ServerContext,
  names: readonly string[],
): Promise<api.GeneExpression[]> {
  const found = await expressionOfGene(context.reader.db, names);
  const titles = found.length === 0 ? new Map<string, string>() : await projectTitles(context.reader.db);
  return found.map((gene) => geneOf(gene, titles.get(gene.projectId) ?? null));
}

/** @throws NotFoundError (server/not-found) */
export async function projectOf(context: ServerContext, id: string): Promise<StoredProject> {
  const project = await projectById(context.reader.db, id);
  if (project === undefined)
    throw new NotFoundError("project", id, "The list under Projects shows those that the portal has.");
  return project;
}

/** A project whose matrices failed tells the first one's cause. */
async function withFirstCause(context: ServerContext, project: StoredProject): Promise<StoredProject> {
  if (project.problem !== null || project.matrices.failed === 0) return project;
  const matrices = await matricesOfProject(context.reader.db, project.id);
  return { ...project, problem: matrices.find(({ problem }) => problem !== null)?.problem ?? null };
}

/** The newest run that summarises a portal. */
async function portalRun(context: ServerContext): Promise<StoredRun | undefined> {
  const { runs } = await listRuns(context.reader.db, { limit: 100, offset: 0, workflow: "expression" });
  return runs.sort((a, b) => b.startedAt.localeCompare(a.startedAt))[0];
}

function rowOf(context: ServerContext, project: StoredProject, run: StoredRun | undefined): api.ProjectRow {
  const { id, title, status, matrices, cells, cellsKept, genes, figures, warnings, skip } = project;
  return {
    id,
    title,
    status,
    matrices,
    cells,
    cellsKept,
    genes,
    figures,
    warnings,
    skip,
    problem: problemOf(context, project.problem, run),
    freshness: {
      contentDigest: project.contentDigest,
      summarisedAt: project.summarisedAt,
      checkedAt: project.checkedAt,
    },
    href: projectPage(id),
  };
}

async function matrixRow(
  context: ServerContext,
  project: string,
  stored: StoredMatrix,
  run: StoredRun | undefined,
): Promise<{ row: api.MatrixRow; parameters: Record<string, unknown>; input: string | null }> {
  const summary = stored.summaryUri === null ? null : await summaryOf(context, stored.summaryUri);
  const genes = summary?.splits[0]?.tables.genes;
  const { matrix, format, sizeBytes, status, digest, cells, entries, cellsKept, genesKept, summarisedAt } = stored;
  return {
    input: summary?.report.key ?? null,
    parameters: (summary?.report.parameters as Record<string, unknown> | undefined) ?? {},
    row: {
      key: matrix,
      format,
      sizeBytes,
      status,
      digest,
      cells,
      genes: stored.genes,
      entries,
      cellsKept,
      genesKept,
      valueKind: summary?.report.values ?? null,
      warnings: summary === null ? [] : warningsOf(summary),
      problem: problemOf(context, stored.problem, run),
      splits: (summary?.splits ?? []).map((split) => splitOf(project, matrix, split)),
      genesCsv: genes === undefined ? null : fileUrl(project, genes.uri, `${nameOf(matrix)}-genes.csv`),
      summarisedAt,
    },
  };
}

/** What the file, the columns to split by, and steps that gave nothing have to say. */
function warningsOf({ report, splits }: MatrixSummary): api.MatrixRow["warnings"] {
  return [
    ...report.warnings,
    ...report.splitProblems.map(({ message }) => ({ code: "split", count: 1, message })),
    ...splits.flatMap(({ id, problems }) =>
      problems.map(({ step, code, message }) => ({
        code: code ?? "step",
        count: 1,
        message: `${id}, ${step}: ${message}`,
      })),
    ),
  ];
}

async function summaryOf(context: ServerContext, uri: string): Promise<MatrixSummary> {
  return matrixSummary.parse(JSON.parse(new TextDecoder().decode(await context.objects.get(uri))));
}

function splitOf(project: string, matrix: string, split: MatrixSummary["splits"][number]): api.ProjectSplit {
  const { id, column, value, cells, cellsKept, figures } = split;
  return {
    id,
    column,
    value,
    cells,
    cellsKept,
    figures: figures.map(({ id: figure, title, alt, files, problem }) => {
      const address = (ending: "vl.json" | "csv" | "svg" | "png"): string | null => {
        const file = files[ending];
        return file === undefined
          ? null
          : fileUrl(project, file.uri, `${nameOf(matrix)}-${nameOf(id)}-${figure}.${ending}`);
      };
      return {
        id: figure,
        title,
        alt,
        spec: address("vl.json"),
        svg: address("svg"),
        png: address("png"),
        csv: address("csv"),
        problem,
      };
    }),
  };
}

/** A name that stands in a file's name; what is cut or replaced is told apart by a few digits of its digest. */
function nameOf(text: string): string {
  const plain = text.replaceAll(/[^\w.-]+/g, "_").slice(-60);
  return plain === text ? plain : `${plain}-${createHash("sha256").update(text).digest("hex").slice(0, 6)}`;
}

function geneOf(gene: StoredExpression, title: string | null): api.GeneExpression {
  return {
    project: gene.projectId,
    title,
    matrix: gene.matrix,
    gene: gene.id,
    symbol: gene.symbol,
    cells: gene.cellCount,
    cellsExpressing: gene.cells,
    share: gene.share,
    mean: Number.isFinite(gene.mean) ? gene.mean : null,
    target: gene.target,
    href: `${projectPage(gene.projectId, gene.matrix)}&gene=${part(gene.symbol)}`,
  };
}
