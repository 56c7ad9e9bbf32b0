import type { ExperimentMap } from "@artesian/server/api.ts";
import { useMemo } from "react";
import { useMap } from "../api/queries.ts";
import { ColorLegend } from "../charts/color-legend.tsx";
import { ProjectionPlot, projectionTwin } from "../charts/projection-plot.tsx";
import { type MapCell, SimilarityHeatmap } from "../charts/similarity-heatmap.tsx";
import { plural } from "../model/format.ts";
import { mapOrder, mapTwin } from "../model/heatmap.ts";
import { unitProjection } from "../model/projection.ts";
import { path } from "../model/url-state.ts";
import { Segmented, Select } from "../ui/choice.tsx";
import { useHints } from "../ui/keys.ts";
import { usePage } from "../ui/page.ts";
import { Card } from "../ui/parts.tsx";
import { Picture } from "../ui/picture.tsx";
import { Answer, Empty, Skeleton } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { ExperimentTabs } from "./experiment-tabs.tsx";
import { heatOrder, heatPalette, OrderChoice, PaletteChoice, useHeatKeys } from "./heat-choices.tsx";
import { MapPair, MapTails } from "./map-evidence.tsx";

const ABOUT =
  "Cosine similarity of perturbations: red is similar, white unrelated, blue opposite, hatched cannot be computed. Pale names are perturbations whose replicates do not agree. Choose a pair for its evidence.";

/** Index of the row with a label, an id or an id with dose, as links write it. */
function rowIndex(map: ExperimentMap, wanted: string | undefined): number | undefined {
  if (wanted === undefined) return undefined;
  const index = map.perturbations.findIndex(
    (p) => p.label === wanted || p.perturbation.id === wanted || p.perturbation.name === wanted,
  );
  return index < 0 ? undefined : index;
}

function MapBody({ map }: { map: ExperimentMap }) {
  const { params, change } = useUrlState();
  const palette = heatPalette(params);
  const row = rowIndex(map, params.row);
  const column = rowIndex(map, params.column) ?? row;
  const order = useMemo(() => mapOrder(map, heatOrder(params), row), [map, params, row]);
  const twin = useMemo(() => mapTwin(map, order), [map, order]);
  const label = (index: number): string => map.perturbations[index]?.label ?? "";
  const select = (cell: MapCell): void =>
    change({ row: label(cell.row), column: label(cell.column) }, { replace: params.row !== undefined });
  const unit = params.projection === "unit";
  useHints([{ key: "↑ ↓ ← →", label: "walk the cells of the map" }]);
  useHeatKeys();
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
            <OrderChoice focus={focus} />
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
          <PaletteChoice />
        </div>
        {cell ? (
          <MapPair map={map} cell={cell} />
        ) : (
          <Card title="A pair">
            <p className="dim">
              Choose a cell of the map, by click or arrow keys: its cosine, its wells and both replicates' agreement
              appear here.
            </p>
          </Card>
        )}
        {row !== undefined ? (
          <MapTails map={map} row={row} onSelect={(index) => select({ row, column: index })} />
        ) : null}
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
    ABOUT,
  );
  return (
    <>
      <div className="row">
        <h1>Map · {name}</h1>
        {query.data ? <span className="dim">{plural(query.data.perturbations.length, "row")}</span> : null}
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
