import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { type EventsListener, listenForEvents } from "@artesian/server";
import { followFolder, type ObjectFunction, sweep, type WatchedPlace, watchedPlace } from "@artesian/workflows";
import type { CommandContext } from "./command.ts";
import { findsRuns, followRuns } from "./editing-feed.ts";
import { describeError, EXIT, UsageError } from "./exit.ts";
import { portNumber, positiveNumber, wholeNumber } from "./experiment-options.ts";
import { functionsControl } from "./functions-control.ts";
import { type FunctionsFlags, noteAddress, openFunctions } from "./functions-workspace.ts";
import { hostPages, untilStopped } from "./host.ts";
import { imageRootsOf } from "./image-roots.ts";
import { storeEnvironment } from "./store-environment.ts";
import type { Workspace } from "./workspace.ts";

interface WatchFlags extends FunctionsFlags {
  sweep: string;
  stable: string;
  events?: string;
  eventsTokenFile?: string;
  host: string;
  port?: string;
}

/** `artesian functions watch`: everything that tells of objects into the topic, functions on it, pages over it. */
export async function functionsWatch(
  places: string[],
  flags: WatchFlags,
  { output, exit }: CommandContext,
): Promise<void> {
  const token = tokenOf(flags.eventsTokenFile);
  const door = flags.events === undefined ? undefined : doorOf(flags.events);
  const sweepMs = 1000 * (positiveNumber("--sweep", flags.sweep) ?? 60);
  const stableMs = 1000 * (positiveNumber("--stable", flags.stable) ?? 1);
  const watched = places.map((place) => watchedPlace(place, storeEnvironment()));
  for (const { kind, bucket } of watched) if (kind === "folder") mkdirSync(bucket, { recursive: true });
  const { workspace, functions } = await openFunctions(flags, places, output);
  for (const line of unheard(functions, watched)) output.say(`note: ${line}`);
  const stop = new AbortController();
  const trouble = (error: unknown): void => {
    if (!stop.signal.aborted) output.say(`trouble: ${describeError(error).message}`);
  };
  const control = functionsControl(workspace, watched, functions, trouble);
  const workers = wholeNumber("--workers", flags.workers) ?? 2;
  const editing = findsRuns(functions)
    ? await followRuns(workspace, { workers, output, signal: stop.signal, trouble }).catch(async (error: unknown) => {
        await workspace.close("failed");
        throw error;
      })
    : undefined;
  const closeAll = async (state: "failed" | "stopped"): Promise<void> => {
    stop.abort();
    await editing?.done.catch(trouble);
    await editing?.workspace.close(state);
    await workspace.close(state);
  };
  let listener: EventsListener | undefined;
  let takeBack = (): void => {};
  const host = await hostPages(
    {
      dir: workspace.dir,
      store: workspace.store,
      reader: workspace.reader,
      live: [workspace, ...(editing === undefined ? [] : [editing.workspace])].map(({ runId, runtime }) => ({
        runId,
        control: runtime,
      })),
      functions: control,
      imageRoots: imageRootsOf(workspace.store),
      watching: places.join(", "),
      host: flags.host,
      port: portNumber(flags.port),
    },
    output,
  ).catch(async (error: unknown) => {
    await closeAll("failed");
    throw error;
  });
  try {
    if (door !== undefined) listener = await listenForEvents({ ...door, token, deliver: control.deliver });
    takeBack = noteAddress(flags.data, host.url);
  } catch (error) {
    await host.close();
    await closeAll("failed");
    throw error;
  }
  const followers = watched.map((place) =>
    follow(workspace, place, { sweepMs, stableMs, signal: stop.signal, trouble }),
  );
  output.data(host.url);
  if (listener !== undefined) output.say(`Notifications of stores: POST ${listener.url}`);
  if (editing !== undefined) output.say("Whole sequencing runs go to the editing workflow.");
  output.say(
    `${count(functions.length, "function")} on ${places.join(", ")}. Ctrl-C stops it; starting again goes on.`,
  );
  await untilStopped();
  stop.abort();
  takeBack();
  await listener?.close();
  await Promise.allSettled(followers);
  await host.close();
  await closeAll("stopped");
  exit(EXIT.done);
}

/** Before a folder is followed again that could not be. */
const AGAIN_MS = 5000;

/** Follows a place until it is called off: a folder by its files, a bucket by its listings. */
async function follow(
  { runtime }: Workspace,
  watched: WatchedPlace,
  given: { sweepMs: number; stableMs: number; signal: AbortSignal; trouble: (error: unknown) => void },
): Promise<void> {
  const { sweepMs, stableMs, signal, trouble } = given;
  const call = { runtime, watched, clock: Date.now, signal, onTrouble: trouble };
  while (!signal.aborted) {
    // A folder is followed until it is called off; a full disk ends that too, and passes.
    if (watched.kind === "folder") await followFolder({ ...call, stableMs }).done.catch(trouble);
    else await sweep(call).catch(trouble);
    await wait(watched.kind === "folder" ? AGAIN_MS : sweepMs, undefined, { signal }).catch(() => {});
  }
}

/** Functions whose bucket nobody watches. */
function unheard(functions: readonly ObjectFunction[], watched: readonly WatchedPlace[]): string[] {
  return functions.flatMap(({ id, trigger: { bucket } }) =>
    bucket === null || watched.some((place) => place.bucket === bucket)
      ? []
      : [`${id} waits for objects of ${bucket}, which is not among the watched places.`],
  );
}

function tokenOf(file: string | undefined): string | undefined {
  const given = process.env.ARTESIAN_EVENTS_TOKEN;
  // Functions run in this process: what lets others in is none of their business.
  delete process.env.ARTESIAN_EVENTS_TOKEN;
  if (file === undefined) return given || undefined;
  if (!existsSync(file)) throw new UsageError(`--events-token-file ${file}: there is no such file.`);
  return readFileSync(file, "utf8").trim();
}

function doorOf(text: string): { host: string; port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? Number.NaN);
  if (match === null || port > 65_535) throw new UsageError(`--events ${text}: write HOST:PORT, such as 0.0.0.0:9070.`);
  return { host: match[1] ?? match[2] ?? "", port };
}

function count(number: number, word: string): string {
  return number === 1 ? `One ${word}` : `${number} ${word}s`;
}
