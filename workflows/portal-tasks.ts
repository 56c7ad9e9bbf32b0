import { createHash } from "node:crypto";
import { basename, dirname } from "node:path";
import { digestOf, type ObjectStore, openPlace, type Place, type PlaceEntry } from "@artesian/data";
import type { TaskContext } from "@artesian/engine";
import { discoverMatrices, type FoundMatrix, readManifest } from "@artesian/expression";
import type { z } from "zod";
import { ChangedMatrixError } from "./errors.ts";
import { lookRecord, type PortalRecord, projectFiles, projectRecord, type SkipEntry } from "./expression.schemas.ts";
import { STATS_PREFIX } from "./portal-files.ts";
import { readSkipList } from "./skip-list.ts";
import { putJson } from "./vectors.ts";

/** What tasks of a portal work with. */
export interface PortalContext {
  objects: ObjectStore;
  /** Folder for intermediate files. */
  scratch: string;
  /** Where S3 stores are and who asks. */
  env: Readonly<Record<string, string | undefined>>;
}

type ProjectFiles = z.infer<typeof projectFiles>;

/** Stands for all projects: files of a portal with a manifest do not tell theirs. */
export const EVERY_PROJECT = "*";

/** Members of a project beside its matrices: the project itself, and what its files were read as. */
const OTHER_MEMBERS = 2;

/** Lists a portal: its projects, each with its files as a list in the object store. */
export async function listPortal(input: unknown, { objects, env }: PortalContext, { signal, heartbeat }: TaskContext) {
  const { portal, only: named, single } = lookRecord.parse(input);
  const only = single === undefined ? named : single === EVERY_PROJECT ? null : [single];
  const lookMs = Date.now();
  const source = openPlace(portal.source, env);
  const skip = portal.skip === null ? new Map<string, SkipEntry>() : await skipList(portal.skip, env);
  const entries: PlaceEntry[] = [];
  const isOwn = ownFiles(portal);
  // A project's files begin with its name; a manifest may put any file into any project.
  for (const prefix of only === null || portal.manifest !== null ? [""] : only)
    for await (const entry of source.list(prefix, { signal })) {
      heartbeat();
      if (!isOwn(entry.key) && entry.key !== portal.manifest) entries.push(entry);
    }
  const manifest =
    portal.manifest === null
      ? undefined
      : readManifest(new TextDecoder().decode(await source.read(portal.manifest, { signal })), portal.manifest);
  const { matrices, problems } = discoverMatrices(entries, manifest === undefined ? {} : { manifest });
  const byProject = new Map<string, { matrices: FoundMatrix[]; leftovers: ProjectFiles["leftovers"] }>();
  const of = (project: string) => {
    const known = byProject.get(project) ?? { matrices: [], leftovers: [] };
    byProject.set(project, known);
    return known;
  };
  for (const matrix of matrices) of(matrix.project).matrices.push(matrix);
  for (const { project, key, reason } of problems) of(project).leftovers.push({ key, message: reason });
  for (const project of skip.keys()) if (only === null || only.includes(project)) of(project);
  const wanted = [...byProject].filter(([project]) => only === null || only.includes(project));
  wanted.sort(([a], [b]) => (a < b ? -1 : 1));
  const projects = [];
  for (const [project, found] of wanted) {
    const skipped = skip.get(project) ?? null;
    const files = skipped === null ? found : { matrices: [], leftovers: [] };
    projects.push({
      project,
      title: found.matrices.find(({ title }) => title !== undefined)?.title ?? null,
      projectCount: wanted.length,
      lookMs,
      full: only === null,
      dest: portal.dest,
      // Stands for the project's contents, should they not be readable.
      member: "..",
      kind: "listing",
      memberCount: OTHER_MEMBERS,
      skip: skipped,
      files: await putJson(objects, files),
    });
  }
  return { projects, found: { projects: projects.length, files: entries.length } };
}

/** Reads what the matrices of a project hold now, as digests of their content. */
export async function readProject(input: unknown, { objects, env }: PortalContext, { signal, heartbeat }: TaskContext) {
  const record = projectRecord.parse(input);
  const source = openPlace(record.portal.source, env);
  const found = projectFiles.parse(JSON.parse(new TextDecoder().decode(await objects.get(record.files))));
  const matrices = [];
  for (const matrix of found.matrices) {
    const files: PlaceEntry[] = [];
    const digests: [string, string][] = [];
    for (const { key } of matrix.files) {
      const { entry, digest } = await contentDigest(source, key, signal, heartbeat);
      files.push(entry);
      digests.push([key, digest]);
    }
    matrices.push({
      kind: "matrix",
      member: matrix.matrix,
      matrix: { ...matrix, files },
      format: matrix.format,
      sizeBytes: files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      digest: digestOf(digests),
    });
  }
  const whole = matrices.length === 0 ? null : digestOf(matrices.map(({ member, digest }) => [member, digest]));
  const listing = { kind: "listing", member: "..", contentDigest: whole, leftovers: found.leftovers };
  return { members: [listing, ...matrices], memberCount: OTHER_MEMBERS + matrices.length };
}

/**
 * What tells a file's content from another: of a folder's file its SHA-256, whatever its times say; of a bucket's object the ETag, which
 * the store makes of the content.
 */
async function contentDigest(
  source: Place,
  key: string,
  signal: AbortSignal,
  heartbeat: () => void,
): Promise<{ entry: PlaceEntry; digest: string }> {
  const before = await source.stat(key, { signal });
  if (before === undefined) throw new ChangedMatrixError(key, true);
  if (source.path === undefined) return { entry: before, digest: `etag ${before.etag} ${before.sizeBytes}` };
  const hash = createHash("sha256");
  for await (const chunk of source.stream(key, { signal })) {
    hash.update(chunk);
    heartbeat();
  }
  const after = await source.stat(key, { signal });
  if (after?.etag !== before.etag) throw new ChangedMatrixError(key, true);
  return { entry: before, digest: hash.digest("hex") };
}

/** Whether a file of the source is one that a portal's pages wrote there. */
export function ownFiles({ source, dest }: PortalRecord): (key: string) => boolean {
  const slash = (address: string): string => address.replace(/\/*$/, "/");
  if (!slash(dest).startsWith(slash(source))) return () => false;
  const below = slash(dest).slice(slash(source).length);
  const prefix = below === "" ? STATS_PREFIX : below;
  return (key) => key.startsWith(prefix);
}

async function skipList(file: string, env: PortalContext["env"]): Promise<Map<string, SkipEntry>> {
  const place = openPlace(/^[a-z0-9]+:\/\//i.test(file) ? file.slice(0, file.lastIndexOf("/")) : dirname(file), env);
  const name = file.slice(file.lastIndexOf("/") + 1);
  return readSkipList(
    new TextDecoder().decode(await place.read(place.path === undefined ? name : basename(file))),
    file,
  );
}

/** Whether the files of a matrix are still those that its digest is of. @throws ChangedMatrixError (workflows/changed-matrix) */
export async function requireUnchanged(
  source: Place,
  files: readonly PlaceEntry[],
  signal: AbortSignal,
): Promise<void> {
  for (const { key, etag } of files)
    if ((await source.stat(key, { signal }))?.etag !== etag) throw new ChangedMatrixError(key, false);
}
