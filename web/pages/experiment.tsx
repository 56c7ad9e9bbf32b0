import type { ExperimentDetail, HitRow, PlateSummary } from "@artesian/server/api.ts";
import { Link, useLocation } from "wouter";
import { useExperiment } from "../api/queries.ts";
import { PhenoprintPlot, phenoprintTwin } from "../charts/phenoprint-plot.tsx";
import {
  formatCount,
  formatFixed,
  formatInterval,
  formatMoment,
  formatPercent,
  formatProgress,
  plural,
} from "../model/format.ts";
import { faultGlyph, faultLabel, GLYPH_CHARACTER } from "../model/glyph.ts";
import { path } from "../model/url-state.ts";
import { CopyId } from "../ui/copy.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Findings } from "../ui/findings.tsx";
import { usePage } from "../ui/page.ts";
import { Card, StatCard } from "../ui/parts.tsx";
import { HowMade, Picture } from "../ui/picture.tsx";
import { ExperimentPill, HitPill, Pill, RunPill } from "../ui/pill.tsx";
import { Answer, Skeleton } from "../ui/states.tsx";
import { ExperimentTabs } from "./experiment-tabs.tsx";

const ABOUT =
  "How far the experiment is, what was found, its plates in run order, its compounds, and how well healthy and disease cells can be told apart.";

const plateColumns: readonly Column<PlateSummary>[] = [
  { key: "order", label: "order", numeric: true, value: (p) => p.order },
  {
    key: "plate",
    label: "plate",
    mono: true,
    value: (p) => p.id,
    cell: (p) => (
      <Link className="link" href={p.href}>
        {p.id}
      </Link>
    ),
  },
  {
    key: "assessment",
    label: "assessment",
    value: (p) => p.assessment?.reason ?? p.status,
    cell: (p) =>
      p.assessment ? (
        <Pill tone={p.assessment.level === "pass" ? "ok" : p.assessment.level}>{p.assessment.reason}</Pill>
      ) : (
        <Pill tone={p.status === "imaging" ? "run" : "wait"}>{p.status}</Pill>
      ),
  },
  {
    key: "z",
    label: "Z′",
    numeric: true,
    value: (p) => p.zPrime,
    cell: (p) => <span title={p.zPrimeMissing ?? undefined}>{formatFixed(p.zPrime, 2)}</span>,
  },
  {
    key: "wells",
    label: "wells",
    numeric: true,
    value: (p) => p.wells.done,
    cell: (p) => formatProgress(p.wells.done, p.wells.total),
  },
  {
    key: "images",
    label: "images",
    numeric: true,
    value: (p) => p.images.done,
    cell: (p) => formatProgress(p.images.done, p.images.total),
  },
  { key: "failed", label: "failed images", numeric: true, value: (p) => p.images.failed },
  {
    key: "flagged",
    label: "flagged wells",
    value: (p) => p.flagged.reduce((sum, f) => sum + f.wells, 0),
    cell: (p) =>
      p.flagged.map((f) => `${GLYPH_CHARACTER[faultGlyph(f.label)]} ${f.wells} ${faultLabel(f.label)}`).join(" · ") ||
      "none",
  },
  { key: "verdict", label: "reviewer", value: (p) => p.verdict?.verdict ?? null },
];

const hitColumns: readonly Column<HitRow>[] = [
  {
    key: "compound",
    label: "compound",
    value: (h) => h.perturbation.name,
    cell: (h) => (
      <Link className="link" href={h.perturbation.href}>
        {h.perturbation.name}
      </Link>
    ),
  },
  { key: "verdict", label: "verdict", value: (h) => h.verdict, cell: (h) => <HitPill verdict={h.verdict} /> },
  {
    key: "ec50",
    label: "EC50 (95 %)",
    numeric: true,
    value: (h) => h.ec50?.value ?? null,
    cell: (h) =>
      h.ec50
        ? `${h.ec50.relation === "=" ? "" : `${h.ec50.relation} `}${formatInterval(h.ec50.value, h.ec50.relation === "=" ? [h.ec50.low, h.ec50.high] : null)}`
        : "–",
  },
  {
    key: "rescue",
    label: "rescue",
    unit: "%",
    numeric: true,
    value: (h) => h.maxRescue?.value ?? null,
    cell: (h) => formatPercent(h.maxRescue?.value).replace(" %", ""),
  },
  {
    key: "side",
    label: "side effect",
    numeric: true,
    value: (h) => h.sideEffect,
    cell: (h) => formatFixed(h.sideEffect, 2),
  },
];

/** Smallest to largest, or the one value. */
function range(values: readonly number[]): string {
  if (values.length === 0) return "–";
  const low = formatFixed(Math.min(...values), 2);
  const high = formatFixed(Math.max(...values), 2);
  return low === high ? low : `${low} – ${high}`;
}

function Overview({ data }: { data: ExperimentDetail }) {
  const [, navigate] = useLocation();
  const zs = data.plateList.flatMap((p) => (p.zPrime === null ? [] : [p.zPrime]));
  const flagged = data.plateList.reduce((sum, p) => sum + p.flagged.reduce((s, f) => s + f.wells, 0), 0);
  const plates = path("experiments", data.id, "plates");
  // Wells that were measured elsewhere have no images here, and nothing that is seen in images.
  const imaged = data.workflow !== "profiling";
  const columns = imaged
    ? plateColumns
    : plateColumns.filter(({ key }) => !["images", "failed", "flagged"].includes(key));
  return (
    <>
      <div className="stats">
        <StatCard value={formatProgress(data.plates.done, data.plates.total)} label="plates complete" href={plates} />
        <StatCard value={formatProgress(data.wells.done, data.wells.total)} label="wells complete" href={plates} />
        {imaged ? (
          <StatCard value={formatProgress(data.images.done, data.images.total)} label="images seen" href={plates} />
        ) : null}
        <StatCard value={range(zs)} label="Z′ over plates" href={plates} />
        <StatCard value={data.phenoprint ? formatFixed(data.phenoprint.auc.value, 3) : "–"} label="phenoprint AUC" />
        {imaged ? (
          <StatCard
            value={String(flagged)}
            label="flagged wells"
            href={plates}
            {...(flagged > 0 ? { tone: "warn" } : {})}
          />
        ) : null}
        {imaged ? (
          <StatCard
            value={formatCount(data.images.failed)}
            label="failed images"
            href={plates}
            {...(data.images.failed > 0 ? { tone: "fail" } : {})}
          />
        ) : null}
      </div>
      {data.findings.length > 0 ? (
        <Card title="Findings" flush>
          <Findings findings={data.findings} limit={8} />
        </Card>
      ) : null}
      <Card title="Plates in run order" flush>
        <DataTable
          caption="Plates"
          columns={columns}
          rows={data.plateList}
          rowKey={(p) => p.id}
          onOpen={(p) => navigate(p.href)}
        />
      </Card>
      <div className="two">
        <Card
          title="Compounds"
          aside={
            <Link className="link push" href={path("experiments", data.id, "hits")}>
              dose curves and cells →
            </Link>
          }
          flush
        >
          {data.hits.length > 0 ? (
            <DataTable
              caption="Compounds"
              columns={hitColumns}
              rows={data.hits}
              rowKey={(h) => h.perturbation.id}
              onOpen={(h) =>
                navigate(`${path("experiments", data.id, "hits")}?compound=${encodeURIComponent(h.perturbation.name)}`)
              }
            />
          ) : (
            <div className="bd dim">
              {data.missing.length > 0
                ? data.missing.join(" ")
                : "Compounds are judged when the control wells of a plate are complete."}
            </div>
          )}
        </Card>
        {data.phenoprint ? (
          <Picture
            title="Phenoprint"
            name={`${data.id}-phenoprint`}
            twin={phenoprintTwin(data.phenoprint)}
            provenance={data.provenance}
          >
            <PhenoprintPlot phenoprint={data.phenoprint} />
          </Picture>
        ) : (
          <Card title="Phenoprint">
            <p className="dim">Not yet: the healthy-against-disease score needs complete wells of both controls.</p>
          </Card>
        )}
      </div>
      {data.missing.length > 0 ? (
        <Card title="What cannot be said, and why">
          <ul className="stack" style={{ margin: 0, paddingLeft: 18, gap: 4 }}>
            {data.missing.map((sentence) => (
              <li key={sentence}>{sentence}</li>
            ))}
          </ul>
        </Card>
      ) : null}
      <div className="two">
        <Card title="Runs" flush>
          <table className="data">
            <caption className="visually-hidden">Runs of this experiment</caption>
            <tbody>
              {data.runs.map((run) => (
                <tr key={run.id}>
                  <td>
                    <Link className="link" href={run.href}>
                      {run.name}
                    </Link>
                  </td>
                  <td>
                    <RunPill state={run.state} />
                  </td>
                  <td className="num dim">{formatMoment(run.startedAt)}</td>
                  <td className="num">{formatProgress(run.tasks.done, run.tasks.total)} tasks</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Card>
        <Card title="How this was made" flush>
          <HowMade provenance={data.provenance} />
        </Card>
      </div>
    </>
  );
}

/** An experiment: how far it is, what was found, its plates, its compounds. */
export default function ExperimentPage({ experiment }: { experiment: string }) {
  const query = useExperiment(experiment);
  usePage([{ label: "Experiments", href: "/experiments" }, { label: query.data?.name ?? experiment }], ABOUT);
  return (
    <>
      <div className="row">
        <h1>{query.data?.name ?? experiment}</h1>
        {query.data ? (
          <>
            <ExperimentPill state={query.data.state} />
            <CopyId id={query.data.id} />
            <span className="dim">{query.data.workflow}</span>
            {query.data.channels.length > 0 ? (
              <span className="dim">
                {query.data.channels.map((c) => c.name).join(", ")} · {plural(query.data.sitesPerWell, "site")} a well
              </span>
            ) : null}
            {query.data.report ? (
              <a className="btn push" href={query.data.report.url} target="_blank" rel="noreferrer">
                Report
              </a>
            ) : null}
          </>
        ) : null}
      </div>
      <ExperimentTabs experiment={experiment} current="overview" />
      <Answer
        query={query}
        skeleton={
          <>
            <Skeleton height={62} />
            <Skeleton height={160} />
            <Skeleton height={240} />
          </>
        }
      >
        {(data) => <Overview data={data} />}
      </Answer>
    </>
  );
}
