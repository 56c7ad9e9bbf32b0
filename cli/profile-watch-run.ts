import { openPlace } from "@artesian/data";
import type { CommandContext } from "./command.ts";
import { describeError, EXIT } from "./exit.ts";
import { portNumber, wholeNumber } from "./experiment-options.ts";
import { hostPages, untilStopped } from "./host.ts";
import type { Output } from "./output.ts";
import { findPlates, ProfilingFeed } from "./profiling-experiment.ts";
import type { ProfilingFlags } from "./profiling-options.ts";
import { profilingResults } from "./profiling-results.ts";
import { openWorkspace } from "./workspace.ts";

export interface WatchFlags extends ProfilingFlags {
  data: string;
  host: string;
  port?: string;
  workers?: string;
  quiet?: string;
}

/** Watches until it is stopped. */
export async function watchTables(address: string, flags: WatchFlags, { output, exit }: CommandContext): Promise<void> {
  const workers = wholeNumber("--workers", flags.workers) ?? 2;
  const quietMs = 1000 * (wholeNumber("--quiet", flags.quiet) ?? 20);
  const place = openPlace(address, process.env);
  const workspace = await openWorkspace({
    dir: flags.data,
    workflow: "profiling",
    name: flags.name ?? flags.experiment ?? address,
    data: address,
    args: { ...flags, place: address },
    workers,
    onTrouble: (error) => output.say(`trouble: ${error.message}`),
    onNote: (line) => output.say(`note: ${line}`),
  });
  const host = await hostPages(
    {
      dir: workspace.dir,
      store: workspace.store,
      reader: workspace.reader,
      live: [{ runId: workspace.runId, control: workspace.runtime }],
      imageRoots: [],
      watching: address,
      host: flags.host,
      port: portNumber(flags.port),
    },
    output,
  ).catch(async (error: unknown) => {
    await workspace.close("failed");
    throw error;
  });
  const feed = new ProfilingFeed(workspace, place);
  let experiment: string | undefined;
  const stop = follow({
    quietMs,
    output,
    look: () => findPlates(place, flags),
    announce: async (found) => {
      experiment = found.plan.document.experiment;
      await feed.announce(found);
    },
  });
  const quiet = tellNews(output, async () =>
    experiment === undefined ? [] : (await profilingResults(workspace, experiment)).summary,
  );
  output.data(host.url);
  output.say(`Watching ${address}. Ctrl-C stops it; starting again goes on.`);
  await untilStopped();
  await Promise.all([stop(), quiet()]);
  await host.close();
  await workspace.close("stopped");
  exit(EXIT.done);
}

type Found = NonNullable<Awaited<ReturnType<typeof findPlates>>>;

/**
 * Says each line that was not there before, a while after it came: a plate's profiles, and what was left out or failed.
 * @returns ends it, after a look that is under way
 */
export function tellNews(
  output: Pick<Output, "say">,
  lines: () => Promise<readonly string[]>,
  everyMs = 2000,
): () => Promise<void> {
  const told = new Set<string>();
  const tell = (line: string): void => {
    if (!told.has(line)) output.say(line);
    told.add(line);
  };
  let under = Promise.resolve();
  const once = async (): Promise<void> => {
    try {
      for (const line of await lines()) tell(line);
    } catch (error) {
      tell(`trouble: ${describeError(error).message}`);
    }
  };
  const timer = setInterval(() => {
    under = under.then(once);
  }, everyMs);
  return async () => {
    clearInterval(timer);
    await under;
  };
}

/**
 * Looks again and again; what is there is announced once it has stood still for a while, and again when it changed: files that come
 * late complete their plate anew.
 * @returns ends it, after a look that is under way
 */
export function follow(options: {
  quietMs: number;
  pollMs?: number;
  output: Pick<Output, "say">;
  look: () => Promise<Found | undefined>;
  announce: (found: Found) => Promise<void>;
  now?: () => number;
}): () => Promise<void> {
  const { quietMs, output, look, announce, pollMs = 1000, now = Date.now } = options;
  let seen = "";
  let since = 0;
  let announced = "";
  let trouble = "";
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let lookMs = 0;
  let under = Promise.resolve();
  const once = async (): Promise<void> => {
    try {
      const started = now();
      const found = await look();
      lookMs = now() - started;
      if (found === undefined) return;
      const mark = JSON.stringify([found.plan, found.plates.map(({ files }) => files.map(({ entry }) => entry.etag))]);
      if (mark !== seen) {
        seen = mark;
        since = now();
      }
      if (mark === announced || now() - since < quietMs) return;
      await announce(found);
      announced = mark;
      trouble = "";
      for (const line of found.plan.warnings) output.say(`note: ${line}`);
      const files = found.plates.reduce((sum, plate) => sum + plate.files.length, 0);
      output.say(
        `Taken in: ${files} files of ${found.plates.length === 1 ? "one plate" : `${found.plates.length} plates`}.`,
      );
    } catch (error) {
      const { message } = describeError(error);
      if (message !== trouble) output.say(`trouble: ${message}`);
      trouble = message;
    }
  };
  const tick = (): void => {
    under = once().finally(() => {
      // A large place is looked at less often, so that looking costs at most a twentieth of the time.
      if (!stopped) timer = setTimeout(tick, Math.max(pollMs, 20 * lookMs));
    });
  };
  tick();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await under;
  };
}
