import type { Place } from "@artesian/data";
import { readRange } from "../read-range.ts";

/** Bytes that are read although nobody asked for them, to save a read. */
const GAP_BYTES = 16 * 1024;
const MOST_BYTES = 4 * 1024 * 1024;
const AT_ONCE = 16;

/**
 * Parts of equal size of one file, such as the vectors of chosen rows, in the order given. Parts near each other are read together.
 * @param size bytes of a part; part k is at k · size
 * @returns of shape (wanted, size)
 * @throws GroupFileError (maps/group-file) for a file that ends before
 */
export async function readParts(
  place: Place,
  key: string,
  size: number,
  wanted: readonly number[],
  call: { signal?: AbortSignal } = {},
): Promise<Uint8Array> {
  const out = new Uint8Array(wanted.length * size);
  const order = [...wanted.keys()].sort((a, b) => wanted[a]! - wanted[b]!);
  const runs: number[][] = [];
  for (const at of order) {
    const run = runs.at(-1);
    const gap = run && (wanted[at]! - wanted[run.at(-1)!]!) * size;
    const length = run && (wanted[at]! - wanted[run[0]!]! + 1) * size;
    if (run === undefined || gap! - size > GAP_BYTES || length! > MOST_BYTES) runs.push([at]);
    else run.push(at);
  }
  const readRun = async (run: readonly number[]): Promise<void> => {
    const first = wanted[run[0]!]!;
    const bytes = await readRange(place, key, { start: first * size, end: (wanted[run.at(-1)!]! + 1) * size, ...call });
    for (const at of run) {
      const from = (wanted[at]! - first) * size;
      out.set(bytes.subarray(from, from + size), at * size);
    }
  };
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let run = runs[next++]; run !== undefined; run = runs[next++]) await readRun(run);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, runs.length) }, worker));
  return out;
}
