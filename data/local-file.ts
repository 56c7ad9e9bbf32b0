import { randomBytes } from "node:crypto";
import { link, mkdir, readdir, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { ChangedFileError, MissingFileError } from "./errors.ts";
import { sha256 } from "./hash.ts";
import { writeDurably } from "./objects.ts";
import type { Place, PlaceCall } from "./place.ts";

export interface LocalFileOptions extends PlaceCall {
  /** For copies of a bucket's files; made when it does not exist. May be shared by processes. */
  cacheDir: string;
  /** Copies that are kept for later, together, bytes. Default 20 GB. What is in use is never taken away. */
  maxBytes?: number;
}

const defaultMaxBytes = 20e9;
const spoolTries = 3;

/**
 * Gives a reader that needs a real file one, for as long as it works: the file itself, or a copy of a bucket's, which is kept
 * for the next time while its content is the same and the cache has room; the copies that were not used for longest go first.
 * @throws MissingFileError (data/missing-file), ChangedFileError (data/changed-file) when it is replaced again and again while it is copied
 * @example await withLocalFile(place, "atlas.h5ad", { cacheDir }, (path) => readSomething(path))
 */
export async function withLocalFile<T>(
  place: Place,
  key: string,
  options: LocalFileOptions,
  use: (path: string) => T | Promise<T>,
): Promise<T> {
  const { cacheDir, maxBytes = defaultMaxBytes, signal } = options;
  if (place.path !== undefined) {
    if ((await place.stat(key)) === undefined) throw new MissingFileError(key, place.uri);
    return use(place.path(key));
  }
  const lent = await lend(place, key, cacheDir, signal);
  try {
    return await use(lent);
  } finally {
    await rm(lent, { force: true });
    await tidy(cacheDir, maxBytes);
  }
}

/**
 * The same for a reader whose end is not known: the copy stays until the caller empties the folder.
 * @param cacheDir for copies; not bounded
 * @throws as withLocalFile
 */
export async function localFile(place: Place, key: string, cacheDir: string, signal?: AbortSignal): Promise<string> {
  if (place.path !== undefined) return place.path(key);
  return spool(place, key, cacheDir, signal);
}

/** The cached copy's path; it is made when it is not there. */
async function spool(place: Place, key: string, cacheDir: string, signal: AbortSignal | undefined): Promise<string> {
  const call = signal === undefined ? {} : { signal };
  const ending = /\.[A-Za-z0-9]+$/.exec(key)?.[0] ?? "";
  for (let tries = 0; tries < spoolTries; tries++) {
    const entry = await place.stat(key, call);
    if (entry === undefined) throw new MissingFileError(key, place.uri);
    const name = sha256(`${place.uri}\n${key}\n${entry.etag}\n${entry.sizeBytes}`).slice(0, 32);
    const path = join(cacheDir, `${name}${ending}`);
    if ((await sizeOf(path)) === entry.sizeBytes) {
      const now = new Date();
      await utimes(path, now, now).catch(() => {});
      return path;
    }
    await writeDurably(path, place.stream(key, call), signal);
    const after = await place.stat(key, call);
    if (after?.etag === entry.etag && (await sizeOf(path)) === entry.sizeBytes) return path;
    // Another content under the first one's name.
    await rm(path, { force: true });
  }
  throw new ChangedFileError(key, place.uri);
}

/** A name of its own for a copy, so that whoever tidies the cache, here or in another process, takes nothing from its reader. */
async function lend(place: Place, key: string, cacheDir: string, signal: AbortSignal | undefined): Promise<string> {
  await mkdir(cacheDir, { recursive: true });
  for (let tries = 0; ; tries++) {
    const path = await spool(place, key, cacheDir, signal);
    const ending = /\.[A-Za-z0-9]+$/.exec(path)?.[0] ?? "";
    const lent = join(cacheDir, `.lent-${hostname()}-${process.pid}-${randomBytes(6).toString("hex")}${ending}`);
    try {
      await link(path, lent);
      return lent;
    } catch (error) {
      // Tidied away between the two: copy it again.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT" || tries === spoolTries) throw error;
    }
  }
}

/** Removes what dead processes of this machine left, then the copies used longest ago until the others fit. */
async function tidy(cacheDir: string, maxBytes: number): Promise<void> {
  const mine = `.lent-${hostname()}-`;
  const copies: { path: string; sizeBytes: number; usedMs: number }[] = [];
  for (const name of await readdir(cacheDir)) {
    const path = join(cacheDir, name);
    const pid = name.startsWith(mine) ? Number.parseInt(name.slice(mine.length), 10) : undefined;
    if (pid !== undefined && !isAlive(pid)) await rm(path, { force: true });
    if (/^\.[0-9a-f]{12}\.part$/.test(name)) await removeWhenOld(path);
    if (!/^[0-9a-f]{32}(?:\.[A-Za-z0-9]+)?$/.test(name)) continue;
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile()) copies.push({ path, sizeBytes: found.size, usedMs: found.mtimeMs });
  }
  copies.sort((a, b) => a.usedMs - b.usedMs);
  let left = copies.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  for (const { path, sizeBytes } of copies) {
    if (left <= maxBytes) return;
    await rm(path, { force: true });
    left -= sizeBytes;
  }
}

/** A writer that was killed leaves its part behind; one that works writes more often than once a day. */
async function removeWhenOld(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && Date.now() - found.mtimeMs > 86_400_000) await rm(path, { force: true });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    (found) => found.size,
    () => undefined,
  );
}
