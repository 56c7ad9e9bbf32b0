import { MAPS } from "@artesian/workflows/maps.tasks.ts";
import { mapsPlan } from "@artesian/workflows/maps-runtime.ts";
import type { CommandContext } from "./command.ts";
import { EXIT } from "./exit.ts";
import { portNumber } from "./experiment-options.ts";
import { hostPages, untilStopped } from "./host.ts";
import { connectBuilds, watchedMaps } from "./map-builds.ts";
import { version } from "./version.ts";
import { openWorkspace } from "./workspace.ts";

export interface MapWatchFlags {
  config: string[];
  now?: true;
  data: string;
  host: string;
  port?: string;
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
  const builds = connectBuilds({
    runtime: workspace.runtime,
    maps,
    say: (line) => output.say(line),
    signal: stop.signal,
  });
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
