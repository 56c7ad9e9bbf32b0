import type { RunDetail, RunSummary } from "@artesian/server/api.ts";

/** Whether a run is of plates, wells and images; others tell of their tasks alone. */
export const isOfImages = (run: Pick<RunSummary, "workflow" | "experimentId">): boolean =>
  run.workflow === "phenomics" || run.experimentId !== null;

/** Tasks of all nodes that are not over; zeros once the engine is not at hand. */
export function openTasks({ nodes }: RunDetail["graph"]): { waiting: number; running: number; retrying: number } {
  const open = { waiting: 0, running: 0, retrying: 0 };
  for (const { tasks } of nodes) {
    if (tasks === null) continue;
    open.waiting += tasks.waiting;
    open.running += tasks.running;
    open.retrying += tasks.retrying;
  }
  return open;
}
