import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { openPlace } from "@artesian/data";
import { InputChangedError } from "./errors.ts";
import type { TaskInput } from "./executor.ts";

/** Splits `s3://bucket/a/b.tif` or `/data/a/b.tif` into the place that holds it and its key there. */
export function splitUri(uri: string): { place: string; key: string } {
  const path = uri.startsWith("file://") ? decodeURIComponent(new URL(uri).pathname) : uri;
  const at = path.lastIndexOf("/");
  return { place: at < 0 ? "." : path.slice(0, Math.max(at, 1)), key: path.slice(at + 1) };
}

/**
 * Copies inputs into a working folder, where a container or another machine sees them as well; each is hashed on its way.
 * @throws InputChangedError (executors/input-changed), MissingFileError (data/missing-file), StoreUnreachableError (data/store-unreachable)
 */
export async function stageInputs(
  inputs: readonly TaskInput[],
  work: string,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<void> {
  for (const { uri, sha256, as } of inputs) {
    const { place, key } = splitUri(uri);
    const target = join(work, as);
    await mkdir(dirname(target), { recursive: true });
    const hash = createHash("sha256");
    const hashing = new Transform({
      transform(chunk: Uint8Array, _encoding, done) {
        hash.update(chunk);
        done(null, chunk);
      },
    });
    const pieces = openPlace(place, env).stream(key, { signal });
    await pipeline(Readable.from(pieces, { objectMode: false }), hashing, createWriteStream(target), { signal });
    const found = hash.digest("hex");
    if (sha256 !== undefined && found !== sha256) throw new InputChangedError(uri, found, sha256);
  }
}
