import { useMemo } from "react";
import { useMapClusters, useMapRows } from "../api/map-queries.ts";
import { FEW_TILES } from "../api/map-tiles.ts";
import type { HeatPair } from "../charts/map-heatmap.tsx";
import { brackets, clustersInOrder } from "../model/dendrogram.ts";
import { cosineOf, type HeatVariant, shownAs } from "../model/heat-cells.ts";
import { heatLabel } from "../model/map-address.ts";
import { choice, type Params } from "../model/url-state.ts";
import { heatOrder } from "./heat-choices.tsx";
import { useSelection } from "./use-selection.ts";

/** Larger maps are not clustered. */
const CLUSTERED_ROWS = 5000;
/** The address says nothing of a cut into so many. */
export const USUAL_CUT = 4;

/** All of a heat map that is shown: its rows and columns, cells as they come, order, dendrogram, chosen pair. */
export function useHeat(group: string, list: readonly string[], columnList: readonly string[], params: Params) {
  const orderName = heatOrder(params);
  const variant = choice<HeatVariant>(params, "variant", ["raw", "z", "percentile"]);
  const method = choice(params, "linkage", ["average", "ward"]);
  const cut = Math.max(1, Math.min(40, Number(params.cut) || USUAL_CUT));
  const selection = useSelection(group, list, columnList);
  const rowsAnswer = useMapRows(group, list);
  const columnsAnswer = useMapRows(group, columnList);
  const rows = rowsAnswer.data?.rows;
  const columns = columnsAnswer.data?.rows;
  const size = { rows: rows?.length ?? 0, columns: columns?.length ?? 0 };
  // While the rows of another list stand for those that are asked, their number is not known.
  const canCluster = size.rows > 1 && size.rows <= CLUSTERED_ROWS && !rowsAnswer.isPlaceholderData;
  const clusters = useMapClusters(group, list, method, size.rows, canCluster);
  const { source, complete, quantiles } = selection;
  const pair: HeatPair | undefined = useMemo(() => {
    const row = rows?.findIndex((one) => String(one.row) === params.row) ?? -1;
    const column = columns?.findIndex((one) => String(one.row) === params.column) ?? -1;
    return row >= 0 && column >= 0 ? { row, column } : undefined;
  }, [rows, columns, params.row, params.column]);
  const same = list.join() === columnList.join();
  const tree = clusters.data?.rows.length === size.rows ? clusters.data : undefined;
  // Until all of a large map is here it is shown from afar, in the order given.
  const isMovable = complete || !(source !== undefined && source.cells.tiles.length > FEW_TILES);
  const isClustered = orderName === "clustered" && tree !== undefined && isMovable;
  const rowOrder = useMemo(() => {
    const given = Uint32Array.from({ length: size.rows }, (_, k) => k);
    if (isClustered) return Uint32Array.from(tree!.order);
    if (orderName !== "similarity" || source === undefined || !complete) return given;
    const column = pair?.column ?? 0;
    const value = (row: number): number => cosineOf(source.cells, row, column) ?? Number.NEGATIVE_INFINITY;
    return given.sort((a, b) => value(b) - value(a) || a - b);
  }, [size.rows, isClustered, tree, orderName, source, complete, pair?.column]);
  const columnOrder = useMemo(
    () => (same ? rowOrder : Uint32Array.from({ length: size.columns }, (_, k) => k)),
    [same, rowOrder, size.columns],
  );
  const drawnTree = useMemo(
    () => (isClustered ? brackets(tree!.merges, Array.from(rowOrder)) : []),
    [isClustered, tree, rowOrder],
  );
  const cutClusters = useMemo(
    () => (isClustered ? clustersInOrder(tree!.merges, Array.from(rowOrder), cut) : []),
    [isClustered, tree, rowOrder, cut],
  );
  const shown = useMemo(
    () => (source === undefined ? undefined : shownAs(source.cells, complete ? variant : "raw", quantiles)),
    [source, variant, complete, quantiles],
  );
  const labels = useMemo(() => rows?.map(heatLabel) ?? [], [rows]);
  const columnLabels = useMemo(() => columns?.map(heatLabel) ?? [], [columns]);
  return {
    orderName,
    variant,
    method,
    cut,
    rows,
    columns,
    size,
    pair,
    source,
    complete,
    settled: selection.settled,
    error: selection.error ?? rowsAnswer.error ?? columnsAnswer.error ?? undefined,
    percentile: quantiles.length > 1 ? selection.percentile : undefined,
    isClustered,
    /** More rows than are clustered. */
    isTooLarge: size.rows > CLUSTERED_ROWS,
    clustering: canCluster && clusters.isFetching && orderName === "clustered",
    rowOrder,
    columnOrder,
    tree: drawnTree,
    /** Cluster of each place drawn; empty unless clustered. */
    clusters: cutClusters,
    shown,
    labels,
    columnLabels,
    notFound: [...new Set([...(rowsAnswer.data?.notFound ?? []), ...(columnsAnswer.data?.notFound ?? [])])],
  };
}

/** A heat map as it is shown. */
export type Heat = ReturnType<typeof useHeat>;
