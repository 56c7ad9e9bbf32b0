import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { Plan } from "@artesian/engine";
import { executorsFile } from "@artesian/executors";
import { type DagExecutors, executorNames } from "@artesian/workflows";
import { UsageError } from "./exit.ts";

/**
 * Where a document's executors are configured, and where their attempts and outputs go.
 * @param executors the file that was asked for; default: that of the data folder, which may be absent
 * @throws UsageError when there is no such file
 */
export function executorsPlace(document: string, data: string, executors?: string): DagExecutors {
  if (executors !== undefined && !existsSync(executors))
    throw new UsageError(`--executors ${executors}: there is no such file.`);
  const dir = resolve(data);
  return { dir, executors: resolve(executors ?? join(dir, executorsFile)), folder: dirname(resolve(document)) };
}

/** Says which executors a plan names that are not among those configured here: another process has to have them. */
export function leftToOthers(plan: Plan, here: readonly string[]): string[] {
  const missing = executorNames(plan).filter((name) => !here.includes(name));
  return missing.map(
    (name) => `tasks of executor "${name}" wait for a process that has it in its ${executorsFile}: this one has not.`,
  );
}
