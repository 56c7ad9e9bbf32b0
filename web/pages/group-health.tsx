import type { MapGroupDetail, MapHealth } from "@artesian/server/api.ts";
import { useMapHealth } from "../api/map-queries.ts";
import { DistributionPlot, distributionTwin } from "../charts/distribution-plot.tsx";
import { TrendPlot, trendTwin } from "../charts/trend-plot.tsx";
import { formatCount, formatFixed, formatNumber, formatPercent } from "../model/format.ts";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { Card, StatCard } from "../ui/parts.tsx";
import { Picture } from "../ui/picture.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer } from "../ui/states.tsx";
import { GroupFrame } from "./group-frame.tsx";
import { GroupMade } from "./group-made.tsx";

const ABOUT =
  "How well a version finds what is known (recall of published relations in the 5 % tails, 10 % by chance), how that changed over versions, and whether its vectors are sound.";

type Recall = MapGroupDetail["benchmark"]["recall"][number];
const recallColumns: readonly Column<Recall>[] = [
  { key: "source", label: "source", value: (r) => r.source },
  {
    key: "relations",
    label: "relations",
    numeric: true,
    value: (r) => r.relations,
    cell: (r) => formatCount(r.relations),
  },
  { key: "recall", label: "recall", numeric: true, value: (r) => r.recall, cell: (r) => formatFixed(r.recall, 3) },
  { key: "similar", label: "similar", numeric: true, value: (r) => r.similar, cell: (r) => formatFixed(r.similar, 3) },
  {
    key: "opposite",
    label: "opposite",
    numeric: true,
    value: (r) => r.opposite,
    cell: (r) => formatFixed(r.opposite, 3),
  },
];

function Benchmarks({ detail }: { detail: MapGroupDetail }) {
  const { benchmark } = detail;
  const tests = [
    ["replicates agree", benchmark.consistency],
    ["differ from controls", benchmark.magnitude],
    ["replicates find each other", benchmark.retrieval],
  ] as const;
  return (
    <>
      <div className="stats">
        {tests.map(([label, test]) => (
          <StatCard
            key={label}
            value={test.tested === 0 ? "–" : formatPercent(test.significant / test.tested)}
            label={`${label}: ${formatCount(test.significant)} of ${formatCount(test.tested)} at 5 % FDR`}
          />
        ))}
      </div>
      <div className="two">
        <Card title="Recall of known relations" flush>
          <DataTable caption="Recall" columns={recallColumns} rows={benchmark.recall} rowKey={(r) => r.source} />
          <div className="bd faint">Share of known pairs in either 5 % tail; 0.100 by chance.</div>
        </Card>
        <Picture
          title="Recall over versions"
          name={`${detail.by.id}-trend`}
          twin={trendTwin(detail.versions)}
          made={
            <GroupMade
              detail={detail}
              picture="Share of known pairs whose cosine is among the 5 % lowest or highest of all pairs of genes; 0.10 by chance."
            />
          }
        >
          <TrendPlot versions={detail.versions} />
        </Picture>
      </div>
      {benchmark.clusters.map((one) => (
        <p key={one.source} className="dim">
          {one.source}: {one.significant} of {one.tested} sets lie together at 5 % FDR.
        </p>
      ))}
    </>
  );
}

function Health({ health, detail }: { health: MapHealth; detail: MapGroupDetail }) {
  const [least, , middle, , most] = health.norms.quantiles;
  const facts: readonly [string, string][] = [
    ["strength (least – median – most)", `${formatNumber(least)} – ${formatNumber(middle)} – ${formatNumber(most)}`],
    ["rows without length", formatCount(health.norms.zero)],
    ["values that are no number", formatCount(health.notFinite + health.norms.notFinite)],
    ["vectors not of unit length", formatCount(health.notUnit)],
    ["mean vector's length", formatFixed(health.meanLength, 3)],
    ["effective dimensions", `${formatNumber(health.spectrum.effectiveDimensions)} of ${health.dims}`],
    ["duplicate rows", formatCount(health.duplicates.length)],
    [
      "genes of one arm alike (0.5: no bias)",
      health.arms === null
        ? "not known"
        : `${formatFixed(health.arms.before, 3)} before, ${formatFixed(health.arms.after, 3)} after`,
    ],
  ];
  return (
    <div className="two">
      <Card
        title="Health"
        aside={
          <Pill tone={health.warnings.length === 0 ? "ok" : "warn"}>
            {health.warnings.length === 0 ? "healthy" : "look here"}
          </Pill>
        }
      >
        <div className="stack">
          {health.warnings.length === 0 ? null : (
            <ul className="warn-ink plain">
              {health.warnings.map((warning) => (
                <li key={warning}>{warning}</li>
              ))}
            </ul>
          )}
          <dl className="facts">
            {facts.map(([term, value]) => (
              <div key={term} className="contents">
                <dt>{term}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </div>
      </Card>
      <Picture
        title="Cosines of all pairs"
        name="cosines"
        twin={distributionTwin(health.cosines)}
        made={<GroupMade detail={detail} picture="Quantiles of the cosines of all pairs, exact." />}
      >
        <DistributionPlot cosines={health.cosines} before={health.before} />
      </Picture>
    </div>
  );
}

/** Benchmarks with their trend, the health card, and how the version was made. */
export default function GroupHealthPage({ group }: { group: string }) {
  const health = useMapHealth(group);
  return (
    <GroupFrame group={group} tab="health" about={ABOUT}>
      {(detail) => (
        <>
          <Benchmarks detail={detail} />
          <Answer query={health}>{(answer) => <Health health={answer.health} detail={detail} />}</Answer>
          <Card title="How it was made" flush>
            <GroupMade detail={detail} />
          </Card>
        </>
      )}
    </GroupFrame>
  );
}
