import { MissingFileError, type Place } from "@artesian/data";
import { GroupFileError } from "../errors.ts";
import { CATALOG_KEY, type Catalog, EMPTY_CATALOG, readCatalog, versionIn } from "../group-catalog.ts";
import type { GroupManifest } from "../group-manifest.ts";

/** What happens behind the answers: a fetch, a damaged copy, a store out of reach. */
export type ServiceLog = (level: "info" | "warn", message: string, data: Record<string, unknown>) => void;

/** Why a store's catalogue cannot be read: the store is out of reach, or the catalogue is damaged, while groups can be read all the same. */
export interface StoreProblem {
  kind: "unreachable" | "damaged";
  message: string;
  sinceMs: number;
}

/** A store's catalogue as it is served: each group at its current version, or at the last good one when that cannot be read. */
export interface FollowedCatalog {
  catalog(): Catalog;
  /** Version of a group that answers come from. */
  served(id: string): string | undefined;
  /** Why that is not the store's current one. */
  drift(id: string): string | undefined;
  isServed(name: string): boolean;
  /** "id@version" of "id" or "id@version". */
  nameOf(asked: string): string;
  /** When the store's catalogue was last seen; null: never by this process. */
  seenMs(): number | null;
  /** Why the catalogue cannot be read, and since when. */
  problem(): StoreProblem | null;
  /** Looks for the first time, at the copy of the catalogue when the store is out of reach, then again and again. */
  start(): Promise<void>;
  /** Looks now; those who ask meanwhile wait for the same look. @returns whether the catalogue changed */
  refresh(): Promise<boolean>;
  close(): Promise<void>;
}

export interface FollowOptions {
  store: Place;
  /** Where the catalogue is copied to. */
  local?: Place | undefined;
  followMs: number;
  clock: () => number;
  log: ServiceLog;
  /** A group version's manifest; one that fails keeps the version out. */
  manifestOf: (catalog: Catalog, name: string) => Promise<GroupManifest>;
  /** Whether it is worth asking for a version now: it is within reach. */
  isWithinReach: (name: string) => boolean;
  /** Called with each version that is found good, before it is served. */
  onGood: (manifest: GroupManifest, catalog: Catalog) => void;
  /** Called after another catalogue is served. */
  onSwap: (catalog: Catalog) => void;
}

interface Snapshot {
  catalog: Catalog;
  etag: string | undefined;
  served: Map<string, string>;
  drift: Map<string, string>;
}

export function followCatalog(options: FollowOptions): FollowedCatalog {
  const { store, local, clock, log } = options;
  let snapshot: Snapshot = { catalog: EMPTY_CATALOG, etag: undefined, served: new Map(), drift: new Map() };
  let seenMs: number | null = null;
  let problem: StoreProblem | null = null;
  let looking: Promise<boolean> | undefined;
  let timer: NodeJS.Timeout | undefined;

  /** The version served so far, or the newest that can be read. */
  const lastGood = async (catalog: Catalog, id: string, damaged: string): Promise<string | undefined> => {
    const before = snapshot.served.get(id);
    if (before !== undefined && versionIn(catalog, id, before) !== undefined) return before;
    const versions = catalog.groups.find((group) => group.id === id)?.versions ?? [];
    for (const { version } of versions) {
      if (version === damaged || !options.isWithinReach(`${id}@${version}`)) continue;
      const isGood = await options.manifestOf(catalog, `${id}@${version}`).then(
        () => true,
        () => false,
      );
      if (isGood) return version;
    }
    return undefined;
  };

  const swap = async (catalog: Catalog, etag: string | undefined): Promise<void> => {
    const next: Snapshot = { catalog, etag, served: new Map(), drift: new Map() };
    await Promise.all(
      catalog.groups.map(async ({ id, current }) => {
        try {
          const manifest = await options.manifestOf(catalog, `${id}@${current}`);
          next.served.set(id, current);
          options.onGood(manifest, catalog);
        } catch (error) {
          const { message } = error as Error;
          log("warn", "a group version cannot be served", { group: `${id}@${current}`, problem: message });
          const good = await lastGood(catalog, id, current);
          if (good !== undefined) next.served.set(id, good);
          const shown = good === undefined ? "nor can an older one be shown" : `so ${good} is shown`;
          next.drift.set(id, `version ${current} cannot be read, ${shown}: ${message}`);
        }
      }),
    );
    snapshot = next;
    options.onSwap(catalog);
  };
  const look = async (): Promise<boolean> => {
    try {
      const entry = await store.stat(CATALOG_KEY);
      if (problem !== null) log("info", "the store can be read again", { store: store.uri });
      problem = null;
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
      await local?.write(CATALOG_KEY, text);
      return changed;
    } catch (error) {
      const { message } = error as Error;
      if (problem === null) log("warn", "the store cannot be read", { store: store.uri, problem: message });
      const kind = error instanceof GroupFileError ? "damaged" : "unreachable";
      problem = { kind, message, sinceMs: problem?.sinceMs ?? clock() };
      return false;
    }
  };
  const refresh = (): Promise<boolean> => {
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  };
  const serveCopy = async (): Promise<void> => {
    const bytes = await local?.read(CATALOG_KEY).catch((error: unknown) => {
      if (error instanceof MissingFileError) return undefined;
      throw error;
    });
    if (bytes !== undefined) await swap(readCatalog(new TextDecoder().decode(bytes)), undefined);
  };

  return {
    catalog: () => snapshot.catalog,
    served: (id) => snapshot.served.get(id),
    drift: (id) => snapshot.drift.get(id),
    isServed(name) {
      const [id = "", version] = name.split("@");
      return snapshot.served.get(id) === version;
    },
    nameOf(asked) {
      const [id = "", version] = asked.split("@");
      const current = snapshot.catalog.groups.find((group) => group.id === id)?.current ?? "";
      return `${id}@${version ?? snapshot.served.get(id) ?? current}`;
    },
    seenMs: () => seenMs,
    problem: () => problem,
    async start() {
      await refresh();
      if (problem !== null) await serveCopy();
      timer = setInterval(() => void refresh(), options.followMs);
      timer.unref();
    },
    refresh,
    async close() {
      clearInterval(timer);
      await looking;
    },
  };
}
