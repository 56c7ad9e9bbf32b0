import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { folderPlace, openPlace } from "@artesian/data";
import { type MapService, openMapService } from "@artesian/maps";
import type { CommandContext } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { localMaps } from "./map-serve.ts";
import { storeEnvironment } from "./store-environment.ts";

export interface CacheFlags {
  data: string;
  maps: string;
  json?: true;
}

/** Works on the copies of a data folder's server; a server that runs notices what is gone, and reads it from the store. */
async function withService<T>(flags: CacheFlags, use: (service: MapService) => Promise<T>): Promise<T> {
  const dir = resolve(flags.data);
  if (!existsSync(join(dir, "store.db")))
    throw new UsageError(`--data ${flags.data}: there is no data folder (no store.db).`);
  const service = await openMapService({
    store: openPlace(flags.maps, storeEnvironment()),
    local: folderPlace(localMaps(dir)),
    prefetch: false,
  });
  try {
    return await use(service);
  } finally {
    await service.close();
  }
}

const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** `artesian map cache status`: which groups have a copy, and what they take. */
export function cacheStatus(flags: CacheFlags, { output, exit }: CommandContext): Promise<void> {
  return withService(flags, async (service) => {
    const { local, storeProblem, store, revision } = service.status();
    const groups = service.groups().map(({ id, version, layers }) => {
      return { id, version: version.version, sizeBytes: version.sizeBytes, local: layers.local };
    });
    const evictions = await service.evictions();
    if (flags.json) output.json({ store, revision, storeProblem, local, groups, evictions });
    else for (const one of groups) output.data([`${one.id}@${one.version}`, one.local, mib(one.sizeBytes)].join("\t"));
    if (local !== null) output.say(`${mib(local.heldBytes)} of ${mib(local.budgetBytes)} taken.`);
    if (storeProblem !== null) output.say(`${store} cannot be read: ${storeProblem.message}`);
    exit(EXIT.done);
  });
}

/** `artesian map cache refresh`: looks at the store and fetches groups, each file checked by its digest. */
export function cacheRefresh(groups: string[], flags: CacheFlags, { output, exit }: CommandContext): Promise<void> {
  return withService(flags, async (service) => {
    const { storeProblem, store, default: first } = service.status();
    if (storeProblem !== null) throw new UsageError(`--maps ${store}: ${storeProblem.message}`);
    const wanted = groups.length > 0 ? groups : first === null ? [] : [first];
    for (const group of wanted) {
      output.progress(`fetching ${group}`);
      await service.fetch(group);
    }
    output.settle();
    const states = service
      .groups()
      .map(({ id, version, layers }) => ({ id, version: version.version, local: layers.local }));
    if (flags.json) output.json({ groups: states });
    else for (const { id, version, local } of states) output.data(`${id}@${version}\t${local}`);
    exit(EXIT.done);
  });
}

/** `artesian map cache evict`: gives copies back. Exit code 3 when one was kept. */
export function cacheEvict(
  groups: string[],
  flags: CacheFlags & { dryRun?: true },
  { output, exit }: CommandContext,
): Promise<void> {
  return withService(flags, async (service) => {
    const told: { name: string; freedBytes: number; refused: string | null }[] = [];
    for (const group of groups) {
      try {
        const { name, freedBytes } = await service.evict(group, { actor: "cli", dryRun: flags.dryRun === true });
        told.push({ name, freedBytes, refused: null });
      } catch (error) {
        const { code, message } = error as Error & { code?: string };
        if (code !== "maps/eviction-refused") throw error;
        told.push({ name: group, freedBytes: 0, refused: message });
      }
    }
    if (flags.json) output.json({ dryRun: flags.dryRun === true, evicted: told });
    else for (const { name, freedBytes, refused } of told) output.data(`${name}\t${refused ?? mib(freedBytes)}`);
    if (flags.dryRun) output.say("Dry run: nothing was removed.");
    exit(told.some(({ refused }) => refused !== null) ? EXIT.incomplete : EXIT.done);
  });
}
