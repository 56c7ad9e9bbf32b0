import type { TaskRegistry } from "@artesian/engine";

/** Stands for a service that measures a site: it tells which images it was given, in the order in which it was given them. */
export const tasks: TaskRegistry = {
  "extract-features": {
    files: [import.meta.url],
    run: ({ images }) => ({ features: (images as { channel: string }[]).map(({ channel }) => channel).join("+") }),
  },
};
