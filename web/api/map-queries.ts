/** Questions about the groups of a store of maps. */
import type {
  KeptMapList,
  MapBenchmark,
  MapCache,
  MapCardAnswer,
  MapClusters,
  MapComparison,
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
  MapQuantiles,
  MapReplicates,
  MapRows,
  MapRunDetail,
  MapRunList,
  MapStatus,
  MapTrust,
  MapWhyMissing,
  SavedCardDetail,
  SavedCards,
  SimilarityBlock,
} from "@artesian/server/api.ts";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { UnreachableError } from "../errors.ts";
import { isKeptList, isLongList, memberText } from "../model/map-address.ts";
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
    queryKey: ["groups", "", group, name, query, options.body ?? null],
    queryFn: ({ signal }) => (options.body === undefined ? read<T>(url, signal) : send<T>(url, options.body)),
    enabled: options.enabled ?? true,
    placeholderData: keepPreviousData,
  });
}

/** Groups of the store, with layers and drift. Asked again every few seconds: another server may publish. */
export const useMapGroups = (enabled = true) =>
  useQuery<MapGroupList>({
    queryKey: ["groups", "", "groups"],
    queryFn: ({ signal }) => read<MapGroupList>(address("/maps/groups"), signal),
    enabled,
    refetchInterval: 5000,
  });

/** State of the store. */
export const useMapStatus = () =>
  useQuery<MapStatus>({
    queryKey: ["groups", "", "status"],
    queryFn: ({ signal }) => read<MapStatus>(address("/maps/status"), signal),
    refetchInterval: 5000,
  });

/** Copies on the server's machine, and what was given back. */
export const useMapCache = (enabled: boolean) =>
  useQuery<MapCache>({
    queryKey: ["groups", "", "cache"],
    queryFn: ({ signal }) => read<MapCache>(address("/maps/cache"), signal),
    enabled,
  });

/** Builds of maps, newest first; asked again while one may be running. */
export const useMapRuns = () =>
  useQuery<MapRunList>({
    queryKey: ["groups", "", "runs"],
    queryFn: ({ signal }) => read<MapRunList>(address("/maps/runs"), signal),
    refetchInterval: 5000,
  });

/** One build with its log. */
export const useMapRun = (id: string) =>
  useQuery<MapRunDetail>({
    queryKey: ["groups", "", "runs", id],
    queryFn: ({ signal }) => read<MapRunDetail>(address(parts("maps", "runs", id)), signal),
    refetchInterval: (query) => (query.state.data?.run.state === "running" ? 2000 : false),
  });

/** A group version in full. */
export const useMapGroup = (group: string) => useGroupAnswer<MapGroupDetail>("", group, {});
/** Its health card. */
export const useMapHealth = (group: string, enabled = true) =>
  useGroupAnswer<MapHealthAnswer>("/health", group, {}, { enabled });
/** Quantiles of its cosines, which percentiles are told from. */
export const useMapQuantiles = (group: string) => useGroupAnswer<MapQuantiles>("/quantiles", group, {});
/** How it differs from another version. */
export const useMapComparison = (group: string, other: string | undefined) =>
  useGroupAnswer<MapComparison>("/compare", group, { with: other }, { enabled: other !== undefined });
/** A page of rows by any name. */
export const useMapSearch = (group: string, q: string, limit: number) =>
  useGroupAnswer<MapRows>("/rows", group, { q, limit }, { enabled: q.trim() !== "" });
/** The rows with the strongest phenotypes. */
export const useStrongestRows = (group: string, count: number, enabled: boolean) =>
  useGroupAnswer<MapRows>("/rows", group, { limit: count }, { enabled });
/** A long list that the server keeps; it never changes. */
export const useKeptList = (name: string) =>
  useQuery<KeptMapList>({
    queryKey: ["kept list", name],
    queryFn: ({ signal }) => read<KeptMapList>(address(parts("maps", "lists", name)), signal),
    staleTime: Number.POSITIVE_INFINITY,
  });
/** A list as an address holds it: the names, or, of many, the name of the list that the server keeps from now on. */
export async function addressOfList(names: readonly string[]): Promise<string> {
  if (!isLongList(names)) return memberText(names);
  const entries = names.filter((name) => !isKeptList(name));
  const { list } = await send<KeptMapList>(address("/maps/lists"), { entries });
  return memberText([...names.filter(isKeptList), list]);
}
/** Rows that a list names, in its order. */
export const useMapRows = (group: string, rows: readonly string[]) =>
  useGroupAnswer<MapRows>("/rows", group, {}, { body: { rows }, enabled: rows.length > 0 });
/** Nearest rows in both tails. */
export const useMapNeighbours = (group: string, of: string | undefined) =>
  useGroupAnswer<MapNeighbours>("/neighbours", group, { of, count: 50, novelty: true }, { enabled: of !== undefined });
/** Rows projected on a target. */
export const useMapProjection = (
  group: string,
  body: { target: string; rows: string[]; mode: "unit" | "magnitude" | "rescue"; controls: number; healthy?: string },
  enabled: boolean,
) => useGroupAnswer<MapProjection>("/projection", group, {}, { body, enabled });
/** The exact cosine of one pair, with its percentile. */
export const useMapPair = (group: string, row: number, column: number) =>
  useGroupAnswer<SimilarityBlock>("/similarity", group, { rows: row, columns: column, percentiles: true });
/** One row split by experiment, and its wells. */
export const useMapReplicates = (group: string, of: string | undefined) =>
  useGroupAnswer<MapReplicates>("/replicates", group, { of }, { enabled: of !== undefined });
/** Dendrogram of rows; the best order of its leaves takes long for many. @param count rows that the list means */
export const useMapClusters = (
  group: string,
  rows: readonly string[],
  method: "average" | "ward",
  count: number,
  enabled: boolean,
) =>
  useGroupAnswer<MapClusters>(
    "/cluster",
    group,
    {},
    { body: { rows, method, leaves: count <= 400 ? "optimal" : "tight" }, enabled },
  );
/** Gene sets over-represented among rows. */
export const useMapEnrichment = (group: string, rows: readonly string[], enabled: boolean) =>
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
/** Where something is, and why it is not elsewhere. @param rows those that the map shows; undefined: all */
export const useMapWhy = (group: string, name: string | undefined, rows: string | undefined) =>
  useGroupAnswer<MapWhyMissing>("/why", group, { name, rows }, { enabled: name !== undefined });
/** What all groups know of a perturbation. */
export const useMapPerturbation = (name: string, enabled: boolean) =>
  useQuery<MapPerturbation>({
    queryKey: ["groups", "", "perturbation", name],
    queryFn: ({ signal }) => read<MapPerturbation>(address(parts("maps", "perturbations", name)), signal),
    enabled,
    retry: false,
  });
/** Kept hypotheses. */
export const useSavedCards = (q = "") =>
  useQuery<SavedCards>({
    queryKey: ["groups", "", "cards", q],
    queryFn: ({ signal }) => read<SavedCards>(address("/maps/cards", { q }), signal),
  });

/** A kept hypothesis with its evidence. */
export const useSavedCard = (id: string | undefined) =>
  useQuery<SavedCardDetail>({
    queryKey: ["groups", "", "cards", "one", id ?? ""],
    queryFn: ({ signal }) => read<SavedCardDetail>(address(parts("maps", "cards", id ?? "")), signal),
    enabled: id !== undefined,
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
