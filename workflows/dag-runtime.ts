import { mkdirSync } from "node:fs";
import type { EmbeddedOptions, FunctionRegistry, LostState, Plan } from "@artesian/engine";
import { readExecutors, taskServers } from "@artesian/executors";
import { dataFolder } from "./data-folder.ts";

/** What the runtime thread of a workflow of one's own is told; plain data. */
export interface DagSettings {
  /** The data folder. */
  dir: string;
  runId: string;
  /** Worker threads for the tasks module. */
  workers: number;
  plan: Plan;
  /** Address of a module that exports `tasks`; without it, tasks that name no executor are leased by workers. */
  tasks?: string;
  /** Address of a module that exports `functions`, the registered functions of the graph. */
  functions?: string;
  /** What to do with state that a changed workflow cannot go on with. Default "refuse". */
  lostState?: LostState;
  /** File that configures executors. */
  executors: string;
  /** Relative names of inputs and code are below it. */
  folder: string;
}

/**
 * Everything the engine needs to run a workflow of one's own in a data folder.
 * @throws ExecutorConfigError (executors/config)
 */
export async function runtimeOptions(settings: DagSettings): Promise<EmbeddedOptions> {
  const { dir, workers, plan, tasks, functions, lostState, executors, folder } = settings;
  mkdirSync(dir, { recursive: true });
  const named = new Set(plan.nodes.map(({ spec }) => (spec.type === "external-task" ? spec.executor : undefined)));
  const config = Object.fromEntries(Object.entries(readExecutors(executors)).filter(([name]) => named.has(name)));
  // Never rejects: what an executor survives, it says and tries again.
  const onTrouble = (error: unknown): void => {
    process.emitWarning(error instanceof Error ? error : new Error(String(error)));
  };
  return {
    dir: dataFolder(dir, plan.dag).engine,
    plans: [plan],
    executors: taskServers(config, { dir, folder, env: process.env, fetch, onTrouble }),
    ...(functions === undefined ? {} : { functions: await registeredIn(functions) }),
    ...(lostState === undefined ? {} : { lostState }),
    ...(tasks === undefined ? {} : { tasks: { module: tasks, threads: workers } }),
  };
}

/** The registered functions that a module exports, by its address. */
export async function registeredIn(module: string): Promise<FunctionRegistry> {
  return ((await import(module)) as { functions: FunctionRegistry }).functions;
}
