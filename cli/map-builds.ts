import { resolve } from "node:path";
import { openPlace } from "@artesian/data";
import { connectSchedule, type LedgerRuntime } from "@artesian/engine";
import { readSchedule } from "@artesian/engine/schedule.ts";
import type { MapBuildsControl } from "@artesian/server";
import { connectCreated } from "@artesian/workflows/created-groups.ts";
import type { MapConfig } from "@artesian/workflows/map-config.ts";
import { MAP_BUILDS, type MapBuildRecord, mapConfigAt } from "@artesian/workflows/maps.tasks.ts";
import { describeError, UsageError } from "./exit.ts";
import { plain } from "./live.ts";
import { newRunId } from "./run-id.ts";
import { isBucket } from "./stats-options.ts";
import { storeEnvironment } from "./store-environment.ts";

/** A map that is watched: its configuration, and the file that it is read from anew at each run. */
export interface WatchedMap {
  file: string;
  config: MapConfig;
}

/** The maps of configuration files, which publish into one store. @throws UsageError */
export async function watchedMaps(files: readonly string[]): Promise<[WatchedMap, ...WatchedMap[]]> {
  const maps: WatchedMap[] = [];
  for (const given of files) {
    const file = isBucket(given) ? given : resolve(given);
    const config = await mapConfigAt(file, storeEnvironment());
    readSchedule(config.schedule);
    const [before] = maps;
    if (before !== undefined && before.config.store !== config.store)
      throw new UsageError(
        `--config: ${before.file} publishes into ${before.config.store}, ${given} into ${config.store}. Watch the maps of one store together.`,
      );
    const same = maps.find((one) => one.config.map === config.map);
    if (same !== undefined) throw new UsageError(`--config: ${same.file} and ${given} are both of ${config.map}.`);
    maps.push({ file, config });
  }
  const [first, ...others] = maps;
  if (first === undefined) throw new UsageError("--config: name at least one file.");
  return [first, ...others];
}

export interface BuildsOptions {
  runtime: LedgerRuntime;
  maps: readonly [WatchedMap, ...WatchedMap[]];
  /** Told what people should know. */
  say: (line: string) => void;
  signal: AbortSignal;
  /** ms since 1970. */
  now?: () => number;
}

/** Connects schedules and the store's catalogue to the engine's topics. */
export function connectBuilds({ runtime, maps, say, signal, now = Date.now }: BuildsOptions): {
  control: MapBuildsControl;
  connections: Promise<unknown>[];
} {
  const next = new Map<string, number>();
  const trouble = (error: unknown): void => {
    if (!signal.aborted) say(`trouble: ${describeError(error).message}`);
  };
  const recordOf = ({ file, config }: WatchedMap, because: string): MapBuildRecord => ({
    map: config.map,
    config: file,
    run: newRunId(now(), Math.random),
    because,
  });
  const schedules = maps.map((one) => {
    const { map, schedule } = one.config;
    return connectSchedule({
      runtime,
      topic: MAP_BUILDS,
      id: `map ${map}`,
      ...schedule,
      now,
      signal,
      toRecord: ({ dueMs }) => ({
        value: plain(recordOf(one, `schedule ${new Date(dueMs).toISOString()}`)),
      }),
      onProgress: ({ nextMs }) => next.set(map, nextMs),
      onTrouble: trouble,
    }).done.catch(trouble);
  });
  const events = connectCreated({
    runtime,
    store: openPlace(maps[0].config.store, storeEnvironment()),
    signal,
    onCreated: (names) => say(`published: ${names.join(", ")}`),
    onTrouble: trouble,
  }).done.catch(trouble);
  return {
    connections: [...schedules, events],
    control: {
      schedules: () =>
        maps.map(({ file, config }) => {
          const nextMs = next.get(config.map) ?? Number.POSITIVE_INFINITY;
          return {
            map: config.map,
            config: file,
            ...config.schedule,
            nextMs: Number.isFinite(nextMs) ? nextMs : null,
          };
        }),
      async ask(map) {
        const one = maps.find(({ config }) => config.map === map);
        if (one === undefined) return undefined;
        const record = recordOf(one, "asked for");
        await runtime.append(MAP_BUILDS, [{ eventId: record.run, value: plain(record) }]);
        return record.run;
      },
    },
  };
}
