import type { TaskRegistry } from "@artesian/engine";

/** The smallest task: what is measured is the way to it and back. */
export const tasks: TaskRegistry = {
  extract: { run: (site) => ({ count: (site.images as unknown[]).length }) },
};
