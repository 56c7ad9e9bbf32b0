import type { RunSummary } from "@artesian/server/api.ts";
import { Link, useLocation } from "wouter";
import { useRuns } from "../api/queries.ts";
import { formatDuration, formatMoment, formatProgress, plural } from "../model/format.ts";
import { Segmented } from "../ui/choice.tsx";
import { CopyId } from "../ui/copy.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { FilterBox } from "../ui/filter-box.tsx";
import { usePage } from "../ui/page.ts";
import { Card } from "../ui/parts.tsx";
import { RunPill } from "../ui/pill.tsx";
import { Answer, Empty } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";

const ABOUT = "Each run of a pipeline, failed first. Open one for its graph, tasks, timeline and log.";

const columns: readonly Column<RunSummary>[] = [
  { key: "state", label: "state", value: (r) => r.state, cell: (r) => <RunPill state={r.state} /> },
  {
    key: "name",
    label: "run",
    value: (r) => r.name,
    cell: (r) => (
      <Link className="link" href={r.href}>
        {r.name}
      </Link>
    ),
  },
  { key: "id", label: "id", value: (r) => r.id, cell: (r) => <CopyId id={r.id} shown={r.id.slice(0, 10)} /> },
  { key: "workflow", label: "workflow", value: (r) => r.workflow },
  { key: "data", label: "data", value: (r) => r.data },
  {
    key: "tasks",
    label: "tasks",
    numeric: true,
    value: (r) => r.tasks.done,
    cell: (r) => formatProgress(r.tasks.done, r.tasks.total),
  },
  {
    key: "failed",
    label: "failed",
    numeric: true,
    value: (r) => r.tasks.failed,
    cell: (r) => (
      <span className={r.tasks.failed > 0 ? "fail-ink" : "faint"}>
        {r.tasks.failed > 0 ? `▲ ${r.tasks.failed}` : "0"}
      </span>
    ),
  },
  {
    key: "started",
    label: "started",
    numeric: true,
    value: (r) => r.startedAt,
    cell: (r) => formatMoment(r.startedAt),
  },
  {
    key: "duration",
    label: "duration",
    numeric: true,
    value: (r) => r.durationMs,
    cell: (r) => formatDuration(r.durationMs),
  },
  { key: "who", label: "who", value: (r) => r.who },
];

const STATES = ["all", "failed", "running", "done", "incomplete", "stopped"];

/** All runs, failed first. */
export default function RunsPage() {
  usePage([{ label: "Runs" }], ABOUT);
  const { params, change } = useUrlState();
  const [, navigate] = useLocation();
  const query = useRuns(params.state, params.q);
  return (
    <>
      <div className="row">
        <h1>Runs</h1>
        <span className="dim" aria-live="polite">
          {query.data ? `${plural(query.data.total, "run")}, failed first` : ""}
        </span>
        <span className="push" />
        <Segmented
          label="state"
          value={params.state ?? "all"}
          options={STATES.map((value) => ({ value, label: value }))}
          onChange={(value) => change({ state: value === "all" ? null : value })}
        />
        <FilterBox label="filter runs" />
      </div>
      <Answer query={query}>
        {(data) => (
          <Card flush label="runs">
            {data.runs.length === 0 ? (
              <Empty title={params.q || params.state ? "No run answers this filter" : "No run yet"}>
                <p>
                  {params.q || params.state
                    ? "“all” and an empty filter show every run."
                    : "A run starts with npx artesian run or watch."}
                </p>
              </Empty>
            ) : (
              <DataTable
                caption="Runs"
                columns={columns}
                rows={data.runs}
                rowKey={(r) => r.id}
                onOpen={(r) => navigate(r.href)}
                sort={params.sort}
                onSort={(sort) => change({ sort }, { replace: true })}
              />
            )}
          </Card>
        )}
      </Answer>
    </>
  );
}
