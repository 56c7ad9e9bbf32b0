import { basename, dirname } from "node:path";
import { BadPlaceError } from "./errors.ts";
import type { Place } from "./place.ts";
import { folderPlace } from "./place-folder.ts";
import { s3Place } from "./place-s3.ts";
import type { S3Environment } from "./s3-client.ts";

/**
 * The place that a person names: a folder's path, or `s3://bucket/prefix`.
 * @param env variables that say where an S3 store is and who asks, see `openClient`; a folder needs none
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
 * The place that a file lies in, and its key there.
 * @param file a path, or `s3://bucket/key`; slashes at its end are left out
 * @throws BadPlaceError (data/bad-place)
 * @example locate("plates/P1.parquet").key // "P1.parquet"
 */
export function locate(file: string, env: S3Environment = {}): { place: Place; key: string } {
  const trimmed = file.replace(/\/+$/, "");
  const at = trimmed.lastIndexOf("/");
  if (/^[a-z0-9]+:\/\//i.test(trimmed))
    return { place: openPlace(trimmed.slice(0, at), env), key: trimmed.slice(at + 1) };
  return { place: openPlace(dirname(trimmed), env), key: basename(trimmed) };
}
