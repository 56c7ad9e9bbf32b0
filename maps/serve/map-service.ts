import type { Place } from "@artesian/data";
import { StoreUnreachableError, UnknownGroupError } from "../errors.ts";
import { type Catalog, type CatalogVersion, versionIn } from "../group-catalog.ts";
import type { GroupManifest } from "../group-manifest.ts";
import type { NativeBlas } from "../native-products.ts";
import { byteCache } from "./byte-cache.ts";
import { followCatalog, type ServiceLog, type StoreProblem } from "./follow-catalog.ts";
import { checkGivingBack } from "./give-back.ts";
import { type GroupView, groupView, type NamesSource } from "./group-view.ts";
import { knownManifests } from "./known-manifests.ts";
import { type Eviction, type LocalLayer, type LocalState, openLocalLayer } from "./local-layer.ts";
import { prefetch } from "./prefetch.ts";
import { fileScan } from "./scan-file.ts";
import type { SharedNotices, SharedState } from "./shared-notices.ts";
import { versionUses } from "./version-uses.ts";

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
  storeProblem: StoreProblem | null;
  local: { heldBytes: number; budgetBytes: number; damaged: LocalLayer["damaged"] } | null;
  memory: { heldBytes: number; budgetBytes: number };
  redis: SharedState;
}

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
  log?: ServiceLog;
}

/** Starts to serve a store; an unreachable store is served from copies of an earlier process, if there are any. */
export async function openMapService(options: MapServiceOptions): Promise<MapService> {
  const { store, local, clock = Date.now, log = () => {}, followMs = 2000, wholeBytes } = options;
  const cache = byteCache(options.memoryBytes ?? 256 * 2 ** 20);
  const scan = fileScan();
  const uses = versionUses();
  const views = new Map<string, GroupView>();
  const listeners = new Set<(catalog: Catalog) => void>();

  const layer =
    local &&
    (await openLocalLayer({
      store,
      local,
      budgetBytes: options.localBytes ?? 20 * 2 ** 30,
      clock,
      keeps: (name) => isPinned(name) || uses.of(name) > 0,
    }));
  const place = layer?.place ?? store;
  const manifests = knownManifests(store, layer && { local, layer });
  const fetchBehind = (manifest: GroupManifest): void => {
    if (layer !== undefined && options.prefetch !== false && !isOutOfReach()) prefetch(layer, manifest, clock, log);
  };
  const isOutOfReach = (): boolean => followed.problem()?.kind === "unreachable";
  const followed = followCatalog({
    store,
    local,
    followMs,
    clock,
    log,
    manifestOf: manifests.read,
    isWithinReach: (name) => !isOutOfReach() || (layer?.isHeld(name) ?? false),
    onGood(manifest, catalog) {
      const wasHeld = layer?.held().some(({ name }) => name.startsWith(`${manifest.id}@`));
      if (manifest.id === catalog.default || wasHeld) fetchBehind(manifest);
    },
    onSwap(catalog) {
      // Views of versions that are gone from the catalogue are dropped once nobody uses them.
      for (const name of views.keys()) if (!followed.isServed(name) && uses.of(name) === 0) views.delete(name);
      for (const listener of listeners) listener(catalog);
      const served = catalog.groups.flatMap(({ id, versions }) =>
        versions
          .filter(({ version }) => version === followed.served(id))
          .map(({ version, created }) => ({ name: `${id}@${version}`, createdMs: Date.parse(created) })),
      );
      options.notices?.available(served);
    },
  });
  const isPinned = (name: string): boolean =>
    name.split("@")[0] === followed.catalog().default && followed.isServed(name);
  await followed.start();
  options.notices?.onPublished(() => void followed.refresh());

  const viewOf = (name: string, manifest: GroupManifest): GroupView => {
    const made =
      views.get(name) ??
      groupView(place, manifest, {
        cache,
        scan,
        native: options.native,
        names: options.names,
        ...(wholeBytes === undefined ? {} : { wholeBytes }),
      });
    views.set(name, made);
    return made;
  };
  const servedGroup = (id: string): ServedGroup | undefined => {
    const catalog = followed.catalog();
    const { label, versions, current } = catalog.groups.find((group) => group.id === id)!;
    const version = versions.find((one) => one.version === (followed.served(id) ?? current));
    if (version === undefined) return undefined;
    const manifest = manifests.known(`${id}@${version.version}`);
    return {
      id,
      label,
      isDefault: id === catalog.default,
      version,
      versions,
      layers: {
        store: isOutOfReach() ? "unreachable" : "here",
        local: layer === undefined ? "not needed" : manifest === undefined ? "absent" : layer.stateOf(manifest),
        memoryBytes: cache.held(`${id}@${version.version}/`),
      },
      drift: followed.drift(id) ?? null,
      inUse: uses.ofGroup(id),
    };
  };

  return {
    store,
    catalog: followed.catalog,
    status: () => ({
      store: store.uri,
      revision: followed.catalog().revision,
      default: followed.catalog().default,
      seenMs: followed.seenMs(),
      storeProblem: followed.problem(),
      local: layer ? { heldBytes: layer.heldBytes(), budgetBytes: layer.budgetBytes, damaged: layer.damaged } : null,
      memory: { heldBytes: cache.held(), budgetBytes: cache.budgetBytes },
      redis: options.notices?.state() ?? { state: "not used" },
    }),
    groups: () => followed.catalog().groups.flatMap(({ id }) => servedGroup(id) ?? []),
    async lease(asked) {
      const catalog = followed.catalog();
      const name = followed.nameOf(asked);
      const [id = "", version = ""] = name.split("@");
      const found = versionIn(catalog, id, version);
      if (found === undefined) {
        const known = catalog.groups.flatMap((group) => group.versions.map((one) => `${group.id}@${one.version}`));
        throw new UnknownGroupError(asked, store.uri, known);
      }
      const release = uses.begin(name);
      try {
        const isHeld = layer?.isHeld(name) ?? false;
        if (isOutOfReach() && !isHeld) throw new StoreUnreachableError(store.uri, name, followed.problem()!.message);
        const manifest = await manifests.read(catalog, name);
        layer?.used(name);
        options.notices?.used(name);
        fetchBehind(manifest);
        const view = viewOf(name, manifest);
        const from = cache.held(`${name}/`) > 0 ? "memory" : isHeld ? "local" : "store";
        return { view, manifest, version: found.version, layer: from, release };
      } catch (error) {
        release();
        throw error;
      }
    },
    refresh: followed.refresh,
    async fetch(name) {
      await layer?.fetch(await manifests.read(followed.catalog(), followed.nameOf(name)));
    },
    async evict(asked, { actor, dryRun = false }) {
      const name = followed.nameOf(asked);
      await checkGivingBack(store, {
        name,
        inUse: uses.of(name),
        isHeld: layer?.isHeld(name) ?? false,
        isPinned: isPinned(name),
        manifest: manifests.known(name),
      });
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
      await followed.close();
      await layer?.flush();
    },
  };
}
