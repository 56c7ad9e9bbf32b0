import { execFile } from "node:child_process";
import { join } from "node:path";
import type { Executor, TaskSpec } from "./executor.ts";
import { localExecutor } from "./local-executor.ts";

/** How containers are run. */
export interface ContainerSettings {
  /** The program with what comes before `run`: `["podman"]`, `["podman", "--cgroup-manager=cgroupfs", "--runtime", "runc"]`. */
  runtime: readonly string[];
  /** What comes after `run`: limits, a network, mounts. */
  run: readonly string[];
  /** Passes `--cpus` and `--memory` on; false where cgroups cannot be written. */
  limits: boolean;
}

const inside = "/work";

/** The program and arguments that run a task's command in its image: it sees its working folder as `/work`, and no network unless `run` gives one. */
export function containerCommand(settings: ContainerSettings, spec: TaskSpec, dir: string): string[] {
  const { runtime, run, limits } = settings;
  const { cpu, memoryMb, gpu } = spec.resources;
  const network = run.some((word) => /^--net(?:work)?(?:=|$)/.test(word)) ? [] : ["--network", "none"];
  const asked = [
    ...(limits && cpu !== undefined ? ["--cpus", String(cpu)] : []),
    ...(limits && memoryMb !== undefined ? ["--memory", `${memoryMb}m`] : []),
    ...(gpu === undefined ? [] : ["--gpus", String(gpu)]),
  ];
  // Values stay out of the arguments, which every user of the machine can see.
  const variables = Object.keys(spec.env).flatMap((name) => ["--env", name]);
  return [
    ...runtime,
    "run",
    "--rm",
    "--name",
    containerName(spec.attemptId),
    ...network,
    ...asked,
    ...run,
    ...variables,
    "--volume",
    `${join(dir, "work")}:${inside}`,
    "--workdir",
    inside,
    spec.image ?? "",
    spec.command,
    ...spec.argv,
  ];
}

export const containerName = (attemptId: string): string => `artesian-${attemptId}`;

/** Commands in containers of this machine, run by podman or docker. */
export function containerExecutor(
  settings: ContainerSettings,
  env: Readonly<Record<string, string | undefined>>,
): Executor {
  const [program = "podman", ...before] = settings.runtime;
  return localExecutor(
    {
      kind: "container",
      capabilities: { images: "always", resources: ["cpu", "memoryMb", "gpu", "timeS"], outlives: true, array: 1 },
      commandOf: (spec, dir) => containerCommand(settings, spec, dir),
      endOf: (attemptId) =>
        new Promise((resolve) => {
          const words = [...before, "rm", "--force", "--time", "1", containerName(attemptId)];
          execFile(program, words, { env }, () => resolve());
        }),
    },
    env,
  );
}
