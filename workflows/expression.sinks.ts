import {
  forgetProjects,
  type ProblemInput,
  recordGenes,
  recordMatrix,
  recordMatrixResult,
  recordProject,
  recordProjectResult,
} from "@artesian/store";
import {
  contentsRecord,
  figuresRecord,
  geneColumns,
  matrixRecord,
  portalPartsRecord,
  projectPagesRecord,
  projectPartsRecord,
  projectRecord,
} from "./expression.schemas.ts";
import type { SinkRecord, TopicWriter, WorkflowRows } from "./store-sink.ts";

/** Topic → how its records become rows. Each carries when its files were listed, whatever asked for that look and when it was due. */
const topics: Readonly<Record<string, TopicWriter>> = {
  "expression.projects"(store, { value, failure }) {
    if (failure !== undefined) return;
    const { project, title, portal, skip, lookMs } = projectRecord.parse(value);
    const { source, dest } = portal;
    recordProject(store, { id: project, title, source, dest, skip, ...seen(lookMs) });
  },
  "expression.contents"(store, { value, failure }) {
    if (failure !== undefined) return;
    const { project, lookMs, members } = contentsRecord.parse(value);
    for (const member of members) {
      if (member.kind !== "matrix") continue;
      const { member: matrix, format, sizeBytes, digest } = member;
      recordMatrix(store, { projectId: project, matrix, format, sizeBytes, digest, ...seen(lookMs) });
    }
  },
  "expression.figures"(store, { value, failure }, { readJson }) {
    // What could not be listed passes through here too: it is no matrix.
    const parsed = matrixRecord.safeParse(value);
    if (!parsed.success) return;
    const { project, member: matrix, digest, lookMs } = parsed.data;
    const row = { projectId: project, matrix, digest, ...seen(lookMs) };
    if (failure !== undefined) {
      recordMatrixResult(store, { ...row, status: "failed", problem: problemOf(failure) });
      return;
    }
    const { counts, summary, genes } = figuresRecord.parse(value);
    const isNew = recordMatrixResult(store, {
      ...row,
      status: counts.problems === 0 ? "done" : "partial",
      counts,
      warnings: counts.warnings,
      figures: counts.figures,
      summaryUri: summary,
    });
    if (!isNew) return;
    const { cellCount, target, symbols, ids, cells, means } = geneColumns.parse(readJson(genes));
    const rows = symbols.map((symbol, i) => ({
      symbol,
      id: ids[i] ?? "",
      cells: cells[i] ?? 0,
      mean: means[i] ?? Number.NaN,
    }));
    recordGenes(store, { projectId: project, matrix, cellCount, target, genes: rows });
  },
  "expression.project-pages"(store, { value, failure }) {
    if (failure !== undefined) {
      const { project, lookMs } = projectPartsRecord.parse(value);
      const problem = problemOf(failure);
      recordProjectResult(store, { projectId: project, status: "failed", problem, ...seen(lookMs) });
      return;
    }
    const { project, lookMs, status, entry, matrices, parts, failed } = projectPagesRecord.parse(value);
    const listing = parts.find((part) => part.kind === "listing");
    const unreadable = failed.find(({ member }) => member === "..");
    recordProjectResult(store, {
      projectId: project,
      status,
      contentDigest: entry.contentDigest,
      problem: unreadable === undefined ? null : problemOf(unreadable),
      leftovers: listing?.leftovers ?? [],
      ...(matrices === null ? {} : { matrices }),
      ...seen(lookMs),
    });
  },
  "expression.portal-parts"(store, { value }) {
    const parsed = portalPartsRecord.safeParse(value);
    if (!parsed.success || !parsed.data.full) return;
    const { projects, failed, lookMs } = parsed.data;
    const found = [...projects.map(({ project }) => project), ...failed.map(({ member }) => member)];
    forgetProjects(store, { found, generation: lookMs });
  },
};

function seen(lookMs: number): { generation: number; at: string } {
  return { generation: lookMs, at: new Date(lookMs).toISOString() };
}

function problemOf({ code, message, taskId }: NonNullable<SinkRecord["failure"]>): ProblemInput {
  return { code, message, taskId: taskId ?? null };
}

/** How expression's topics become rows of the store. */
export function expressionRows(): WorkflowRows {
  return { topics };
}
