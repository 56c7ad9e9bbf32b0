import { BadPlaceError } from "./errors.ts";
import { sha256 } from "./hash.ts";
import { writeDurably } from "./objects.ts";
import type { Place } from "./place.ts";
import { folderPlace } from "./place-folder.ts";
import { type S3Environment, s3Place } from "./place-s3.ts";

/**
 * The place that a person names: a folder's path, or `s3://bucket/prefix`.
 * @param env variables that say where an S3 store is and who asks, see S3Options; a folder needs none
 * @throws BadPlaceError (data/bad-place) for another kind of address or a bucket without a name
 * @example openPlace("s3://plates/2026_01", process.env).uri // "s3://plates/2026_01"
 */
export function openPlace(uri: string, env: S3Environment = {}): Place {
  const s3 = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(uri);
  if (s3 !== null) {
    const [, bucket = "", path = ""] = s3;
    if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket))
      throw new BadPlaceError(uri, `"${bucket}" is no bucket's name`);
    const below = path.replace(/\/+$/, "");
    return s3Place({ bucket, prefix: below === "" ? "" : `${below}/`, env });
  }
  const scheme = /^([a-z][a-z0-9+.-]+):\/\//i.exec(uri)?.[1];
  if (scheme !== undefined) throw new BadPlaceError(uri, `${scheme}:// is not understood`);
  if (uri === "") throw new BadPlaceError(uri, "it is empty");
  return folderPlace(uri);
}

/**
 * Gives a reader that needs a real file one: the file itself, or a copy of the bucket's that is kept in a cache folder for as long as
 * its content is the same.
 * @param cacheDir for copies; the caller bounds or empties it
 * @throws MissingFileError (data/missing-file)
 */
export async function localFile(place: Place, key: string, cacheDir: string, signal?: AbortSignal): Promise<string> {
  if (place.path !== undefined) return place.path(key);
  const call = signal === undefined ? {} : { signal };
  const entry = await place.stat(key, call);
  const ending = /\.[A-Za-z0-9]+$/.exec(key)?.[0] ?? "";
  const copies = folderPlace(cacheDir);
  const name = `${sha256(`${place.uri}\n${key}\n${entry?.etag ?? ""}\n${entry?.sizeBytes ?? 0}`).slice(0, 32)}${ending}`;
  const path = copies.path?.(name) ?? "";
  const copy = await copies.stat(name);
  if (entry === undefined || copy?.sizeBytes !== entry.sizeBytes) await writeDurably(path, place.stream(key, call));
  return path;
}
