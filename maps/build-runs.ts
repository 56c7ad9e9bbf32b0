import type { Place } from "@artesian/data";
import { GroupFileError } from "./errors.ts";
import { jsonOf } from "./group-manifest.ts";

/**
 * How a run came out: it published versions; the gate refused them; nothing changed since what is published; it failed; or its process was gone
 * before it ended.
 */
export type BuildRunState = "running" | "published" | "refused" | "unchanged" | "failed" | "cut off";

/** One run of a map's build, from inputs to what is published. */
export interface BuildRun {
  format: "artesian-run/1";
  /** Sorts by start. */
  id: string;
  map: string;
  /** "asked for", or the schedule with the time that was due. */
  because: string;
  state: BuildRunState;
  /** ISO 8601. */
  startedAt: string;
  finishedAt: string | null;
  /** From start to end, waiting for another build of the map included. */
  durationS: number | null;
  /** Of the settings that decide what is built. */
  configSha256: string;
  /** Of settings, inputs and code: equal keys are equal builds; null until the inputs were looked at. */
  key: string | null;
  codeVersion: string;
  host: string;
  who: string;
  steps: { name: string; seconds: number; reused: boolean }[];
  /** Versions that were built or found, in order. */
  groups: { id: string; version: string }[];
  /** Those of them that entered the catalogue by this run, "id@version". */
  created: string[];
  /** What the gate has against them. */
  reasons: string[];
  problem: { code: string; message: string } | null;
  uploadedBytes: number;
  /** Revision of the catalogue afterwards. */
  revision: number | null;
}

/** How many runs of a map are kept, and how long. */
export interface RunPolicy {
  runs: number;
  days: number;
}

const RUNS = "runs/";
const runKey = (id: string): string => `${RUNS}${id}.json`;
const logKey = (id: string): string => `${RUNS}${id}.log`;

/** Writes a run as it stands, and its log up to now. */
export async function writeRun(store: Place, run: BuildRun, log: readonly string[]): Promise<void> {
  await store.write(logKey(run.id), log.map((line) => `${line}\n`).join(""), { contentType: "text/plain" });
  await store.write(runKey(run.id), `${JSON.stringify(run, null, 1)}\n`, { contentType: "application/json" });
}

export interface RunQuery {
  map?: string;
  /** Most that are given; default all. */
  limit?: number;
  signal?: AbortSignal;
}

/** Runs of a store, the newest first. @throws GroupFileError (maps/group-file) for a file that is no run */
export async function readRuns(store: Place, { map, limit, signal }: RunQuery = {}): Promise<BuildRun[]> {
  const call = signal === undefined ? {} : { signal };
  const ids: string[] = [];
  for await (const { key } of store.list(RUNS, call))
    if (key.endsWith(".json")) ids.push(key.slice(RUNS.length, -".json".length));
  const found: BuildRun[] = [];
  const most = limit ?? Number.POSITIVE_INFINITY;
  const newest = ids.sort().reverse();
  for (let from = 0; from < newest.length && found.length < most; from += AT_ONCE) {
    const part = newest.slice(from, from + AT_ONCE);
    for (const run of await Promise.all(part.map((id) => readRun(store, id, call))))
      if (run !== undefined && (map === undefined || run.map === map) && found.length < most) found.push(run);
  }
  return found;
}

const AT_ONCE = 16;

/** A run; undefined when there is none of that name. @throws GroupFileError (maps/group-file) */
export async function readRun(
  store: Place,
  id: string,
  call: { signal?: AbortSignal } = {},
): Promise<BuildRun | undefined> {
  if (!/^[0-9A-Za-z-]+$/.test(id) || (await store.stat(runKey(id), call)) === undefined) return undefined;
  const parsed = jsonOf(new TextDecoder().decode(await store.read(runKey(id), call)), runKey(id)) as Partial<BuildRun>;
  if (parsed?.format !== "artesian-run/1")
    throw new GroupFileError(runKey(id), `format ${JSON.stringify(parsed?.format ?? null)}`, "artesian-run/1");
  return parsed as BuildRun;
}

/** The lines of a run's log. */
export async function readRunLog(store: Place, id: string, call: { signal?: AbortSignal } = {}): Promise<string[]> {
  if ((await store.stat(logKey(id), call)) === undefined) return [];
  const text = new TextDecoder().decode(await store.read(logKey(id), call));
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/**
 * Runs that a policy lets go: beyond the newest so many, or older than so many days; not the last one that published, nor one under way.
 * @param runs of one map, the newest first
 * @param nowMs ms since 1970
 */
export function runsToForget(runs: readonly BuildRun[], policy: RunPolicy, nowMs: number): BuildRun[] {
  const lastPublished = runs.find(({ state }) => state === "published");
  const oldestMs = nowMs - policy.days * 24 * 3600 * 1000;
  return runs.filter(
    (run, i) =>
      (i >= policy.runs || Date.parse(run.startedAt) < oldestMs) && run !== lastPublished && run.state !== "running",
  );
}

/** Removes a run and its log. */
export async function forgetRun(store: Place, id: string): Promise<void> {
  await store.remove(runKey(id));
  await store.remove(logKey(id));
}
