import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { attemptFolder, noteRef, openAttempts, readExit } from "./attempt-folder.ts";
import { SubmitError } from "./errors.ts";
import type { AttemptRef, AttemptState, Capabilities, Executor, TaskSpec } from "./executor.ts";

/** How a kind of executor on this machine differs from another. */
export interface LocalKind {
  kind: string;
  capabilities: Capabilities;
  commandOf(spec: TaskSpec, dir: string): string[];
  /** Ends what the wrapper's own processes do not take with them. */
  endOf?(attemptId: string): Promise<void>;
}

/** Variables of this process that a wrapper is started with; a task gets others by naming them. */
const passedOn = ["PATH", "HOME", "LANG", "TMPDIR"];
/** Between being asked to end and being ended, ms. */
const patienceMs = 2000;

/** Attempts as wrappers in process groups of their own, which outlive this process and are found again by their folders. */
export function localExecutor(local: LocalKind, env: Readonly<Record<string, string | undefined>>): Executor {
  const given = Object.fromEntries(passedOn.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
  const start = (dir: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const child = spawn("sh", [join(dir, "run.sh")], { cwd: dir, env: given, detached: true, stdio: "ignore" });
      child.once("error", (cause) =>
        reject(new SubmitError(local.kind, `sh cannot be started: ${cause.message}`, { cause })),
      );
      child.once("spawn", () => resolve(child.pid ?? 0));
      child.unref();
    });
  const stateOf = async ({ dir, attemptId }: AttemptRef): Promise<AttemptState> => {
    const exit = await readExit(dir);
    if (exit !== undefined) return { state: "exited", exit };
    const pid = await pidOf(dir);
    if (pid === undefined && existsSync(join(dir, "run.sh"))) return { state: "queued" };
    if (pid === undefined) return { state: "cut", how: "lost", reason: "its folder was removed" };
    if (runs(pid, dir)) return { state: "running" };
    // It may have ended between the two looks.
    const late = await readExit(dir);
    if (late !== undefined) return { state: "exited", exit: late };
    await local.endOf?.(attemptId);
    return { state: "cut", how: "lost", reason: `process ${pid} is gone, killed or with its machine` };
  };
  return {
    kind: local.kind,
    capabilities: local.capabilities,
    commandOf: local.commandOf,
    async submit(specs, scope) {
      const refs: AttemptRef[] = [];
      for (const { attemptId } of byPriority(specs)) {
        const dir = attemptFolder(scope, attemptId);
        const ref = { attemptId, dir, handle: String(await start(dir)) };
        await noteRef(ref);
        refs.push(ref);
      }
      return refs;
    },
    poll: (refs) => Promise.all(refs.map(stateOf)),
    async cancel(refs) {
      const ends = refs.map(async ({ dir, attemptId }) => {
        const pid = await pidOf(dir);
        if (pid !== undefined && runs(pid, dir)) {
          signalGroup(pid, "SIGTERM");
          await local.endOf?.(attemptId);
          for (const until = Date.now() + patienceMs; runs(pid, dir) && Date.now() < until; )
            await new Promise((resolve) => setTimeout(resolve, 20));
          if (runs(pid, dir)) signalGroup(pid, "SIGKILL");
        }
      });
      await Promise.all(ends);
    },
    async adopt(scope, attemptIds) {
      const open = await openAttempts(scope, attemptIds);
      const refs: AttemptRef[] = [];
      for (const { attemptId, dir, ref } of open) {
        // Claimed, or noted as started: a wrapper that did neither will be started when its task is given out again.
        const pid = await pidOf(dir);
        if (pid !== undefined) refs.push({ attemptId, dir, handle: String(pid) });
        else if (ref !== undefined && runs(Number(ref.handle), dir)) refs.push(ref);
      }
      return refs;
    },
  };
}

/** Higher priority first; equal ones as they came. */
export function byPriority(specs: readonly TaskSpec[]): TaskSpec[] {
  return [...specs].sort((a, b) => b.priority - a.priority);
}

/** The wrapper's process id, as it wrote it itself. */
async function pidOf(dir: string): Promise<number | undefined> {
  const text = await readFile(join(dir, "pid"), "utf8").catch(() => "");
  return /^\d+\n$/.test(text) ? Number(text) : undefined;
}

/** Whether a process is this attempt's wrapper: ids are used again, so its command line is looked at where there is /proc. */
function runs(pid: number, dir: string): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(join(dir, "run.sh"));
  } catch (error) {
    return process.platform !== "linux" && (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // it has ended
  }
}
