import { existsSync, readFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join, resolve } from "node:path";
import type { TaskServer } from "@artesian/engine";
import { z } from "zod";
import { batchExecutor } from "./batch-executor.ts";
import { containerExecutor } from "./container-executor.ts";
import { ExecutorConfigError } from "./errors.ts";
import type { Executor } from "./executor.ts";
import { kubernetesExecutor } from "./kubernetes-executor.ts";
import { processExecutor } from "./process-executor.ts";
import { serveByExecutor } from "./serve-executor.ts";
import { slurmExecutor } from "./slurm-executor.ts";

const words = z.array(z.string());
const containers = {
  runtime: words.min(1).default(["podman"]),
  run: words.default([]),
  limits: z.boolean().default(true),
};
const serving = {
  /** Where attempts' folders are; default below the data folder. */
  scope: z.string().min(1).optional(),
  outputs: z.string().min(1).optional(),
  slots: z.int().min(1).optional(),
  pollMs: z.number().min(20).optional(),
  atStop: z.enum(["leave", "cancel"]).optional(),
};
const local = { cpu: z.number().positive().optional(), memoryMb: z.number().positive().optional() };
const volume = z.strictObject({ claim: z.string().min(1), mountPath: z.string().startsWith("/") });
const variable = z.string().regex(/^[A-Z_][A-Z0-9_]*$/, "expected the name of a variable");
const executorSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("process"), ...serving, ...local }),
  z.strictObject({ kind: z.literal("container"), ...serving, ...local, ...containers }),
  z.strictObject({
    kind: z.literal("slurm"),
    ...serving,
    sbatch: words.default([]),
    preemptible: words.default([]),
    array: z.int().min(1).max(1000).default(200),
    containers: z.strictObject(containers).optional(),
  }),
  z.strictObject({
    kind: z.literal("kubernetes"),
    ...serving,
    server: z.url(),
    namespace: z.string().min(1),
    tokenVariable: variable.optional(),
    tokenFile: z.string().optional(),
    image: z.string().optional(),
    serviceAccount: z.string().optional(),
    volume,
    preemptible: z.record(z.string(), z.json()).optional(),
  }),
  z.strictObject({
    kind: z.literal("aws-batch"),
    ...serving,
    region: z.string().min(1),
    endpoint: z.url().optional(),
    queue: z.string().min(1),
    preemptibleQueue: z.string().optional(),
    definition: z.string().min(1),
    array: z.int().min(1).max(10_000).default(1000),
  }),
]);
const configSchema = z.record(
  z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}$/, "expected small letters, digits and hyphens")
    .refine((name) => name !== "thread" && name !== "lease", {
      message: "thread and lease are the engine's own",
    }),
  executorSchema,
);

/** Executors by the names that nodes use. */
export type ExecutorsConfig = z.infer<typeof configSchema>;
export type ExecutorConfig = z.infer<typeof executorSchema>;

/** Name of the file in a data folder that configures its executors. */
export const executorsFile = "executors.json";

/**
 * Reads a file of executors; one that is not there configures none.
 * @throws ExecutorConfigError (executors/config) with the path of the first problem
 */
export function readExecutors(file: string): ExecutorsConfig {
  if (!existsSync(file)) return {};
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ExecutorConfigError(file, "document", `is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  const parsed = configSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const problem = issue?.code === "invalid_key" ? issue.issues[0]?.message : issue?.message;
  throw new ExecutorConfigError(file, issue?.path.join(".") || "document", problem ?? "is not understood");
}

/** What surrounds executors. */
export interface ExecutorSurroundings {
  /** The data folder. */
  dir: string;
  /** Relative names of inputs and code in a workflow are below it: the workflow's own folder. */
  folder: string;
  /** Where processes of other machines serve the same folders: this machine's name, from `machineName()`. */
  machine?: string;
  env: Readonly<Record<string, string | undefined>>;
  fetch: typeof fetch;
  onTrouble: (error: unknown) => void;
}

/** The executor that a configuration describes. */
export function makeExecutor(
  config: ExecutorConfig,
  { env, fetch }: Pick<ExecutorSurroundings, "env" | "fetch">,
): Executor {
  switch (config.kind) {
    case "process":
      return processExecutor(env);
    case "container":
      return containerExecutor(config, env);
    case "slurm":
      return slurmExecutor(config, env);
    case "kubernetes":
      return kubernetesExecutor(config, { env, fetch });
    case "aws-batch":
      return batchExecutor(config, { env, fetch });
  }
}

/** Task servers for an engine, by name, of what is configured. */
export function taskServers(config: ExecutorsConfig, surroundings: ExecutorSurroundings): Record<string, TaskServer> {
  return Object.fromEntries(
    Object.entries(config).map(([name, one]) => {
      const here = one.kind === "process" || one.kind === "container";
      const share = here
        ? { cpu: one.cpu ?? availableParallelism(), memoryMb: one.memoryMb ?? Math.floor(totalmem() / 2 ** 20) }
        : undefined;
      const server = serveByExecutor({
        executor: makeExecutor(one, surroundings),
        scope: resolve(one.scope ?? join(surroundings.dir, "attempts", name)),
        outputs: one.outputs ?? join(resolve(surroundings.dir), "outputs"),
        slots: one.slots ?? (here ? 4 * Math.ceil(share?.cpu ?? 1) : 1000),
        ...(share === undefined ? {} : { share }),
        ...(here && surroundings.machine !== undefined ? { machine: surroundings.machine } : {}),
        pollMs: one.pollMs ?? (here ? 50 : one.kind === "slurm" ? 2000 : 5000),
        atStop: one.atStop ?? (here ? "cancel" : "leave"),
        folder: resolve(surroundings.folder),
        env: surroundings.env,
        onTrouble: surroundings.onTrouble,
      });
      return [name, server];
    }),
  );
}
