import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { writeDurably } from "@artesian/data/objects.ts";
import { copyRows, databaseName, openDatabase, openDatabaseToRead } from "./database.ts";
import { type EmbeddedOptions, openEmbedded, type Runtime } from "./embedded.ts";
import { ReplayRefusedError } from "./errors.ts";
import { Inspector } from "./inspect.ts";
import { lockFolder } from "./lock.ts";
import type { Plan } from "./plan.ts";
import { allEqual, compareOutputs, type TopicComparison } from "./shadow-compare.ts";
import { beginningOf, behindBy, fedUpTo, feedShadow, type ReplayFrom } from "./shadow-feed.ts";
import { transact } from "./transaction.ts";

/** How far a replay is. */
export interface ShadowProgress {
  phase: "recall" | "feed" | "work" | "compare" | "switch";
  /** Of "feed": records fed. */
  done?: number;
  of?: number;
  /** Of "switch": what has just been done. */
  step?: string;
}

export interface ShadowOptions extends Omit<EmbeddedOptions, "dir" | "plans" | "sinks"> {
  /** Folder of the live engine, which may be running. */
  dir: string;
  /** The changed version of a workflow that runs there. */
  plan: Plan;
  /** Offset from which every partition of the streams is replayed; tables are replayed whole. Default 0. */
  from?: ReplayFrom;
  /** Examples of each kind of difference and topic. Default 3. */
  examples?: number;
  signal?: AbortSignal;
  onProgress?: (progress: ShadowProgress) => void;
}

/** What a replay found. */
export interface ShadowReport {
  dag: string;
  from: ReplayFrom;
  old: { version: string; sha256: string };
  new: { version: string; sha256: string };
  /** Whether nothing that is published differs, and nothing is unfinished. */
  equal: boolean;
  topics: TopicComparison[];
  /** Of the shadow: `reused` were answered by results that the live engine has recorded, `ran` were carried out, `waiting` have nobody to serve them. */
  tasks: { reused: number; ran: number; failed: number; waiting: number };
  /** Open dead letters. */
  deadLetters: { old: number; new: number };
  /** Records that entered the live engine meanwhile and are not in the comparison. */
  behind: number;
}

/** What a shadow folder is for; lies in it as `shadow.json`. */
export interface ShadowMarker {
  dag: string;
  sha256: string;
  from: ReplayFrom;
  /** Present once outputs have been compared. */
  report?: ShadowReport;
  /** Present once a switch has begun: where the old version is kept. */
  aside?: string;
}

/** The folder of the shadow of an engine. */
export function shadowFolder(dir: string): string {
  return join(dir, "shadow");
}

export function readMarker(dir: string): ShadowMarker | undefined {
  const path = join(shadowFolder(dir), "shadow.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as ShadowMarker) : undefined;
}

export function writeMarker(dir: string, marker: ShadowMarker): Promise<void> {
  return writeDurably(join(shadowFolder(dir), "shadow.json"), `${JSON.stringify(marker)}\n`);
}

/**
 * Runs a changed version of a workflow beside the live one: its sources are replayed into a shadow engine with topics and state of its own,
 * in the order in which they came, and what both publish is compared by key. The live engine is only read. A task whose result is
 * recorded there (equal code, parameters and inputs) is answered by it and not run again. Cut off anywhere, the same call goes on.
 *
 * Rules by wall clock see the time of the replay: what the old version closed at a deadline comes out whole here.
 * @throws ReplayRefusedError (engine/replay-refused), ReplayOffsetError (engine/replay-offset), LockedError (engine/locked) while another
 *   process works on the shadow, or what `openEmbedded` throws
 */
export async function replayShadow(options: ShadowOptions): Promise<ShadowReport> {
  const { dir, plan, from = 0 } = options;
  const live = openLive(dir);
  try {
    livePlan(live, dir, plan);
    beginningOf(live, plan, from);
    await prepare(options, live);
    const report = await withShadow(options, (runtime) => follow(options, live, runtime));
    await writeMarker(dir, { dag: plan.dag, sha256: plan.sha256, from, report });
    return report;
  } finally {
    live.close();
  }
}

/** @throws ReplayRefusedError (engine/replay-refused) where no engine has worked */
export function openLive(dir: string): DatabaseSync {
  const live = openDatabaseToRead(dir);
  if (live === undefined)
    throw new ReplayRefusedError(
      dir,
      "no engine has worked in this folder. Give the folder that the workflow runs in.",
    );
  return live;
}

/** The live version of a plan. @throws ReplayRefusedError (engine/replay-refused) */
function livePlan(live: DatabaseSync, dir: string, plan: Plan): Plan {
  const plans = new Inspector(live).plans();
  const found = plans.find(({ dag }) => dag === plan.dag);
  if (found !== undefined) return found;
  const known = plans.map(({ dag }) => `"${dag}"`).join(", ");
  throw new ReplayRefusedError(
    dir,
    `workflow "${plan.dag}" does not run here; ${known} does. Keep the name: state and tasks are found by it.`,
  );
}

const resultRows = "SELECT cache_key, task, name, components, result, at FROM results";
const putResult =
  "INSERT OR IGNORE INTO results (cache_key, task, name, components, result, at) VALUES (?, ?, ?, ?, ?, ?)";

/** Makes the shadow's folder, begins anew where it was of another version or offset, and copies the results that tasks may be answered by. */
async function prepare(
  { dir, plan, from = 0, onProgress, database }: ShadowOptions,
  live: DatabaseSync,
): Promise<void> {
  const shadow = shadowFolder(dir);
  mkdirSync(shadow, { recursive: true });
  const unlock = lockFolder(shadow);
  try {
    const marker = readMarker(dir);
    if (marker?.sha256 !== plan.sha256 || marker.from !== from) {
      for (const name of [databaseName, `${databaseName}-wal`, `${databaseName}-shm`, "shadow.json"])
        rmSync(join(shadow, name), { force: true });
      await writeMarker(dir, { dag: plan.dag, sha256: plan.sha256, from });
    }
    onProgress?.({ phase: "recall" });
    const db = openDatabase(shadow, database);
    try {
      transact(db, () => copyRows(live, db, resultRows, putResult));
    } finally {
      db.close();
    }
  } finally {
    unlock();
  }
}

/** Opens the shadow's runtime for as long as `work` takes. */
export async function withShadow<T>(options: ShadowOptions, work: (runtime: Runtime) => Promise<T>): Promise<T> {
  const { dir, plan, from: _from, examples: _examples, signal, onProgress: _onProgress, ...embedded } = options;
  signal?.throwIfAborted();
  const runtime = await openEmbedded({ ...embedded, dir: shadowFolder(dir), plans: [plan] });
  try {
    return await work(runtime);
  } finally {
    await runtime.stop(signal?.aborted === true ? 0 : 5000);
  }
}

/** Rounds of a replay beside a live engine that goes on. */
const mostRounds = 3;

/** Feeds, works and compares until the shadow is where the live engine is. */
export async function follow(options: ShadowOptions, live: DatabaseSync, runtime: Runtime): Promise<ShadowReport> {
  const { dir, plan, from = 0, examples = 3, signal, onProgress } = options;
  const began = beginningOf(live, plan, from);
  const old = livePlan(live, dir, plan);
  for (let round = 1; ; round++) {
    await feedShadow({
      live,
      runtime,
      plan,
      from,
      signal,
      onProgress: (done, of) => onProgress?.({ phase: "feed", done, of }),
    });
    onProgress?.({ phase: "work" });
    await settle(runtime, hasEnded(live), signal);
    onProgress?.({ phase: "compare" });
    const fed = await fedUpTo(runtime);
    const behind = behindBy({ live, plan }, fed);
    if (behind > 0 && round < mostRounds) continue;
    const shadow = openLive(shadowFolder(dir));
    try {
      const topics = compareOutputs({ db: live, plan: old }, { db: shadow, plan }, began, examples);
      const tasks = tasksOf(runtime);
      return {
        dag: plan.dag,
        from,
        old: { version: old.version, sha256: old.sha256 },
        new: { version: plan.version, sha256: plan.sha256 },
        equal: allEqual(topics) && tasks.waiting === 0 && behind === 0,
        topics,
        tasks,
        deadLetters: { old: new Inspector(live).stats(0).deadLetters, new: runtime.stats().deadLetters },
        behind,
      };
    } finally {
      shadow.close();
    }
  }
}

/** Whether the live engine's input was ended, as a bounded run does: groups that were open then have been closed by their rules. */
function hasEnded(live: DatabaseSync): boolean {
  return live.prepare("SELECT 1 FROM run_events WHERE kind = 'run-drained' LIMIT 1").get() !== undefined;
}

const lookMs = 100;

/** Works until everything is done, or until what is left are tasks that nobody here serves. */
async function settle(runtime: Runtime, ended: boolean, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  const over = new AbortController();
  const done = (ended ? runtime.closeInput() : runtime.drain()).then(() => true);
  const stuck = (async (): Promise<boolean> => {
    const leased = new Set(runtime.leasedNames());
    for (let quiet = 0; quiet < 3; ) {
      await new Promise((resolve) => setTimeout(resolve, lookMs));
      if (over.signal.aborted) return true;
      signal?.throwIfAborted();
      const { nodes } = runtime.stats();
      const unread = nodes.some(({ type, lag }) => type !== "external-task" && lag > 0);
      const busy = runtime
        .load()
        .some(({ task, waiting, running }) => running > 0 || (waiting > 0 && !leased.has(task)));
      const left = runtime.load().some(({ waiting }) => waiting > 0);
      quiet = !unread && !busy && left ? quiet + 1 : 0;
    }
    return false;
  })();
  // of the two the race tells of the first to fail; a runtime that is stopped while it drains says so, and whoever stopped it knows
  done.catch(() => {});
  stuck.catch(() => {});
  try {
    await Promise.race([done, stuck]);
    signal?.throwIfAborted();
  } finally {
    over.abort();
  }
}

function tasksOf(runtime: Runtime): ShadowReport["tasks"] {
  const found = { reused: 0, ran: 0, failed: 0, waiting: 0 };
  for (const { tasks } of runtime.stats().nodes) {
    if (tasks === undefined) continue;
    found.reused += tasks.cached;
    found.ran += tasks.done - tasks.cached;
    found.failed += tasks.failed;
    found.waiting += tasks.waiting + tasks.retrying;
  }
  return found;
}
