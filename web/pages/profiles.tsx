import type { FeatureDropRow, ProfileDetail, ProfileScope } from "@artesian/server/api.ts";
import { useExperiment, useProfile, useProfiles } from "../api/queries.ts";
import { ColorLegend } from "../charts/color-legend.tsx";
import { type ComponentColour, ComponentPlot, componentTwin } from "../charts/component-plot.tsx";
import { PlateHeat } from "../charts/plate-heat.tsx";
import { StrengthCurve, strengthTwin } from "../charts/strength-curve.tsx";
import { formatCount, formatFixed, formatNumber, plural } from "../model/format.ts";
import { dropCounts, plateHeats, robustRange, WELL_NUMBERS, type WellNumber } from "../model/profiles.ts";
import { choice, path } from "../model/url-state.ts";
import { Segmented, Select } from "../ui/choice.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { useKeys } from "../ui/keys.ts";
import { usePage } from "../ui/page.ts";
import { Card, StatCard } from "../ui/parts.tsx";
import { Picture } from "../ui/picture.tsx";
import { Answer, Empty, Skeleton } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { ExperimentTabs } from "./experiment-tabs.tsx";

const ABOUT =
  "Profiles before anybody maps them, plate by plate and of all plates together: do replicates agree, does the position on the plate matter, what drives the wells apart, how strong is each treatment from which dose, and which features were left out and why.";

const ALL = "all";
const CURVES_AT_ONCE = 12;

const dropColumns: readonly Column<FeatureDropRow>[] = [
  { key: "feature", label: "feature", mono: true, value: (d) => d.feature },
  { key: "operation", label: "dropped by", value: (d) => d.operation },
  { key: "reason", label: "why", value: (d) => d.reason },
  { key: "partner", label: "repeats", mono: true, value: (d) => d.partner },
];

function Downloads({ scope }: { scope: ProfileScope }) {
  const files = [
    ["raw profiles", scope.files.raw],
    ["normalised", scope.files.normalized],
    ["selected", scope.files.selected],
    ["dropped features", scope.files.drops],
    ["wells", scope.files.wells],
  ] as const;
  return (
    <span className="row">
      <span className="dim">CSV</span>
      {files.map(([label, url]) =>
        url === null ? null : (
          <a key={label} className="btn quiet" href={url} download>
            {label}
          </a>
        ),
      )}
    </span>
  );
}

function QualityMaps({ data }: { data: ProfileDetail }) {
  const { params, change } = useUrlState();
  const number = choice<WellNumber>(params, "heat", ["cells", "strength", "pc1", "pc2"]);
  const label = WELL_NUMBERS.find(({ key }) => key === number)?.label ?? number;
  const heats = plateHeats(data.wells, number);
  const range = robustRange(data.wells.map((well) => well[number]));
  return (
    <Picture
      title="By place on the plate"
      name={`${data.experimentId}-${data.scope.plate ?? ALL}-${number}-plates`}
      twin={{
        columns: [
          { key: "plate", label: "plate" },
          { key: "well", label: "well" },
          { key: "value", label },
        ],
        rows: data.wells.map((well) => ({ plate: well.plate, well: well.well, value: well[number] })),
      }}
      provenance={data.provenance}
      aside={
        <Segmented
          label="number drawn on plates"
          options={WELL_NUMBERS.map(({ key, label: text }) => ({ value: key, label: text }))}
          value={number}
          onChange={(heat) => change({ heat }, { replace: true })}
        />
      }
    >
      {range === null ? (
        <p className="dim">No well has this number.</p>
      ) : (
        <>
          <div className="row">
            <ColorLegend
              kind="viridis"
              low={formatNumber(range.low)}
              high={formatNumber(range.high)}
              note={`${label} · one scale for all plates${range.clipped > 0 ? ` · ${plural(range.clipped, "well")} beyond` : ""} · controls outlined · medians of rows and columns at the sides`}
            />
          </div>
          <div className="plates">
            {heats.map((heat) => (
              <figure key={heat.plate} className="stack" style={{ gap: 2, margin: 0 }}>
                <figcaption className="dim mono">{heat.plate}</figcaption>
                <PlateHeat heat={heat} range={range} label={label} />
              </figure>
            ))}
          </div>
        </>
      )}
    </Picture>
  );
}

function Scope({ data }: { data: ProfileDetail }) {
  const { params, change } = useUrlState();
  const colour = choice<ComponentColour>(params, "colour", ["role", "plate", "strength"]);
  const shown = params.treatments === "all" ? data.curves : data.curves.slice(0, CURVES_AT_ONCE);
  const highest = Math.max(1, ...shown.flatMap(({ points }) => points.map(({ strength }) => strength)));
  const { scope } = data;
  const { same, other } = scope.replicates;
  const drops = dropCounts(data.drops);
  const excluded = data.wells.filter((well) => well.excluded !== null).length;
  return (
    <>
      <div className="stats">
        <StatCard value={formatCount(data.wells.length)} label="wells" />
        <StatCard value={`${formatCount(scope.kept)} of ${formatCount(scope.measured)}`} label="features kept" />
        <StatCard
          value={same === null ? "–" : formatFixed(same, 2)}
          label={`replicates correlate (${plural(data.pairs, "pair")})`}
          {...(same !== null && other !== null && same <= other ? { tone: "warn" as const } : {})}
        />
        <StatCard value={other === null ? "–" : formatFixed(other, 2)} label="different treatments" />
        <StatCard
          value={scope.normalizedBy === null ? "as measured" : scope.normalizedBy.method}
          label={
            scope.normalizedBy === null
              ? plural(data.wells.length, "well")
              : `by ${formatCount(scope.normalizedBy.wells)} wells${scope.plate === null ? ", each plate by its own" : ""}`
          }
        />
      </div>
      {data.ingest === null ? null : (
        <Card title="What was read" flush={data.ingest.notes.length > 0}>
          <p className={data.ingest.notes.length > 0 ? "bd" : undefined}>
            {plural(data.ingest.complete, "image set")} complete
            {data.ingest.partial > 0 ? `, ${data.ingest.partial} in part` : ""}
            {data.ingest.skipped > 0 ? `, ${data.ingest.skipped} left out` : ""}
            {data.ingest.duplicate > 0 ? `, ${data.ingest.duplicate} twice` : ""}.
          </p>
          {data.ingest.notes.length === 0 ? null : (
            <DataTable
              caption="Image sets and wells that need a look"
              columns={[
                { key: "what", label: "what", mono: true, value: (n: { what: string }) => n.what },
                { key: "message", label: "why", value: (n: { message: string }) => n.message },
              ]}
              rows={data.ingest.notes}
              rowKey={(n) => `${n.what}${n.message}`}
              maxHeight={220}
            />
          )}
        </Card>
      )}
      <QualityMaps data={data} />
      <Picture
        title="What drives wells apart"
        name={`${data.experimentId}-${scope.plate ?? ALL}-components`}
        twin={componentTwin(data.wells)}
        provenance={data.provenance}
        aside={
          <Segmented
            label="colour"
            options={[
              { value: "role", label: "role" },
              { value: "plate", label: "plate" },
              { value: "strength", label: "strength" },
            ]}
            value={colour}
            onChange={(next) => change({ colour: next }, { replace: true })}
          />
        }
      >
        <ComponentPlot wells={data.wells} share={data.pcaShare} colour={colour} />
        {excluded > 0 ? (
          <p className="dim">{plural(excluded, "well")} at fault left out here and from the curves.</p>
        ) : null}
      </Picture>
      <Picture
        title="Strength by dose"
        name={`${data.experimentId}-${scope.plate ?? ALL}-strength`}
        twin={strengthTwin(data.curves, data.doseUnit)}
        provenance={data.provenance}
        aside={
          data.curves.length > CURVES_AT_ONCE ? (
            <button
              type="button"
              className="btn quiet"
              onClick={() => change({ treatments: params.treatments === "all" ? null : "all" }, { replace: true })}
            >
              {params.treatments === "all" ? `strongest ${CURVES_AT_ONCE}` : `all ${data.curves.length}`}
            </button>
          ) : null
        }
      >
        {shown.length === 0 ? (
          <p className="dim">No treatment was tested at three doses or more.</p>
        ) : (
          <div className="plates">
            {shown.map((curve) => (
              <figure key={curve.treatment} className="stack" style={{ gap: 2, margin: 0 }}>
                <figcaption>
                  <b>{curve.treatment}</b>
                </figcaption>
                <StrengthCurve
                  curve={curve}
                  doseUnit={data.doseUnit}
                  highest={highest}
                  wellHref={(plate, well) =>
                    `${path("experiments", data.experimentId, "plates")}?plate=${encodeURIComponent(plate)}&well=${encodeURIComponent(well)}`
                  }
                />
              </figure>
            ))}
          </div>
        )}
        <p className="dim">
          Strength is the root mean square of a well's selected features; the dashed line at 1 is what a control has by
          chance.
        </p>
      </Picture>
      <Card
        title="Features left out"
        aside={<span className="dim">{drops.map(({ operation, count }) => `${operation} ${count}`).join(" · ")}</span>}
        flush
      >
        {data.drops.length === 0 ? (
          <div className="bd dim">None: every feature says something of its own.</div>
        ) : (
          <DataTable
            caption="Features left out and why"
            columns={dropColumns}
            rows={data.drops}
            rowKey={(d) => d.feature}
            maxHeight={340}
          />
        )}
      </Card>
    </>
  );
}

/** An experiment's profiles, by plate and of all plates together. */
export default function ProfilesPage({ experiment }: { experiment: string }) {
  const { params, change } = useUrlState();
  const name = useExperiment(experiment).data?.name ?? experiment;
  usePage(
    [
      { label: "Experiments", href: "/experiments" },
      { label: name, href: path("experiments", experiment) },
      { label: "Profiles" },
    ],
    ABOUT,
  );
  const list = useProfiles(experiment);
  const scopes = list.data?.scopes ?? [];
  const scope = params.plate ?? (scopes.some(({ plate }) => plate === null) ? ALL : (scopes[0]?.plate ?? ALL));
  const detail = useProfile(experiment, scopes.length > 0 ? scope : undefined);
  const step = (by: number): void => {
    const at = scopes.findIndex(({ plate }) => (plate ?? ALL) === scope);
    const to = scopes[Math.max(0, Math.min(scopes.length - 1, at + by))];
    if (to) change({ plate: to.plate });
  };
  useKeys({
    "[": { label: "previous plate", run: () => step(-1) },
    "]": { label: "next plate", run: () => step(1) },
  });
  return (
    <>
      <div className="row">
        <h1>{name}</h1>
        {scopes.length > 0 ? (
          <Select
            label="profiles of"
            options={scopes.map(({ plate, label }) => ({ value: plate ?? ALL, label }))}
            value={scope}
            onChange={(next) => change({ plate: next === ALL ? null : next })}
          />
        ) : null}
        <span className="push" />
        {detail.data ? <Downloads scope={detail.data.scope} /> : null}
      </div>
      <ExperimentTabs experiment={experiment} current="profiles" />
      <Answer query={list} skeleton={<Skeleton height={320} />}>
        {(data) =>
          data.scopes.length === 0 ? (
            <Card>
              <Empty title="No profiles yet">
                <p>{data.missing.join(" ")}</p>
              </Empty>
            </Card>
          ) : (
            <>
              {data.missing.map((sentence) => (
                <p key={sentence} className="dim">
                  {sentence}
                </p>
              ))}
              <Answer
                query={detail}
                skeleton={
                  <>
                    <Skeleton height={62} />
                    <Skeleton height={320} />
                  </>
                }
              >
                {(found) => <Scope data={found} />}
              </Answer>
            </>
          )
        }
      </Answer>
    </>
  );
}
