import { createReadStream } from "node:fs";
import { type FileHandle, open, readdir, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { MissingFileError } from "./errors.ts";
import { writeDurably } from "./objects.ts";
import type { Place, PlaceEntry } from "./place.ts";
import { checkedKey, compareKeys, isOrdinaryKey } from "./place-key.ts";

/**
 * A folder as a place. Links to files and folders that somebody put there are followed; a key never leads out of the folder. A
 * file's `etag` is made of its size, time of change and inode: it tells that the content may be another, not that it is.
 * @param dir need not exist: an absent folder is an empty place, and is made by the first write
 */
export function folderPlace(dir: string): Place {
  const root = resolve(dir);
  const pathOf = (key: string): string => join(root, ...checkedKey(key, dir).split("/"));
  const missing = (key: string, error: unknown): unknown =>
    ["ENOENT", "ENOTDIR", "EISDIR"].includes((error as NodeJS.ErrnoException).code ?? "")
      ? new MissingFileError(key, dir)
      : error;
  const entryOf = async (key: string): Promise<PlaceEntry | undefined> => {
    try {
      const found = await stat(pathOf(key), { bigint: true });
      if (!found.isFile()) return undefined;
      const etag = `${found.size.toString(36)}-${found.mtimeNs.toString(36)}-${found.ino.toString(36)}`;
      return { key, sizeBytes: Number(found.size), etag, modifiedMs: Number(found.mtimeMs) };
    } catch (error) {
      if (missing(key, error) instanceof MissingFileError) return undefined;
      throw error;
    }
  };
  return {
    uri: dir,
    list: (prefix = "", call) => walk(root, "", prefix, entryOf, call?.signal),
    stat: entryOf,
    async read(key, { start = 0, end, signal } = {}) {
      signal?.throwIfAborted();
      let file: FileHandle | undefined;
      try {
        file = await open(pathOf(key));
        const { size } = await file.stat();
        const bytes = new Uint8Array(Math.max(0, Math.min(end ?? size, size) - start));
        let filled = 0;
        while (filled < bytes.length) {
          const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, start + filled);
          if (bytesRead === 0) break;
          filled += bytesRead;
        }
        return bytes.subarray(0, filled);
      } catch (error) {
        throw missing(key, error);
      } finally {
        await file?.close();
      }
    },
    async *stream(key, { start = 0, end, signal } = {}) {
      if (end !== undefined && end <= start) return;
      const options = { start, highWaterMark: 1 << 18, ...(end === undefined ? {} : { end: end - 1 }) };
      try {
        for await (const chunk of createReadStream(pathOf(key), { ...options, ...(signal ? { signal } : {}) }))
          yield chunk as Uint8Array;
      } catch (error) {
        throw missing(key, error);
      }
    },
    async write(key, content, call) {
      call?.signal?.throwIfAborted();
      await writeDurably(pathOf(key), content);
      const entry = await entryOf(key);
      if (entry === undefined) throw new MissingFileError(key, dir);
      return entry;
    },
    remove: (key) => rm(pathOf(key), { force: true }),
    path: pathOf,
  };
}

/** Files below a folder in key order, one folder at a time in memory. */
async function* walk(
  root: string,
  below: string,
  prefix: string,
  entryOf: (key: string) => Promise<PlaceEntry | undefined>,
  signal: AbortSignal | undefined,
): AsyncGenerator<PlaceEntry> {
  signal?.throwIfAborted();
  const names = await namesIn(join(root, below));
  for (const name of names) {
    const key = `${below}${name}`;
    const isFolder = name.endsWith("/");
    if (!(isFolder ? key.startsWith(prefix) || prefix.startsWith(key) : key.startsWith(prefix))) continue;
    if (isFolder) {
      yield* walk(root, key, prefix, entryOf, signal);
      continue;
    }
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
