import { execFile } from "node:child_process";
import { join } from "node:path";
import { writeDurably } from "@artesian/data";
import { type ContainerSettings, containerCommand } from "./container-executor.ts";
import { SubmitError } from "./errors.ts";
import type { AttemptState, Cut, Executor, TaskSpec } from "./executor.ts";
import { elementScript, remoteExecutor } from "./remote-executor.ts";

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

/** What `squeue -h -r -o "%i %T"` says: state by job, array elements as `12_3`. */
export function readQueue(text: string): Map<string, string> {
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/));
  return new Map(lines.flatMap(([job, state]) => (job && state ? [[job, state] as const] : [])));
}

/** The state in `scontrol show job -o`, which still knows a job for some minutes after its end. */
export function readJob(text: string): string | undefined {
  return /\bJobState=([A-Z_]+)/.exec(text)?.[1];
}

/** Attempts as elements of job arrays: one `squeue` tells of all that have not ended, one `scontrol` each of what has left the queue. */
export function slurmExecutor(settings: SlurmSettings, env: Readonly<Record<string, string | undefined>>): Executor {
  const { containers } = settings;
  const call = (program: string, args: readonly string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      execFile(program, args, { env, maxBuffer: 64 << 20, timeout: 60_000 }, (cause, stdout, stderr) => {
        if (cause === null) resolve(stdout);
        else reject(new SubmitError("slurm", `${program}: ${stderr.trim() || cause.message}`, { cause }));
      });
    });
  return remoteExecutor({
    kind: "slurm",
    capabilities: {
      images: containers === undefined ? "never" : "optional",
      resources: ["cpu", "memoryMb", "gpu", "timeS", "diskMb"],
      outlives: true,
      array: settings.array,
    },
    commandOf: (spec, dir) =>
      spec.image === undefined || containers === undefined
        ? [spec.command, ...spec.argv]
        : containerCommand(containers, spec, dir),
    alike: (spec) => sbatchOptions(settings, spec).join(" "),
    async submit({ name, dir, list, specs }) {
      const [first] = specs;
      if (first === undefined) return [];
      const script = join(dir, "array.sh");
      await writeDurably(
        script,
        `#!/bin/sh\n${elementScript(list, "$((SLURM_ARRAY_TASK_ID + 1))", '"$SLURM_ARRAY_JOB_ID"_"$SLURM_ARRAY_TASK_ID"')}\n`,
      );
      const array = [`--job-name=${name}`, `--array=0-${specs.length - 1}`];
      const quiet = [`--chdir=${dir}`, "--output=/dev/null", "--error=/dev/null"];
      const said = await call("sbatch", ["--parsable", ...array, ...quiet, ...sbatchOptions(settings, first), script]);
      const job = said.trim().split(";")[0] ?? "";
      return specs.map((_, index) => `${job}_${index}`);
    },
    async states(refs) {
      const jobs = readQueue(await call("squeue", ["--noheader", "--array", "--me", "--states=all", "--format=%i %T"]));
      const states = new Map<string, AttemptState>();
      for (const { handle } of refs) {
        // What SLURM has forgotten is an error of scontrol.
        const state =
          jobs.get(handle) ?? readJob(await call("scontrol", ["show", "job", "--oneliner", handle]).catch(() => ""));
        const cut = cuts[state ?? ""];
        if (state === undefined || state === "COMPLETED" || state === "FAILED") continue;
        if (cut !== undefined) states.set(handle, { state: "cut", ...cut });
        else states.set(handle, { state: waits.has(state) ? "queued" : "running" });
      }
      return states;
    },
    async cancel(handles) {
      // Those that have ended are an error of scancel.
      for (let from = 0; from < handles.length; from += 500)
        await call("scancel", handles.slice(from, from + 500)).catch(() => "");
    },
  });
}
