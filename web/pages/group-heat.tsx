import type { MapGroupDetail } from "@artesian/server/api.ts";
import { type ReactNode, useEffect, useMemo, useRef } from "react";
import { Link } from "wouter";
import { type HeatPair, type HeatPicture, MapHeatmap } from "../charts/map-heatmap.tsx";
import { markOnce } from "../charts/mark-once.ts";
import { ANNOTATIONS, type Annotation, annotated } from "../model/annotation.ts";
import { formatFixed, formatNumber } from "../model/format.ts";
import { cosineOf, zOf } from "../model/heat-cells.ts";
import { type HeatTable, heatCsv, heatGct, heatSvg, heatTwin, TWIN_COLUMNS } from "../model/heat-export.ts";
import { parseView, viewText } from "../model/heat-view.ts";
import { groupPath } from "../model/map-address.ts";
import { choice } from "../model/url-state.ts";
import { saveBlob, saveText } from "../ui/download.ts";
import { Failed, Skeleton } from "../ui/states.tsx";
import { TwinTable } from "../ui/twin-table.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { GroupMade } from "./group-made.tsx";
import { heatPalette, useHeatKeys } from "./heat-choices.tsx";
import { HeatFoot, HeatHead, HeatTools } from "./heat-tools.tsx";
import { type Heat, useHeat } from "./use-heat.ts";

const HOW =
  "Cosine of the unit vectors of each row and column, to 1/127; rows are clustered on 1 − cosine (average) or on the distance of unit vectors (Ward), neighbours as alike as the dendrogram allows.";

/** What is said of a cell: cosine always, then what is shown instead of it. */
function wordsOf(heat: Heat): (pair: HeatPair) => { text: string; note: ReactNode } {
  return ({ row, column }) => {
    const [a, b] = [heat.rows![row]!, heat.columns![column]!];
    const cosine = cosineOf(heat.source!.cells, row, column);
    const value =
      cosine === undefined
        ? heat.source!.cells.isFarOnly
          ? "seen from afar"
          : "on its way"
        : cosine === null
          ? "no cosine"
          : `cosine ${formatFixed(cosine, 2)}`;
    const known = typeof cosine === "number";
    const percentile = known && heat.percentile ? `percentile ${formatFixed(heat.percentile(cosine), 1)}` : undefined;
    const z =
      known && heat.variant === "z" && heat.shown ? `z ${formatFixed(zOf(heat.shown, cosine, column), 1)}` : undefined;
    const said = [value, percentile, z].filter((part) => part !== undefined);
    const arms = a.arm !== null && a.arm === b.arm && a.row !== b.row ? ` · both on ${a.arm}` : "";
    return {
      text: `${a.label} × ${b.label}: ${said.join(", ")}`,
      note: (
        <>
          <div>
            {a.label} × {b.label}
          </div>
          <div>{said.join(" · ")}</div>
          <div>
            replicates {a.units} × {b.units} wells · p {formatNumber(a.consistencyP, 2)} and{" "}
            {formatNumber(b.consistencyP, 2)}
            {arms}
          </div>
        </>
      ),
    };
  };
}

/** The heat map of a group: rows × columns with all that changes how it is shown, in the address. */
export function GroupHeat(props: {
  detail: MapGroupDetail;
  group: string;
  list: readonly string[];
  columnList: readonly string[];
  /** Called when every cell is here and in its place. */
  onSettled: () => void;
  /** Rows of the cluster chosen, by their number in the group. */
  onClusters: (clusters: ReadonlyMap<number, number[]>) => void;
}) {
  const { detail, group, onSettled, onClusters } = props;
  const { params, change } = useUrlState();
  const palette = heatPalette(params);
  const annotation = choice<Annotation>(params, "bar", ANNOTATIONS as unknown as [Annotation, ...Annotation[]]);
  const table = params.table === "1";
  const picture = useRef<HeatPicture>(null);
  const heat = useHeat(group, props.list, props.columnList, params);
  const { rows, columns, source, shown, size, pair, labels, columnLabels, rowOrder, columnOrder, clusters } = heat;
  const view = useMemo(() => parseView(params.view), [params.view]);
  const bar = useMemo(() => (rows ? annotated(rows, annotation) : undefined), [rows, annotation]);
  useHeatKeys();
  const settled = heat.settled && !heat.clustering;
  useEffect(() => {
    markOnce("heat:whole", heat.complete);
    markOnce("heat:settled", settled);
    if (settled) onSettled();
  }, [heat.complete, settled, onSettled]);
  useEffect(() => {
    const members = new Map<number, number[]>();
    clusters.forEach((cluster, place) => {
      const row = rows?.[rowOrder[place]!]?.row;
      if (cluster < 0 || row === undefined) return;
      const own = members.get(cluster);
      if (own === undefined) members.set(cluster, [row]);
      else own.push(row);
    });
    onClusters(members);
  }, [clusters, rows, rowOrder, onClusters]);
  if (heat.error !== undefined)
    return (
      <section className="card" aria-label="Cosine similarity">
        <div className="bd">
          <Failed error={heat.error} />
        </div>
      </section>
    );
  const isHere =
    source !== undefined &&
    shown !== undefined &&
    rows !== undefined &&
    columns !== undefined &&
    size.rows === source.cells.rows &&
    size.columns === source.cells.columns;
  if (!isHere) return <Skeleton height={560} />;
  const heatTable: HeatTable = {
    cells: source.cells,
    rows: Array.from(rowOrder, (at) => ({ at, label: labels[at]! })),
    columns: Array.from(columnOrder, (at) => ({ at, label: columnLabels[at]! })),
  };
  const name = `${detail.by.id}-${detail.by.version.slice(0, 8)}`;
  const title = `${detail.by.label} · ${detail.by.version.slice(0, 8)}`;
  const exporting: Readonly<Record<string, () => void>> = {
    png: () => void picture.current?.png().then((blob) => blob && saveBlob(`${name}.png`, blob)),
    svg: () => saveText(`${name}.svg`, "image/svg+xml", heatSvg(heatTable, shown, palette, title)),
    csv: () => saveText(`${name}.csv`, "text/csv", heatCsv(heatTable)),
    gct: () => saveText(`${name}.gct`, "text/plain", heatGct(heatTable)),
  };
  const made = params.made === "1";
  return (
    <section className="card" aria-label="Cosine similarity">
      <HeatHead heat={heat} palette={palette} focus={columnLabels[pair?.column ?? 0]?.label} />
      <HeatTools heat={heat} annotation={annotation} table={table} made={made} exporting={exporting} change={change} />
      {made ? <GroupMade detail={detail} picture={HOW} /> : null}
      {heat.notFound.length > 0 ? (
        <div className="bd row">
          {heat.notFound.slice(0, 8).map((entry) => (
            <Link key={entry} className="link" href={`${groupPath(group)}/why?name=${encodeURIComponent(entry)}`}>
              Why is {entry} missing →
            </Link>
          ))}
        </div>
      ) : null}
      {table ? (
        <>
          <TwinTable twin={heatTwin(heatTable, TWIN_COLUMNS)} caption="Cosine similarity" />
          {size.columns > TWIN_COLUMNS ? (
            <div className="bd faint">The first {TWIN_COLUMNS} columns; all are in the CSV.</div>
          ) : null}
        </>
      ) : (
        <div className="bd">
          <MapHeatmap
            ref={picture}
            source={source}
            rows={labels}
            columns={columnLabels}
            rowOrder={rowOrder}
            columnOrder={columnOrder}
            shown={shown}
            palette={palette}
            brackets={heat.tree}
            clusters={clusters}
            annotation={bar?.colors}
            selected={pair}
            onSelect={({ row, column }) =>
              change(
                { row: String(rows[row]!.row), column: String(columns[column]!.row) },
                { replace: params.row !== undefined },
              )
            }
            words={wordsOf(heat)}
            view={view}
            onView={(next) => change({ view: next === undefined ? null : viewText(next) }, { replace: true })}
            renderer={params.renderer === "canvas" || params.renderer === "webgl2" ? params.renderer : undefined}
          />
        </div>
      )}
      <HeatFoot heat={heat} bar={bar} />
    </section>
  );
}
