import type { Failure, RunDetail } from "@artesian/server/api.ts";
import { BarSeries, minuteTwin } from "../charts/bar-series.tsx";
import { graphTwin, RunGraph } from "../charts/run-graph.tsx";
import { formatAge, formatClock } from "../model/format.ts";
import { isOfImages } from "../model/run-counts.ts";
import { changeParams, path } from "../model/url-state.ts";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Card } from "../ui/parts.tsx";
import { Picture } from "../ui/picture.tsx";
import { Pill } from "../ui/pill.tsx";
import { useNow } from "../ui/use-now.ts";
import { useUrlState } from "../ui/use-url.ts";

const columns = (now: number): readonly Column<Failure>[] => [
  { key: "what", label: "what", mono: true, value: (f) => f.what },
  { key: "cause", label: "first cause", value: (f) => f.cause },
  { key: "attempts", label: "attempts", numeric: true, value: (f) => f.attempts },
  {
    key: "age",
    label: "age",
    numeric: true,
    value: (f) => now - new Date(f.at).getTime(),
    cell: (f) => <span className="dim">{formatAge(now - new Date(f.at).getTime())}</span>,
  },
];

/** What failed, with its first cause; a row opens the task. */
export function FailedFirst({ run }: { run: RunDetail }) {
  const { params, change } = useUrlState();
  const now = useNow(10_000);
  const same = Math.max(0, ...run.failures.map((f) => f.alike));
  const nodes = [...new Set(run.failures.map((f) => run.graph.nodes.find((n) => n.id === f.node)?.label ?? f.node))];
  return (
    <Card
      title="Failed first"
      flush
      aside={
        run.failures.length > 0 ? (
          <>
            <Pill tone="fail">{run.cards.failed}</Pill>
            {same > 1 ? <span className="dim">same cause: {same}</span> : null}
            <span className="faint push">{nodes.join(", ")}</span>
          </>
        ) : undefined
      }
    >
      {run.failures.length === 0 ? (
        <div className="bd dim">Nothing has failed.</div>
      ) : (
        <DataTable
          caption="Failed tasks"
          columns={columns(now)}
          rows={run.failures}
          rowKey={(f) => f.taskId}
          selected={params.task}
          onOpen={(f) => change({ tab: "graph", task: f.taskId })}
          maxHeight={260}
        />
      )}
    </Card>
  );
}

/** The graph with counts, what failed, and how fast wells become complete. */
export function RunGraphTab({ run }: { run: RunDetail }) {
  const { params } = useUrlState();
  const series = run.wellsPerMinute.map((w) => ({ minute: w.minute, count: w.wells }));
  const running = run.state === "running";
  const done = run.estimate.finishAt === null ? "" : `done ≈ ${formatClock(run.estimate.finishAt)}`;
  return (
    <>
      <Picture
        title="Pipeline"
        name={`${run.id}-graph`}
        twin={graphTwin(run.graph)}
        tour="graph"
        aside={<span className="dim">one box a node; open one to see its tasks</span>}
      >
        <RunGraph
          graph={run.graph}
          selected={params.node}
          hrefOf={(node) => `${path("runs", run.id)}${changeParams("", { tab: "tasks", node })}`}
        />
      </Picture>
      {isOfImages(run) ? (
        <div className="two">
          <FailedFirst run={run} />
          <Picture
            title="Wells complete, per minute"
            name={`${run.id}-wells-per-minute`}
            twin={minuteTwin(series, "wells")}
          >
            {running ? <p className="dim">{[run.estimate.reason, done].filter((t) => t !== "").join(" · ")}</p> : null}
            {series.length > 0 ? (
              <BarSeries series={series} label="wells complete" open={running} />
            ) : (
              <p className="dim">No well is complete yet.</p>
            )}
          </Picture>
        </div>
      ) : (
        <FailedFirst run={run} />
      )}
    </>
  );
}
