import type { MapGroupDetail, MapProjection, MapRow, Projection } from "@artesian/server/api.ts";
import { useMapProjection } from "../api/map-queries.ts";
import { ProjectionPlot, projectionTwin } from "../charts/projection-plot.tsx";
import { rowName } from "../model/map-address.ts";
import { choice, path } from "../model/url-state.ts";
import { Segmented } from "../ui/choice.tsx";
import { Picture } from "../ui/picture.tsx";
import { Answer } from "../ui/states.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { GroupMade } from "./group-made.tsx";
import { RowPicker } from "./row-picker.tsx";

/** Rows that are projected, and lines that are drawn: beyond a few dozen they say nothing. */
const PROJECTED = 400;
const DRAWN = 12;
/** Control wells in the cloud. */
const CONTROLS = 120;

const HOW: Readonly<Record<MapProjection["mode"], string>> = {
  unit: "p = q·t/(t·t) and r = ‖q − p·t‖/‖t‖ from the controls' origin, q and t of unit length.",
  magnitude: "p = q·t/(t·t) and r = ‖q − p·t‖/‖t‖ from the controls' origin, lengths kept.",
  rescue: "The same from the healthy state, t = disease − healthy: rejection is side effect.",
};

/** A group's projection as the plot takes it. */
export function plotted({ mode, target, cloud, controls, series }: MapProjection): Projection {
  return {
    mode,
    target: target.label,
    controls: [
      ...controls.map((well) => ({
        plate: well.batch,
        well: well.unit,
        role: "control" as const,
        p: well.projection,
        r: well.rejection,
      })),
      ...cloud.map((point) => ({
        plate: "",
        well: point.label,
        role: "control" as const,
        p: point.projection,
        r: point.rejection,
      })),
    ],
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

/** How far the line leads along the target; in rescue mode away from the disease. */
const reach = (line: MapProjection["series"][number], mode: MapProjection["mode"]): number =>
  Math.max(...line.points.map(({ projection }) => Math.abs(mode === "rescue" ? projection - 1 : projection)));

/** The chosen row as a target: who goes its way, who goes against it, who leads from disease back to healthy. */
export function ProjectionCard(props: {
  group: string;
  detail: MapGroupDetail;
  row: MapRow | undefined;
  list: readonly string[];
}) {
  const { group, row } = props;
  const { params, change } = useUrlState();
  const mode = choice(params, "projection", ["unit", "magnitude", "rescue"]);
  const rescue = mode === "rescue";
  const target = (rescue ? params.disease : undefined) ?? (row === undefined ? undefined : String(row.row));
  const healthy = rescue ? params.healthy : undefined;
  const rows = props.list.slice(0, PROJECTED);
  const query = useMapProjection(
    group,
    { target: target ?? "", rows, mode, controls: CONTROLS, ...(healthy === undefined ? {} : { healthy }) },
    rows.length > 0 && target !== undefined,
  );
  const modes = (
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
  );
  const choosers = rescue ? (
    <div className="row choosers">
      <RowPicker group={group} label="disease" name="disease" otherwise={row ? rowName(row) : "the chosen row"} />
      <RowPicker group={group} label="healthy" name="healthy" otherwise="controls" />
    </div>
  ) : null;
  if (target === undefined)
    return (
      <section className="card" aria-label="Projection">
        <div className="hd">
          <h2>{rescue ? "Rescue" : "Projection / rejection"}</h2>
          {modes}
        </div>
        <div className="bd stack">
          {choosers}
          <p className="dim">
            {rescue ? "Name the disease, or choose a row." : "Choose a row: it becomes the target."}
          </p>
        </div>
      </section>
    );
  return (
    <Answer query={query}>
      {(projection) => {
        const others = projection.series.filter(({ points }) =>
          points.every(({ row: one }) => one !== projection.target.row && one !== projection.healthy?.row),
        );
        const series = others.toSorted((a, b) => reach(b, mode) - reach(a, mode)).slice(0, DRAWN);
        return (
          <Picture
            title={rescue ? "Rescue" : "Projection / rejection"}
            name={`projection-${projection.target.label}`}
            twin={projectionTwin(plotted(projection))}
            made={<GroupMade detail={props.detail} picture={HOW[mode]} />}
            aside={modes}
          >
            {choosers}
            <ProjectionPlot
              projection={plotted({ ...projection, series })}
              healthy={projection.healthy?.label}
              selected={undefined}
              hrefOf={(ref) => ref.href}
            />
            <div className="faint">
              {others.length > DRAWN
                ? `The ${DRAWN} that ${rescue ? "lead farthest from the disease" : "lead farthest along it"}, of ${others.length}; all are in the table.`
                : null}
              {projection.controls.length > 0 ? " Grey: single control wells." : null}
              {projection.leftOut.length > 0 ? ` ${projection.leftOut.length} without length are left out.` : null}
            </div>
          </Picture>
        );
      }}
    </Answer>
  );
}
