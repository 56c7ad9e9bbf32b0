import type { Plan, TaskServer } from "@artesian/engine";
import { type ExecutorSurroundings, readExecutors, taskServers } from "@artesian/executors";

/** Where a workflow of one's own finds its executors. */
export interface DagExecutors {
  /** The data folder: attempts and outputs are below it. */
  dir: string;
  /** File that configures executors. */
  executors: string;
  /** Relative names of inputs and code are below it. */
  folder: string;
}

/** Names of executors that nodes of a plan ask for. */
export function executorNames(plan: Plan): string[] {
  const named = plan.nodes.flatMap(({ spec }) =>
    spec.type === "external-task" && spec.executor !== undefined ? [spec.executor] : [],
  );
  return [...new Set(named)].filter((name) => name !== "thread" && name !== "lease").sort();
}

/**
 * The executors that a plan names, of those that are configured.
 * @param machine given where other machines serve the same folders
 * @throws ExecutorConfigError (executors/config)
 */
export function dagExecutors(
  plan: Plan,
  { dir, executors, folder }: DagExecutors,
  { machine }: Pick<ExecutorSurroundings, "machine"> = {},
): Record<string, TaskServer> {
  const named = executorNames(plan);
  const config = Object.fromEntries(Object.entries(readExecutors(executors)).filter(([name]) => named.includes(name)));
  // Never rejects: what an executor survives, it says and tries again.
  const onTrouble = (error: unknown): void => {
    process.emitWarning(error instanceof Error ? error : new Error(String(error)));
  };
  const more = machine === undefined ? {} : { machine };
  return taskServers(config, { dir, folder, env: process.env, fetch, onTrouble, ...more });
}
