import { existsSync } from "node:fs";
import { join } from "node:path";
import { digestOf, folderPlace, openPlace } from "@artesian/data";
import { type MapService, type MapServiceOptions, type NamesSource, nativeBlas, openMapService } from "@artesian/maps";
import { namesOfPerturbations, type StoreReader } from "@artesian/store";
import type { Logger } from "pino";
import { followOnKafka, sharedNotices } from "./map-announce.ts";
import { storeEnvironment } from "./store-environment.ts";

/** Where a data folder's own maps are published. */
export function ownMaps(dir: string): string {
  return join(dir, "maps");
}

/** Where a server of a data folder keeps copies of groups. */
export function localMaps(dir: string): string {
  return join(dir, "maps-cache");
}

/**
 * The service of the maps that a server shows: of the place named, or of the data folder's own; copies are kept only of what is in a bucket.
 * @returns undefined when no place is named and the data folder has no maps
 */
export async function serveMaps(
  options: { dir: string; reader: StoreReader; maps?: string; localBytes?: number },
  logger: Logger,
): Promise<MapService | undefined> {
  const uri = options.maps ?? (existsSync(ownMaps(options.dir)) ? ownMaps(options.dir) : undefined);
  if (uri === undefined) return undefined;
  const store = openPlace(uri, storeEnvironment());
  const notices = await sharedNotices(store.uri, logger);
  const settings: MapServiceOptions = {
    store,
    names: storeNames(options.reader),
    ...(notices && { notices }),
    log: (level, message, data) => logger[level](data, message),
    native: nativeBlas(process.env, (line) => logger.warn(line)),
    ...(store.path === undefined && { local: folderPlace(localMaps(options.dir)) }),
    ...(options.localBytes !== undefined && { localBytes: options.localBytes }),
  };
  const service = await openMapService(settings);
  const unfollow = followOnKafka(service, settings.log!);
  return {
    ...service,
    async close() {
      await unfollow?.();
      await service.close();
      await notices?.close();
    },
  };
}

/** While a run writes, the store changes many times a second; its names are looked at this often. */
const LOOK_MS = 10_000;

/** Names of the data folder's perturbations, read again when the store changed. */
function storeNames(reader: StoreReader): NamesSource {
  let [seen, at] = [-1, Number.NEGATIVE_INFINITY];
  let digest = "";
  let known: ReturnType<NamesSource> = Promise.resolve({ version: 0, names: new Map() });
  return () => {
    const now = performance.now();
    const changes = reader.version();
    if (changes !== seen && now - at >= LOOK_MS) {
      [seen, at] = [changes, now];
      known = known.then(async (before) => {
        const names = await namesOfPerturbations(reader.db);
        const found = digestOf([...names]);
        if (found === digest) return before;
        digest = found;
        return { version: before.version + 1, names };
      });
    }
    return known;
  };
}
