import type { Place } from "@artesian/data";
import { GroupFileError } from "./errors.ts";

/**
 * Bytes `start` to before `end` of a file of a group, all of them: a file that ends before is damaged, and what is missing must not be taken for zeros.
 * @throws GroupFileError (maps/group-file)
 */
export async function readRange(
  place: Place,
  key: string,
  range: { start: number; end: number; allocate?: (size: number) => Uint8Array; signal?: AbortSignal },
): Promise<Uint8Array> {
  const bytes = await place.read(key, range);
  const { start, end } = range;
  if (bytes.length !== end - start)
    throw new GroupFileError(key, `${bytes.length} bytes from ${start} on`, `${end - start}`);
  return bytes;
}
