import { mkdirSync } from "node:fs";
import type { EmbeddedOptions, FunctionRegistry, LostState, Plan } from "@artesian/engine";
import { type DagExecutors, dagExecutors } from "./dag-executors.ts";
import { dataFolder } from "./data-folder.ts";

/** What the runtime thread of a workflow of one's own is told; plain data. */
export interface DagSettings extends DagExecutors {
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
}

/**
 * Everything the engine needs to run a workflow of one's own in a data folder.
 * @throws ExecutorConfigError (executors/config)
 */
export async function runtimeOptions(settings: DagSettings): Promise<EmbeddedOptions> {
  const { dir, workers, plan, tasks, functions, lostState } = settings;
  mkdirSync(dir, { recursive: true });
  return {
    dir: dataFolder(dir, plan.dag).engine,
    plans: [plan],
    executors: dagExecutors(plan, settings),
    ...(functions === undefined ? {} : { functions: await registeredIn(functions) }),
    ...(lostState === undefined ? {} : { lostState }),
    ...(tasks === undefined ? {} : { tasks: { module: tasks, threads: workers } }),
  };
}

/** The registered functions that a module exports, by its address. */
export async function registeredIn(module: string): Promise<FunctionRegistry> {
  return ((await import(module)) as { functions: FunctionRegistry }).functions;
}
