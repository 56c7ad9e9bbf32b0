import type { MapGroupDetail, MapRow } from "@artesian/server/api.ts";
import { useEffect, useMemo, useRef, useState } from "react";
import { Link, useLocation } from "wouter";
import { groupAddress, useMapClusters, useMapGroup, useMapRows } from "../api/map-queries.ts";
import { ColorLegend } from "../charts/color-legend.tsx";
import { type HeatPair, type HeatPicture, MapHeatmap } from "../charts/map-heatmap.tsx";
import type { DivergingName } from "../model/color.ts";
import { brackets, clustersInOrder } from "../model/dendrogram.ts";
import { formatCount, formatFixed, formatNumber } from "../model/format.ts";
import { cosineOf, type HeatVariant, shownAs } from "../model/heat-cells.ts";
import { type HeatTable, heatCsv, heatGct, heatSvg, heatTwin, SVG_CELLS, TWIN_COLUMNS } from "../model/heat-export.ts";
import { parseView, viewText } from "../model/heat-view.ts";
import { groupPath, heatLabel, members, splitGroup } from "../model/map-address.ts";
import { choice } from "../model/url-state.ts";
import { Segmented, Select } from "../ui/choice.tsx";
import { saveBlob, saveText } from "../ui/download.ts";
import { useKeys } from "../ui/keys.ts";
import { usePage } from "../ui/page.ts";
import { Card } from "../ui/parts.tsx";
import { Pill } from "../ui/pill.tsx";
import { Answer, Empty, Skeleton } from "../ui/states.tsx";
import { TwinTable } from "../ui/twin-table.tsx";
import { useUrlState } from "../ui/use-url.ts";
import { GroupEvidence } from "./group-evidence.tsx";
import { GroupSearch } from "./group-search.tsx";
import { GroupTabs } from "./group-tabs.tsx";
import { useSelection } from "./use-selection.ts";

const ABOUT =
  "Cosine similarity of perturbations of one group version: red is similar, white unrelated, blue opposite, hatched has no cosine. Rows are targets, columns queries with all doses in order. The address holds the whole view, version included.";

/** What is shown until something is chosen. */
const FIRST_ROWS = 40;
/** Larger maps are not clustered. */
const CLUSTERED_ROWS = 5000;

function Heat({
  detail,
  group,
  list,
  columnList,
}: {
  detail: MapGroupDetail;
  group: string;
  list: string;
  columnList: string;
}) {
  const { params, change } = useUrlState();
  const orderName = choice(params, "order", ["clustered", "similarity", "given"]);
  const variant = choice<HeatVariant>(params, "variant", ["raw", "z", "percentile"]);
  const palette = choice<DivergingName>(params, "palette", ["red-blue", "orange-purple"]);
  const cut = Math.max(1, Math.min(40, Number(params.cut) || 4));
  const table = params.table === "1";
  const picture = useRef<HeatPicture>(null);
  const rowTexts = useMemo(() => members(list), [list]);
  const columnTexts = useMemo(() => members(columnList), [columnList]);
  const selection = useSelection(group, rowTexts, columnTexts);
  const rowsAnswer = useMapRows(group, list);
  const columnsAnswer = useMapRows(group, columnList);
  const rows = rowsAnswer.data?.rows;
  const columns = columnsAnswer.data?.rows;
  const clusters = useMapClusters(group, rowTexts, (rows?.length ?? 0) > 1 && (rows?.length ?? 0) <= CLUSTERED_ROWS);
  const source = selection.source;
  const size = { rows: rows?.length ?? 0, columns: columns?.length ?? 0 };
  const pair: HeatPair | undefined = useMemo(() => {
    const row = rows?.findIndex((one) => String(one.row) === params.row) ?? -1;
    const column = columns?.findIndex((one) => String(one.row) === params.column) ?? -1;
    return row >= 0 && column >= 0 ? { row, column } : undefined;
  }, [rows, columns, params.row, params.column]);
  const same = list === columnList;
  const merges = clusters.data?.merges;
  const isClustered = orderName === "clustered" && merges !== undefined && clusters.data?.rows.length === size.rows;
  const complete = selection.complete;
  const rowOrder = useMemo(() => {
    const given = Uint32Array.from({ length: size.rows }, (_, k) => k);
    if (isClustered) return Uint32Array.from(clusters.data!.order);
    if (orderName !== "similarity" || source === undefined || !complete) return given;
    const column = pair?.column ?? 0;
    const value = (row: number): number => cosineOf(source.cells, row, column) ?? Number.NEGATIVE_INFINITY;
    return given.sort((a, b) => value(b) - value(a) || a - b);
  }, [size.rows, isClustered, clusters.data, orderName, source, complete, pair?.column]);
  const columnOrder = useMemo(
    () => (same ? rowOrder : Uint32Array.from({ length: size.columns }, (_, k) => k)),
    [same, rowOrder, size.columns],
  );
  const tree = useMemo(
    () => (isClustered ? brackets(merges!, Array.from(rowOrder)) : []),
    [isClustered, merges, rowOrder],
  );
  const cutClusters = useMemo(
    () => (isClustered ? clustersInOrder(merges!, Array.from(rowOrder), cut) : []),
    [isClustered, merges, rowOrder, cut],
  );
  const quantiles = selection.quantiles;
  const shown = useMemo(
    () => (source === undefined ? undefined : shownAs(source.cells, complete ? variant : "raw", quantiles)),
    [source, variant, complete, quantiles],
  );
  const labels = useMemo(() => rows?.map(heatLabel) ?? [], [rows]);
  const columnLabels = useMemo(() => columns?.map(heatLabel) ?? [], [columns]);
  const view = useMemo(() => parseView(params.view), [params.view]);
  useKeys({
    p: {
      label: "other palette (colour-blind safe)",
      run: () => change({ palette: palette === "red-blue" ? "orange-purple" : null }, { replace: true }),
    },
    Escape: { label: "let go of the pair", run: () => change({ row: null, column: null }) },
  });
  if (selection.error !== undefined) throw selection.error;
  if (
    source === undefined ||
    shown === undefined ||
    rows === undefined ||
    columns === undefined ||
    size.rows !== source.cells.rows ||
    size.columns !== source.cells.columns
  )
    return <Skeleton height={560} />;
  const heatTable: HeatTable = {
    cells: source.cells,
    rows: Array.from(rowOrder, (at) => ({ at, label: labels[at]! })),
    columns: Array.from(columnOrder, (at) => ({ at, label: columnLabels[at]! })),
  };
  const words = ({ row, column }: HeatPair): { text: string; note: React.ReactNode } => {
    const [a, b] = [rows[row]!, columns[column]!];
    const cosine = cosineOf(source.cells, row, column);
    const value =
      cosine === undefined ? "on its way" : cosine === null ? "no cosine" : `cosine ${formatFixed(cosine, 2)}`;
    const percentile =
      typeof cosine === "number" && quantiles.length > 1
        ? `percentile ${formatFixed(selection.percentile(cosine), 1)}`
        : "";
    const ps = `p ${formatNumber(a.consistencyP, 2)} and ${formatNumber(b.consistencyP, 2)}`;
    const text = `${a.label} × ${b.label}: ${value}${percentile === "" ? "" : `, ${percentile}`}`;
    return {
      text,
      note: (
        <>
          <div>
            {a.label} × {b.label}
          </div>
          <div>
            {value}
            {percentile === "" ? "" : ` · ${percentile}`}
          </div>
          <div>
            replicates {a.units} × {b.units} wells · {ps}
          </div>
        </>
      ),
    };
  };
  const name = `${detail.by.id}-${detail.by.version.slice(0, 8)}`;
  const exporting: Readonly<Record<string, () => void>> = {
    png: () => void picture.current?.png().then((blob) => blob && saveBlob(`${name}.png`, blob)),
    svg: () =>
      saveText(
        `${name}.svg`,
        "image/svg+xml",
        heatSvg(heatTable, shown, palette, `${detail.by.label} · ${detail.by.version.slice(0, 8)}`),
      ),
    csv: () => saveText(`${name}.csv`, "text/csv", heatCsv(heatTable)),
    gct: () => saveText(`${name}.gct`, "text/plain", heatGct(heatTable)),
  };
  const focus = pair === undefined ? columnLabels[0]?.label : columnLabels[pair.column]?.label;
  const notFound = [...new Set([...(rowsAnswer.data?.notFound ?? []), ...(columnsAnswer.data?.notFound ?? [])])];
  return (
    <section className="card" aria-label="Cosine similarity">
      <div className="hd">
        <h2>Cosine similarity</h2>
        <Segmented
          label="order"
          value={orderName}
          options={[
            { value: "clustered", label: "clustered" },
            { value: "similarity", label: `by similarity to ${focus ?? "…"}` },
            { value: "given", label: "as given" },
          ]}
          onChange={(value) => change({ order: value === "clustered" ? null : value }, { replace: true })}
        />
        <span className="push">
          <ColorLegend
            kind={palette}
            low={variant === "z" ? "−3" : variant === "percentile" ? "0 %" : "−1"}
            high={variant === "z" ? "+3" : variant === "percentile" ? "100 %" : "+1"}
            width={100}
          />
        </span>
      </div>
      <div className="bd row tools">
        <Select
          label="shown"
          value={variant}
          options={[
            { value: "raw", label: "cosine" },
            { value: "z", label: "z in column" },
            { value: "percentile", label: "percentile" },
          ]}
          onChange={(value) => change({ variant: value === "raw" ? null : value }, { replace: true })}
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
        {isClustered ? (
          <Select
            label="cut into"
            value={String(cut)}
            options={[2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 30, 40].map((n) => ({
              value: String(n),
              label: `${n} clusters`,
            }))}
            onChange={(value) => change({ cut: value === "4" ? null : value }, { replace: true })}
          />
        ) : null}
        <button
          type="button"
          className="btn quiet"
          aria-pressed={table}
          onClick={() => change({ table: table ? null : "1" }, { replace: true })}
        >
          table
        </button>
        {Object.entries(exporting).map(([format, save]) => (
          <button
            key={format}
            type="button"
            className="btn quiet"
            disabled={
              !complete || (format === "svg" && size.rows * size.columns > SVG_CELLS) || (format === "png" && table)
            }
            title={
              format === "svg" && size.rows * size.columns > SVG_CELLS ? "too many cells for SVG: save PNG" : undefined
            }
            onClick={save}
          >
            {format.toUpperCase()}
          </button>
        ))}
        <span className="faint push">
          {size.rows} × {size.columns}
          {complete ? "" : " · loading"}
        </span>
      </div>
      {notFound.length > 0 ? (
        <div className="bd row">
          {notFound.slice(0, 8).map((entry) => (
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
            brackets={tree}
            clusters={cutClusters}
            selected={pair}
            onSelect={({ row, column }) =>
              change(
                { row: String(rows[row]!.row), column: String(columns[column]!.row) },
                { replace: params.row !== undefined },
              )
            }
            words={words}
            view={view}
            onView={(next) => change({ view: next === undefined ? null : viewText(next) }, { replace: true })}
            plain={params.renderer === "canvas"}
          />
        </div>
      )}
    </section>
  );
}

function Body({ detail, group }: { detail: MapGroupDetail; group: string }) {
  const { params } = useUrlState();
  const [start, setStart] = useState<string>();
  const all = useMapRows(group, "all");
  useEffect(() => {
    if (params.rows !== undefined || all.data === undefined) return;
    const strongest = all.data.rows
      .filter(({ experiment }) => experiment === null)
      .sort((a, b) => b.strength - a.strength)
      .slice(0, FIRST_ROWS);
    setStart([...new Set(strongest.map(({ row }) => row))].join(","));
  }, [params.rows, all.data]);
  const list = params.rows ?? start;
  const columnList = params.columns ?? list;
  const chosen: MapRow | undefined = all.data?.rows.find((row) => String(row.row) === params.row);
  const other = all.data?.rows.find((row) => String(row.row) === params.column);
  return (
    <div className="group-map">
      <GroupSearch group={group} />
      {list === undefined || columnList === undefined ? (
        <Skeleton height={560} />
      ) : (
        <Heat detail={detail} group={group} list={list} columnList={columnList} key={group} />
      )}
      <GroupEvidence
        group={group}
        row={chosen}
        other={other}
        list={list ?? ""}
        columnList={columnList ?? ""}
        detail={detail}
      />
    </div>
  );
}

/** The map of a group: search, heat map, evidence. */
export default function GroupMapPage({ group }: { group: string }) {
  const query = useMapGroup(group);
  const [, navigate] = useLocation();
  const { id, version } = splitGroup(group);
  const label = query.data?.by.label ?? id;
  usePage([{ label: "Maps", href: "/maps" }, { label }], ABOUT);
  return (
    <Answer query={query} skeleton={<Skeleton height={600} />}>
      {(detail) => (
        <>
          <div className="row">
            <h1>{label}</h1>
            <Select
              label="version"
              hideLabel
              value={version ?? detail.by.version}
              options={detail.versions.map((one) => ({
                value: one.version,
                label: `${one.created.slice(0, 10)} · ${one.version.slice(0, 8)}${one.isServed ? " · current" : ""}`,
              }))}
              onChange={(value) => navigate(`${groupPath(`${id}@${value}`)}${window.location.search}`)}
            />
            {detail.group.drift === null ? <Pill tone="ok">{detail.by.layer}</Pill> : <Pill tone="warn">drift</Pill>}
            <span className="dim">
              {formatCount(detail.benchmark.genes)} genes · {formatCount(detail.benchmark.perturbations)} perturbations
              · {formatCount(detail.benchmark.rows)} rows
            </span>
            <span className="row push">
              <button
                type="button"
                className="btn"
                onClick={() =>
                  navigate(`${groupPath(`${id}@${detail.by.version}`)}${window.location.search}`, { replace: true })
                }
              >
                Permanent link
              </button>
              <a className="btn" href={groupAddress(group, "/slice.parquet", { rows: "all" })} download>
                Vectors
              </a>
            </span>
          </div>
          <GroupTabs group={group} current="map" />
          {detail.benchmark.rows === 0 ? (
            <Card>
              <Empty title="No row in this version">
                <p>Build and publish a version with rows.</p>
              </Empty>
            </Card>
          ) : (
            <Body detail={detail} group={group} />
          )}
        </>
      )}
    </Answer>
  );
}
