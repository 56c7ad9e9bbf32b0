/** Questions about the groups of a store of maps; the tiles of a heat map as they come. */
import type {
  MapBenchmark,
  MapCardAnswer,
  MapClusters,
  MapCompounds,
  MapEnrichment,
  MapFunnel,
  MapGroupDetail,
  MapGroupList,
  MapHealthAnswer,
  MapKnown,
  MapNeighbours,
  MapPerturbation,
  MapProjection,
  MapProxies,
  MapReplicates,
  MapRows,
  MapSelection,
  MapStatus,
  MapTrust,
  MapWhyMissing,
  SavedCards,
  SimilarityBlock,
} from "@artesian/server/api.ts";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { NotJsonError, UnreachableError } from "../errors.ts";
import { emptyCells, type HeatCells } from "../model/heat-cells.ts";
import { address, errorFrom, parts, read, send } from "./client.ts";

export type { MapBenchmark };

/** Address under a group version. */
export const groupAddress = (group: string, rest = "", query: Parameters<typeof address>[1] = {}): string =>
  address(`${parts("maps", "groups", group)}${rest}`, query);

function useGroupAnswer<T>(
  name: string,
  group: string,
  query: Parameters<typeof address>[1],
  options: { body?: unknown; enabled?: boolean } = {},
) {
  const url = groupAddress(group, name, query);
  return useQuery<T>({
    queryKey: ["map", "", group, name, query, options.body ?? null],
    queryFn: ({ signal }) => (options.body === undefined ? read<T>(url, signal) : send<T>(url, options.body)),
    enabled: options.enabled ?? true,
    placeholderData: keepPreviousData,
  });
}

/** Groups of the store, with layers and drift. Asked again every few seconds: another server may publish. */
export const useMapGroups = (enabled = true) =>
  useQuery<MapGroupList>({
    queryKey: ["map", "", "groups"],
    queryFn: ({ signal }) => read<MapGroupList>(address("/maps/groups"), signal),
    enabled,
    refetchInterval: 5000,
  });

/** State of the store. */
export const useMapStatus = () =>
  useQuery<MapStatus>({
    queryKey: ["map", "", "status"],
    queryFn: ({ signal }) => read<MapStatus>(address("/maps/status"), signal),
    refetchInterval: 5000,
  });

/** A group version in full. */
export const useMapGroup = (group: string) => useGroupAnswer<MapGroupDetail>("", group, {});
/** Its health card. */
export const useMapHealth = (group: string) => useGroupAnswer<MapHealthAnswer>("/health", group, {});
/** Rows by any name. */
export const useMapSearch = (group: string, q: string) =>
  useGroupAnswer<MapRows>("/rows", group, { q, limit: 30 }, { enabled: q.trim() !== "" });
/** Rows that a list names, in its order. */
export const useMapRows = (group: string, rows: string) =>
  useGroupAnswer<MapRows>("/rows", group, { rows, limit: 20_000 });
/** Nearest rows in both tails. */
export const useMapNeighbours = (group: string, of: string | undefined) =>
  useGroupAnswer<MapNeighbours>("/neighbours", group, { of, count: 12, novelty: true }, { enabled: of !== undefined });
/** Rows projected on a target. */
export const useMapProjection = (
  group: string,
  body: { target: string; rows: string[]; mode: "unit" | "magnitude" | "rescue"; healthy?: string },
  enabled: boolean,
) => useGroupAnswer<MapProjection>("/projection", group, {}, { body, enabled });
/** The exact cosine of one pair, with its percentile. */
export const useMapPair = (group: string, row: number, column: number) =>
  useGroupAnswer<SimilarityBlock>("/similarity", group, { rows: row, columns: column, percentiles: true });
/** One row split by experiment, and its wells. */
export const useMapReplicates = (group: string, of: string | undefined) =>
  useGroupAnswer<MapReplicates>("/replicates", group, { of }, { enabled: of !== undefined });
/** Dendrogram of rows. */
export const useMapClusters = (group: string, rows: string[], enabled: boolean) =>
  useGroupAnswer<MapClusters>(
    "/cluster",
    group,
    {},
    { body: { rows, leaves: rows.length <= 400 ? "optimal" : "tight" }, enabled },
  );
/** Gene sets over-represented among rows. */
export const useMapEnrichment = (group: string, rows: string[], enabled: boolean) =>
  useGroupAnswer<MapEnrichment>("/enrichment", group, {}, { body: { rows }, enabled });
/** Can a row be trusted. */
export const useMapTrust = (group: string, of: string | undefined) =>
  useGroupAnswer<MapTrust>("/trust", group, { of }, { enabled: of !== undefined });
/** Trusted genes of the same pathways. */
export const useMapProxies = (group: string, of: string | undefined) =>
  useGroupAnswer<MapProxies>("/proxies", group, { of }, { enabled: of !== undefined });
/** Compounds opposite or alike. */
export const useMapCompounds = (group: string, of: string | undefined, side: "opposite" | "similar") =>
  useGroupAnswer<MapCompounds>("/compounds", group, { of, side }, { enabled: of !== undefined });
/** Known relations beside new ones. */
export const useMapKnown = (group: string, of: string | undefined) =>
  useGroupAnswer<MapKnown>("/known", group, { of }, { enabled: of !== undefined });
/** A hypothesis as it would be kept now. */
export const useMapCard = (group: string, a: string | undefined, b: string | undefined) =>
  useGroupAnswer<MapCardAnswer>("/card", group, { a, b }, { enabled: a !== undefined && b !== undefined });
/** Where something is, and why it is not elsewhere. */
export const useMapWhy = (group: string, name: string | undefined) =>
  useGroupAnswer<MapWhyMissing>("/why", group, { name }, { enabled: name !== undefined });
/** What all groups know of a perturbation. */
export const useMapPerturbation = (name: string, enabled: boolean) =>
  useQuery<MapPerturbation>({
    queryKey: ["map", "", "perturbation", name],
    queryFn: ({ signal }) => read<MapPerturbation>(address(parts("maps", "perturbations", name)), signal),
    enabled,
    retry: false,
  });
/** Kept hypotheses. */
export const useSavedCards = (q = "") =>
  useQuery<SavedCards>({
    queryKey: ["map", "", "cards", q],
    queryFn: ({ signal }) => read<SavedCards>(address("/maps/cards", { q }), signal),
  });

/** Reads the funnel with counts as they grow. @returns ends the reading */
export function readFunnel(
  group: string,
  query: Parameters<typeof address>[1],
  listener: {
    onCounts: (counts: MapFunnel["counts"], done: number) => void;
    onDone: (funnel: MapFunnel) => void;
    onError: (error: unknown) => void;
  },
): () => void {
  const url = groupAddress(group, "/funnel/live", query);
  const source = new EventSource(url);
  source.addEventListener("counts", (event: MessageEvent<string>) => {
    const { counts, done } = JSON.parse(event.data) as { counts: MapFunnel["counts"]; done: number };
    listener.onCounts(counts, done);
  });
  source.addEventListener("done", (event: MessageEvent<string>) => {
    source.close();
    listener.onDone(JSON.parse(event.data) as MapFunnel);
  });
  const failed = (event: Event): void => {
    source.close();
    const { data } = event as MessageEvent<string | undefined>;
    listener.onError(data === undefined ? new UnreachableError(url) : errorFrom(JSON.parse(data), url, 500));
  };
  source.addEventListener("failed", failed);
  source.addEventListener("error", failed);
  return () => source.close();
}

/** Cells of a selection that fill as tiles come. */
export interface TileSource {
  cells: HeatCells;
  onTile: (listener: (index: number) => void) => () => void;
  /** Resolves when every tile is here. */
  whole: Promise<void>;
  stop: () => void;
}

/** Tiles that are asked for at once. */
const AT_ONCE = 6;

/** Reads the finest tiles of a selection, those at the top left first. */
export function openTiles(group: string, { selection, rows, columns }: MapSelection): TileSource {
  const cells = emptyCells(rows.length, columns.length);
  const listeners = new Set<(index: number) => void>();
  const ending = new AbortController();
  const waiting = cells.tiles
    .map((_, index) => ({ index, row: Math.floor(index / cells.tileColumns), column: index % cells.tileColumns }))
    .sort((a, b) => a.row + a.column - b.row - b.column || a.index - b.index);
  const reader = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const url = groupAddress(group, `/selections/${selection}/tiles/0/${next.row}/${next.column}`);
      const response = await fetch(url, { signal: ending.signal });
      if (!response.ok) throw errorFrom(await response.json().catch(() => undefined), url, response.status);
      const bytes = new Int8Array(await response.arrayBuffer());
      if (bytes.length !== 65_536) throw new NotJsonError(url, response.status);
      cells.tiles[next.index] = bytes;
      for (const listener of listeners) listener(next.index);
    }
  };
  return {
    cells,
    onTile: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    whole: Promise.all(Array.from({ length: AT_ONCE }, reader)).then(() => undefined),
    stop: () => ending.abort(),
  };
}
