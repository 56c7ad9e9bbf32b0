import type { SummaryProblem } from "@artesian/server/api.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { send } from "../api/client.ts";

/** What went wrong with one thing, its task, and another try. */
export function Trouble({ problem }: { problem: SummaryProblem }) {
  const client = useQueryClient();
  const retry = useMutation({
    mutationFn: (url: string) => send(url),
    onSettled: () => client.invalidateQueries(),
  });
  const { task } = problem;
  return (
    <div className="error-box" role="alert">
      <div className="mono fail-ink">{problem.code}</div>
      <div>{problem.message}</div>
      {task === null ? null : (
        <div className="row">
          <Link className="link" href={task.href}>
            the task
          </Link>
          <button type="button" className="btn" disabled={retry.isPending} onClick={() => retry.mutate(task.retry)}>
            Try again
          </button>
        </div>
      )}
    </div>
  );
}
