import type { ExperimentMap } from "@artesian/server/api.ts";
import { useMemo } from "react";
import { Link } from "wouter";
import { useMap } from "../api/queries.ts";
import { ColorLegend } from "../charts/color-legend.tsx";
import { ProjectionPlot, projectionTwin } from "../charts/projection-plot.tsx";
import { type MapCell, SimilarityHeatmap } from "../charts/similarity-heatmap.tsx";
import type { DivergingName } from "../model/color.ts";
import { formatFixed, formatNumber, plural } from "../model/format.ts";
import { type MapOrder, mapOrder, mapTwin } from "../model/heatmap.ts";
import { unitProjection } from "../model/projection.ts";
import { choice, path } from "../model/url-state.ts";
import { Segmented, Select } from "../ui/choice.tsx";
import { useHints, useKeys } from "../ui/keys.ts";
import { usePage } from "../ui/page.ts";
import { Card } from "../ui/parts.tsx";
import { Picture } from "../ui/picture.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer, Empty, Skeleton } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { ExperimentTabs } from "./experiment-tabs.tsx";

type Row = ExperimentMap["perturbations"][number];

/** Index of the row with a label, an id or an id with dose, as links write it. */
function rowIndex(map: ExperimentMap, wanted: string | undefined): number | undefined {
  if (wanted === undefined) return undefined;
  const index = map.perturbations.findIndex(
    (p) => p.label === wanted || p.perturbation.id === wanted || p.perturbation.name === wanted,
  );
  return index < 0 ? undefined : index;
}

/** Do the replicates of a row agree, in one mark. */
function Trust({ row }: { row: Row }) {
  return (
    <Pill tone={row.trusted ? "ok" : "warn"}>
      {row.trusted
        ? "trusted"
        : row.consistencyP === null
          ? plural(row.wells, "well")
          : `replicates p ${formatNumber(row.consistencyP, 2)}`}
    </Pill>
  );
}

function Pair({ map, cell }: { map: ExperimentMap; cell: MapCell }) {
  const n = map.perturbations.length;
  const a = map.perturbations[cell.row]!;
  const b = map.perturbations[cell.column]!;
  const cosine = map.cosine[cell.row * n + cell.column] ?? null;
  const word =
    cosine === null ? "cannot be compared" : cosine > 0.3 ? "similar" : cosine < -0.3 ? "opposite" : "unrelated";
  return (
    <Card title={`${a.label} × ${b.label}`}>
      <div className="stack" style={{ gap: 6 }}>
        <div>
          cosine <b>{formatFixed(cosine, 2)}</b> <span className="dim">· {word}</span>
        </div>
        <div className="dim">
          {a.wells} × {b.wells} wells
        </div>
        {[a, b].map((row) => (
          <div key={row.label} className="row" style={{ gap: 8 }}>
            <Link className="link" href={row.perturbation.href}>
              {row.label}
            </Link>
            <span className="faint">{row.perturbation.type}</span>
            <Trust row={row} />
            <span className="faint push">
              {row.consistency === null ? "" : `replicate cosine ${formatFixed(row.consistency, 2)}`}
            </span>
          </div>
        ))}
      </div>
    </Card>
  );
}

/** The most similar and most opposite rows of the selected one. */
function Tails({ map, row, onSelect }: { map: ExperimentMap; row: number; onSelect: (column: number) => void }) {
  const n = map.perturbations.length;
  const ranked = useMemo(
    () =>
      map.perturbations
        .map((p, index) => ({ p, index, cosine: map.cosine[row * n + index] ?? null }))
        .filter(
          (entry): entry is typeof entry & { cosine: number } =>
            entry.index !== row &&
            entry.cosine !== null &&
            entry.p.perturbation.id !== map.perturbations[row]?.perturbation.id,
        )
        .sort((a, b) => b.cosine - a.cosine),
    [map, row, n],
  );
  const line = (entry: (typeof ranked)[number]) => (
    <tr key={entry.index} className="opens" onClick={() => onSelect(entry.index)}>
      <td>
        <button type="button" className="btn quiet" onClick={() => onSelect(entry.index)}>
          {entry.p.label}
        </button>
      </td>
      <td className="faint">{entry.p.perturbation.type}</td>
      <td className="num">{formatFixed(entry.cosine, 2)}</td>
    </tr>
  );
  return (
    <Card title={`Nearest to ${map.perturbations[row]?.label ?? ""}`} flush>
      <table className="data">
        <caption className="visually-hidden">Most similar and most opposite</caption>
        <thead>
          <tr>
            <th scope="col">similar</th>
            <th scope="col">type</th>
            <th scope="col" className="num">
              cosine
            </th>
          </tr>
        </thead>
        <tbody>{ranked.slice(0, 4).map(line)}</tbody>
        <thead>
          <tr>
            <th scope="col">opposite</th>
            <th scope="col">type</th>
            <th scope="col" className="num">
              cosine
            </th>
          </tr>
        </thead>
        <tbody>{ranked.slice(-4).reverse().map(line)}</tbody>
      </table>
    </Card>
  );
}

function MapBody({ map }: { map: ExperimentMap }) {
  const { params, change } = useUrlState();
  const orderName = choice<MapOrder>(params, "order", ["clustered", "similarity", "given"]);
  const palette = choice<DivergingName>(params, "palette", ["red-blue", "orange-purple"]);
  const row = rowIndex(map, params.row);
  const column = rowIndex(map, params.column) ?? row;
  const order = useMemo(() => mapOrder(map, orderName, row), [map, orderName, row]);
  const twin = useMemo(() => mapTwin(map, order), [map, order]);
  const label = (index: number): string => map.perturbations[index]?.label ?? "";
  const select = (cell: MapCell): void =>
    change({ row: label(cell.row), column: label(cell.column) }, { replace: params.row !== undefined });
  const unit = params.projection === "unit";
  useHints([{ key: "↑ ↓ ← →", label: "walk the cells of the map" }]);
  useKeys({
    Escape: { label: "let go of the pair", run: () => change({ row: null, column: null }) },
    p: {
      label: "other palette (colour-blind safe)",
      run: () => change({ palette: palette === "red-blue" ? "orange-purple" : null }, { replace: true }),
    },
  });
  const projection = map.projection ? (unit ? unitProjection(map.projection) : map.projection) : null;
  const cell = row !== undefined && column !== undefined ? { row, column } : undefined;
  const focus = row === undefined ? undefined : label(row);
  return (
    <div className="map-page">
      <Picture
        title="Cosine similarity"
        name={`${map.experimentId}-map`}
        twin={twin}
        provenance={map.provenance}
        tour="map"
        aside={
          <>
            <Segmented
              label="order"
              value={orderName}
              options={[
                { value: "clustered", label: "clustered" },
                { value: "similarity", label: focus === undefined ? "by similarity" : `by similarity to ${focus}` },
                { value: "given", label: "as given" },
              ]}
              onChange={(value) => change({ order: value === "clustered" ? null : value }, { replace: true })}
            />
            <ColorLegend kind={palette} low="−1" high="+1" width={110} />
          </>
        }
      >
        <SimilarityHeatmap map={map} order={order} palette={palette} selected={cell} onSelect={select} />
      </Picture>
      <div className="stack">
        <div className="row">
          <Select
            label="row"
            value={focus ?? ""}
            options={[
              { value: "", label: "choose a row" },
              ...map.perturbations.map((p) => ({ value: p.label, label: p.label })),
            ]}
            onChange={(value) => change({ row: value, column: value === "" ? null : (params.column ?? null) })}
          />
          <Select
            label="palette"
            hideLabel
            value={palette}
            options={[
              { value: "red-blue", label: "red / blue" },
              { value: "orange-purple", label: "orange / purple" },
            ]}
            onChange={(value) => change({ palette: value === "red-blue" ? null : value }, { replace: true })}
          />
        </div>
        {cell ? (
          <Pair map={map} cell={cell} />
        ) : (
          <Card title="A pair">
            <p className="dim">
              Choose a cell of the map, by click or arrow keys: its cosine, its wells and both replicates' agreement
              appear here.
            </p>
          </Card>
        )}
        {row !== undefined ? <Tails map={map} row={row} onSelect={(index) => select({ row, column: index })} /> : null}
        {projection ? (
          <Picture
            title="Projection / rejection"
            name={`${map.experimentId}-projection`}
            twin={projectionTwin(projection)}
            provenance={map.provenance}
            aside={
              <Segmented
                label="projection mode"
                value={unit ? "unit" : "length"}
                options={[
                  { value: "length", label: map.projection?.mode ?? "magnitude" },
                  { value: "unit", label: "unit" },
                ]}
                onChange={(value) => change({ projection: value === "unit" ? "unit" : null }, { replace: true })}
              />
            }
          >
            <ProjectionPlot
              hrefOf={(perturbation) => perturbation.href}
              projection={projection}
              selected={row === undefined ? undefined : map.perturbations[row]?.perturbation.id}
            />
          </Picture>
        ) : null}
        {map.missing.length > 0 ? (
          <Card title="Not here, and why">
            {map.missing.map((sentence) => (
              <p key={sentence} className="dim">
                {sentence}
              </p>
            ))}
          </Card>
        ) : null}
      </div>
    </div>
  );
}

/** The map of an experiment: what looks alike, what opposite. */
export default function MapPage({ experiment, within }: { experiment: string; within: "experiments" | "maps" }) {
  const query = useMap(experiment);
  const name = query.data?.name ?? experiment;
  usePage(
    within === "maps"
      ? [{ label: "Maps", href: "/maps" }, { label: name }]
      : [
          { label: "Experiments", href: "/experiments" },
          { label: name, href: path("experiments", experiment) },
          { label: "Map" },
        ],
  );
  return (
    <>
      <div className="row">
        <h1>Map · {name}</h1>
        {query.data ? (
          <span className="dim">{plural(query.data.perturbations.length, "perturbation")}, doses apart</span>
        ) : null}
        {query.data ? (
          <a className="btn push" href={query.data.csvUrl} download>
            CSV
          </a>
        ) : null}
      </div>
      {within === "experiments" ? <ExperimentTabs experiment={experiment} current="map" /> : null}
      <Answer query={query} skeleton={<Skeleton height={520} />}>
        {(map) =>
          map.perturbations.length === 0 ? (
            <Card>
              <Empty title="No map yet">
                {map.missing.length > 0 ? (
                  map.missing.map((sentence) => <p key={sentence}>{sentence}</p>)
                ) : (
                  <p>A map is built when the wells of an experiment are complete.</p>
                )}
              </Empty>
            </Card>
          ) : (
            <MapBody map={map} />
          )
        }
      </Answer>
    </>
  );
}
