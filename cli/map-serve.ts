import { existsSync } from "node:fs";
import { join } from "node:path";
import { folderPlace, openPlace } from "@artesian/data";
import { type MapService, type MapServiceOptions, openMapService } from "@artesian/maps";
import { type RedisNotices, redisNotices } from "@artesian/server";
import type { Logger } from "pino";
import { storeEnvironment } from "./store-environment.ts";

/** Where a data folder's own maps are published. */
export function ownMaps(dir: string): string {
  return join(dir, "maps");
}

/** Where a server of a data folder keeps copies of groups. */
export function localMaps(dir: string): string {
  return join(dir, "maps-cache");
}

/** What servers of a store share through the Redis that the environment names; undefined when it names none. */
export async function sharedNotices(store: string, logger?: Logger): Promise<RedisNotices | undefined> {
  const url = process.env.ARTESIAN_REDIS;
  if (url === undefined || url === "") return undefined;
  const log = logger && {
    log: (level: "info" | "warn", message: string, data: object) => logger[level](data, message),
  };
  return redisNotices({ url, store, clock: Date.now, ...log });
}

/**
 * The service of the maps that a server shows: of the place named, or of the data folder's own; copies are kept only of what is in a bucket.
 * @returns undefined when no place is named and the data folder has no maps
 */
export async function serveMaps(
  options: { dir: string; maps?: string; localBytes?: number },
  logger: Logger,
): Promise<MapService | undefined> {
  const uri = options.maps ?? (existsSync(ownMaps(options.dir)) ? ownMaps(options.dir) : undefined);
  if (uri === undefined) return undefined;
  const store = openPlace(uri, storeEnvironment());
  const notices = await sharedNotices(store.uri, logger);
  const settings: MapServiceOptions = {
    store,
    ...(notices && { notices }),
    log: (level, message, data) => logger[level](data, message),
    ...(store.path === undefined && { local: folderPlace(localMaps(options.dir)) }),
    ...(options.localBytes !== undefined && { localBytes: options.localBytes }),
  };
  const service = await openMapService(settings);
  return {
    ...service,
    async close() {
      await service.close();
      await notices?.close();
    },
  };
}
