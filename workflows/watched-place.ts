import { statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { openPlace, type Place, type PlaceEntry, type S3Environment } from "@artesian/data";
import { isOrdinaryKey } from "@artesian/data/place-key.ts";
import {
  bucketUri,
  type Connection,
  connectBucket,
  connectFolder,
  type LedgerEntry,
  type LedgerRuntime,
  type ObjectEvent,
  occurrenceOf,
  readNotification,
  type Value,
} from "@artesian/engine";
import { UnwatchedPlaceError } from "./errors.ts";
import { type ObjectFunction, wants } from "./function-declaration.ts";
import { contentDigest } from "./function-handler.ts";
import { OBJECT_EVENTS } from "./functions-plan.ts";

/** A place whose objects functions run on. */
export interface WatchedPlace {
  /** As a person gave it. */
  uri: string;
  kind: "folder" | "bucket";
  /** As events name it: a folder's absolute path, or a bucket's name. */
  bucket: string;
  /** Of all keys; "" or ending with "/". */
  prefix: string;
  /** The whole folder or bucket. */
  place: Place;
}

/** The place of an address. @throws BadPlaceError (data/bad-place) */
export function watchedPlace(uri: string, env: S3Environment = {}): WatchedPlace {
  const s3 = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(uri);
  if (s3 === null) {
    const bucket = /^[a-z][a-z0-9+.-]+:\/\//i.test(uri) ? uri : resolve(uri);
    return { uri, kind: "folder", bucket, prefix: "", place: openPlace(bucket, env) };
  }
  const [, bucket = "", below = ""] = s3;
  const prefix = below.replace(/\/+$/, "");
  const place = openPlace(`s3://${bucket}`, env);
  return { uri, kind: "bucket", bucket, prefix: prefix === "" ? "" : `${prefix}/`, place };
}

/** What was taken in of a notification. */
export interface Delivered {
  /** Events that are new. */
  accepted: number;
  /** Events that had come before. */
  duplicates: number;
  /** Records of other events, and objects outside of what is watched. */
  ignored: number;
}

/** Names the ledger of a watched place. */
function ledgerOf({ bucket, prefix }: WatchedPlace): string {
  return `objects of ${bucketUri(bucket)}/${prefix}`;
}

const recordOf = (event: ObjectEvent) => ({ value: event as Value, eventId: occurrenceOf(event) });

/**
 * Takes a notification of a store in; durable when it resolves, and marked as seen, so that a sweep finds only what was never told. Objects of
 * places that are not watched are ignored: a sender cannot make functions read anything else.
 * @param document of S3 form, or an envelope of SQS or SNS around it
 * @param now ms since 1970
 * @throws NotificationError (engine/notification), and what the runtime refuses
 */
export async function deliver(
  runtime: LedgerRuntime,
  watched: readonly WatchedPlace[],
  document: unknown,
  now: number,
): Promise<Delivered> {
  const { events, others } = readNotification(document, now);
  const records: ReturnType<typeof recordOf>[] = [];
  const marks: LedgerEntry[] = [];
  for (const event of events) {
    const place = watched.find(({ bucket, prefix }) => bucket === event.bucket && event.key.startsWith(prefix));
    if (place === undefined || !isOrdinaryKey(event.key) || event.key.endsWith("/")) continue;
    records.push(recordOf(event));
    const { key: path, etag, sizeBytes, timeMs: mtimeMs } = event;
    if (place.kind === "bucket") marks.push({ source: ledgerOf(place), path, sha256: etag, sizeBytes, mtimeMs });
  }
  const ignored = others + events.length - records.length;
  if (records.length === 0) return { accepted: 0, duplicates: 0, ignored };
  return { ...(await runtime.append(OBJECT_EVENTS, records, marks)), ignored };
}

export interface FollowOptions {
  runtime: LedgerRuntime;
  watched: WatchedPlace;
  /** ms since 1970. */
  clock: () => number;
  signal?: AbortSignal;
  onTrouble?: (error: unknown) => void;
}

/** What a look at a place found. */
export interface Swept {
  /** Objects that were there. */
  seen: number;
  /** Events that nobody had told of. */
  repaired: number;
}

/**
 * Looks at a place once and takes in what no event told of: a bucket's listing is held against the ledger, which was read before, so that what
 * differs is newer than what is known. Files of a folder count when they have stood still for five seconds.
 * @throws what the listing failed of
 */
export async function sweep({ runtime, watched, clock, signal, onTrouble }: FollowOptions): Promise<Swept> {
  const trouble = onTrouble === undefined ? {} : { onTrouble };
  const call = { runtime, topic: OBJECT_EVENTS, source: ledgerOf(watched), once: true, ...(signal ? { signal } : {}) };
  if (watched.kind === "bucket") {
    const { place, prefix } = watched;
    const toRecord = (file: PlaceEntry) => recordOf(listedEvent(watched, file));
    const { seen, accepted } = await connectBucket({ ...call, place, prefix, toRecord, ...trouble }).done;
    return { seen, repaired: accepted };
  }
  const accept = (name: string): boolean => isOrdinaryKey(name) && stoodStill(join(watched.bucket, name), clock());
  const { seen, accepted } = await connectFolder({
    ...call,
    dir: watched.bucket,
    accept,
    toRecord: (file) => recordOf(fileEvent(watched, file, clock())),
    ...trouble,
  }).done;
  return { seen, repaired: accepted };
}

/**
 * Follows a folder: each file becomes an event when its writer is done with it.
 * @param stableMs a file is complete when it stood still for so long
 */
export function followFolder(options: FollowOptions & { stableMs: number }): Connection<unknown> {
  const { runtime, watched, clock, signal, onTrouble, stableMs } = options;
  return connectFolder({
    runtime,
    dir: watched.bucket,
    topic: OBJECT_EVENTS,
    source: ledgerOf(watched),
    stableMs,
    toRecord: (file) => recordOf(fileEvent(watched, file, clock())),
    ...(signal === undefined ? {} : { signal }),
    ...(onTrouble === undefined ? {} : { onTrouble }),
  });
}

export interface ReplayOptions {
  runtime: LedgerRuntime;
  watched: WatchedPlace;
  /** Those whose triggers decide which objects are worth telling of. */
  functions: readonly ObjectFunction[];
  /** Names the replay; equal names enter once. */
  id: string;
  /** ms since 1970. */
  now: number;
  /** Keys that start so, within the watched place. */
  prefix?: string | undefined;
  /** Objects that changed from then on, and before; ms since 1970. */
  sinceMs?: number | undefined;
  untilMs?: number | undefined;
  /** Only this function; default all whose trigger fits. */
  function?: string | undefined;
  /** Apply again what this function has applied already. */
  force?: boolean | undefined;
  signal?: AbortSignal | undefined;
  onProgress?: (sent: number) => void;
}

const PER_APPEND = 200;

/**
 * Tells of objects that are there as if they had just appeared. Versions that a function has applied stay as they are unless forced, so that a new
 * function, or one whose code changed, catches up.
 * @returns objects that some function wants and is told of
 */
export async function replay(options: ReplayOptions): Promise<number> {
  const {
    runtime,
    watched,
    functions,
    id,
    sinceMs = Number.NEGATIVE_INFINITY,
    untilMs = Number.POSITIVE_INFINITY,
  } = options;
  const { prefix = "", signal, onProgress } = options;
  const mark = { id, function: options.function ?? null, force: options.force ?? false };
  let records: ReturnType<typeof recordOf>[] = [];
  let sent = 0;
  const send = async (): Promise<void> => {
    if (records.length === 0) return;
    sent += (await runtime.append(OBJECT_EVENTS, records)).accepted;
    records = [];
    onProgress?.(sent);
  };
  for await (const entry of watched.place.list(`${watched.prefix}${prefix}`, signal === undefined ? {} : { signal })) {
    if (entry.modifiedMs < sinceMs || entry.modifiedMs >= untilMs) continue;
    const asked = { ...listedEvent(watched, entry), replay: mark };
    if (!functions.some((fn) => wants(fn, asked))) continue;
    records.push(recordOf({ ...(await eventOf(watched, entry, options.now, signal)), replay: mark }));
    if (records.length === PER_APPEND) await send();
  }
  await send();
  return sent;
}

/** The event of an object as it is now. @param now ms since 1970 */
export async function eventOf(
  watched: WatchedPlace,
  entry: PlaceEntry,
  now: number,
  signal?: AbortSignal,
): Promise<ObjectEvent> {
  if (watched.kind === "bucket") return listedEvent(watched, entry);
  const { key: name, sizeBytes, modifiedMs: mtimeMs } = entry;
  const sha256 = await contentDigest(watched.place, entry, signal);
  return fileEvent(watched, { name, sizeBytes, mtimeMs, sha256 }, now);
}

/**
 * The watched place that an object's address lies in, and the object's key.
 * @throws UnwatchedPlaceError (workflows/unwatched-place)
 */
export function watchedFor(watched: readonly WatchedPlace[], uri: string): WatchedPlace {
  const s3 = /^s3:\/\/([^/]+)\/?(.*)$/s.exec(uri);
  const found = watched.find(({ bucket, prefix }) =>
    s3 === null ? isAbsolute(bucket) && bucket === resolve(uri) : bucket === s3[1] && `${s3[2]}/`.startsWith(prefix),
  );
  if (found === undefined)
    throw new UnwatchedPlaceError(
      uri,
      watched.map((one) => one.uri),
    );
  return found;
}

function listedEvent({ bucket }: WatchedPlace, { key, etag, sizeBytes, modifiedMs }: PlaceEntry): ObjectEvent {
  return {
    bucket,
    key,
    type: "ObjectCreated",
    etag,
    versionId: null,
    sequencer: null,
    sizeBytes,
    timeMs: modifiedMs,
    modifiedMs,
    source: "listing",
    replay: null,
  };
}

/** @param seenMs what orders events of a folder: a file that is put back may be older than the one it replaces */
function fileEvent(
  { bucket }: WatchedPlace,
  file: { name: string; sha256: string; sizeBytes: number; mtimeMs: number },
  seenMs: number,
): ObjectEvent {
  const { name: key, sha256: etag, sizeBytes, mtimeMs } = file;
  const modifiedMs = Math.floor(mtimeMs);
  return {
    bucket,
    key,
    type: "ObjectCreated",
    etag,
    versionId: null,
    sequencer: null,
    sizeBytes,
    timeMs: seenMs,
    modifiedMs,
    source: "folder",
    replay: null,
  };
}

/** Five times the second that a watcher waits: a sweep looks once and cannot see a writer at work. */
const STILL_MS = 5000;

function stoodStill(path: string, now: number): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && now - found.mtimeMs >= STILL_MS;
}
