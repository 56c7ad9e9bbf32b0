import type { Place, PlaceEntry } from "@artesian/data";
import {
  type Connection,
  connection,
  type Door,
  enter,
  isDiskFull,
  type LedgerRuntime,
  type Made,
  perAppend,
  sleep,
  type Taken,
} from "./connect-ledger.ts";

/** A file of a place as its listing tells of it; its content has not been read. */
export interface BucketFile extends PlaceEntry {
  /** The place's address and the key. */
  uri: string;
}

export interface BucketOptions {
  runtime: LedgerRuntime;
  /** The bucket to take files from, or any other place where a file appears whole; see `openPlace` in data/. */
  place: Place;
  topic: string;
  /** Only keys that start so. Default "": all. */
  prefix?: string;
  /** Names the ledger. Default: the place's address and the topic, so that two topics each get every file. */
  source?: string;
  /** Decides by the key. Default: every file that the place lists. */
  accept?: (key: string) => boolean;
  /** What a file becomes. May read the file; nothing else does. */
  toRecord: (file: BucketFile) => Made | Promise<Made>;
  /** Take what is there now and end. Default false: look again and again until stopped. */
  once?: boolean;
  /** Time from the end of one look to the next, ms. Default 10,000. */
  pollMs?: number;
  signal?: AbortSignal;
  onProgress?: (progress: BucketProgress) => void;
  /**
   * Told of a listing that failed and of a full disk (with the prefix), and of files whose record failed (with the key): the next look
   * tries again. Without it a full disk ends the connection.
   */
  onTrouble?: (error: unknown, key: string) => void;
  /** Waits, or less when called off. Default: the system's timer. */
  pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface BucketProgress {
  /** Files that the last look saw. */
  seen: number;
  /** Records that entered in this session. */
  accepted: number;
  /** Files taken in by an earlier session. */
  known: number;
  /** Contents that `toRecord` or `accept` left out. */
  ignored: number;
  /** Files for which `toRecord` failed in the last look. */
  failed: number;
}

export type BucketConnection = Connection<BucketProgress>;

/**
 * Takes files of a place into a topic by listing it: each content of a key once. A content is known by the store's ETag alone, so
 * nothing is downloaded, and a listing that pairs a new ETag with the size of before (some stores do for a moment) enters nothing twice; the ledger is written with the records, in one transaction. Deleted files stay taken in. A store that
 * cannot be listed is trouble and tried again, except with `once`, where `done` rejects: what was seen until then is in, and
 * the same call again goes on.
 * @throws nothing; `done` rejects with what the runtime refuses, and with `once` with what the listing failed of (data/missing-bucket, …)
 * @example connectBucket({ runtime, place: openPlace("s3://plates/2026"), topic: "images", toRecord: ({ uri, etag }) => ({ value: { uri, etag } }) })
 */
export function connectBucket(options: BucketOptions): BucketConnection {
  return connection(options.signal, (ended) => follow(options, ended));
}

async function follow(options: BucketOptions, signal: AbortSignal): Promise<BucketProgress> {
  const { runtime, place, topic, once = false, pollMs = 10_000, pause = sleep } = options;
  const source = options.source ?? `${place.uri} → ${topic}`;
  const door: Door = { runtime, topic, source, ledger: await runtime.ledger(source) };
  const left = new Map<string, string>();
  const progress: BucketProgress = { seen: 0, accepted: 0, known: door.ledger.size, ignored: 0, failed: 0 };
  while (!signal.aborted) {
    const trouble = await look(options, door, left, progress, signal).catch((cause: unknown) => {
      if (once || options.onTrouble === undefined || !isDiskFull(cause)) throw cause;
      options.onTrouble(cause, options.prefix ?? "");
      return { cause };
    });
    if (trouble !== undefined && once) throw trouble.cause;
    options.onProgress?.({ ...progress });
    if (once) break;
    await pause(pollMs, signal);
  }
  return progress;
}

/** Goes through the listing once. @returns what ended the listing early */
async function look(
  options: BucketOptions,
  door: Door,
  left: Map<string, string>,
  progress: BucketProgress,
  signal: AbortSignal,
): Promise<{ cause: unknown } | undefined> {
  const { place, prefix = "", onTrouble } = options;
  let trouble: { cause: unknown } | undefined;
  async function* listing(): AsyncGenerator<PlaceEntry> {
    try {
      yield* place.list(prefix, { signal });
    } catch (cause) {
      if (signal.aborted) return;
      trouble = { cause };
      onTrouble?.(cause, prefix);
    }
  }
  progress.seen = 0;
  progress.failed = 0;
  let taken: Taken[] = [];
  for await (const entry of listing()) {
    progress.seen++;
    const found = await takenOf(options, entry, door, left, progress);
    if (found !== undefined) taken.push(found);
    if (taken.length < perAppend) continue;
    progress.accepted += await enter(door, taken);
    taken = [];
    options.onProgress?.({ ...progress });
  }
  progress.accepted += await enter(door, taken);
  return trouble;
}

/** A file with its records; undefined when it was taken in before, is left out, or is trouble. */
async function takenOf(
  { place, accept, toRecord, onTrouble }: BucketOptions,
  entry: PlaceEntry,
  { ledger }: Door,
  left: Map<string, string>,
  progress: BucketProgress,
): Promise<Taken | undefined> {
  const { key, etag: identity, sizeBytes, modifiedMs: mtimeMs } = entry;
  if (ledger.get(key)?.sha256 === identity || left.get(key) === identity) return undefined;
  let made: Made;
  try {
    made =
      accept?.(key) === false ? undefined : await toRecord({ ...entry, uri: `${place.uri.replace(/\/$/, "")}/${key}` });
  } catch (error) {
    progress.failed++;
    onTrouble?.(error, key);
    return undefined;
  }
  if (made !== undefined) return { path: key, identity, sizeBytes, mtimeMs, made };
  left.set(key, identity);
  progress.ignored++;
  return undefined;
}
