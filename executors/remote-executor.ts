import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeDurably } from "@artesian/data";
import { attemptFolder, claimedBy, noteRef, openAttempts, readExit, shellWord } from "./attempt-folder.ts";
import type { AttemptRef, AttemptState, Capabilities, Executor, TaskSpec } from "./executor.ts";
import { byPriority } from "./local-executor.ts";

/** A job of one or more attempts, as it is submitted. */
export interface RemoteJob {
  name: string;
  /** The job's own folder, and the file in it that names the attempts' folders, one a line. */
  dir: string;
  list: string;
  specs: readonly TaskSpec[];
}

/** How a kind of scheduler differs from another. */
export interface Remote {
  kind: string;
  capabilities: Capabilities;
  commandOf(spec: TaskSpec, dir: string): string[];
  /** Equal for attempts that one job may be made of. */
  alike(spec: TaskSpec): string;
  /** Submits a job. @returns the scheduler's names of its attempts, in order */
  submit(job: RemoteJob): Promise<string[]>;
  /** What it says of attempts that have no exit.json, by its names. What has ended by itself, or is not known, is left out. */
  states(refs: readonly AttemptRef[]): Promise<ReadonlyMap<string, AttemptState>>;
  cancel(handles: readonly string[]): Promise<void>;
}

/** How long after its job's end an exit.json may still come to sight, as on a network file system, ms. */
const patienceMs = 10_000;

/**
 * The shell that a job's element runs: the wrapper of the folder in its line of the list.
 * @param line a shell expression, from 1
 * @param handle a shell word, the scheduler's name of the element
 */
export const elementScript = (list: string, line: string, handle: string): string =>
  `export ARTESIAN_HANDLE=${handle}; exec sh "$(sed -n "${line}p" ${shellWord(list)})/run.sh"`;

/** Attempts that may share a job: alike, higher priority first, at most so many. */
export function jobsOf(specs: readonly TaskSpec[], alike: (spec: TaskSpec) => string, most: number): TaskSpec[][] {
  const groups = Map.groupBy(byPriority(specs), (spec) => `${spec.priority} ${alike(spec)}`);
  return [...groups.values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / most) }, (_, index) => all.slice(index * most, (index + 1) * most)),
  );
}

/** Attempts as jobs of a scheduler. The scope must be seen at the same path by its machines; `exit.json` there is the truth, and the scheduler is asked for what has none. */
export function remoteExecutor(remote: Remote, clock: () => number = Date.now): Executor {
  const { kind, capabilities, commandOf } = remote;
  const missing = new Map<string, number>();
  const claimed = new Map<string, string>();
  /** By the handle of the job that runs it: an attempt may have been handed over twice, of which one job ends at once. */
  const asClaimed = async (ref: AttemptRef): Promise<AttemptRef> => {
    const handle = claimed.get(ref.attemptId) ?? (await claimedBy(ref.dir));
    if (handle === undefined) return ref;
    claimed.set(ref.attemptId, handle);
    return { ...ref, handle };
  };
  const gone = ({ attemptId, handle }: AttemptRef): AttemptState => {
    const since = missing.get(attemptId) ?? clock();
    missing.set(attemptId, since);
    if (clock() - since < patienceMs) return { state: "running" };
    missing.delete(attemptId);
    return {
      state: "cut",
      how: "lost",
      reason: `${kind} says no more of ${handle}, and no exit.json of it is seen here`,
    };
  };
  return {
    kind,
    capabilities,
    commandOf,
    async submit(specs, scope) {
      const refs: AttemptRef[] = [];
      for (const part of jobsOf(specs, remote.alike, capabilities.array)) {
        const folders = part.map(({ attemptId }) => attemptFolder(scope, attemptId));
        const name = `artesian-${randomBytes(6).toString("hex")}`;
        const dir = join(scope, ".jobs", name);
        const list = join(dir, "attempts");
        await mkdir(dir, { recursive: true });
        await writeDurably(list, `${folders.join("\n")}\n`);
        const handles = await remote.submit({ name, dir, list, specs: part });
        for (const [index, { attemptId }] of part.entries()) {
          const ref = { attemptId, dir: folders[index] ?? "", handle: handles[index] ?? "" };
          await noteRef(ref);
          refs.push(ref);
        }
      }
      return refs;
    },
    async poll(given) {
      const exits = await Promise.all(given.map(({ dir }) => readExit(dir)));
      const refs = await Promise.all(given.map((ref, index) => (exits[index] === undefined ? asClaimed(ref) : ref)));
      const open = refs.filter((_, index) => exits[index] === undefined);
      const states = open.length === 0 ? new Map<string, AttemptState>() : await remote.states(open);
      return Promise.all(
        refs.map(async (ref, index): Promise<AttemptState> => {
          const said = states.get(ref.handle);
          if (said?.state === "queued" || said?.state === "running") return said;
          // It may have ended after the first look.
          const exit = exits[index] ?? (await readExit(ref.dir));
          const state = exit === undefined ? (said ?? gone(ref)) : { state: "exited" as const, exit };
          if (state.state !== "running") claimed.delete(ref.attemptId);
          return state;
        }),
      );
    },
    async cancel(refs) {
      const running = await Promise.all(refs.map(asClaimed));
      await remote.cancel([...new Set([...refs, ...running].map(({ handle }) => handle))]);
    },
    async adopt(scope, attemptIds) {
      const open = await openAttempts(scope, attemptIds);
      const found = await Promise.all(
        open.map(async ({ attemptId, dir, ref }) => {
          // Without a note the process ended while it submitted. If no job has begun either, the attempt is handed over again: its claim
          // lets one of the two run it.
          const handle = ref?.handle ?? (await claimedBy(dir));
          return handle === undefined ? [] : [{ attemptId, dir, handle }];
        }),
      );
      return found.flat();
    },
  };
}
