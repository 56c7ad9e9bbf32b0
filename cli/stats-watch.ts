import { openPlace } from "@artesian/data";
import { connectBucket, connectSchedule } from "@artesian/engine";
import { readSchedule } from "@artesian/engine/schedule.ts";
import { FILES, fileOf, LOOKS, lookAt, PORTALS, type PortalRecord } from "@artesian/workflows";
import type { CommandContext } from "./command.ts";
import { describeError, EXIT } from "./exit.ts";
import { portNumber, wholeNumber } from "./experiment-options.ts";
import { hostPages, untilStopped } from "./host.ts";
import { plain } from "./live.ts";
import type { Output } from "./output.ts";
import { newRunId } from "./run-id.ts";
import { type PortalFlags, portalFrom, portalName } from "./stats-options.ts";
import { openPortal } from "./stats-run.ts";
import { storeEnvironment } from "./store-environment.ts";
import type { Workspace } from "./workspace.ts";

export interface StatsWatchFlags extends PortalFlags {
  schedule: string;
  timeZone: string;
  poll: string;
  host: string;
  port?: string;
}

/** `artesian stats watch`: a look now, one whenever the schedule says so, and one of a project whenever its files change; pages meanwhile. */
export async function statsWatch(
  source: string,
  flags: StatsWatchFlags,
  { output, exit }: CommandContext,
): Promise<void> {
  const { portal, dir } = await portalFrom(source, flags);
  const pollS = wholeNumber("--poll", flags.poll) ?? 10;
  readSchedule({ cron: flags.schedule, timeZone: flags.timeZone });
  const trouble = (error: unknown): void => output.say(`trouble: ${describeError(error).message}`);
  const workspace = await openPortal(source, flags, dir, output, trouble);
  const host = await hostPages(
    {
      dir: workspace.dir,
      store: workspace.store,
      reader: workspace.reader,
      live: [{ runId: workspace.runId, control: workspace.runtime }],
      imageRoots: [],
      watching: portal.source,
      host: flags.host,
      port: portNumber(flags.port),
    },
    output,
  ).catch(async (error: unknown) => {
    await workspace.close("failed");
    throw error;
  });
  const stop = new AbortController();
  const connections = await connect(workspace, portal, source, { ...flags, pollMs: 1000 * pollS }, output, stop.signal);
  output.data(host.url);
  output.say(
    `Watching ${source}, and all of it on schedule ${flags.schedule} (${flags.timeZone}). Ctrl-C stops it; starting again goes on.`,
  );
  await untilStopped();
  stop.abort();
  await Promise.allSettled(connections);
  await host.close();
  await workspace.close("stopped");
  exit(EXIT.done);
}

/** Connects everything that asks for looks to the workflow's topics. */
async function connect(
  { runtime }: Workspace,
  portal: PortalRecord,
  source: string,
  { schedule, timeZone, pollMs }: { schedule: string; timeZone: string; pollMs: number },
  output: Output,
  signal: AbortSignal,
): Promise<Promise<unknown>[]> {
  const name = `${portal.source} → ${portal.dest}`;
  await runtime.append(PORTALS, [{ value: plain({ name, ...portal }) }]);
  const place = openPlace(portal.source, storeEnvironment());
  const say = (error: unknown): void => {
    if (!signal.aborted) output.say(`trouble: ${describeError(error).message}`);
  };
  const files = (known: boolean) => ({
    runtime,
    place,
    topic: FILES,
    source: `files of ${name}`,
    signal,
    pollMs,
    toRecord({ key, etag }: { key: string; etag: string }) {
      const record = fileOf(portal, { name, key, etag, known });
      return record === undefined ? undefined : { value: plain(record) };
    },
  });
  // What is there now is looked at as a whole, after it is known which files are old: none that comes meanwhile is missed.
  await connectBucket({ ...files(true), once: true }).done;
  const look = newRunId(Date.now(), Math.random);
  const first = lookAt(portal, { look, because: "asked for" });
  await runtime.append(LOOKS, [{ eventId: look, value: plain(first) }]);
  const events = connectBucket({ ...files(false), onTrouble: say });
  const nights = connectSchedule({
    runtime,
    topic: LOOKS,
    id: `portal ${name}`,
    cron: schedule,
    timeZone,
    now: Date.now,
    signal,
    // The look at the start has taken in whatever was missed.
    catchUp: "none",
    toRecord: ({ dueMs }) => {
      const due = new Date(dueMs).toISOString();
      output.say(`Due at ${due}: looking at all of ${portalName(source)}.`);
      return { value: plain(lookAt(portal, { look: `schedule ${due}`, because: "on schedule" })) };
    },
    onTrouble: say,
  });
  return [events.done.catch(say), nights.done.catch(say)];
}
