import { randomBytes } from "node:crypto";
import { access, mkdir, open, readFile, rename, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InvalidUriError, MissingObjectError } from "./errors.ts";
import { sha256 } from "./hash.ts";

/** Names an immutable object by its content. `uri` is `sha256:` and 64 hexadecimal digits. */
export interface ObjectRef {
  uri: string;
  sizeBytes: number;
}

/** A store of immutable, content-addressed objects. */
export interface ObjectStore {
  /** Makes the bytes durable and returns their name; putting equal bytes again costs a look-up. */
  put(bytes: Uint8Array): Promise<ObjectRef>;
  /** @throws MissingObjectError (data/missing-object), InvalidUriError (data/invalid-uri) */
  get(uri: string): Promise<Uint8Array>;
  has(uri: string): Promise<boolean>;
  /** Where a local store keeps the object, for readers that map or stream files. */
  path?(uri: string): string;
}

const URI = /^sha256:([0-9a-f]{64})$/;

/**
 * Objects in a folder, two directory levels deep. A write goes to a temporary name, is synced, then renamed, so a reader sees
 * a whole object or none, also after a crash.
 * @param dir made when it does not exist
 */
export function folderStore(dir: string): ObjectStore {
  const pathOf = (uri: string): string => {
    const hex = URI.exec(uri)?.[1];
    if (hex === undefined) throw new InvalidUriError(uri);
    return join(dir, hex.slice(0, 2), hex.slice(2));
  };
  const has = (uri: string): Promise<boolean> =>
    access(pathOf(uri)).then(
      () => true,
      () => false,
    );
  return {
    async put(bytes) {
      const uri = `sha256:${sha256(bytes)}`;
      const ref = { uri, sizeBytes: bytes.byteLength };
      if (await has(uri)) return ref;
      await writeDurably(pathOf(uri), bytes);
      return ref;
    },
    async get(uri) {
      try {
        return await readFile(pathOf(uri));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new MissingObjectError(uri, dir);
        throw error;
      }
    },
    has,
    path: pathOf,
  };
}

/**
 * Writes a file so that its name appears only with its whole content on disk (temporary name, fsync, rename, fsync of the folder).
 * @param path its folder is made when it does not exist
 * @param content whole, or in pieces as they come
 * @param signal ends it with nothing visible
 */
export async function writeDurably(
  path: string,
  content: Uint8Array | string | AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  await makeFolder(dirname(path));
  const temporary = join(dirname(path), `.${randomBytes(6).toString("hex")}.part`);
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(content, signal === undefined ? {} : { signal });
      await file.datasync();
    } finally {
      await file.close();
    }
    signal?.throwIfAborted();
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

/** Makes a folder and those above it. On a read-only disk Node's own recursive way says that something is missing. */
async function makeFolder(dir: string): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    for (let above = dir; ; above = dirname(above)) {
      const cause = await mkdir(above).then(
        () => undefined,
        (found: NodeJS.ErrnoException) => found,
      );
      if (cause?.code !== "ENOENT" || above === dirname(above)) throw cause ?? error;
    }
  }
}

/** Makes a renamed file's name durable too; systems that cannot open a folder (Windows) need and allow no such thing. */
async function syncFolder(dir: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(dir, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
