import type { ExperimentSummary } from "@artesian/server/api.ts";
import { Link, useLocation } from "wouter";
import { useExperiments } from "../api/queries.ts";
import { formatAge, formatMoment, formatProgress, plural } from "../model/format.ts";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { FilterBox } from "../ui/filter-box.tsx";
import { usePage } from "../ui/page.ts";
import { Bar, Card } from "../ui/parts.tsx";
import { ExperimentPill } from "../ui/pill.tsx";
import { Answer, Empty } from "../ui/states.tsx";
import { useNow } from "../ui/use-now.ts";
import { useUrlState } from "../ui/use-url.ts";

const ABOUT =
  "Every experiment with how far it is. An experiment appears with its first image and is complete when all of its wells are.";

const columns = (now: number): readonly Column<ExperimentSummary>[] => [
  {
    key: "name",
    label: "experiment",
    value: (e) => e.name,
    cell: (e) => (
      <Link className="link" href={e.href}>
        {e.name}
      </Link>
    ),
  },
  { key: "id", label: "id", mono: true, value: (e) => e.id },
  { key: "state", label: "state", value: (e) => e.state, cell: (e) => <ExperimentPill state={e.state} /> },
  { key: "workflow", label: "workflow", value: (e) => e.workflow },
  {
    key: "plates",
    label: "plates",
    numeric: true,
    value: (e) => e.plates.done,
    cell: (e) => formatProgress(e.plates.done, e.plates.total),
  },
  {
    key: "wells",
    label: "wells",
    numeric: true,
    value: (e) => e.wells.done,
    cell: (e) => formatProgress(e.wells.done, e.wells.total),
  },
  {
    key: "images",
    label: "images",
    numeric: true,
    value: (e) => e.images.done,
    cell: (e) => formatProgress(e.images.done, e.images.total),
  },
  {
    key: "progress",
    label: "wells done",
    value: (e) => (e.wells.total ? e.wells.done / e.wells.total : null),
    cell: (e) => (
      <Bar
        done={e.wells.done}
        total={e.wells.total}
        label={`wells of ${e.name}`}
        {...(e.state === "complete" ? { tone: "ok" } : {})}
      />
    ),
  },
  {
    key: "started",
    label: "started",
    numeric: true,
    value: (e) => e.startedAt,
    cell: (e) => formatMoment(e.startedAt),
  },
  {
    key: "changed",
    label: "changed",
    numeric: true,
    value: (e) => e.updatedAt,
    cell: (e) => formatAge(now - new Date(e.updatedAt).getTime()),
  },
];

/** All experiments. */
export default function ExperimentsPage() {
  usePage([{ label: "Experiments" }], ABOUT);
  const { params, change } = useUrlState();
  const [, navigate] = useLocation();
  const now = useNow(10_000);
  const query = useExperiments(params.q);
  return (
    <>
      <div className="row">
        <h1>Experiments</h1>
        <span className="dim" aria-live="polite">
          {query.data ? plural(query.data.total, "experiment") : ""}
        </span>
        <span className="push" />
        <FilterBox label="filter experiments" />
      </div>
      <Answer query={query}>
        {(data) =>
          data.experiments.length === 0 ? (
            <Card>
              <Empty title={params.q ? `No experiment is called “${params.q}”` : "No experiment yet"}>
                <p>{params.q ? "Esc empties the filter." : "Start with a folder of images: npx artesian watch DIR."}</p>
              </Empty>
            </Card>
          ) : (
            <Card flush label="experiments">
              <DataTable
                caption="Experiments"
                columns={columns(now)}
                rows={data.experiments}
                rowKey={(e) => e.id}
                onOpen={(e) => navigate(e.href)}
                sort={params.sort}
                onSort={(sort) => change({ sort }, { replace: true })}
              />
            </Card>
          )
        }
      </Answer>
    </>
  );
}
