import type { DoseCurve as DoseCurveData, Hits } from "@artesian/server/api.ts";
import { Link } from "wouter";
import { useHits } from "../api/queries.ts";
import { DoseCurve, doseTwin } from "../charts/dose-curve.tsx";
import { ProjectionPlot, projectionTwin } from "../charts/projection-plot.tsx";
import { seriesColor } from "../model/color.ts";
import { formatFixed, formatInterval, formatPercent, formatRange, plural } from "../model/format.ts";
import { unitProjection } from "../model/projection.ts";
import { path } from "../model/url-state.ts";
import { Segmented } from "../ui/choice.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { byDose, SideBySide } from "../ui/example-wells.tsx";
import { useKeys } from "../ui/keys.ts";
import { usePage } from "../ui/page.ts";
import { Card } from "../ui/parts.tsx";
import { Picture } from "../ui/picture.tsx";
import { HitPill } from "../ui/pill.tsx";
import { Answer, Empty, Skeleton } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { ExperimentTabs } from "./experiment-tabs.tsx";

const ABOUT =
  "Rescue is the share of the way from disease (0 %) back to healthy (100 %). Each compound has its EC50 with a 95 % interval; the side effect is how far cells move in other directions, in units of the distance between healthy and disease.";

/** EC50 with interval, or the side of the doses that it lies on. */
export function ec50Text(curve: Pick<DoseCurveData, "ec50">): string {
  if (!curve.ec50) return "–";
  const { value, low, high, relation } = curve.ec50;
  return relation === "=" ? formatInterval(value, [low, high]) : `${relation} ${formatInterval(value)}`;
}

const columns: readonly Column<DoseCurveData>[] = [
  {
    key: "compound",
    label: "compound",
    value: (c) => c.perturbation.name,
    cell: (c) => (
      <Link className="link" href={c.perturbation.href}>
        {c.perturbation.name}
      </Link>
    ),
  },
  { key: "verdict", label: "verdict", value: (c) => c.verdict, cell: (c) => <HitPill verdict={c.verdict} /> },
  { key: "ec50", label: "EC50 (95 % interval)", numeric: true, value: (c) => c.ec50?.value ?? null, cell: ec50Text },
  {
    key: "rescue",
    label: "rescue",
    unit: "%",
    numeric: true,
    value: (c) => c.maxRescue?.value ?? null,
    cell: (c) => (
      <>
        {formatPercent(c.maxRescue?.value).replace(" %", "")}
        {c.maxRescue && c.maxRescue.low !== null && c.maxRescue.high !== null ? (
          <span className="faint"> ({formatRange(c.maxRescue.low * 100, c.maxRescue.high * 100)})</span>
        ) : null}
      </>
    ),
  },
  {
    key: "side",
    label: "side effect",
    numeric: true,
    value: (c) => c.sideEffect,
    cell: (c) => formatFixed(c.sideEffect, 2),
  },
  { key: "wells", label: "wells", numeric: true, value: (c) => c.points.length },
];

/** Healthy, disease, then the compound's doses. */
function exampleColumns(hits: Hits, curve: DoseCurveData) {
  const healthy = hits.controls.healthy[0];
  const disease = hits.controls.disease[0];
  return [
    ...(healthy ? [{ title: "healthy", well: healthy }] : []),
    ...(disease ? [{ title: "disease", well: disease }] : []),
    ...byDose(curve.examples).map((well) => ({
      title: well.doseUm === null ? curve.perturbation.name : `${Number(well.doseUm.toPrecision(3))} ${curve.unit}`,
      well,
    })),
  ];
}

function HitsBody({ hits, experiment }: { hits: Hits; experiment: string }) {
  const { params, change } = useUrlState();
  const at = Math.max(
    0,
    hits.compounds.findIndex((c) => c.perturbation.name === params.compound || c.perturbation.id === params.compound),
  );
  const curve = hits.compounds[at];
  const select = (name: string): void => change({ compound: name }, { replace: params.compound !== undefined });
  const step = (by: number): void => {
    const to = hits.compounds[Math.max(0, Math.min(hits.compounds.length - 1, at + by))];
    if (to) select(to.perturbation.name);
  };
  useKeys({
    "[": { label: "previous compound", run: () => step(-1) },
    "]": { label: "next compound", run: () => step(1) },
  });
  if (!curve)
    return (
      <Card>
        <Empty title="No compound can be judged yet">
          {hits.missing.length > 0 ? (
            hits.missing.map((sentence) => <p key={sentence}>{sentence}</p>)
          ) : (
            <p>Dose curves come when the control wells and the compound's wells of a plate are complete.</p>
          )}
          <p>
            <Link className="link" href={path("experiments", experiment, "plates")}>
              See how far the plates are →
            </Link>
          </p>
        </Empty>
      </Card>
    );
  const unit = params.projection === "unit";
  const projection = hits.projection ? (unit ? unitProjection(hits.projection) : hits.projection) : null;
  const lineIndex = hits.projection?.lines.findIndex((line) => line.perturbation.id === curve.perturbation.id) ?? -1;
  const color = lineIndex >= 0 ? seriesColor(lineIndex) : "var(--accent)";
  return (
    <>
      <Card flush label="compounds" tour="hits">
        <DataTable
          caption="Compounds, strongest answer first"
          columns={columns}
          rows={hits.compounds}
          rowKey={(c) => c.perturbation.id}
          selected={curve.perturbation.id}
          onOpen={(c) => select(c.perturbation.name)}
          sort={params.sort}
          onSort={(sort) => change({ sort }, { replace: true })}
        />
      </Card>
      <p>
        <b>{curve.sentence}</b>{" "}
        <Link className="link" href={curve.perturbation.href}>
          everything about {curve.perturbation.name} →
        </Link>
      </p>
      <div className="two">
        <Picture
          title={`${curve.perturbation.name}: rescue by dose`}
          name={`${experiment}-${curve.perturbation.name}-dose`}
          twin={doseTwin(curve)}
          provenance={hits.provenance}
          aside={<HitPill verdict={curve.verdict} />}
        >
          <DoseCurve curve={curve} color={color} />
          <p className="dim">
            {curve.fit ? (
              <>
                four-parameter fit: bottom {formatFixed(curve.fit.bottom, 2)}, top {formatFixed(curve.fit.top, 2)}, Hill{" "}
                {formatFixed(curve.fit.hill, 2)}
                {curve.fit.residualSd === null ? "" : `, residual SD ${formatFixed(curve.fit.residualSd, 2)}`}
              </>
            ) : (
              "no curve was fitted"
            )}
            {curve.points.some((p) => p.excluded) ? " · open circles are flagged wells and not fitted" : ""}
          </p>
          {curve.notes.map((sentence) => (
            <p key={sentence} className="warn-ink">
              {sentence}
            </p>
          ))}
        </Picture>
        {projection ? (
          <Picture
            title="Projection / rejection"
            name={`${experiment}-projection`}
            twin={projectionTwin(projection)}
            provenance={hits.provenance}
            aside={
              <Segmented
                label="projection mode"
                value={unit ? "unit" : "rescue"}
                options={[
                  { value: "rescue", label: "rescue" },
                  { value: "unit", label: "unit" },
                ]}
                onChange={(value) => change({ projection: value === "unit" ? "unit" : null }, { replace: true })}
              />
            }
          >
            <ProjectionPlot
              projection={projection}
              selected={curve.perturbation.id}
              hrefOf={(perturbation) =>
                perturbation.type === "compound"
                  ? `${path("experiments", experiment, "hits")}?compound=${encodeURIComponent(perturbation.name)}`
                  : perturbation.href
              }
            />
            <p className="dim">
              {unit
                ? "Direction only: the target at (1, 0), no effect near (0, 1), opposite at (−1, 0)."
                : "Disease cells stand at 1, healthy cells at 0. A rescuing compound walks from 1 to 0; what lies above the axis is its side effect."}
            </p>
          </Picture>
        ) : (
          <Card title="Projection / rejection">
            <p className="dim">{hits.missing[0] ?? "Comes with the phenoprint."}</p>
          </Card>
        )}
      </div>
      <Card
        title="Cells side by side"
        aside={<span className="dim">one well each, shared contrast; open one to pan and zoom</span>}
      >
        {curve.examples.length > 0 ? (
          <SideBySide columns={exampleColumns(hits, curve)} />
        ) : (
          <p className="dim">No picture of these wells yet.</p>
        )}
      </Card>
      {hits.missing.length > 0 ? (
        <Card title="What cannot be said, and why">
          {hits.missing.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </Card>
      ) : null}
    </>
  );
}

/** Which compound brings the cells back, from which dose, and what else it does. */
export default function HitsPage({ experiment }: { experiment: string }) {
  const query = useHits(experiment);
  usePage(
    [
      { label: "Experiments", href: "/experiments" },
      { label: query.data?.name ?? experiment, href: path("experiments", experiment) },
      { label: "Hits" },
    ],
    ABOUT,
  );
  return (
    <>
      <div className="row">
        <h1>Hits · {query.data?.name ?? experiment}</h1>
        {query.data ? (
          <span className="dim">
            {plural(query.data.compounds.length, "compound")}
            {query.data.phenoprint ? ` · phenoprint AUC ${formatFixed(query.data.phenoprint.auc.value, 3)}` : ""}
          </span>
        ) : null}
        {query.data ? (
          <a className="btn push" href={query.data.csvUrl} download>
            CSV
          </a>
        ) : null}
      </div>
      <ExperimentTabs experiment={experiment} current="hits" />
      <Answer
        query={query}
        skeleton={
          <>
            <Skeleton height={190} />
            <Skeleton height={300} />
          </>
        }
      >
        {(hits) => <HitsBody hits={hits} experiment={experiment} />}
      </Answer>
    </>
  );
}
