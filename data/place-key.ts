import { BadKeyError } from "./errors.ts";

/**
 * A file's name below a place, as it was given.
 * @throws BadKeyError (data/bad-key) for a name that could lead out of the place or means nothing there
 */
export function checkedKey(key: string, place: string): string {
  const parts = key.split("/");
  if (key === "" || key.includes("\0") || parts.some((part) => part === "" || part === "." || part === ".."))
    throw new BadKeyError(key, place);
  return key;
}

/**
 * The same for a file that others may have put into a bucket, where "a//b" is a name like any other: it can be read, though it would
 * not be written.
 * @throws BadKeyError (data/bad-key)
 */
export function foundKey(key: string, place: string): string {
  checkedKey(key.replace(/^\/+/, "").replaceAll(/\/{2,}/g, "/"), place);
  return key;
}

/** Names that stand for no file of a person's: hidden ones, and those still being written. */
export function isOrdinaryKey(key: string): boolean {
  return !/(?:^|\/)\./.test(key) && !/\.(?:part|tmp|partial|crdownload)$/i.test(key);
}

/** Ascending by UTF-8 bytes, as buckets list their keys. */
export function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
