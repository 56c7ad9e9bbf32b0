import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openPlace, type Place, sha256, writeDurably } from "@artesian/data";
import type { TaskContext } from "@artesian/engine";
import type { z } from "zod";
import {
  type FailedMember,
  type MatrixSummary,
  matrixSummary,
  type PortalEntry,
  type ProjectIndex,
  type ProjectPartsRecord,
  type ProjectStatus,
  type PublishedMatrix,
  portalIndex,
  portalPartsRecord,
  projectIndex,
  projectPartsRecord,
} from "./expression.schemas.ts";
import { contentTypeOf, projectKey, STATS_PREFIX, safeName, splitFolders } from "./portal-files.ts";
import { portalHtml, projectHtml } from "./portal-pages.ts";
import type { PortalContext } from "./portal-tasks.ts";
import { getJson } from "./vectors.ts";

/** What publishing works with: beside the portal, a folder that remembers which look was published last. */
export interface PublishContext extends PortalContext {
  published: string;
}

/** A file to be published: an object, text, or a copy of one that was published before. */
type Content = { uri: string; sizeBytes: number } | { text: string } | { copyOf: string };
interface ToPublish {
  name: string;
  sha256: string;
  sizeBytes: number;
  content: Content;
}
type PartOf<K> = Extract<ProjectPartsRecord["parts"][number], { kind: K }>;

/**
 * Publishes a project: figures and tables, its page, and last its index, which names every file with its digest. Files that are there
 * already stay; those that an earlier index named and this one does not are removed. An older look than the last one published
 * changes nothing.
 */
export async function publishProject(input: unknown, context: PublishContext, task: TaskContext) {
  const record = projectPartsRecord.parse(input);
  const dest = openPlace(record.dest, context.env);
  const before = await readIndex(dest, record.project, task.signal);
  const { index, files } = await indexOf(record, context, before);
  const text = `${JSON.stringify(index, null, 1)}\n`;
  const matrices = matrixNames(record);
  const entry = entryOf(index, sha256(text));
  const result = { status: index.status, entry, matrices };
  if (isOlder(context, record.project, record.lookMs)) return { ...result, written: 0 };
  const known = new Map(record.fresh === "" ? before?.files.map((file) => [file.name, file.sha256]) : []);
  const there = new Map<string, number>();
  for await (const { key, sizeBytes } of dest.list(projectKey(record.project, ""), task)) there.set(key, sizeBytes);
  let written = 0;
  for (const file of files) {
    const key = projectKey(record.project, file.name);
    if (known.get(file.name) === file.sha256 && there.get(key) === file.sizeBytes) continue;
    await dest.write(key, await bytesOf(file.content, record.project, dest, context), {
      signal: task.signal,
      contentType: contentTypeOf(file.name),
    });
    written++;
    task.heartbeat();
  }
  const indexKey = projectKey(record.project, "index.json");
  const current = there.has(indexKey) ? new TextDecoder().decode(await dest.read(indexKey, task)) : undefined;
  if (current !== text) {
    await dest.write(indexKey, text, { signal: task.signal, contentType: contentTypeOf(indexKey) });
    written++;
  }
  // What was published of a project before it was skipped stays where it is.
  if (index.status !== "skipped") {
    const names = new Set(files.map(({ name }) => name));
    for (const { name } of before?.files ?? [])
      if (!names.has(name)) await dest.remove(projectKey(record.project, name), task);
  }
  await remember(context, record.project, record.lookMs);
  return { ...result, written };
}

async function indexOf(
  record: ProjectPartsRecord,
  context: PublishContext,
  before: ProjectIndex | undefined,
): Promise<{ index: ProjectIndex; files: ToPublish[] }> {
  const part = <K extends string>(kind: K) => record.parts.find((one): one is PartOf<K> => one.kind === kind);
  const skip = part("project")?.skip ?? null;
  const listing = part("listing");
  const problem = record.failed.find(({ member }) => member === "..");
  const failed = record.failed.filter(({ member }) => member !== "..");
  const summaries = new Map<string, { part: PartOf<"matrix">; summary: MatrixSummary }>();
  for (const one of record.parts)
    if (one.kind === "matrix")
      summaries.set(one.member, {
        part: one,
        summary: matrixSummary.parse(await getJson(context.objects, one.summary)),
      });
  const kept = new Map(
    failed.flatMap(({ member }) => {
      const earlier = before?.matrices.find(({ matrix }) => matrix === member);
      return earlier === undefined ? [] : [[member, earlier] as const];
    }),
  );
  const names = [...summaries.keys(), ...failed.map(({ member }) => member)].sort();
  const folders = splitFolders(
    names.map((matrix) => ({
      matrix,
      splits: (summaries.get(matrix)?.summary.splits ?? kept.get(matrix)?.splits ?? []).map(({ id }) => id),
    })),
  );
  const files: ToPublish[] = [];
  const matrices = names.map((matrix): PublishedMatrix => {
    const own = folders.get(matrix) ?? new Map<string, string>();
    const done = summaries.get(matrix);
    if (done !== undefined) return published(done.part, done.summary, own, files);
    const failure = failed.find(({ member }) => member === matrix) as FailedMember;
    return stillPublished(matrix, failure, kept.get(matrix), before?.files ?? [], own, files);
  });
  const head = {
    project: record.project,
    title: record.title,
    status: statusOf(skip !== null, problem !== undefined, matrices),
    contentDigest: listing?.contentDigest ?? null,
    skip,
    problem: problem === undefined ? null : { code: problem.code, message: problem.message },
    matrices,
    leftovers: listing?.leftovers ?? [],
  };
  const page = projectHtml(head);
  files.push({ name: "index.html", sha256: sha256(page), sizeBytes: Buffer.byteLength(page), content: { text: page } });
  files.sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    index: {
      ...head,
      files: files.map(({ name, sha256: digest, sizeBytes }) => ({ name, sha256: digest, sizeBytes })),
    },
    files,
  };
}

function statusOf(skipped: boolean, unreadable: boolean, matrices: readonly PublishedMatrix[]): ProjectStatus {
  if (skipped) return "skipped";
  if (unreadable) return "failed";
  if (matrices.length === 0) return "empty";
  if (matrices.every(({ status }) => status === "failed")) return "failed";
  return matrices.every(({ status }) => status === "done") ? "done" : "partial";
}

/** A summarised matrix in its project's index; its files are added to those to publish. */
function published(
  part: PartOf<"matrix">,
  summary: MatrixSummary,
  folders: ReadonlyMap<string, string>,
  files: ToPublish[],
): PublishedMatrix {
  const { report } = summary;
  const add = (name: string, object: { uri: string; sizeBytes: number }): void => {
    files.push({ name, sha256: object.uri.slice("sha256:".length), sizeBytes: object.sizeBytes, content: object });
  };
  const problems = summary.splits.flatMap((split) => split.problems);
  return {
    matrix: part.member,
    status: part.counts.problems === 0 ? "done" : "partial",
    key: report.key,
    format: report.format,
    digest: part.digest,
    cells: report.cells,
    cellsKept: part.counts.cellsKept,
    genes: report.genes,
    entries: report.entries,
    warnings: [
      ...report.warnings,
      ...report.splitProblems.map(({ column, message }) => ({ code: `split ${column}`, count: 1, message })),
    ],
    problem:
      problems[0] === undefined
        ? null
        : { code: problems[0].code ?? "expression/step", message: `${problems[0].step}: ${problems[0].message}` },
    figuresOf: null,
    splits: summary.splits.map((split) => {
      const folder = folders.get(split.id) ?? safeName(split.id);
      for (const [name, table] of Object.entries(split.tables)) add(`${folder}/${name}.csv`, table);
      return {
        id: split.id,
        folder,
        column: split.column,
        value: split.value,
        cells: split.cells,
        cellsKept: split.cellsKept,
        figures: split.figures.map((figure) => {
          for (const [ending, object] of Object.entries(figure.files)) add(`${folder}/${figure.id}.${ending}`, object);
          const { id, title, alt, problem } = figure;
          return { id, title, alt, files: Object.keys(figure.files), problem };
        }),
      };
    }),
  };
}

/** A matrix that cannot be summarised as it is now: the figures of its earlier content stay, and say that they are. */
function stillPublished(
  matrix: string,
  { code, message }: FailedMember,
  earlier: PublishedMatrix | undefined,
  known: ProjectIndex["files"],
  folders: ReadonlyMap<string, string>,
  files: ToPublish[],
): PublishedMatrix {
  const problem = { code, message };
  const none = { key: null, format: null, digest: null, cells: null, cellsKept: null, genes: null, entries: null };
  if (earlier === undefined)
    return { matrix, status: "failed", ...none, warnings: [], problem, figuresOf: null, splits: [] };
  const splits = earlier.splits.map((split) => {
    const folder = folders.get(split.id) ?? split.folder;
    for (const file of known)
      if (file.name.startsWith(`${split.folder}/`))
        files.push({
          name: `${folder}/${file.name.slice(split.folder.length + 1)}`,
          sha256: file.sha256,
          sizeBytes: file.sizeBytes,
          content: { copyOf: file.name },
        });
    return { ...split, folder };
  });
  return {
    ...earlier,
    status: "failed",
    problem,
    figuresOf: earlier.figuresOf ?? earlier.digest,
    digest: null,
    splits,
  };
}

/** Keys of the matrices that were found, whether or not they could be summarised; null when they could not be listed. */
function matrixNames({ parts, failed }: ProjectPartsRecord): string[] | null {
  if (failed.some(({ member }) => member === "..")) return null;
  const done = parts.flatMap((part) => (part.kind === "matrix" ? [part.member] : []));
  return [...done, ...failed.map(({ member }) => member)].sort();
}

function entryOf(index: ProjectIndex, digest: string): PortalEntry {
  const sum = (of: (matrix: PublishedMatrix) => number | null): number | null =>
    index.matrices.reduce<number | null>(
      (total, one) => (of(one) === null ? total : (total ?? 0) + (of(one) ?? 0)),
      null,
    );
  const { project, title, status, contentDigest, skip, problem, matrices } = index;
  return {
    project,
    title,
    status,
    contentDigest,
    skip,
    problem: problem ?? matrices.find((one) => one.problem !== null)?.problem ?? null,
    matrices: matrices.length,
    failed: matrices.filter((one) => one.status === "failed").length,
    cells: sum(({ cells }) => cells),
    cellsKept: sum(({ cellsKept }) => cellsKept),
    figures: matrices.reduce(
      (count, { splits }) => count + splits.reduce((of, { figures }) => of + figures.length, 0),
      0,
    ),
    index: digest,
  };
}

async function bytesOf(content: Content, project: string, dest: Place, context: PublishContext) {
  if ("text" in content) return content.text;
  if ("copyOf" in content) return dest.read(projectKey(project, content.copyOf));
  return context.objects.get(content.uri);
}

/** Publishes the index of a portal. A look at some projects only changes their entries, a look at all of them is the whole index. */
export async function publishPortal(input: unknown, context: PublishContext, task: TaskContext) {
  const record = portalPartsRecord.parse(input);
  const result = { found: [...record.projects, ...record.failed.map(({ member }) => ({ project: member }))].length };
  if (isOlder(context, "", record.lookMs)) return result;
  const dest = openPlace(record.dest, context.env);
  const before = new Map((await readPortalIndex(dest, task.signal)).map((entry) => [entry.project, entry]));
  const entries = new Map(record.full ? [] : before);
  for (const { project, entry } of record.projects) entries.set(project, entry);
  for (const { member: project, code, message } of record.failed) {
    const nothing = { title: null, contentDigest: null, skip: null, matrices: 0, failed: 0, figures: 0, index: "" };
    const earlier = before.get(project) ?? { ...nothing, cells: null, cellsKept: null };
    entries.set(project, { ...earlier, project, status: "failed", problem: { code, message } });
  }
  const projects = [...entries.values()].sort((a, b) => (a.project < b.project ? -1 : 1));
  for (const [name, text] of portalFiles(projects))
    await dest.write(`${STATS_PREFIX}${name}`, text, { signal: task.signal, contentType: contentTypeOf(name) });
  await remember(context, "", record.lookMs);
  return result;
}

/** The files of a portal's index, the data last. */
export function portalFiles(projects: PortalEntry[]): [string, string][] {
  return [
    ["index.html", portalHtml(projects)],
    ["index.json", `${JSON.stringify({ projects } satisfies z.infer<typeof portalIndex>, null, 1)}\n`],
  ];
}

/** The published index of a portal; none when there is none, or one that nobody can read. */
export async function readPortalIndex(dest: Place, signal?: AbortSignal): Promise<PortalEntry[]> {
  const parsed = portalIndex.safeParse(await readJson(dest, `${STATS_PREFIX}index.json`, signal));
  return parsed.success ? parsed.data.projects : [];
}

/** The published index of a project; undefined when there is none, or one that nobody can read. */
export async function readIndex(dest: Place, project: string, signal?: AbortSignal): Promise<ProjectIndex | undefined> {
  return projectIndex.safeParse(await readJson(dest, projectKey(project, "index.json"), signal)).data;
}

async function readJson(dest: Place, key: string, signal?: AbortSignal): Promise<unknown> {
  const call = signal === undefined ? {} : { signal };
  if ((await dest.stat(key, call)) === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(await dest.read(key, call))) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** When the look began that was published last, of a project or ("") of the portal's index. */
function isOlder({ published }: PublishContext, project: string, lookMs: number): boolean {
  const path = markOf(published, project);
  return existsSync(path) && Number(readFileSync(path, "utf8")) > lookMs;
}

async function remember({ published }: PublishContext, project: string, lookMs: number): Promise<void> {
  await writeDurably(markOf(published, project), `${lookMs}\n`);
}

function markOf(folder: string, project: string): string {
  return join(folder, project === "" ? "portal" : `project-${sha256(project).slice(0, 32)}`);
}
