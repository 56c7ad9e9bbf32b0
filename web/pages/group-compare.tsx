import type { MapComparison, MapGroupDetail } from "@artesian/server/api.ts";
import { Link } from "wouter";
import { useMapComparison } from "../api/map-queries.ts";
import { twinToCsv } from "../model/csv.ts";
import { formatCount, formatFixed, formatMoment } from "../model/format.ts";
import { groupPath, mapHref } from "../model/map-address.ts";
import { Select } from "../ui/choice.tsx";
import { type Column, DataTable } from "../ui/data-table.tsx";
import { saveText } from "../ui/download.ts";
import { Card, StatCard } from "../ui/parts.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer, Empty } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { GroupFrame } from "./group-frame.tsx";

const ABOUT =
  "What changed between two versions of a group: perturbations gained and lost, recall, tests of replicates, cosines of all pairs, settings and inputs.";
/** A fall of recall that the gate would refuse by its usual rule. */
const FALL = 0.01;

type Setting = MapComparison["settings"][number];
const settingColumns: readonly Column<Setting>[] = [
  { key: "name", label: "setting or input", mono: true, value: (s) => s.name },
  { key: "before", label: "before", mono: true, value: (s) => s.before },
  { key: "after", label: "after", mono: true, value: (s) => s.after },
];

/** A number that changed, written with its sign; red when it fell further than it may. */
function Change({ before, after, decimals }: { before: number | null; after: number | null; decimals: number }) {
  const by = before === null || after === null ? null : after - before;
  const tone = by === null || Math.abs(by) < FALL ? "dim" : by < 0 ? "fail-ink" : "ok-ink";
  return (
    <>
      {formatFixed(before, decimals)} → <b>{formatFixed(after, decimals)}</b>{" "}
      {by === null ? null : (
        <span className={tone}>
          {by > 0 ? "+" : by < 0 ? "−" : "±"}
          {formatFixed(Math.abs(by), decimals)}
        </span>
      )}
    </>
  );
}

function Names({ title, told, version }: { title: string; told: MapComparison["gained"]; version: string }) {
  const save = (): void =>
    saveText(
      `${title}.csv`,
      "text/csv",
      twinToCsv({ columns: [{ key: "name", label: "perturbation" }], rows: told.names.map((name) => ({ name })) }),
    );
  return (
    <Card
      title={`${formatCount(told.count)} ${title}`}
      aside={
        told.count === 0 ? null : (
          <button type="button" className="btn quiet push" onClick={save}>
            CSV
          </button>
        )
      }
    >
      {told.count === 0 ? <span className="dim">none</span> : null}
      <div className="row names">
        {told.names.slice(0, 60).map((name) => (
          <Link key={name} className="link" href={mapHref(version, [name.split(" @ ")[0]!])}>
            {name}
          </Link>
        ))}
        {told.count > 60 ? <span className="faint">and {formatCount(told.count - 60)} more</span> : null}
      </div>
    </Card>
  );
}

function Difference({ difference }: { difference: MapComparison }) {
  const { by, with: before, gained, lost, kept, rows, dims, recall, tests, settings, cosines } = difference;
  return (
    <>
      <div className="stats">
        <StatCard value={formatCount(kept)} label="perturbations in both" />
        <StatCard value={`+${formatCount(gained.count)}`} label="gained" />
        <StatCard
          value={`−${formatCount(lost.count)}`}
          label="lost"
          {...(lost.count > 0 ? { tone: "warn" as const } : {})}
        />
        <StatCard value={`${formatCount(rows.before)} → ${formatCount(rows.after)}`} label="rows" />
        <StatCard value={`${dims.before} → ${dims.after}`} label="dimensions" />
      </div>
      <div className="two">
        <Card title="Benchmarks" flush>
          <table className="data">
            <caption className="visually-hidden">Benchmarks before and after</caption>
            <tbody>
              {recall.map((one) => (
                <tr key={one.source}>
                  <th scope="row">recall of {one.source}</th>
                  <td className="num">
                    <Change before={one.before} after={one.after} decimals={3} />
                  </td>
                </tr>
              ))}
              {tests.map(({ name, before: was, after: is }) => (
                <tr key={name}>
                  <th scope="row">{name}: share at 5 % FDR</th>
                  <td className="num">
                    <Change
                      before={was.tested === 0 ? null : was.significant / was.tested}
                      after={is.tested === 0 ? null : is.significant / is.tested}
                      decimals={2}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Card>
        <Card title="Cosines of all pairs" flush>
          <table className="data">
            <caption className="visually-hidden">Quantiles of cosines before and after</caption>
            <tbody>
              {cosines.map((one) => (
                <tr key={one.percent}>
                  <th scope="row">at {one.percent} %</th>
                  <td className="num">
                    {formatFixed(one.before, 3)} → <b>{formatFixed(one.after, 3)}</b>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Card>
      </div>
      <div className="two even">
        <Names title="gained" told={gained} version={`${by.id}@${by.version}`} />
        <Names title="lost" told={lost} version={`${before.id}@${before.version}`} />
      </div>
      <Card title="Settings and inputs that differ" flush>
        {settings.length === 0 ? (
          <div className="bd dim">None: the same inputs and settings.</div>
        ) : (
          <DataTable
            caption="Settings"
            columns={settingColumns}
            rows={settings}
            rowKey={(s) => s.name}
            maxHeight={320}
          />
        )}
      </Card>
    </>
  );
}

function Compare({ group, detail }: { group: string; detail: MapGroupDetail }) {
  const { params, change } = useUrlState();
  const { id, version } = detail.by;
  const others = detail.versions.filter((one) => one.version !== version);
  const place = detail.versions.findIndex((one) => one.version === version);
  const usual = detail.versions[place + 1] ?? others[0];
  const other = params.with ?? (usual === undefined ? undefined : `${id}@${usual.version}`);
  const query = useMapComparison(group, other);
  if (other === undefined)
    return (
      <Card>
        <Empty title="One version only">
          <p>There is something to compare when another one is published.</p>
        </Empty>
      </Card>
    );
  return (
    <>
      <div className="row">
        <Select
          label="from"
          value={other}
          options={[
            ...others.map((one) => ({
              value: `${id}@${one.version}`,
              label: `${formatMoment(one.created)} · ${one.version.slice(0, 8)}${one.isServed ? " · current" : ""}`,
            })),
            ...(others.some((one) => `${id}@${one.version}` === other) ? [] : [{ value: other, label: other }]),
          ]}
          onChange={(value) => change({ with: value })}
        />
        <span className="dim">to</span> <span className="mono">{version.slice(0, 8)}</span>
        {detail.versions[place]?.isServed ? <Pill tone="ok">current</Pill> : null}
        <Link className="link push" href={groupPath(other)}>
          open the other map →
        </Link>
      </div>
      <Answer query={query}>{(difference) => <Difference difference={difference} />}</Answer>
    </>
  );
}

/** Two versions of a group beside each other. */
export default function GroupComparePage({ group }: { group: string }) {
  return (
    <GroupFrame group={group} tab="compare" about={ABOUT}>
      {(detail) => <Compare group={group} detail={detail} />}
    </GroupFrame>
  );
}
