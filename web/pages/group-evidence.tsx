import type {
  MapGroupDetail,
  MapNeighbour,
  MapProjection,
  MapReplicates,
  MapRow,
  Projection,
} from "@artesian/server/api.ts";
import { Link } from "wouter";
import {
  useMapEnrichment,
  useMapNeighbours,
  useMapPair,
  useMapProjection,
  useMapReplicates,
  useMapTrust,
} from "../api/map-queries.ts";
import { ProjectionPlot, projectionTwin } from "../charts/projection-plot.tsx";
import { cssColor, diverging, inkOn } from "../model/color.ts";
import { formatCount, formatFixed, formatNumber, plural } from "../model/format.ts";
import { groupPath, members, rowName } from "../model/map-address.ts";
import { choice, path } from "../model/url-state.ts";
import { Segmented } from "../ui/choice.tsx";
import { Card } from "../ui/parts.tsx";
import { Picture } from "../ui/picture.tsx";
import { Pill, type Tone } from "../ui/pill.tsx";
import { Answer } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";

const BADGE: Readonly<Record<string, Tone>> = { agree: "ok", mixed: "warn", disagree: "fail" };

/** A group's projection as the plot takes it. */
export function plotted({ mode, target, cloud, series }: MapProjection): Projection {
  return {
    mode,
    target: target.label,
    controls: cloud.map((point) => ({
      plate: "",
      well: point.label,
      role: "control",
      p: point.projection,
      r: point.rejection,
    })),
    lines: series.map(({ perturbation, type, symbol, points }) => ({
      perturbation: {
        id: perturbation,
        type: type === "other" ? "other" : type,
        name: symbol,
        href: path("perturbations", perturbation),
      } as Projection["lines"][number]["perturbation"],
      points: points.map((point) => ({ dose: point.concentration, p: point.projection, r: point.rejection, wells: 0 })),
    })),
  };
}

/** Everything that is said of the chosen row, the chosen pair and the rows on the map. */
export function GroupEvidence(props: {
  group: string;
  row: MapRow | undefined;
  other: MapRow | undefined;
  list: string;
  columnList: string;
  detail: MapGroupDetail;
}) {
  const { group, row, other } = props;
  const of = row === undefined ? undefined : String(row.row);
  return (
    <div className="stack">
      {row === undefined || of === undefined ? (
        <Card title="A pair">
          <p className="dim">Choose a cell, by click or arrow keys: its evidence appears here.</p>
        </Card>
      ) : (
        <>
          <PairCard group={group} row={row} other={other} />
          <ProjectionCard group={group} row={row} list={props.columnList} />
          <NeighboursCard group={group} of={of} row={row} />
          <ReplicatesCard group={group} of={of} />
        </>
      )}
      {props.detail.knowledge.sets.length > 0 ? <TermsCard group={group} list={props.list} /> : null}
    </div>
  );
}

function PairCard({ group, row, other }: { group: string; row: MapRow; other: MapRow | undefined }) {
  const trust = useMapTrust(group, String(row.row));
  const pair = useMapPair(group, row.row, other?.row ?? row.row);
  const ends = other === undefined || other.row === row.row ? [row] : [row, other];
  return (
    <Card title={ends.map(rowName).join(" × ")}>
      <div className="stack">
        {pair.data ? (
          <div>
            cosine <b>{formatFixed(pair.data.cosines[0], 3)}</b>
            <span className="dim"> · percentile {formatFixed(pair.data.percentiles?.[0], 2)}</span>
          </div>
        ) : null}
        {ends.map((end) => (
          <div key={end.row} className="row">
            <Link className="link" href={path("perturbations", end.perturbation)}>
              {rowName(end)}
            </Link>
            <span className="faint">
              {end.type} · {plural(end.units, "well")} · p {formatNumber(end.consistencyP, 2)}
              {end.arm === null ? "" : ` · ${end.arm}`}
            </span>
          </div>
        ))}
        {trust.data ? (
          <div className={trust.data.trust.trusted ? "dim" : "warn-ink"}>{trust.data.trust.sentence}</div>
        ) : null}
        <div className="row">
          {ends.length === 2 ? (
            <Link className="link" href={`${groupPath(group, "/hypotheses")}?a=${row.row}&b=${other!.row}`}>
              the pair as a hypothesis →
            </Link>
          ) : (
            <Link className="link" href={`${groupPath(group, "/hypotheses")}?of=${row.row}`}>
              proxies and opposite compounds →
            </Link>
          )}
        </div>
      </div>
    </Card>
  );
}

function ProjectionCard({ group, row, list }: { group: string; row: MapRow; list: string }) {
  const { params, change } = useUrlState();
  const mode = choice(params, "projection", ["unit", "magnitude", "rescue"]);
  const rows = members(list).slice(0, 400);
  const query = useMapProjection(group, { target: String(row.row), rows, mode }, rows.length > 0);
  return (
    <Answer query={query}>
      {(projection) => {
        // Lines beyond a few dozen say nothing: those that lead farthest along the target are drawn.
        const reach = (line: MapProjection["series"][number]): number =>
          Math.max(...line.points.map((point) => Math.abs(point.projection)));
        const series = [...projection.series]
          .filter(({ perturbation }) => perturbation !== row.perturbation)
          .sort((a, b) => reach(b) - reach(a))
          .slice(0, 12);
        const drawn = plotted({ ...projection, series });
        return (
          <Picture
            title={mode === "rescue" ? "Rescue" : "Projection / rejection"}
            name={`projection-${row.symbol}`}
            twin={projectionTwin(plotted(projection))}
            aside={
              <Segmented
                label="projection mode"
                value={mode}
                options={[
                  { value: "unit", label: "unit" },
                  { value: "magnitude", label: "magnitude" },
                  { value: "rescue", label: "rescue" },
                ]}
                onChange={(value) => change({ projection: value === "unit" ? null : value }, { replace: true })}
              />
            }
          >
            <ProjectionPlot projection={drawn} selected={undefined} hrefOf={(ref) => ref.href} />
          </Picture>
        );
      }}
    </Answer>
  );
}

function NeighboursCard({ group, of, row }: { group: string; of: string; row: MapRow }) {
  const { change } = useUrlState();
  const query = useMapNeighbours(group, of);
  const line = ({ row: near, cosine, percentile, known }: MapNeighbour) => (
    <tr key={near.row}>
      <td>
        <i className="swatch" style={{ background: cssColor(diverging(cosine)) }} />{" "}
        <button type="button" className="btn quiet" onClick={() => change({ column: String(near.row) })}>
          {rowName(near)}
        </button>
      </td>
      <td className="num">{formatFixed(cosine, 2)}</td>
      <td className="num">{formatFixed(percentile, 1)}</td>
      <td
        className="faint"
        title={known?.map(({ source, reference }) => [source, reference].filter(Boolean).join(" ")).join(", ")}
      >
        {known === null
          ? "–"
          : known.length === 0
            ? "novel"
            : [...new Set(known.map(({ source }) => source))].join(", ")}
      </td>
    </tr>
  );
  return (
    <Card title={`Nearest to ${rowName(row)}`} flush>
      <Answer query={query}>
        {({ similar, opposite }) => (
          <table className="data">
            <caption className="visually-hidden">Most similar and most opposite rows</caption>
            {(
              [
                ["similar", similar],
                ["opposite", opposite],
              ] as const
            ).map(([title, rows]) => (
              <tbody key={title}>
                <tr>
                  <th scope="col">{title}</th>
                  <th scope="col" className="num">
                    cosine
                  </th>
                  <th scope="col" className="num">
                    percentile
                  </th>
                  <th scope="col">known</th>
                </tr>
                {rows.slice(0, 6).map(line)}
              </tbody>
            ))}
          </table>
        )}
      </Answer>
    </Card>
  );
}

function ReplicatesCard({ group, of }: { group: string; of: string }) {
  const query = useMapReplicates(group, of);
  return (
    <Answer query={query}>
      {(answer) => {
        const { agreement, cosines, wells, meanCosine } = answer;
        return (
          <Card
            title="Replicates"
            aside={agreement ? <Pill tone={BADGE[agreement.badge] ?? "wait"}>{agreement.badge}</Pill> : null}
          >
            {agreement && agreement.experiments.length > 1 ? (
              <>
                <div className="dim">
                  {plural(agreement.experiments.length, "experiment")} · mean cosine{" "}
                  {formatFixed(agreement.meanCosine, 2)} · p {formatNumber(agreement.p, 2)}
                </div>
                <PairGrid
                  names={agreement.experiments}
                  cosines={agreement.cosines}
                  caption="Cosines between experiments"
                />
              </>
            ) : null}
            <div className="dim">
              {plural(wells.length, "well")} · mean cosine {formatFixed(meanCosine, 2)}
            </div>
            {wells.length > 1 && wells.length <= 24 ? <WellGrid wells={wells} cosines={cosines} /> : null}
          </Card>
        );
      }}
    </Answer>
  );
}

const WellGrid = ({ wells, cosines }: Pick<MapReplicates, "wells" | "cosines">) => (
  <PairGrid names={wells.map(({ unit }) => unit)} cosines={cosines} caption="Cosines between wells" />
);

/** A small table of cosines, coloured and written. */
function PairGrid(props: {
  names: readonly string[];
  cosines: readonly (readonly (number | null)[])[];
  caption: string;
}) {
  const many = props.names.length > 6;
  return (
    <div className="scroll">
      <table className="pairs">
        <caption className="visually-hidden">{props.caption}</caption>
        <tbody>
          {props.cosines.map((line, i) => (
            <tr key={props.names[i]}>
              <th scope="row" className="mono">
                {props.names[i]}
              </th>
              {line.map((cosine, j) => {
                const color = diverging(cosine ?? 0);
                return (
                  <td
                    key={props.names[j]}
                    title={`${props.names[i]} × ${props.names[j]}: ${formatFixed(cosine, 2)}`}
                    style={{ background: cosine === null ? "var(--sunken)" : cssColor(color), color: inkOn(color) }}
                  >
                    {many ? "" : formatFixed(cosine, 2)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TermsCard({ group, list }: { group: string; list: string }) {
  const rows = members(list);
  const query = useMapEnrichment(group, rows, rows.length > 0);
  return (
    <Card title="Gene sets of the rows" flush>
      <Answer query={query}>
        {({ sets }) =>
          sets.length === 0 ? (
            <div className="bd dim">No gene set is over-represented among these genes.</div>
          ) : (
            <table className="data">
              <caption className="visually-hidden">Over-represented gene sets</caption>
              <thead>
                <tr>
                  <th scope="col">set</th>
                  <th scope="col" className="num">
                    k of n
                  </th>
                  <th scope="col" className="num">
                    fold
                  </th>
                  <th scope="col" className="num">
                    q
                  </th>
                </tr>
              </thead>
              <tbody>
                {sets.slice(0, 8).map((set) => (
                  <tr key={set.set} title={set.genes.join(", ")}>
                    <td>{set.set}</td>
                    <td className="num">
                      {set.genes.length} / {formatCount(set.setSize)}
                    </td>
                    <td className="num">{formatNumber(set.fold, 2)}</td>
                    <td className="num">{formatNumber(set.q, 1)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Answer>
    </Card>
  );
}
