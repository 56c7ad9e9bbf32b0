import { readFileSync } from "node:fs";
import { compile, type Plan, type TaskRegistry } from "@artesian/engine";
import { digestFiles } from "@artesian/engine/code-digest.ts";
import { editingRows } from "./editing.sinks.ts";
import { expressionRows } from "./expression.sinks.ts";
import { phenomicsRows } from "./phenomics.sinks.ts";
import { profilingRows } from "./profiling.sinks.ts";
import type { WorkflowRows } from "./store-sink.ts";

/** A workflow: its graph, its tasks, and how its topics become rows of the store. */
export interface Workflow {
  name: string;
  /** The graph, beside this module. */
  document: URL;
  /**
   * Address of the module that exports `tasks` to worker threads and `createTasks`; it finds the folder of objects in its own address:
   * `NAME.tasks.ts?objects=FOLDER`.
   */
  tasksModule: string;
  rows: () => WorkflowRows;
  /** Young generation of a task's thread, MB: small where tasks stream files that are larger than memory. */
  youngMb?: number;
  /** Largest record, bytes, where one may speak of tens of thousands of things. Default the engine's, 4 MiB. */
  maxRecordBytes?: number;
}

const here = (name: string, rows: () => WorkflowRows): Workflow => ({
  name,
  document: new URL(`${name}.json`, import.meta.url),
  tasksModule: import.meta.resolve(`./${name}.tasks.ts`),
  rows,
});

/** Every workflow of the product by its name. */
export const workflows = {
  phenomics: here("phenomics", phenomicsRows),
  editing: { ...here("editing", editingRows), maxRecordBytes: 64 * 2 ** 20 },
  expression: { ...here("expression", expressionRows), youngMb: 6, maxRecordBytes: 64 * 2 ** 20 },
  profiling: here("profiling", profilingRows),
} as const satisfies Record<string, Workflow>;
export type WorkflowName = keyof typeof workflows;

/**
 * A workflow's graph as compiled from its document.
 * @param partitions in place of the document's
 */
export function planOf(name: WorkflowName, partitions?: number): Plan {
  const document = JSON.parse(readFileSync(workflows[name].document, "utf8")) as object;
  return compile(partitions === undefined ? document : { ...document, partitions });
}

/** Digest of the code behind each task, and of the graph that binds them: what a recorded result was made by. */
export async function taskCode(name: WorkflowName): Promise<Record<string, string>> {
  const { tasks } = (await import(workflows[name].tasksModule)) as { tasks: TaskRegistry };
  const digests: Record<string, string> = { "the workflow": planOf(name).sha256 };
  const known = new Map<string, Promise<string>>();
  for (const [task, { files = [] }] of Object.entries(tasks)) {
    const key = files.join("\n");
    const digest = known.get(key) ?? digestFiles(files);
    known.set(key, digest);
    digests[task] = await digest;
  }
  return digests;
}
