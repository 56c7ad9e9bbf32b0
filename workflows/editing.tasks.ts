import { folderStore, type S3Environment } from "@artesian/data";
import type { TaskContext, TaskDefinition, TaskRegistry, Value } from "@artesian/engine";
import { editingCode } from "./edit-code.ts";
import { type EditingContext, quantifySample, readSheet } from "./edit-tasks.ts";
import { lasting } from "./lasting-error.ts";

/** What the tasks are told when their thread starts. */
export interface EditingTaskOptions {
  /** Folder of the object store, in the data folder. */
  objects: string;
  /** Variables that say where S3 stores are and who asks. */
  env: S3Environment;
}

const here = (path: string): string => import.meta.resolve(path);
const own = [here("../data"), here("../editing"), here("./edit-tasks.ts"), here("./editing.schemas.ts")];

/** Task names of editing.json bound to what they do; `files` decide when a recorded result is still good. */
export function createTasks({ objects, env }: EditingTaskOptions): Record<string, TaskDefinition> {
  let code: ReturnType<typeof editingCode> | undefined;
  const task = (
    run: (input: unknown, context: EditingContext, task: TaskContext) => Promise<object>,
    files: string[],
  ): TaskDefinition => ({
    files,
    run: async (input: Value, given) => {
      code ??= editingCode();
      try {
        return await run(input, { objects: folderStore(objects), env, code: await code }, given);
      } catch (error) {
        throw lasting(error);
      }
    },
  });
  return {
    "read-sheet": task(readSheet, own),
    "quantify-sample": task(quantifySample, [...own, here("../numerics"), here("../figures")]),
  };
}

/** The registry a worker thread finds; the object folder stands in the module's address: `editing.tasks.ts?objects=FOLDER`. */
export const tasks: TaskRegistry = createTasks({
  objects: new URL(import.meta.url).searchParams.get("objects") ?? "objects",
  env: Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("AWS_"))),
});
