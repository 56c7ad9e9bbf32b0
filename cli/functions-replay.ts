import { existsSync, mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { failedRequests, functionLedger } from "@artesian/store";
import { watchedPlace } from "@artesian/workflows";
import type { CommandContext } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { replayOn } from "./functions-control.ts";
import { addressOf, type FunctionsFlags, openFunctions } from "./functions-workspace.ts";
import { storeEnvironment } from "./store-environment.ts";

interface ReplayFlags extends FunctionsFlags {
  deadLetters?: true;
  function?: string;
  prefix?: string;
  since?: string;
  until?: string;
  force?: true;
  json?: true;
}

/** Failed requests that one call sends again. */
const MOST = 100_000;

/** `artesian functions replay`: by the process that runs the functions, or here until all is done. */
export async function functionsReplay(
  place: string | undefined,
  flags: ReplayFlags,
  { output, exit }: CommandContext,
): Promise<void> {
  if ((place === undefined) === (flags.deadLetters !== true)) throw new UsageError("Give a place, or --dead-letters.");
  if (flags.deadLetters && [flags.prefix, flags.since, flags.until, flags.force].some((given) => given !== undefined))
    throw new UsageError(
      "--prefix, --since, --until and --force are about the objects of a place, not about dead letters.",
    );
  const since = instantOf("--since", flags.since);
  const until = instantOf("--until", flags.until);
  const url = await addressOf(flags.data);
  if (url !== undefined) {
    const only = flags.function === undefined ? {} : { function: flags.function };
    const [path, body] = flags.deadLetters
      ? ["redrive", { requests: "all", ...only }]
      : [
          "replay",
          {
            place: addressIn(place ?? ""),
            ...only,
            ...(flags.prefix === undefined ? {} : { prefix: flags.prefix }),
            ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
            ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
            ...(flags.force === undefined ? {} : { force: true }),
          },
        ];
    const answer = await fetch(new URL(`/api/v1/functions/${path}`, url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    const said = (await answer.json()) as { accepted?: number; sentence?: string; code?: string; message?: string };
    if (!answer.ok)
      throw Object.assign(new Error(said.message ?? `${url} answered ${answer.status}`), { code: said.code });
    if (flags.json) output.json({ accepted: said.accepted, by: url });
    else output.say(`${said.sentence} ${url} does it.`);
    exit(EXIT.done);
    return;
  }
  if (place !== undefined && !place.includes("://") && !existsSync(place))
    throw new UsageError(`${place}: there is no such folder.`);
  await replayHere(place, flags, { since, until }, { output, exit });
}

async function replayHere(
  place: string | undefined,
  flags: ReplayFlags,
  { since, until }: { since: number | undefined; until: number | undefined },
  { output, exit }: CommandContext,
): Promise<void> {
  mkdirSync(resolve(flags.data), { recursive: true });
  const { workspace, functions } = await openFunctions(flags, place === undefined ? [] : [place], output);
  const { runtime, reader } = workspace;
  try {
    await runtime.drain();
    const began = new Date().toISOString();
    const only = flags.function === undefined ? {} : { functionId: flags.function };
    let accepted = 0;
    const asked: string[] = [];
    if (place !== undefined)
      accepted = await replayOn(runtime, [watchedPlace(place, storeEnvironment())], functions, {
        prefix: flags.prefix,
        sinceMs: since,
        untilMs: until,
        function: flags.function,
        force: flags.force,
      });
    else
      for (const { taskId, request } of await failedRequests(reader.db, { ...only, limit: MOST })) {
        if (taskId === null) continue;
        await runtime.retry(taskId);
        asked.push(request);
        accepted++;
      }
    output.say(`${accepted} ${accepted === 1 ? "object is" : "objects are"} told of again.`);
    await runtime.drain();
    const failed =
      place === undefined
        ? (await failedRequests(reader.db, { ...only, limit: MOST })).filter(({ request }) => asked.includes(request))
        : (await functionLedger(reader.db, { ...only, state: "failed", limit: 1000, offset: 0 })).rows.filter(
            ({ requestedAt }) => requestedAt >= began,
          );
    if (flags.json) output.json({ accepted, failed: failed.map(({ key, code, message }) => ({ key, code, message })) });
    else for (const { key, code, message } of failed) output.say(`${key}: ${message} [${code}]`);
    await workspace.close(failed.length === 0 ? "done" : "incomplete");
    exit(failed.length === 0 ? EXIT.done : EXIT.failed);
  } catch (error) {
    await workspace.close("failed");
    throw error;
  }
}

function instantOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = Date.parse(text);
  if (!Number.isFinite(ms)) throw new UsageError(`${flag} ${text}: write 2026-11-20 or 2026-11-20T08:30:00Z.`);
  return ms;
}

/** An address that means the same in another process. */
function addressIn(place: string): string {
  return place.includes("://") ? place : resolve(place);
}
