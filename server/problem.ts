import type { StoredProblem, StoredRun } from "@artesian/store";
import type * as api from "./api.ts";
import type { ServerContext } from "./context.ts";
import { page } from "./links.ts";

/** A problem; its task can be tried again while its run is live. */
export function problemOf(
  context: ServerContext,
  problem: StoredProblem | null,
  run: StoredRun | undefined,
): api.SummaryProblem | null {
  if (problem === null) return null;
  const { code, message, taskId } = problem;
  const live = run !== undefined && context.engines.of(run.id)?.control !== undefined;
  return {
    code,
    message,
    task:
      taskId === null || run === undefined || !live
        ? null
        : {
            id: taskId,
            href: page.task(run.id, taskId),
            retry: `/api/v1/runs/${encodeURIComponent(run.id)}/tasks/${encodeURIComponent(taskId)}/retry`,
          },
  };
}
