import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve, sep } from "node:path";
import { text as allOf } from "node:stream/consumers";
import { type ObjectStore, sha256 } from "@artesian/data";
import { bucketUri, idempotencyKeyOf, type ObjectEvent, objectUri, readNotification } from "@artesian/engine";
import { openReader, openStore, requestsOfKey, type StoredRequest } from "@artesian/store";
import {
  dataFolder,
  eventOf,
  type ObjectFunction,
  readFunctions,
  runFunction,
  triggerText,
  type WatchedPlace,
  wants,
  watchedPlace,
} from "@artesian/workflows";
import type { CommandContext } from "./command.ts";
import { describeError, EXIT, UsageError } from "./exit.ts";
import { storeEnvironment } from "./store-environment.ts";

interface TestFlags {
  functions: string;
  data: string;
  event?: string;
  place?: string;
  anyway?: true;
  json?: true;
}

/** `artesian functions test`: what a function would do with an object, and what it returns; nothing is written. */
export async function functionsTest(
  id: string,
  object: string | undefined,
  flags: TestFlags,
  { output, exit }: CommandContext,
): Promise<void> {
  const functions = readFunctions(flags.functions);
  const fn = functions.find((one) => one.id === id);
  if (fn === undefined)
    throw new UsageError(
      `${id}: there is no such function; ${flags.functions} declares ${functions.map((one) => one.id).join(", ")}.`,
    );
  if ((object === undefined) === (flags.event === undefined))
    throw new UsageError("Give an object, or a notification with --event.");
  const { watched, event } =
    object === undefined ? await eventFrom(flags.event ?? "") : await eventAt(fn, object, flags.place);
  const wanted = wants(fn, event);
  const idempotencyKey = idempotencyKeyOf(event, fn.digest);
  const before = await appliedBefore(flags.data, event, idempotencyKey);
  const told = {
    function: id,
    digest: fn.digest,
    object: objectUri(event),
    version: event.versionId ?? event.etag,
    wanted,
    idempotencyKey,
    applied: before.map(({ request, state, finishedAt }) => ({ request, state, finishedAt })),
  };
  output.say(`${told.object}, version ${told.version.slice(0, 12)}, key ${idempotencyKey.slice(0, 12)}`);
  if (!wanted) output.say(`Its trigger does not want this object: ${triggerText(fn.trigger)}.`);
  else if (before.length === 0) output.say("It would run: this version was not applied by this function yet.");
  else output.say(`It would not run again: ${before.map(({ state }) => state).join(", ")} already.`);
  if (!wanted && flags.anyway !== true) {
    if (flags.json) output.json(told);
    exit(EXIT.incomplete);
    return;
  }
  const log: string[] = [];
  try {
    const result = await runFunction(
      fn,
      { ...event, uri: told.object },
      {
        place: watched.place,
        objects: forgetfulStore(),
        cacheDir: join(tmpdir(), "artesian-functions-test"),
        env: process.env,
        idempotencyKey,
        attempt: 1,
        test: true,
        now: Date.now(),
        signal: AbortSignal.timeout(fn.timeoutMs),
        log(line) {
          log.push(line);
          output.say(`log: ${line}`);
        },
        heartbeat: () => {},
      },
    );
    if (flags.json) output.json({ ...told, result, log });
    else output.data(JSON.stringify(result, null, 2));
    exit(EXIT.done);
  } catch (error) {
    const { code, message } = describeError(error);
    const retryable = (error as { retryable?: unknown }).retryable !== false;
    if (flags.json) output.json({ ...told, error: { code, message, retryable }, log });
    else
      output.say(
        `${message} [${code}]${retryable ? ` It would be tried ${fn.retry.attempts} times.` : " It would be a dead letter at once."}`,
      );
    exit(EXIT.failed);
  }
}

/** The event of an object as it is now. */
async function eventAt(
  fn: ObjectFunction,
  object: string,
  place: string | undefined,
): Promise<{ watched: WatchedPlace; event: ObjectEvent }> {
  const s3 = /^s3:\/\/([^/]+)\/(.+)$/s.exec(object);
  const [uri, key] =
    s3 === null ? fileIn([place, fn.trigger.bucket, process.cwd()], resolve(object)) : [`s3://${s3[1]}`, s3[2] ?? ""];
  const watched = watchedPlace(uri, storeEnvironment());
  const entry = await watched.place.stat(key);
  if (entry === undefined) throw new UsageError(`${object}: there is no such object.`);
  return { watched, event: await eventOf(watched, entry, Date.now()) };
}

/** A file's key below the first of these folders that it lies in, else below its own. */
function fileIn(folders: readonly (string | null | undefined)[], path: string): [folder: string, key: string] {
  const known = folders.flatMap((folder) => (folder ? [resolve(folder)] : []));
  const folder = known.find((one) => path.startsWith(`${one}${sep}`)) ?? dirname(path);
  return [folder, relative(folder, path).split(sep).join("/")];
}

/** The first event of a notification. */
async function eventFrom(file: string): Promise<{ watched: WatchedPlace; event: ObjectEvent }> {
  if (file !== "-" && !existsSync(file)) throw new UsageError(`--event ${file}: there is no such file.`);
  const text = file === "-" ? await allOf(process.stdin) : readFileSync(file, "utf8");
  const [event] = readNotification(text, Date.now()).events;
  if (event === undefined) throw new UsageError(`--event ${file}: it tells of no object that was created.`);
  return { watched: watchedPlace(bucketUri(event.bucket), storeEnvironment()), event };
}

/** What the ledger knows of a version and a function; nothing where there is no ledger. */
async function appliedBefore(data: string, event: ObjectEvent, idempotencyKey: string): Promise<StoredRequest[]> {
  const { store } = dataFolder(resolve(data));
  if (!existsSync(store)) return [];
  openStore(store).close();
  const reader = openReader(store);
  try {
    return await requestsOfKey(reader.db, idempotencyKey, event);
  } finally {
    await reader.close();
  }
}

/** An object store that names what it is given and keeps it only as long as the command runs. */
function forgetfulStore(): ObjectStore {
  const held = new Map<string, Uint8Array>();
  return {
    async put(bytes) {
      const uri = `sha256:${sha256(bytes)}`;
      held.set(uri, bytes);
      return { uri, sizeBytes: bytes.byteLength };
    },
    async get(uri) {
      return held.get(uri) ?? new Uint8Array();
    },
    has: async (uri) => held.has(uri),
  };
}
