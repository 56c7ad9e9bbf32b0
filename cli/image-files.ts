import { createHash } from "node:crypto";
import { createReadStream, existsSync, readdirSync, statSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { pipeline } from "node:stream/promises";
import type { ImagePlace } from "@artesian/workflows";
import { UsageError } from "./exit.ts";

/**
 * Every file below a folder, hidden ones and those below `skip` left out, sorted by path.
 * @throws UsageError when the folder is not there
 */
export function listFiles(folder: string, skip?: string): string[] {
  const root = resolve(folder);
  if (!existsSync(root) || !statSync(root).isDirectory()) throw new UsageError(`${folder}: there is no such folder.`);
  const left = skip === undefined ? undefined : resolve(skip);
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => resolve(entry.parentPath, entry.name))
    .filter(
      (path) =>
        !relative(root, path)
          .split(sep)
          .some((part) => part.startsWith(".")),
    )
    .filter((path) => left === undefined || left === root || !path.startsWith(left + sep))
    .sort();
}

/** An image as the workflow takes it in. */
export interface ImageValue extends ImagePlace {
  experiment: string;
  uri: string;
  sha256: string;
  sizeBytes: number;
}

/** Names an image by its content. */
export async function imageValue(experiment: string, path: string, place: ImagePlace): Promise<ImageValue> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return { experiment, ...place, uri: path, sha256: hash.digest("hex"), sizeBytes: statSync(path).size };
}
