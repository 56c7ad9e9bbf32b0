import { mkdirSync } from "node:fs";
import type { EmbeddedOptions } from "@artesian/engine";
import { dataFolder } from "./data-folder.ts";
import { storeSink } from "./store-sink.ts";
import { planOf, type Workflow, type WorkflowName, workflows } from "./workflow.ts";

/** What a workflow's runtime thread is told; plain JSON. */
export interface RuntimeSettings {
  workflow: WorkflowName;
  /** The data folder. */
  dir: string;
  runId: string;
  /** Worker threads for tasks. */
  workers: number;
}

/** Everything the engine needs to run a workflow in a data folder. */
export function runtimeOptions({ workflow, dir, runId, workers }: RuntimeSettings): EmbeddedOptions {
  const folder = dataFolder(dir, workflow);
  mkdirSync(dir, { recursive: true });
  const { tasksModule, rows, youngMb, maxRecordBytes }: Workflow = workflows[workflow];
  const tasks = new URL(tasksModule);
  tasks.searchParams.set("objects", folder.objects);
  return {
    dir: folder.engine,
    plans: [planOf(workflow)],
    tasks: { module: tasks.href, threads: workers, ...(youngMb === undefined ? {} : { youngMb }) },
    ...(maxRecordBytes === undefined ? {} : { limits: { maxRecordBytes } }),
    sinks: [storeSink(workflow, rows(), folder, runId)],
  };
}
