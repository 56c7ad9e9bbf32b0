import { existsSync } from "node:fs";
import { join } from "node:path";
import { folderPlace, openPlace } from "@artesian/data";
import { type MapService, type MapServiceOptions, openMapService } from "@artesian/maps";
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
