import type { ActionAnswer, RunDetail, TaskDetail } from "@artesian/server/api.ts";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { Link } from "wouter";
import { address, parts, send } from "../api/client.ts";
import { useTask } from "../api/queries.ts";
import { formatDuration, formatMoment, plural } from "../model/format.ts";
import { CopyId } from "../ui/copy.tsx";
import { TaskPill } from "../ui/pill.tsx";
import { Answer, Failed } from "../ui/states.tsx";
import { toast } from "../ui/toast.tsx";

/** Why it failed: the first cause on top, the chain below. */
function Cause({ task }: { task: TaskDetail }) {
  if (!task.failure) return null;
  const { failure } = task;
  return (
    <div className="error-box">
      <span className="mono fail-ink">{failure.code}</span>
      <b>{failure.message}</b>
      {failure.hint ? <span className="dim">{failure.hint}</span> : null}
      {failure.chain.length > 1 ? (
        <span className="dim">{failure.chain.map((link) => `← ${link}`).join(" ")}</span>
      ) : null}
      {task.alike > 1 ? <span>{plural(task.alike - 1, "other task")} failed alike.</span> : null}
      {failure.stack ? (
        <details>
          <summary>where in the code</summary>
          <pre className="log">{failure.stack}</pre>
        </details>
      ) : null}
    </div>
  );
}

const Json = ({ title, value }: { title: string; value: unknown }) => (
  <details>
    <summary>
      <b>{title}</b>
    </summary>
    <pre className="log">{JSON.stringify(value, null, 2) ?? "nothing"}</pre>
  </details>
);

function Body({ task }: { task: TaskDetail }) {
  return (
    <div className="bd stack">
      <Cause task={task} />
      <div style={{ overflowX: "auto" }}>
        <table className="data">
          <caption className="visually-hidden">Attempts</caption>
          <thead>
            <tr>
              <th scope="col" className="num">
                attempt
              </th>
              <th scope="col">state</th>
              <th scope="col" className="num">
                started
              </th>
              <th scope="col" className="num">
                duration
              </th>
              <th scope="col">outcome</th>
            </tr>
          </thead>
          <tbody>
            {task.attemptList.map((attempt) => (
              <tr key={attempt.attempt}>
                <td className="num">{attempt.attempt}</td>
                <td>{attempt.state}</td>
                <td className="num">{formatMoment(attempt.startedAt)}</td>
                <td className="num">{formatDuration(attempt.durationMs)}</td>
                <td>
                  {attempt.message ?? ""} {attempt.code ? <span className="mono faint">{attempt.code}</span> : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div>
        <h3>Last log lines</h3>
        {task.log.length > 0 ? (
          <pre className="log">{task.log.join("\n")}</pre>
        ) : (
          <p className="dim">This task wrote no log.</p>
        )}
      </div>
      <Json title="Input" value={task.input} />
      {task.output !== null && task.output !== undefined ? <Json title="Output" value={task.output} /> : null}
      {task.identity ? <Json title="What its cache key is made of" value={task.identity} /> : null}
    </div>
  );
}

/** One task: first cause, attempts, log, inputs, retry. */
export function TaskPanel({ run, task: id, onClose }: { run: RunDetail; task: string; onClose: () => void }) {
  const query = useTask(run.id, id);
  const client = useQueryClient();
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    if (id) box.current?.scrollIntoView({ block: "nearest" });
  }, [id]);
  const retry = useMutation({
    mutationFn: () => send<ActionAnswer>(address(`${parts("runs", run.id, "tasks", id)}/retry`)),
    onSuccess: (answer) => toast(answer.sentence),
    onSettled: () =>
      void client.invalidateQueries({ predicate: (q) => ["runs", "tasks"].includes(String(q.queryKey[0])) }),
  });
  const task = query.data;
  return (
    <section className="card" aria-label="task" ref={box}>
      <div className="hd">
        <h2 className="mono">{task?.what ?? id}</h2>
        {task ? <TaskPill state={task.state} /> : null}
        {task ? <span className="dim">{task.node}</span> : null}
        <CopyId id={id} label="task" shown={id.slice(0, 12)} />
        <span className="row push">
          {task?.href ? (
            <Link className="btn" href={task.href}>
              See what it is about
            </Link>
          ) : null}
          {task?.state === "failed" ? (
            <button
              type="button"
              className="btn pri"
              disabled={!run.live || retry.isPending}
              onClick={() => retry.mutate()}
            >
              Retry
            </button>
          ) : null}
          <button type="button" className="btn quiet" onClick={onClose} aria-label="close the task">
            ✕
          </button>
        </span>
      </div>
      {retry.isError ? <Failed error={retry.error} /> : null}
      <Answer query={query}>{(data) => <Body task={data} />}</Answer>
    </section>
  );
}
