import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { writeDurably } from "@artesian/data";
import { attemptFolder, noteRef, openAttempts, readExit, shellWord } from "./attempt-folder.ts";
import { type ContainerSettings, containerCommand } from "./container-executor.ts";
import { SubmitError } from "./errors.ts";
import type { AttemptRef, AttemptState, Cut, Executor, TaskSpec } from "./executor.ts";
import { byPriority } from "./local-executor.ts";

/** How jobs are submitted. */
export interface SlurmSettings {
  /** Options of every `sbatch`: `["--partition=long", "--account=lab"]`. */
  sbatch: readonly string[];
  /** Options more for preemptible tasks, such as a partition whose jobs may be taken off. */
  preemptible: readonly string[];
  /** Most attempts of one array. */
  array: number;
  /** How jobs run the images that tasks name; without it none may. */
  containers?: ContainerSettings | undefined;
}

/** States of `squeue` and `scontrol` that end a job without its doing. A node that failed took the job with it, as preemption does. */
const cuts: Readonly<Record<string, { how: Cut; reason: string }>> = {
  PREEMPTED: { how: "preempted", reason: "SLURM preempted the job" },
  NODE_FAIL: { how: "preempted", reason: "the job's node failed" },
  BOOT_FAIL: { how: "preempted", reason: "the job's node did not start" },
  REVOKED: { how: "preempted", reason: "SLURM gave the job to another cluster" },
  TIMEOUT: { how: "time-limit", reason: "SLURM's time limit was reached; raise resources.timeS" },
  DEADLINE: { how: "time-limit", reason: "SLURM's deadline was reached" },
  OUT_OF_MEMORY: { how: "memory-limit", reason: "SLURM ended it; raise resources.memoryMb" },
  CANCELLED: { how: "cancelled", reason: "the job was cancelled" },
};
const waits = new Set(["PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT"]);
/** How long a job that SLURM no longer knows may have ended before its exit.json is seen, as on a network file system, ms. */
const patienceMs = 10_000;

/** The options of `sbatch` for a task's resources. @returns time in minutes rounded up, memory of the whole job, GPUs as a generic resource */
export function sbatchOptions(
  { sbatch, preemptible }: SlurmSettings,
  spec: Pick<TaskSpec, "resources" | "priority" | "preemptible">,
): string[] {
  const { cpu, memoryMb, gpu, timeS, diskMb } = spec.resources;
  return [
    "--no-requeue",
    ...(cpu === undefined ? [] : [`--cpus-per-task=${Math.ceil(cpu)}`]),
    ...(memoryMb === undefined ? [] : [`--mem=${Math.ceil(memoryMb)}M`]),
    ...(gpu === undefined ? [] : [`--gres=gpu:${gpu}`]),
    ...(timeS === undefined ? [] : [`--time=${Math.max(1, Math.ceil(timeS / 60))}`]),
    ...(diskMb === undefined ? [] : [`--tmp=${Math.ceil(diskMb)}M`]),
    ...(spec.priority < 0 ? [`--nice=${Math.round(-spec.priority)}`] : []),
    ...sbatch,
    ...(spec.preemptible ? preemptible : []),
  ];
}

/** Attempts that may share an array: equal options, at most so many. */
export function arraysOf(settings: SlurmSettings, specs: readonly TaskSpec[]): TaskSpec[][] {
  const arrays = new Map<string, TaskSpec[][]>();
  for (const spec of byPriority(specs)) {
    const key = `${spec.priority} ${sbatchOptions(settings, spec).join(" ")}`;
    const parts = arrays.get(key) ?? [];
    arrays.set(key, parts);
    const last = parts.at(-1);
    if (last === undefined || last.length >= settings.array) parts.push([spec]);
    else last.push(spec);
  }
  return [...arrays.values()].flat();
}

/** What `squeue -h -r -o "%i %T"` says: state by job, array elements as `12_3`. */
export function readQueue(text: string): Map<string, string> {
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/));
  return new Map(lines.flatMap(([job, state]) => (job && state ? [[job, state] as const] : [])));
}

/** The state in `scontrol show job -o`, which still knows a job for some minutes after its end. */
export function readJob(text: string): string | undefined {
  return /\bJobState=([A-Z_]+)/.exec(text)?.[1];
}

/**
 * Attempts as elements of job arrays. The folder of attempts must be seen at the same path by the nodes. `exit.json` is the truth;
 * one `squeue` tells of everything that has none, one `scontrol` each of what has left the queue.
 */
export function slurmExecutor(settings: SlurmSettings, env: Readonly<Record<string, string | undefined>>): Executor {
  const missing = new Map<string, number>();
  const call = (program: string, args: readonly string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      execFile(program, args, { env, maxBuffer: 64 << 20, timeout: 60_000 }, (cause, stdout, stderr) => {
        if (cause === null) resolve(stdout);
        else reject(new SubmitError("slurm", `${program}: ${stderr.trim() || cause.message}`, { cause }));
      });
    });
  const queue = async (): Promise<Map<string, string>> =>
    readQueue(await call("squeue", ["--noheader", "--array", "--me", "--states=all", "--format=%i %T"]));

  const outOfQueue = async (ref: AttemptRef): Promise<AttemptState> => {
    const told = await call("scontrol", ["show", "job", "--oneliner", ref.handle]).catch(() => "");
    const state = readJob(told) ?? "GONE";
    return ended(ref, state);
  };
  const ended = async (ref: AttemptRef, state: string): Promise<AttemptState> => {
    const exit = await readExit(ref.dir);
    if (exit !== undefined) return { state: "exited", exit };
    const cut = cuts[state];
    if (cut !== undefined) return { state: "cut", ...cut };
    // It ended by itself, or nobody knows it any more: its last word may still be on the way.
    const since = missing.get(ref.attemptId) ?? Date.now();
    missing.set(ref.attemptId, since);
    if (Date.now() - since < patienceMs) return { state: "running" };
    missing.delete(ref.attemptId);
    return { state: "cut", how: "lost", reason: `SLURM says ${state} of job ${ref.handle}` };
  };
  const stateOf = async (ref: AttemptRef, jobs: ReadonlyMap<string, string>): Promise<AttemptState> => {
    const exit = await readExit(ref.dir);
    if (exit !== undefined) return { state: "exited", exit };
    const state = jobs.get(ref.handle);
    if (state === undefined) return outOfQueue(ref);
    if (waits.has(state)) return { state: "queued" };
    if (/^(?:COMPLETED|FAILED)$/.test(state) || cuts[state] !== undefined) return ended(ref, state);
    return { state: "running" };
  };

  return {
    kind: "slurm",
    capabilities: {
      images: settings.containers === undefined ? "never" : "optional",
      resources: ["cpu", "memoryMb", "gpu", "timeS", "diskMb"],
      outlives: true,
      array: settings.array,
    },
    commandOf(spec, dir) {
      if (spec.image === undefined || settings.containers === undefined) return [spec.command, ...spec.argv];
      return containerCommand(settings.containers, spec, dir);
    },
    async submit(specs, scope) {
      const refs: AttemptRef[] = [];
      for (const part of arraysOf(settings, specs)) {
        const [first] = part;
        if (first === undefined) continue;
        // Known by its name even when this process ends before it has read the job's number.
        const name = `artesian-${randomBytes(6).toString("hex")}`;
        const dir = join(scope, ".arrays", name);
        await mkdir(dir, { recursive: true });
        const folders = part.map(({ attemptId }) => attemptFolder(scope, attemptId));
        await writeDurably(join(dir, "attempts"), `${folders.join("\n")}\n`);
        const script = `#!/bin/sh\nexec sh "$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" ${shellWord(join(dir, "attempts"))})/run.sh"\n`;
        await writeDurably(join(dir, "array.sh"), script);
        const where = [
          `--job-name=${name}`,
          `--array=0-${part.length - 1}`,
          `--chdir=${dir}`,
          "--output=/dev/null",
          "--error=/dev/null",
        ];
        const said = await call("sbatch", [
          "--parsable",
          ...where,
          ...sbatchOptions(settings, first),
          join(dir, "array.sh"),
        ]);
        const job = said.trim().split(";")[0] ?? "";
        for (const [index, { attemptId }] of part.entries()) {
          const ref = { attemptId, dir: attemptFolder(scope, attemptId), handle: `${job}_${index}` };
          await noteRef(ref);
          refs.push(ref);
        }
      }
      return refs;
    },
    async poll(refs) {
      const exits = await Promise.all(refs.map(({ dir }) => readExit(dir)));
      const jobs = exits.every((exit) => exit !== undefined) ? new Map<string, string>() : await queue();
      return Promise.all(refs.map((ref) => stateOf(ref, jobs)));
    },
    async cancel(refs) {
      for (let from = 0; from < refs.length; from += 500)
        await call(
          "scancel",
          refs.slice(from, from + 500).map(({ handle }) => handle),
        ).catch(() => "");
    },
    async adopt(scope) {
      const open = await openAttempts(scope);
      // Without a note the process ended while it submitted. The attempt is handed over again; its claim lets one of the two jobs run it.
      return open.flatMap(({ ref }) => (ref === undefined ? [] : [ref]));
    },
  };
}
