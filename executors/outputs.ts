import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { glob, lstat, readdir } from "node:fs/promises";
import { join } from "node:path";
import { openPlace, type Place } from "@artesian/data";
import { MissingOutputError } from "./errors.ts";
import type { TaskSpec } from "./executor.ts";

/** A published file. */
export interface OutputFile {
  /** Below the working folder. */
  path: string;
  uri: string;
  sha256: string;
  sizeBytes: number;
}

/** What a task's pointer says: which attempt's files are the task's. */
export interface OutputPointer {
  taskId: string;
  attemptId: string;
  files: OutputFile[];
}

interface Found {
  path: string;
  place: Place;
  sha256: string;
  sizeBytes: number;
}

/** Key of the pointer of a task, and of a file of one of its attempts, below an output's place. */
export const pointerKey = (taskId: string): string => `tasks/${taskId}.json`;
const fileKey = (attemptId: string, path: string): string => `attempts/${attemptId}/${path}`;

/**
 * Publishes what an attempt left: files go below the attempt's own prefix, then a pointer is written only when the task has none. So two
 * attempts never write one object, and whichever pointed first is what the task made, for all who ask.
 * @param work the attempt's working folder
 * @returns the task's files: this attempt's, or those of the attempt that was first
 * @throws MissingOutputError (executors/missing-output)
 */
export async function publishOutputs(
  spec: Pick<TaskSpec, "taskId" | "attemptId" | "outputs">,
  work: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<OutputPointer> {
  const { taskId, attemptId, outputs } = spec;
  const places = new Map(outputs.map(({ uri }) => [uri, openPlace(uri, env)]));
  const [first] = places.values();
  if (first === undefined) return { taskId, attemptId, files: [] };
  const standing = await readPointer(first, taskId);
  if (standing !== undefined) return standing;
  const found = await findOutputs(outputs, places, work);
  for (const { place, path } of found)
    await place.write(fileKey(attemptId, path), createReadStream(join(work, path)), { signal });
  const files = found.map(({ path, place, sha256, sizeBytes }) => ({
    path,
    uri: `${place.uri.replace(/\/$/, "")}/${fileKey(attemptId, path)}`,
    sha256,
    sizeBytes,
  }));
  const own: OutputPointer = { taskId, attemptId, files };
  const won = (await first.replace(pointerKey(taskId), JSON.stringify(own), undefined, { signal })) !== undefined;
  const pointer = won ? own : ((await readPointer(first, taskId)) ?? own);
  if (pointer.attemptId !== attemptId)
    for (const { place, path } of found) await place.remove(fileKey(attemptId, path), { signal });
  // The first place decides; the others repeat what it says.
  for (const place of [...places.values()].slice(1))
    await place.write(pointerKey(taskId), JSON.stringify(pointer), { signal });
  return pointer;
}

async function readPointer(place: Place, taskId: string): Promise<OutputPointer | undefined> {
  if ((await place.stat(pointerKey(taskId))) === undefined) return undefined;
  return JSON.parse(new TextDecoder().decode(await place.read(pointerKey(taskId)))) as OutputPointer;
}

async function findOutputs(
  outputs: TaskSpec["outputs"],
  places: ReadonlyMap<string, Place>,
  work: string,
): Promise<Found[]> {
  const found = new Map<string, Found>();
  for (const { glob: pattern, uri } of outputs) {
    let fits = 0;
    for await (const path of glob(pattern, { cwd: work })) {
      const stat = await lstat(join(work, path));
      // A link could lead out of the folder.
      if (!stat.isFile()) continue;
      fits++;
      const place = places.get(uri);
      if (place === undefined || found.has(path)) continue;
      found.set(path, { path, place, sha256: await fileDigest(join(work, path)), sizeBytes: stat.size });
    }
    if (fits === 0) throw new MissingOutputError(pattern, (await readdir(work)).sort());
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
