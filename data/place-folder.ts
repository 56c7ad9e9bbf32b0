import { close, createReadStream, fstat, open, read, stat as statCallback } from "node:fs";
import { readdir, realpath, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { promisify } from "node:util";
import { AccessDeniedError, BadKeyError, KeyConflictError, MissingFileError } from "./errors.ts";
import { withFileLock } from "./file-lock.ts";
import { writeDurably } from "./objects.ts";
import type { Place, PlaceEntry } from "./place.ts";
import { checkedKey, compareKeys, isOrdinaryKey } from "./place-key.ts";

// The calls of node:fs/promises make ten times as much garbage a file, which tells where a folder holds ten thousands.
const opened = promisify(open);
const closed = promisify(close);
const sizeOf = promisify(fstat);
const filledFrom = promisify(read);
const statOf = promisify(statCallback);

const MISSING = ["ENOENT", "ENOTDIR", "EISDIR"];
const DENIED = ["EACCES", "EPERM", "EROFS"];
const CONFLICT = ["ENOTDIR", "EISDIR", "EEXIST", "ENOTEMPTY"];

/**
 * A folder as a place. Links to files and folders that somebody put there are followed, also out of the folder, except a link to a
 * folder that it lies in; a key by itself never leads out. A file's `etag` is made of its size, time of change and inode: it tells that the content may be another, not that it is.
 * @param dir need not exist: an absent folder is an empty place, and is made by the first write
 */
export function folderPlace(dir: string): Place {
  const root = resolve(dir);
  const below = root.endsWith(sep) ? root : `${root}${sep}`;
  const pathOf = (key: string): string => {
    const path = checkedKey(key, dir);
    if (sep === "/") return `${below}${path}`;
    // Where "\\" separates folders and ":" names drives, they could lead out.
    if (/[\\:]/.test(key)) throw new BadKeyError(key, dir);
    return join(root, ...path.split("/"));
  };
  const told = (key: string, error: unknown): unknown => {
    const system = (error as NodeJS.ErrnoException).code ?? "";
    if (MISSING.includes(system)) return new MissingFileError(key, dir, { cause: error });
    if (DENIED.includes(system)) return new AccessDeniedError(key, dir, system, { cause: error });
    return error;
  };
  const entryOf = async (key: string): Promise<PlaceEntry | undefined> => {
    try {
      const found = await statOf(pathOf(key), { bigint: true });
      if (!found.isFile()) return undefined;
      const etag = `${found.size.toString(36)}-${found.mtimeNs.toString(36)}-${found.ino.toString(36)}`;
      return { key, sizeBytes: Number(found.size), etag, modifiedMs: Number(found.mtimeMs) };
    } catch (error) {
      const known = told(key, error);
      if (known instanceof MissingFileError) return undefined;
      throw known;
    }
  };
  const write: Place["write"] = async (key, content, call) => {
    call?.signal?.throwIfAborted();
    const path = pathOf(key);
    try {
      await writeDurably(path, content, call?.signal);
    } catch (error) {
      if (CONFLICT.includes((error as NodeJS.ErrnoException).code ?? ""))
        throw new KeyConflictError(key, dir, { cause: error });
      throw told(key, error);
    }
    const entry = await entryOf(key);
    if (entry === undefined) throw new MissingFileError(key, dir);
    return entry;
  };
  return {
    uri: dir,
    async *list(prefix = "", call) {
      try {
        yield* walk({ root, prefix, entryOf, signal: call?.signal }, "", []);
      } catch (error) {
        throw told(prefix, error);
      }
    },
    stat: entryOf,
    async read(key, { start = 0, end, signal, allocate = newBytes } = {}) {
      signal?.throwIfAborted();
      let file: number | undefined;
      try {
        file = await opened(pathOf(key), "r");
        const { size } = await sizeOf(file);
        const bytes = allocate(Math.max(0, Math.min(end ?? size, size) - start));
        let filled = 0;
        while (filled < bytes.length) {
          const { bytesRead } = await filledFrom(file, bytes, filled, bytes.length - filled, start + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return bytes.subarray(0, filled);
      } catch (error) {
        throw told(key, error);
      } finally {
        if (file !== undefined) await closed(file);
      }
    },
    async *stream(key, { start = 0, end, signal } = {}) {
      if (end !== undefined && end <= start) return;
      const options = { start, highWaterMark: 1 << 18, ...(end === undefined ? {} : { end: end - 1 }) };
      try {
        for await (const chunk of createReadStream(pathOf(key), { ...options, ...(signal ? { signal } : {}) }))
          yield chunk as Uint8Array;
      } catch (error) {
        throw told(key, error);
      }
    },
    write,
    async replace(key, content, expected, call) {
      const path = pathOf(key);
      try {
        return await withFileLock(
          join(dirname(path), `.${basename(path)}.lock`),
          async () => ((await entryOf(key))?.etag === expected ? await write(key, content, call) : undefined),
          call?.signal,
        );
      } catch (error) {
        throw told(key, error);
      }
    },
    async remove(key) {
      const path = pathOf(key);
      try {
        await rm(path, { force: true });
      } catch (error) {
        throw told(key, error);
      }
    },
    path: pathOf,
  };
}

const newBytes = (sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes);

interface Walk {
  root: string;
  prefix: string;
  entryOf: (key: string) => Promise<PlaceEntry | undefined>;
  signal: AbortSignal | undefined;
}

/** Files below a folder in key order, one folder at a time in memory. `above` are the real paths of the folders it lies in. */
async function* walk(given: Walk, below: string, above: readonly string[]): AsyncGenerator<PlaceEntry> {
  const { root, prefix, entryOf, signal } = given;
  signal?.throwIfAborted();
  const path = join(root, below);
  const real = await realpath(path).catch(() => path);
  if (above.includes(real)) return;
  for (const name of await namesIn(path)) {
    const key = `${below}${name}`;
    const isFolder = name.endsWith("/");
    if (!(key.startsWith(prefix) || (isFolder && prefix.startsWith(key)))) continue;
    if (isFolder) {
      yield* walk(given, key, [...above, real]);
      continue;
    }
    signal?.throwIfAborted();
    const entry = await entryOf(key);
    if (entry !== undefined) yield entry;
  }
}

/** Names in a folder, folders with a "/" at the end, in the order that their files' keys have. */
async function namesIn(path: string): Promise<string[]> {
  const found = await readdir(path, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") return [];
    throw error;
  });
  const names: string[] = [];
  for (const entry of found) {
    if (!isOrdinaryKey(entry.name)) continue;
    const folder =
      entry.isDirectory() ||
      (entry.isSymbolicLink() &&
        (await stat(join(path, entry.name)).then(
          (target) => target.isDirectory(),
          () => false,
        )));
    if (folder) names.push(`${entry.name}/`);
    else if (entry.isFile() || entry.isSymbolicLink()) names.push(entry.name);
  }
  return names.sort(compareKeys);
}
