import { createHash } from "node:crypto";
import { createReadStream, type FSWatcher, watch } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  type Connection,
  connection,
  type Door,
  enter,
  type LedgerRuntime,
  type Made,
  perAppend,
  sleep,
  type Taken,
} from "./connect-ledger.ts";

/** A file whose writer is done with it. */
export interface FolderFile {
  path: string;
  /** Below the watched folder, with "/". */
  name: string;
  sizeBytes: number;
  mtimeMs: number;
  sha256: string;
}

export interface FolderOptions {
  runtime: LedgerRuntime;
  /** The folder to take files from, with everything below it; links to files count as files. */
  dir: string;
  topic: string;
  /** Names the ledger. Default: the folder's absolute path. */
  source?: string;
  /** Decides by the name, before the file is read. Default: everything but hidden and `.part`, `.tmp` files. */
  accept?: (name: string) => boolean;
  /** What a file becomes; undefined to leave it out. */
  toRecord: (file: FolderFile) => Made | Promise<Made>;
  /** Take what is there now and end. Default false: go on until stopped. */
  once?: boolean;
  /** A file is complete when size and time of change stood still for so long, ms. Default 1000; not waited for with `once`. */
  stableMs?: number;
  /** Time between two looks at the folder, ms; changes that the system reports are looked at sooner. Default 1000. */
  pollMs?: number;
  signal?: AbortSignal;
  onProgress?: (progress: FolderProgress) => void;
  /** Told of files and folders that could not be read; they are tried again at the next look. */
  onTrouble?: (error: unknown, path: string) => void;
}

export interface FolderProgress {
  /** Files that were looked at, by name. */
  seen: number;
  /** Records that entered in this session. */
  accepted: number;
  /** Files taken in by an earlier session. */
  known: number;
  /** Files that `toRecord` or `accept` left out. */
  ignored: number;
}

export type FolderConnection = Connection<FolderProgress>;

const readAhead = 4;

/**
 * Takes files of a folder into a topic: each content of a path once. The ledger of what was taken is written with the records, in
 * one transaction, so neither a crash nor a second look enters anything twice; changed content under an old path is a new event.
 */
export function connectFolder(options: FolderOptions): FolderConnection {
  return connection(options.signal, (ended) => follow(options, ended));
}

interface Look {
  sizeBytes: number;
  mtimeMs: number;
  since: number;
}

/** A folder that is followed. */
interface Followed {
  options: FolderOptions;
  dir: string;
  door: Door;
  /** What was left out, by name: by its name alone, or with this size and time. */
  left: Map<string, Pick<Look, "sizeBytes" | "mtimeMs"> | "by name">;
  /** Files that may still be written. */
  looks: Map<string, Look>;
  progress: FolderProgress;
}

async function follow(options: FolderOptions, signal: AbortSignal): Promise<FolderProgress> {
  const { runtime, topic, once = false, pollMs = 1000 } = options;
  const dir = resolve(options.dir);
  const source = options.source ?? dir;
  const door: Door = { runtime, topic, source, ledger: await runtime.ledger(source) };
  const progress: FolderProgress = { seen: 0, accepted: 0, known: door.ledger.size, ignored: 0 };
  const followed: Followed = { options, dir, door, left: new Map(), looks: new Map(), progress };
  const bell = makeBell();
  const watcher = once ? undefined : watchTree(dir, bell.ring);
  try {
    do {
      const started = Date.now();
      const files = await ready(followed);
      for (let from = 0; from < files.length && !signal.aborted; from += perAppend)
        await takeIn(followed, files.slice(from, from + perAppend));
      options.onProgress?.({ ...progress });
      if (once) break;
      // A large folder is looked at less often, so that looking costs at most a twentieth of a core.
      await bell.wait(Math.max(pollMs, 20 * (Date.now() - started)), signal);
    } while (!signal.aborted);
  } finally {
    watcher?.close();
  }
  return progress;
}

/** Names of files that are complete and not yet taken in with this size and time. */
async function ready({ options, dir, door, left, looks, progress }: Followed): Promise<string[]> {
  const { once = false, stableMs = 1000, accept = isOrdinary, onTrouble } = options;
  const found: string[] = [];
  const names = await list(dir, onTrouble);
  progress.seen = names.length;
  const now = Date.now();
  for (const name of names) {
    const known = door.ledger.get(name) ?? left.get(name);
    if (known === undefined && !accept(name)) {
      left.set(name, "by name");
      progress.ignored++;
      continue;
    }
    if (known === "by name") continue;
    const info = await stat(join(dir, name)).catch((error: unknown) => void onTrouble?.(error, name));
    if (info === undefined || !info.isFile()) continue;
    const { size: sizeBytes, mtimeMs } = info;
    if (known !== undefined && known.sizeBytes === sizeBytes && known.mtimeMs === mtimeMs) continue;
    const look = looks.get(name);
    const still = look !== undefined && look.sizeBytes === sizeBytes && look.mtimeMs === mtimeMs;
    if (!still) looks.set(name, { sizeBytes, mtimeMs, since: now });
    const old = now - mtimeMs >= 5 * stableMs;
    if (once || old || (still && now - look.since >= stableMs)) {
      looks.delete(name);
      found.push(name);
    }
  }
  return found;
}

async function takeIn({ options, dir, door, left, progress }: Followed, names: readonly string[]): Promise<void> {
  const taken: Taken[] = [];
  for (let from = 0; from < names.length; from += readAhead) {
    const some = names.slice(from, from + readAhead);
    const files = await Promise.all(some.map((name) => readFile(dir, name, options.onTrouble)));
    for (const file of files) {
      if (file === undefined) continue;
      const { name, sha256, sizeBytes, mtimeMs } = file;
      const made = await options.toRecord(file);
      if (made !== undefined) taken.push({ path: name, identity: sha256, sizeBytes, mtimeMs, made });
      else {
        left.set(name, { sizeBytes, mtimeMs });
        progress.ignored++;
      }
    }
  }
  progress.accepted += await enter(door, taken);
}

/** Reads a file's digest; undefined when it changed meanwhile or cannot be read: the next look will see it again. */
async function readFile(
  dir: string,
  name: string,
  onTrouble: FolderOptions["onTrouble"],
): Promise<FolderFile | undefined> {
  const path = join(dir, name);
  try {
    const before = await stat(path);
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
    const after = await stat(path);
    if (before.size !== after.size || before.mtimeMs !== after.mtimeMs) return undefined;
    return { path, name, sizeBytes: after.size, mtimeMs: after.mtimeMs, sha256: hash.digest("hex") };
  } catch (error) {
    onTrouble?.(error, name);
    return undefined;
  }
}

/** Names of files below a folder. Links to folders are left alone: they may lead in circles. */
async function list(dir: string, onTrouble: FolderOptions["onTrouble"]): Promise<string[]> {
  const names: string[] = [];
  const folders = [""];
  for (let below = folders.pop(); below !== undefined; below = folders.pop()) {
    try {
      for (const entry of await readdir(join(dir, below), { withFileTypes: true })) {
        const name = below === "" ? entry.name : `${below}/${entry.name}`;
        if (entry.isDirectory()) folders.push(name);
        else if (entry.isFile() || entry.isSymbolicLink()) names.push(name);
      }
    } catch (error) {
      onTrouble?.(error, join(dir, below));
    }
  }
  return names.sort();
}

function isOrdinary(name: string): boolean {
  return !/(?:^|\/)\.|\.(?:part|tmp|partial|crdownload)$/i.test(name);
}

/** The system's own news of changes, where it has them; polling finds everything anyway (network drives tell nothing). */
function watchTree(dir: string, ring: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(dir, { recursive: true }, ring);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}

/** Lets a look be waited for, and come sooner when there is news. */
function makeBell(): { ring: () => void; wait: (ms: number, signal: AbortSignal) => Promise<void> } {
  let news = Promise.withResolvers<void>();
  return {
    ring: () => news.resolve(),
    async wait(ms, signal) {
      const over = new AbortController();
      const until = AbortSignal.any([signal, over.signal]);
      await Promise.race([sleep(ms, until), news.promise.then(() => sleep(Math.min(ms, 100), until))]);
      over.abort();
      news = Promise.withResolvers();
    },
  };
}
