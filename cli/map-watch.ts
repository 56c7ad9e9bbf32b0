import { resolve } from "node:path";
import { openPlace } from "@artesian/data";
import { connectSchedule } from "@artesian/engine";
import { readSchedule } from "@artesian/engine/schedule.ts";
import type { MapBuildsControl } from "@artesian/server";
import { connectCreated } from "@artesian/workflows/created-groups.ts";
import type { MapConfig } from "@artesian/workflows/map-config.ts";
import { MAP_BUILDS, MAPS, type MapBuildRecord, mapConfigAt } from "@artesian/workflows/maps.tasks.ts";
import { mapsPlan } from "@artesian/workflows/maps-runtime.ts";
import type { CommandContext } from "./command.ts";
import { describeError, EXIT, UsageError } from "./exit.ts";
import { portNumber } from "./experiment-options.ts";
import { hostPages, untilStopped } from "./host.ts";
import { plain } from "./live.ts";
import type { Output } from "./output.ts";
import { newRunId } from "./run-id.ts";
import { isBucket } from "./stats-options.ts";
import { storeEnvironment } from "./store-environment.ts";
import { version } from "./version.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

export interface MapWatchFlags {
  config: string[];
  now?: true;
  data: string;
  host: string;
  port?: string;
}

/** A map that is watched: its configuration, and the file that it is read from anew at each run. */
interface WatchedMap {
  file: string;
  config: MapConfig;
}

/** `artesian map watch`: builds maps whenever their schedules say so, and takes what is published into the log; pages meanwhile. */
export async function mapWatch(flags: MapWatchFlags, { output, exit }: CommandContext): Promise<void> {
  const maps = await watchedMaps(flags.config);
  const [{ config: first }] = maps;
  const workspace = await openWorkspace({
    dir: flags.data,
    bound: {
      name: MAPS,
      plan: mapsPlan(),
      runtime: import.meta.resolve("@artesian/workflows/maps-runtime.ts"),
      settings: { codeVersion: version },
    },
    name: "map builds",
    data: maps.map(({ config }) => config.map).join(", "),
    args: { ...flags },
    // A build uses the machine; another map waits for it.
    workers: 1,
    onTrouble: (error) => output.say(`trouble: ${error.message}`),
    onNote: (line) => output.say(`note: ${line}`),
  });
  const stop = new AbortController();
  const builds = connectBuilds(workspace, maps, output, stop.signal);
  const host = await hostPages(
    {
      dir: workspace.dir,
      store: workspace.store,
      reader: workspace.reader,
      live: [{ runId: workspace.runId, control: workspace.runtime }],
      imageRoots: [],
      maps: first.store,
      mapBuilds: builds.control,
      host: flags.host,
      port: portNumber(flags.port),
    },
    output,
  ).catch(async (error: unknown) => {
    stop.abort();
    await workspace.close("failed");
    throw error;
  });
  output.data(host.url);
  for (const { config } of maps)
    output.say(`${config.map}: on schedule ${config.schedule.cron} (${config.schedule.timeZone}).`);
  if (flags.now) for (const { config } of maps) await builds.control.ask(config.map);
  output.say("Ctrl-C stops it; starting again goes on.");
  await untilStopped();
  stop.abort();
  await Promise.allSettled(builds.connections);
  await host.close();
  await workspace.close("stopped");
  exit(EXIT.done);
}

async function watchedMaps(files: readonly string[]): Promise<[WatchedMap, ...WatchedMap[]]> {
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

/** Connects schedules and the store's catalogue to the engine's topics. */
function connectBuilds(
  { runtime }: Pick<Workspace, "runtime">,
  maps: readonly [WatchedMap, ...WatchedMap[]],
  output: Output,
  signal: AbortSignal,
): { control: MapBuildsControl; connections: Promise<unknown>[] } {
  const next = new Map<string, number>();
  const say = (error: unknown): void => {
    if (!signal.aborted) output.say(`trouble: ${describeError(error).message}`);
  };
  const recordOf = ({ file, config }: WatchedMap, because: string): MapBuildRecord => ({
    map: config.map,
    config: file,
    run: newRunId(Date.now(), Math.random),
    because,
  });
  const schedules = maps.map((one) => {
    const { map, schedule } = one.config;
    return connectSchedule({
      runtime,
      topic: MAP_BUILDS,
      id: `map ${map}`,
      ...schedule,
      now: Date.now,
      signal,
      toRecord: ({ dueMs }) => ({
        value: plain(recordOf(one, `schedule ${new Date(dueMs).toISOString()}`)),
      }),
      onProgress: ({ nextMs }) => next.set(map, nextMs),
      onTrouble: say,
    }).done.catch(say);
  });
  const events = connectCreated({
    runtime,
    store: openPlace(maps[0].config.store, storeEnvironment()),
    signal,
    onCreated: (names) => output.say(`published: ${names.join(", ")}`),
    onTrouble: say,
  }).done.catch(say);
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
