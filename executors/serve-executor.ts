import { rm, stat } from "node:fs/promises";
import { isAbsolute, join, resolve } from "node:path";
import { sha256 } from "@artesian/data";
import {
  type Completion,
  type Lease,
  type TaskCode,
  type TaskServer,
  type TaskServerStart,
  taskError,
} from "@artesian/engine";
import { digestFiles } from "@artesian/engine/code-digest.ts";
import {
  attemptFolder,
  discardAttempt,
  keepAnswer,
  lastLines,
  prepareAttempt,
  readJson,
  sweepUnmade,
} from "./attempt-folder.ts";
import { AttemptCutError, ExitCodeError } from "./errors.ts";
import type { AttemptRef, AttemptState, Executor, TaskSpec } from "./executor.ts";
import { stageInputs } from "./inputs.ts";
import { publishOutputs } from "./outputs.ts";
import { checkCapabilities, readTaskParameters, taskSpecOf } from "./task-spec.ts";

/** How an executor serves an engine. */
export interface ExecutorServing {
  executor: Executor;
  /** Holds the attempts' folders. Where other machines run them, a folder that they see at the same path. */
  scope: string;
  /**
   * Part of attempts' names, where the scope is shared with other machines whose processes are not seen from here: theirs are other
   * attempts. Absent where every process that serves the scope finds every attempt.
   */
  machine?: string;
  /** Where outputs go that name no place. */
  outputs: string;
  /** Most attempts handed over at one time. */
  slots: number;
  /** Cores and memory to be shared out between the attempts that run; absent where the executor queues by itself. */
  share?: { cpu: number; memoryMb: number };
  pollMs: number;
  /** What becomes of running attempts when the engine stops: they go on and are found again, or they end. A crash always leaves them. */
  atStop: "leave" | "cancel";
  /** Relative names of code and inputs are below it. */
  folder: string;
  env: Readonly<Record<string, string | undefined>>;
  onTrouble: (error: unknown) => void;
}

interface Held {
  lease: Lease;
  spec: TaskSpec;
  dir: string;
  ref: AttemptRef | undefined;
  /** What of the share it takes once handed over. */
  taken: boolean;
  ending: boolean;
}

type Answer = Completion extends infer C ? (C extends Completion ? Omit<C, "taskId" | "token"> : never) : never;

/** The exit code by which a program says that its input is wrong, so that trying again is of no use (EX_DATAERR of sysexits.h). */
const dataError = 65;
const keptLogLines = 200;

/**
 * Serves the tasks of an engine by an executor: folders are prepared, attempts handed over together, polled together, their outputs
 * published, their answers kept in the folder before they are given. After a crash the same leases find the same attempts.
 */
export function serveByExecutor(serving: ExecutorServing): TaskServer {
  const { executor, scope, slots, share, env, machine } = serving;
  const held = new Map<string, Held>();
  const beginning = new Map<string, Promise<void>>();
  const released = new Set<number>();
  const ended = new AbortController();
  let answer: TaskServerStart["answer"] = () => {};
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();

  const give = (lease: Lease, given: Answer): void => {
    held.delete(lease.taskId);
    answer({ taskId: lease.taskId, token: lease.token, ...given } as Completion);
  };
  const failed = (lease: Lease, error: unknown, startedAt = Date.now()): void => {
    const told = taskError(error);
    delete told.stack;
    give(lease, { outcome: "failed", error: told, startedAt, endedAt: Date.now(), log: [] });
  };

  const handBack = (lease: Lease): void =>
    give(lease, { outcome: "returned", startedAt: Date.now(), endedAt: Date.now(), log: [] });

  async function begin(lease: Lease): Promise<void> {
    try {
      const attemptId = await attemptOf(lease);
      const spec = taskSpecOf(lease, { attemptId, outputs: serving.outputs });
      checkCapabilities(spec, executor.kind, executor.capabilities);
      const dir = attemptFolder(scope, attemptId);
      const before = await readJson<Answer>(join(dir, "answer.json"));
      if (before !== undefined) {
        give(lease, before);
        return;
      }
      const inputs = spec.inputs.map((input) => ({ ...input, uri: local(serving.folder, input.uri) }));
      await prepareAttempt(scope, spec, executor.commandOf(spec, dir), (work) =>
        stageInputs(inputs, work, env, ended.signal),
      );
      const [ref] = await executor.adopt(scope, [attemptId]);
      if (released.delete(lease.token)) return;
      held.set(lease.taskId, { lease, spec, dir, ref, taken: ref !== undefined, ending: false });
    } catch (error) {
      if (ended.signal.aborted) handBack(lease);
      else failed(lease, error);
    }
  }

  /** An attempt's name. One that was preempted has used its folder, not its number: the next turn of the same number follows. */
  async function attemptOf(lease: Lease): Promise<string> {
    for (let turn = 0; ; turn++) {
      const parts = [lease.taskId.slice(0, 32), lease.attempt, ...(turn === 0 ? [] : [turn])];
      const attemptId = [...parts, ...(machine === undefined ? [] : [machine])].join("-");
      const before = await readJson<Answer>(join(attemptFolder(scope, attemptId), "answer.json"));
      if (before?.outcome !== "preempted") return attemptId;
    }
  }

  async function submit(): Promise<void> {
    const waiting = [...held.values()].filter((one) => one.ref === undefined && !one.taken);
    const now: Held[] = [];
    for (const one of waiting.sort((a, b) => b.spec.priority - a.spec.priority)) {
      if (!fits(one.spec, now)) break;
      now.push(one);
    }
    if (now.length === 0) return;
    for (const one of now) one.taken = true;
    try {
      const refs = await executor.submit(
        now.map(({ spec }) => spec),
        scope,
      );
      for (const ref of refs) {
        const one = now.find(({ spec }) => spec.attemptId === ref.attemptId);
        if (one !== undefined) one.ref = ref;
      }
    } catch (error) {
      for (const { lease } of now) failed(lease, error);
    }
  }

  /** Whether an attempt fits beside those that run and those about to; one alone always does, since nothing would ever make room for it. */
  function fits({ resources }: TaskSpec, now: readonly Held[]): boolean {
    if (share === undefined) return true;
    const running = [...[...held.values()].filter(({ taken }) => taken), ...now];
    if (running.length === 0) return true;
    const sum = (of: (spec: TaskSpec) => number): number => running.reduce((total, { spec }) => total + of(spec), 0);
    return (
      sum((spec) => spec.resources.cpu ?? 1) + (resources.cpu ?? 1) <= share.cpu &&
      sum((spec) => spec.resources.memoryMb ?? 0) + (resources.memoryMb ?? 0) <= share.memoryMb
    );
  }

  async function poll(): Promise<void> {
    const running = [...held.values()].filter(
      (one): one is Held & { ref: AttemptRef } => one.ref !== undefined && !one.ending,
    );
    if (running.length === 0) return;
    const states = await executor.poll(running.map(({ ref }) => ref));
    await Promise.all(
      running.map(async (one, index) => {
        try {
          await settle(one, states[index] as AttemptState);
        } catch (error) {
          // a full disk, say: it is looked at again in the next round
          one.ending = false;
          throw error;
        }
      }),
    );
  }

  async function settle(one: Held & { ref: AttemptRef }, state: AttemptState): Promise<void> {
    if (state.state === "queued") return;
    if (state.state === "running") {
      const limitMs = one.spec.resources.timeS === undefined ? one.lease.timeoutMs : one.spec.resources.timeS * 1000;
      const startedAt = await claimedAt(one.dir);
      if (startedAt === undefined || Date.now() - startedAt <= limitMs) return;
      one.ending = true;
      await executor.cancel([one.ref]);
      const reason = `it had ${limitMs / 1000} s; raise resources.timeS or timeout of its node`;
      await finish(one, { state: "cut", how: "time-limit", reason });
      return;
    }
    one.ending = true;
    await finish(one, state);
  }

  async function finish(one: Held, state: Extract<AttemptState, { state: "exited" | "cut" }>): Promise<void> {
    const { lease, spec, dir } = one;
    const log = await lastLines(join(dir, "stderr"), keptLogLines);
    const times =
      state.state === "exited"
        ? { startedAt: state.exit.startedAt, endedAt: state.exit.endedAt }
        : { startedAt: (await claimedAt(dir)) ?? Date.now(), endedAt: Date.now() };
    let made: Answer;
    const before = await readJson<Answer>(join(dir, "answer.json"));
    if (before !== undefined) {
      give(lease, before);
      return;
    }
    try {
      if (state.state === "cut") throw new AttemptCutError(state.how, spec.attemptId, state.reason);
      const { code } = state.exit;
      if (code !== 0) throw new ExitCodeError(spec.command, code, log.slice(-5).join("\n"), code !== dataError);
      const pointer = await publishOutputs(spec, join(dir, "work"), env, ended.signal);
      made = { outcome: "done", result: { ...(await saidResult(dir)), outputs: pointer.files }, ...times, log };
    } catch (error) {
      if (ended.signal.aborted) return;
      const told = taskError(error);
      delete told.stack;
      const preempted = error instanceof AttemptCutError && error.code === "executors/preempted";
      made = { outcome: preempted ? "preempted" : "failed", error: told, ...times, log };
    }
    const kept = await keepAnswer(dir, made);
    if (kept.outcome === "done") await rm(join(dir, "work"), { recursive: true, force: true });
    give(lease, kept);
  }

  async function round(): Promise<void> {
    try {
      await submit();
      await poll();
    } catch (error) {
      serving.onTrouble(error);
    }
    await submit();
  }

  const turn = (ms: number): void => {
    clearTimeout(timer);
    if (ended.signal.aborted) return;
    timer = setTimeout(() => {
      working = round().finally(() => turn(serving.pollMs));
    }, ms);
  };

  return {
    async start(started) {
      answer = started.answer;
      await sweepUnmade(scope);
      turn(serving.pollMs);
      return codeOf(started.tasks, serving.folder);
    },
    get free() {
      return ended.signal.aborted ? 0 : Math.max(0, slots - held.size - beginning.size);
    },
    give(leases) {
      for (const lease of leases) {
        const begun = begin(lease).finally(() => beginning.delete(lease.taskId));
        beginning.set(lease.taskId, begun);
      }
    },
    release(leases) {
      for (const { taskId, token } of leases) {
        if (beginning.has(taskId)) released.add(token);
        else if (held.get(taskId)?.lease.token === token) held.delete(taskId);
      }
    },
    async stop(graceMs) {
      clearTimeout(timer);
      await Promise.race([working, new Promise((resolve) => setTimeout(resolve, graceMs).unref())]);
      ended.abort();
      clearTimeout(timer);
      await Promise.all(beginning.values());
      const running = [...held.values()];
      if (serving.atStop === "cancel")
        await executor.cancel(running.flatMap(({ ref }) => (ref === undefined ? [] : [ref])));
      for (const { lease, dir } of running) {
        if (serving.atStop === "cancel") await discardAttempt(scope, dir);
        handBack(lease);
      }
    },
  };
}

/** When the wrapper claimed its attempt, ms since 1970. */
async function claimedAt(dir: string): Promise<number | undefined> {
  return (await stat(join(dir, "pid")).catch(() => undefined))?.mtimeMs;
}

/** The last line of standard output, when it is a JSON object: fields of the task's result. */
async function saidResult(dir: string): Promise<Record<string, unknown>> {
  const [last = ""] = await lastLines(join(dir, "stdout"), 1);
  if (!last.startsWith("{")) return {};
  try {
    return JSON.parse(last) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** A local name is below the workflow's folder; addresses of other places stay as they are. */
function local(folder: string, uri: string): string {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(uri) || isAbsolute(uri) ? uri : resolve(folder, uri);
}

/** Digests of the files that tasks name as their code; what else decides a result is in their parameters. */
async function codeOf(tasks: TaskServerStart["tasks"], folder: string): Promise<Record<string, TaskCode>> {
  const code: Record<string, TaskCode> = {};
  for (const { task, parameters } of tasks) {
    const files = readTaskParameters(task, parameters).code.map((file) => local(folder, file));
    const before = code[task]?.digest ?? "";
    const digest = files.length === 0 ? "" : await digestFiles(files);
    code[task] = { digest: before === "" ? digest : sha256(`${before}\n${digest}`), version: "1" };
  }
  return code;
}
