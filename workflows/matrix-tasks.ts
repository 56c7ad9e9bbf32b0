import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Column, columnOf, type ObjectStore, openPlace, type Table, writeCsv } from "@artesian/data";
import type { TaskContext } from "@artesian/engine";
import { type Summary, type SummaryFigure, summariseMatrix } from "@artesian/expression";
import { drawPng, drawSvg } from "@artesian/figures";
import {
  type FigureFiles,
  type GeneColumnsDocument,
  geneColumns,
  type MatrixSummary,
  matrixRecord,
} from "./expression.schemas.ts";
import { type PortalContext, requireUnchanged } from "./portal-tasks.ts";
import { putJson } from "./vectors.ts";

/** Counts that stored means are of: cells of different depth are compared as if each had so many. */
export const MEAN_TARGET = 10_000;

/** Summarises a matrix: numbers, tables, figures in every form, all as objects. Equal content and parameters, equal objects. */
export async function summariseFound(input: unknown, { objects, scratch, env }: PortalContext, task: TaskContext) {
  const record = matrixRecord.parse(input);
  const source = openPlace(record.portal.source, env);
  await requireUnchanged(source, record.matrix.files, task.signal);
  await mkdir(scratch, { recursive: true });
  const own = await mkdtemp(join(scratch, `${process.pid}-`));
  try {
    const summary = await summariseMatrix(source, record.matrix, record.portal.parameters, {
      scratch: own,
      signal: task.signal,
      progress: () => task.heartbeat(),
    });
    await requireUnchanged(source, record.matrix.files, task.signal);
    for (const { message } of summary.report.warnings) task.log(message);
    return await stored(record.member, summary, objects, task);
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function stored(matrix: string, summary: Summary, objects: ObjectStore, task: TaskContext) {
  const { report } = summary;
  const splits: MatrixSummary["splits"] = [];
  for (const split of report.splits) {
    const drawn: Promise<FigureFiles>[] = [];
    for (const figure of summary.figures.filter((one) => one.split === split.split)) {
      task.heartbeat();
      // Its picture is drawn in another thread while the next figure is.
      const files = await vectorObjects(figure, objects, task.signal);
      const picture = withPicture(files, objects, task.signal);
      picture.catch(() => {});
      drawn.push(picture);
    }
    const figures = await Promise.all(drawn);
    const table = (name: "cells" | "genes"): Table | undefined =>
      summary.tables.find((one) => one.split === split.split && one.name === name)?.table;
    const csv = async (of: Table | undefined) => (of === undefined ? undefined : await putText(objects, writeCsv(of)));
    const [cells, genes] = [await csv(table("cells")), await csv(table("genes"))];
    splits.push({
      id: split.split,
      column: split.column,
      value: split.value,
      cells: split.cells.all.cells,
      cellsKept: split.cells.kept.cells,
      genesKept: split.genes.used,
      figures,
      tables: { ...(cells && { cells }), ...(genes && { genes }) },
      problems: split.problems,
    });
  }
  const { splits: _, ...head } = report;
  const document: MatrixSummary = { matrix, report: { ...head, splits: report.splits }, splits };
  const whole = splits[0];
  const failedFigures = splits.flatMap(({ figures }) => figures.filter(({ problem }) => problem !== null));
  return {
    summary: await putJson(objects, document),
    genes: await putJson(objects, everyGene(summary)),
    counts: {
      cells: report.cells,
      genes: report.genes,
      entries: report.entries,
      cellsKept: whole?.cellsKept ?? 0,
      genesKept: whole?.genesKept ?? 0,
      warnings: report.warnings.length + report.splitProblems.length,
      figures: splits.reduce((sum, { figures }) => sum + figures.length, 0),
      problems: failedFigures.length + splits.reduce((sum, { problems }) => sum + problems.length, 0),
    },
  };
}

/** A figure as specification, data and SVG. What cannot be drawn is a problem of the figure; the others go on. */
async function vectorObjects(
  figure: SummaryFigure,
  objects: ObjectStore,
  signal: AbortSignal,
): Promise<FigureFiles & { svg?: string }> {
  const { id, title, alt, spec, table } = figure;
  const files: FigureFiles["files"] = {
    "vl.json": await putText(objects, `${JSON.stringify(spec)}\n`),
    csv: await putText(objects, writeCsv(table)),
  };
  try {
    const svg = await drawSvg(spec);
    files.svg = await putText(objects, svg);
    return { id, title, alt, files, problem: null, svg };
  } catch (error) {
    return { id, title, alt, files, problem: problemOf(error, signal) };
  }
}

/** The same with its PNG. */
async function withPicture(
  { svg, ...figure }: FigureFiles & { svg?: string },
  objects: ObjectStore,
  signal: AbortSignal,
): Promise<FigureFiles> {
  if (svg === undefined) return figure;
  try {
    return { ...figure, files: { ...figure.files, png: await objects.put(await drawPng(svg, { signal })) } };
  } catch (error) {
    return { ...figure, problem: problemOf(error, signal) };
  }
}

function problemOf(error: unknown, signal: AbortSignal): NonNullable<FigureFiles["problem"]> {
  signal.throwIfAborted();
  const code = error instanceof Error && "code" in error ? String(error.code) : "figures/specification";
  return { code, message: error instanceof Error ? error.message : String(error) };
}

/** Every gene of all cells that were kept. */
function everyGene({ report, tables }: Summary): GeneColumnsDocument {
  const table = tables.find(({ split, name }) => split === report.splits[0]?.split && name === "genes")?.table;
  const numbers = (name: string): number[] => {
    const column: Column | undefined = table === undefined ? undefined : columnOf(table, name);
    return column?.kind === "number" ? [...column.values] : [];
  };
  const texts = (name: string): string[] => {
    const column: Column | undefined = table === undefined ? undefined : columnOf(table, name);
    return column?.kind === "text" ? column.values.map((value) => value ?? "") : [];
  };
  const perTarget = (percent: number): number | null =>
    Number.isFinite(percent) ? Number(((percent / 100) * MEAN_TARGET).toPrecision(7)) : null;
  return geneColumns.parse({
    cellCount: report.splits[0]?.cells.kept.cells ?? 0,
    target: MEAN_TARGET,
    symbols: texts("gene"),
    ids: texts("gene_id"),
    cells: numbers("cells_kept"),
    means: numbers("mean_percent_of_counts_kept").map(perTarget),
  });
}

function putText(objects: ObjectStore, text: string): Promise<{ uri: string; sizeBytes: number }> {
  return objects.put(new TextEncoder().encode(text));
}
