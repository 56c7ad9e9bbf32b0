import { dirname, join } from "node:path";
import { folderStore } from "@artesian/data";
import type { TaskContext, TaskDefinition, TaskRegistry } from "@artesian/engine";
import { lasting } from "./lasting-error.ts";
import { summariseFound } from "./matrix-tasks.ts";
import { listPortal, type PortalContext, readProject } from "./portal-tasks.ts";
import { publishPortal, publishProject } from "./publish-tasks.ts";

/** What the tasks are told when their thread starts. */
export interface ExpressionTaskOptions {
  /** Folder of the object store, in the data folder. */
  objects: string;
  /** Variables that say where S3 stores are and who asks. */
  env: Readonly<Record<string, string | undefined>>;
}

const here = (path: string): string => import.meta.resolve(path);
const portal = [
  here("../data"),
  here("./portal-tasks.ts"),
  here("./portal-files.ts"),
  here("./skip-list.ts"),
  here("./expression.schemas.ts"),
];
const matrices = [...portal, here("../expression"), here("../numerics"), here("../figures"), here("./matrix-tasks.ts")];
const pages = [...portal, here("../figures"), here("./publish-tasks.ts"), here("./portal-pages.ts")];

/** Task names of expression.json bound to what they do; `files` decide when a recorded result is still good. */
export function createTasks({ objects, env }: ExpressionTaskOptions): Record<string, TaskDefinition> {
  const folder = dirname(objects);
  const context = {
    objects: folderStore(objects),
    scratch: join(folder, "scratch"),
    published: join(folder, "published"),
    env,
  };
  const task = (
    run: (input: unknown, context: PortalContext & { published: string }, task: TaskContext) => Promise<object>,
    files: string[],
  ): TaskDefinition => ({
    run: async (input, given) => {
      try {
        return await run(input, context, given);
      } catch (error) {
        throw lasting(error);
      }
    },
    files,
  });
  return {
    "list-portal": task(listPortal, [...portal, here("../expression")]),
    "read-project": task(readProject, portal),
    "summarise-matrix": task(summariseFound, matrices),
    "publish-project": task(publishProject, pages),
    "publish-portal": task(publishPortal, pages),
  };
}

/** The registry a worker thread finds; the object folder stands in the module's address: `expression.tasks.ts?objects=FOLDER`. */
export const tasks: TaskRegistry = createTasks({
  objects: new URL(import.meta.url).searchParams.get("objects") ?? "objects",
  env: Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("AWS_"))),
});
