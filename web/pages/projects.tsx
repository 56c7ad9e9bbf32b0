import type { ProjectRow } from "@artesian/server/api.ts";
import { Link, useLocation } from "wouter";
import { useProjects } from "../api/queries.ts";
import { formatAge, formatCount, formatProgress, plural } from "../model/format.ts";
import { Segmented } from "../ui/choice.tsx";
import { CopyId } from "../ui/copy.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { FilterBox } from "../ui/filter-box.tsx";
import { usePage } from "../ui/page.ts";
import { Card } from "../ui/parts.tsx";
import { SummaryPill } from "../ui/pill.tsx";
import { Answer, Empty } from "../ui/states.tsx";
import { useNow } from "../ui/use-now.ts";
import { useUrlState } from "../ui/use-url.ts";

const ABOUT =
  "Every project of the portal with the state of its expression summary: fresh, failed with the cause, or skipped with the reason. Open one for its figures.";

const whyOf = (project: ProjectRow): string =>
  project.problem?.message ??
  (project.skip === null
    ? ""
    : `${project.skip.reason}${project.skip.owner === null ? "" : ` (${project.skip.owner})`}`);

const columns = (now: number): readonly Column<ProjectRow>[] => [
  {
    key: "project",
    label: "project",
    value: (p) => p.title ?? p.id,
    cell: (p) => (
      <Link className="link" href={p.href}>
        {p.title ?? p.id}
      </Link>
    ),
  },
  { key: "status", label: "summary", value: (p) => p.status, cell: (p) => <SummaryPill status={p.status} /> },
  {
    key: "matrices",
    label: "matrices",
    numeric: true,
    value: (p) => p.matrices.done,
    cell: (p) => formatProgress(p.matrices.done, p.matrices.total),
  },
  { key: "cells", label: "cells", numeric: true, value: (p) => p.cells, cell: (p) => formatCount(p.cells) },
  { key: "kept", label: "cells kept", numeric: true, value: (p) => p.cellsKept, cell: (p) => formatCount(p.cellsKept) },
  { key: "genes", label: "genes", numeric: true, value: (p) => p.genes, cell: (p) => formatCount(p.genes) },
  { key: "figures", label: "figures", numeric: true, value: (p) => p.figures },
  {
    key: "warnings",
    label: "warnings",
    numeric: true,
    value: (p) => p.warnings,
    cell: (p) => <span className={p.warnings > 0 ? "warn-ink" : "faint"}>{p.warnings}</span>,
  },
  {
    key: "fresh",
    label: "summarised",
    numeric: true,
    value: (p) => p.freshness.summarisedAt,
    cell: (p) =>
      p.freshness.summarisedAt === null ? "–" : formatAge(now - new Date(p.freshness.summarisedAt).getTime()),
  },
  { key: "why", label: "why", value: whyOf },
];

const STATES = ["all", "failed", "partial", "waiting", "done", "skipped", "empty"] as const;

/** Projects of a portal with their expression summaries. */
export default function ProjectsPage() {
  usePage([{ label: "Projects" }], ABOUT);
  const { params, change } = useUrlState();
  const [, navigate] = useLocation();
  const now = useNow(10_000);
  const query = useProjects(params.q, params.status);
  const counts = query.data?.counts;
  const portal = query.data?.portal;
  return (
    <>
      <div className="row">
        <h1>Projects</h1>
        <span className="dim" aria-live="polite">
          {query.data ? plural(query.data.total, "project") : ""}
        </span>
        {portal ? (
          <>
            <CopyId id={portal.source} />
            {portal.run ? (
              <Link className="link" href={portal.run.href}>
                run
              </Link>
            ) : null}
          </>
        ) : null}
        <span className="push" />
        <Segmented
          label="state of the summary"
          value={params.status ?? "all"}
          options={STATES.map((value) => ({
            value: value as string,
            label: value === "all" || counts === undefined ? value : `${value} ${counts[value] ?? 0}`,
          }))}
          onChange={(value) => change({ status: value === "all" ? null : value })}
        />
        <FilterBox label="filter projects" />
      </div>
      <Answer query={query}>
        {(data) => (
          <Card flush label="projects">
            {data.projects.length === 0 ? (
              <Empty title={params.q || params.status ? "No project answers this filter" : "No project yet"}>
                <p>
                  {params.q || params.status
                    ? "“all” and an empty filter show every project."
                    : "Point Artesian at a folder or bucket of expression matrices: npx artesian stats run SOURCE --out DEST."}
                </p>
              </Empty>
            ) : (
              <DataTable
                caption="Projects"
                columns={columns(now)}
                rows={data.projects}
                rowKey={(p) => p.id}
                onOpen={(p) => navigate(p.href)}
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
