import { MissingFileError, type Place, sha256 } from "@artesian/data";
import { EvictionRefusedError, GroupFileError, StoreUnreachableError, UnknownGroupError } from "../errors.ts";
import {
  CATALOG_KEY,
  type Catalog,
  type CatalogVersion,
  EMPTY_CATALOG,
  readCatalog,
  versionIn,
} from "../group-catalog.ts";
import { type GroupManifest, manifestKey, readManifest } from "../group-manifest.ts";
import type { NativeBlas } from "../native-products.ts";
import { openGroup } from "../read-group.ts";
import { byteCache } from "./byte-cache.ts";
import { type GroupView, groupView, type NamesSource } from "./group-view.ts";
import { type Eviction, type LocalLayer, type LocalState, openLocalLayer } from "./local-layer.ts";
import { fileScan } from "./scan-file.ts";

/** Where a group version's bytes come from when it is asked: memory for what is kept, this machine's disk, or the store. */
export type Layer = "memory" | "local" | "store";

/** A group version that somebody works with; it is neither evicted nor swapped away before it is released. */
export interface Lease {
  view: GroupView;
  manifest: GroupManifest;
  version: CatalogVersion;
  /** Layer that the first answer will come from. */
  layer: Layer;
  release(): void;
}

export interface ServedGroup {
  id: string;
  label: string;
  isDefault: boolean;
  /** Version that answers come from. */
  version: CatalogVersion;
  /** All versions of the store, newest first. */
  versions: CatalogVersion[];
  layers: { store: "here" | "unreachable"; local: LocalState | "not needed"; memoryBytes: number };
  /** Why the version served is not the store's current one; null when it is. */
  drift: string | null;
  /** Requests that are being answered from any version of it. */
  inUse: number;
}

export interface ServiceStatus {
  store: string;
  revision: number;
  default: string | null;
  /** When the store's catalogue was last seen; null: never by this process. */
  seenMs: number | null;
  /** Why the store cannot be read, and since when. */
  storeProblem: { message: string; sinceMs: number } | null;
  local: { heldBytes: number; budgetBytes: number; damaged: LocalLayer["damaged"] } | null;
  memory: { heldBytes: number; budgetBytes: number };
  redis: SharedState;
}

/** What servers share beside the store: a hint that something changed, and counts of use. Everything works without it, a little later. */
export interface SharedNotices {
  /** Calls back when another server or a publisher says that the catalogue changed. */
  onPublished(listener: () => void): void;
  /** Tells which group versions are available, with the time that each was built (ms). */
  available(groups: readonly { name: string; createdMs: number }[]): void;
  /** Counts one use of a group version. */
  used(name: string): void;
  state(): SharedState;
}

export type SharedState = { state: "not used" | "connected" } | { state: "lost"; problem: string; sinceMs: number };

/** Serves the groups of a store: follows its catalogue, keeps copies, and gives views of group versions. */
export interface MapService {
  /** Where the groups are published, with the runs that built them. */
  readonly store: Place;
  status(): ServiceStatus;
  groups(): ServedGroup[];
  catalog(): Catalog;
  /**
   * A group version to work with until it is released.
   * @param name "id" for the version served, or "id@version"
   * @throws UnknownGroupError (maps/unknown-group), StoreUnreachableError (maps/store-unreachable), GroupFileError (maps/group-file)
   */
  lease(name: string): Promise<Lease>;
  /** Looks at the store now. @returns whether its catalogue changed */
  refresh(): Promise<boolean>;
  /** Fetches a version to this machine's disk. */
  fetch(name: string): Promise<void>;
  /**
   * Gives a version's memory and local copy back.
   * @throws EvictionRefusedError (maps/eviction-refused) for what is in use, pinned, or the only good copy within reach
   */
  evict(
    name: string,
    by: { actor: string; dryRun?: boolean },
  ): Promise<{ name: string; freedBytes: number; memoryBytes: number; dryRun: boolean }>;
  evictions(): Promise<Eviction[]>;
  /** Calls back after the catalogue served changed, with its revision. @returns ends it */
  onChange(listener: (catalog: Catalog) => void): () => void;
  close(): Promise<void>;
}

export interface MapServiceOptions {
  store: Place;
  /** Folder for copies; without it every read goes to the store, as is right for a store that is a folder. */
  local?: Place;
  /** Of copies; default 20 GiB. */
  localBytes?: number;
  /** Of what is kept in memory; default 256 MiB. */
  memoryBytes?: number;
  /** Vectors of a group up to this size are kept in memory as a whole; default 64 MiB. */
  wholeBytes?: number;
  /** Fetch the default group and what is asked for; default true. */
  prefetch?: boolean;
  /** A BLAS for questions that compare all rows with each other, see `nativeBlas`. Default: the compiled kernels. */
  native?: NativeBlas | undefined;
  /** Names by which rows are found beside those of each group, such as those of a data folder's store. */
  names?: NamesSource | undefined;
  /** Redis, or nothing. */
  notices?: SharedNotices;
  /** Time between looks at the catalogue; default 2,000. */
  followMs?: number;
  /** Milliseconds since 1970; default Date.now. */
  clock?: () => number;
  /** What happens behind the answers: a fetch, a damaged copy, a store out of reach. */
  log?: (level: "info" | "warn", message: string, data: Record<string, unknown>) => void;
}

/** Catalogue as served: for each group the version that answers come from. */
interface Snapshot {
  catalog: Catalog;
  etag: string | undefined;
  served: Map<string, string>;
  drift: Map<string, string>;
}

/** Starts to serve a store; an unreachable store is served from copies of an earlier process, if there are any. */
export async function openMapService(options: MapServiceOptions): Promise<MapService> {
  const { store, clock = Date.now, log = () => {}, followMs = 2000, wholeBytes } = options;
  const cache = byteCache(options.memoryBytes ?? 256 * 2 ** 20);
  const scan = fileScan();
  const uses = new Map<string, number>();
  const views = new Map<string, GroupView>();
  const manifests = new Map<string, GroupManifest>();
  const listeners = new Set<(catalog: Catalog) => void>();
  let snapshot: Snapshot = { catalog: EMPTY_CATALOG, etag: undefined, served: new Map(), drift: new Map() };
  let seenMs: number | null = null;
  let storeProblem: ServiceStatus["storeProblem"] = null;
  const isPinned = (name: string): boolean => {
    const first = snapshot.catalog.default;
    return first !== null && name === `${first}@${snapshot.served.get(first)}`;
  };
  const layer =
    options.local &&
    (await openLocalLayer({
      store,
      local: options.local,
      budgetBytes: options.localBytes ?? 20 * 2 ** 30,
      clock,
      keeps: (name) => isPinned(name) || (uses.get(name) ?? 0) > 0,
    }));
  const place = layer?.place ?? store;

  const fetchInBackground = (manifest: GroupManifest): void => {
    if (
      options.prefetch === false ||
      layer === undefined ||
      layer.stateOf(manifest) !== "absent" ||
      storeProblem !== null
    )
      return;
    const name = `${manifest.id}@${manifest.version}`;
    const startedMs = clock();
    layer.fetch(manifest).then(
      () =>
        log("info", "fetched a group version", {
          group: name,
          ms: clock() - startedMs,
          state: layer.stateOf(manifest),
        }),
      (error: Error) => log("warn", "could not fetch a group version", { group: name, problem: error.message }),
    );
  };
  const manifestOf = async (catalog: Catalog, name: string): Promise<GroupManifest> => {
    const known = manifests.get(name);
    if (known !== undefined) return known;
    const manifest = await openGroup(place, catalog, name).catch((error: unknown) =>
      localManifest(catalog, name, error),
    );
    manifests.set(name, manifest);
    return manifest;
  };
  /** The copy of a manifest that was fetched with its group, when the store cannot be read. */
  const localManifest = async (catalog: Catalog, name: string, cause: unknown): Promise<GroupManifest> => {
    const [id = "", version = ""] = name.split("@");
    const isHeld = layer?.held().some((one) => one.name === name);
    if (options.local === undefined || !isHeld || cause instanceof GroupFileError) throw cause;
    const key = manifestKey({ id, version });
    const bytes = await options.local.read(key);
    const digest = versionIn(catalog, id, version)?.version.manifest.sha256;
    if (sha256(bytes) !== digest) throw cause;
    return readManifest(new TextDecoder().decode(bytes), key);
  };

  /** Makes a catalogue the one that is served: each group at its current version, or at the last good one when that cannot be read. */
  const swap = async (catalog: Catalog, etag: string | undefined): Promise<void> => {
    const next: Snapshot = { catalog, etag, served: new Map(), drift: new Map() };
    await Promise.all(
      catalog.groups.map(async ({ id, current }) => {
        try {
          const manifest = await manifestOf(catalog, `${id}@${current}`);
          next.served.set(id, current);
          const wasHeld = layer?.held().some(({ name }) => name.startsWith(`${id}@`));
          if (id === catalog.default || wasHeld) fetchInBackground(manifest);
        } catch (error) {
          const before = snapshot.served.get(id);
          const { message } = error as Error;
          log("warn", "a group version cannot be served", { group: `${id}@${current}`, problem: message });
          next.drift.set(id, `version ${current} cannot be read: ${message}`);
          if (before !== undefined && versionIn(catalog, id, before) !== undefined) next.served.set(id, before);
        }
      }),
    );
    snapshot = next;
    // Views of versions that are gone from the catalogue are dropped once nobody uses them.
    for (const name of views.keys()) if (!isServed(name) && (uses.get(name) ?? 0) === 0) views.delete(name);
    for (const listener of listeners) listener(catalog);
    options.notices?.available(
      catalog.groups.flatMap(({ id, versions }) => {
        const version = next.served.get(id);
        const found = versions.find((one) => one.version === version);
        return found === undefined ? [] : [{ name: `${id}@${version}`, createdMs: Date.parse(found.created) }];
      }),
    );
  };
  const isServed = (name: string): boolean => {
    const [id = "", version] = name.split("@");
    return snapshot.served.get(id) === version;
  };

  const look = async (): Promise<boolean> => {
    try {
      const entry = await store.stat(CATALOG_KEY);
      if (storeProblem !== null) log("info", "the store can be read again", { store: store.uri });
      storeProblem = null;
      seenMs = clock();
      if (entry?.etag === snapshot.etag && snapshot.drift.size === 0) return false;
      if (entry === undefined) {
        await swap(EMPTY_CATALOG, undefined);
        return true;
      }
      const text = new TextDecoder().decode(await store.read(CATALOG_KEY));
      const catalog = readCatalog(text);
      const changed = catalog.revision !== snapshot.catalog.revision;
      await swap(catalog, entry.etag);
      await options.local?.write(CATALOG_KEY, text);
      return changed;
    } catch (error) {
      const { message } = error as Error;
      if (storeProblem === null) log("warn", "the store cannot be read", { store: store.uri, problem: message });
      storeProblem ??= { message, sinceMs: clock() };
      storeProblem.message = message;
      return false;
    }
  };
  let looking: Promise<boolean> | undefined;
  const refresh = (): Promise<boolean> => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };

  await refresh();
  if (storeProblem !== null && options.local !== undefined) {
    const text = await options.local.read(CATALOG_KEY).catch((error: unknown) => {
      if (error instanceof MissingFileError) return undefined;
      throw error;
    });
    if (text !== undefined) await swap(readCatalog(new TextDecoder().decode(text)), undefined);
  }
  options.notices?.onPublished(() => void refresh());
  const timer = setInterval(() => void refresh(), followMs);
  timer.unref();

  const nameOf = (asked: string): string => {
    const [id = "", version] = asked.split("@");
    const current = snapshot.catalog.groups.find((group) => group.id === id)?.current ?? "";
    return `${id}@${version ?? snapshot.served.get(id) ?? current}`;
  };
  const leaseOf = async (asked: string): Promise<Lease> => {
    const { catalog } = snapshot;
    const name = nameOf(asked);
    const [id = "", version = ""] = name.split("@");
    const found = versionIn(catalog, id, version);
    if (found === undefined) {
      const known = catalog.groups.flatMap((group) => group.versions.map((one) => `${group.id}@${one.version}`));
      throw new UnknownGroupError(asked, store.uri, known);
    }
    uses.set(name, (uses.get(name) ?? 0) + 1);
    const release = (): void => {
      const left = (uses.get(name) ?? 1) - 1;
      if (left > 0) uses.set(name, left);
      else uses.delete(name);
    };
    try {
      const isHeld = layer?.held().some((one) => one.name === name) ?? false;
      if (storeProblem !== null && !isHeld) throw new StoreUnreachableError(store.uri, name, storeProblem.message);
      const manifest = await manifestOf(catalog, name);
      layer?.used(name);
      options.notices?.used(name);
      fetchInBackground(manifest);
      const view =
        views.get(name) ??
        groupView(place, manifest, {
          cache,
          scan,
          native: options.native,
          names: options.names,
          ...(wholeBytes === undefined ? {} : { wholeBytes }),
        });
      views.set(name, view);
      const from = cache.held(`${name}/`) > 0 ? "memory" : isHeld ? "local" : "store";
      return { view, manifest, version: found.version, layer: from, release: once(release) };
    } catch (error) {
      release();
      throw error;
    }
  };

  return {
    store,
    catalog: () => snapshot.catalog,
    status: () => ({
      store: store.uri,
      revision: snapshot.catalog.revision,
      default: snapshot.catalog.default,
      seenMs,
      storeProblem,
      local:
        layer === undefined
          ? null
          : { heldBytes: layer.heldBytes(), budgetBytes: layer.budgetBytes, damaged: layer.damaged },
      memory: { heldBytes: cache.held(), budgetBytes: cache.budgetBytes },
      redis: options.notices?.state() ?? { state: "not used" },
    }),
    groups: () =>
      snapshot.catalog.groups.flatMap(({ id, label, versions, current }): ServedGroup[] => {
        const served = snapshot.served.get(id);
        const version = versions.find((one) => one.version === (served ?? current));
        if (version === undefined) return [];
        const manifest = manifests.get(`${id}@${version.version}`);
        const local = layer === undefined ? "not needed" : manifest === undefined ? "absent" : layer.stateOf(manifest);
        const inUse = [...uses].reduce((sum, [name, count]) => sum + (name.startsWith(`${id}@`) ? count : 0), 0);
        return [
          {
            id,
            label,
            isDefault: id === snapshot.catalog.default,
            version,
            versions,
            layers: {
              store: storeProblem === null ? "here" : "unreachable",
              local,
              memoryBytes: cache.held(`${id}@${version.version}/`),
            },
            drift: snapshot.drift.get(id) ?? null,
            inUse,
          },
        ];
      }),
    lease: leaseOf,
    refresh,
    async fetch(name) {
      const { catalog } = snapshot;
      await layer?.fetch(await manifestOf(catalog, nameOf(name)));
    },
    async evict(asked, { actor, dryRun = false }) {
      const name = nameOf(asked);
      const isHeld = layer?.held().some((one) => one.name === name) ?? false;
      if ((uses.get(name) ?? 0) > 0) throw new EvictionRefusedError(name, "requests are being answered from it");
      if (isHeld && isPinned(name))
        throw new EvictionRefusedError(name, "it is the version of the default group that is served");
      if (isHeld && !(await isInStore(store, manifests.get(name))))
        throw new EvictionRefusedError(name, "the store does not have it whole now, so this is the last good copy");
      const memoryBytes = cache.held(`${name}/`);
      const freedBytes = layer?.wouldFree(name) ?? 0;
      if (!dryRun) {
        cache.drop(`${name}/`);
        views.delete(name);
        await layer?.evict(name, { actor, reason: "asked for" });
      }
      return { name, freedBytes, memoryBytes, dryRun };
    },
    evictions: async () => (await layer?.evictions()) ?? [],
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async close() {
      clearInterval(timer);
      await looking;
      await layer?.flush();
    },
  };
}

/** Whether the store has every file of a version at its size. */
async function isInStore(store: Place, manifest: GroupManifest | undefined): Promise<boolean> {
  if (manifest === undefined) return false;
  try {
    const found = await Promise.all(Object.values(manifest.files).map(({ key }) => store.stat(key)));
    return Object.values(manifest.files).every(({ sizeBytes }, i) => found[i]?.sizeBytes === sizeBytes);
  } catch {
    return false;
  }
}

function once(call: () => void): () => void {
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    call();
  };
}
