import type { RunDetail, TaskRow } from "@artesian/server/api.ts";
import { useMemo } from "react";
import { useTasks } from "../api/queries.ts";
import { formatAge, formatCount, formatDuration } from "../model/format.ts";
import { Segmented, Select } from "../ui/choice.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { FilterBox } from "../ui/filter-box.tsx";
import { Card } from "../ui/parts.tsx";
import { TaskPill } from "../ui/pill.tsx";
import { Answer, Empty } from "../ui/states.tsx";
import { useNow } from "../ui/use-now.ts";
import { useUrlState } from "../ui/use-url.ts";

const STATES = ["failed", "retrying", "running", "waiting", "done"] as const;

const columns = (now: number): readonly Column<TaskRow>[] => [
  { key: "state", label: "state", value: (t) => STATES.indexOf(t.state), cell: (t) => <TaskPill state={t.state} /> },
  { key: "what", label: "what", mono: true, value: (t) => t.what },
  { key: "node", label: "node", value: (t) => t.node },
  {
    key: "cause",
    label: "first cause",
    value: (t) => t.cause,
    cell: (t) => <span className="fail-ink">{t.cause ?? ""}</span>,
  },
  { key: "attempts", label: "attempts", numeric: true, value: (t) => t.attempts },
  { key: "cached", label: "from cache", value: (t) => (t.cached ? "yes" : "") },
  {
    key: "duration",
    label: "duration",
    numeric: true,
    value: (t) => t.durationMs,
    cell: (t) => formatDuration(t.durationMs),
  },
  {
    key: "queued",
    label: "queued",
    numeric: true,
    value: (t) => t.queuedAt,
    cell: (t) => <span className="dim">{t.queuedAt ? formatAge(now - new Date(t.queuedAt).getTime()) : "–"}</span>,
  },
];

/** The tasks of a run or of one node, failed first. */
export function RunTasksTab({ run }: { run: RunDetail }) {
  const { params, change } = useUrlState();
  const now = useNow(10_000);
  const query = useTasks(run, { node: params.node, state: params.state, q: params.q });
  const nodes = run.graph.nodes.filter((node) => node.tasks !== null);
  const chosen = run.graph.nodes.find((node) => node.id === params.node);
  const counts = query.data?.pages[0]?.counts;
  const tasks = useMemo(() => query.data?.pages.flatMap((page) => page.tasks) ?? [], [query.data]);
  return (
    <>
      <div className="row">
        <Select
          label="node"
          value={params.node ?? ""}
          options={[{ value: "", label: "all nodes" }, ...nodes.map((n) => ({ value: n.id, label: n.label }))]}
          onChange={(node) => change({ tab: "tasks", node: node || null, task: null })}
        />
        <Segmented
          label="state"
          value={params.state ?? "all"}
          options={[
            { value: "all", label: "all" },
            ...STATES.map((state) => ({
              value: state,
              label: counts ? `${state} ${formatCount(counts[state])}` : state,
            })),
          ]}
          onChange={(state) => change({ tab: "tasks", state: state === "all" ? null : state, task: null })}
        />
        <span className="push" />
        <FilterBox label="filter tasks" />
      </div>
      {chosen && chosen.tasks === null ? (
        <Card>
          <Empty title={`${chosen.label} runs no tasks`}>
            <p>
              It is a {chosen.kind.replaceAll("-", " ")}: {formatCount(chosen.done)} records have passed,{" "}
              {formatCount(chosen.lag)} wait.
            </p>
          </Empty>
        </Card>
      ) : (
        <Answer query={query}>
          {() => (
            <Card flush label="tasks">
              {tasks.length === 0 ? (
                <Empty title="No task answers this filter">
                  <p>“all nodes”, “all” and an empty filter show every task.</p>
                </Empty>
              ) : (
                <DataTable
                  caption="Tasks"
                  columns={columns(now).filter((column) => column.key !== "node" || params.node === undefined)}
                  rows={tasks}
                  rowKey={(t) => t.id}
                  selected={params.task}
                  onOpen={(t) => change({ tab: "tasks", task: t.id }, { replace: params.task !== undefined })}
                  maxHeight={params.task ? 300 : 560}
                  sort={params.sort}
                  onSort={(sort) => change({ sort }, { replace: true })}
                />
              )}
              {query.hasNextPage ? (
                <button
                  type="button"
                  className="btn quiet more"
                  disabled={query.isFetchingNextPage}
                  onClick={() => void query.fetchNextPage()}
                >
                  {formatCount(tasks.length)} are here; the next 500
                </button>
              ) : null}
            </Card>
          )}
        </Answer>
      )}
    </>
  );
}
