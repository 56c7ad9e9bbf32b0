/**
 * Blocked gzip (BGZF, as bgzip and tabix write it; SAM specification, section 4.1): members of at most 64 KiB that say their own length, so
 * that several can be decompressed at once.
 */
import { promisify } from "node:util";
import { gunzip as gunzipCallback } from "node:zlib";
import { TruncatedGzipError } from "./format-errors.ts";

const gunzipAsync = promisify(gunzipCallback);

/** Members in one piece of work, about a megabyte of content. */
const MEMBERS_AT_ONCE = 16;
/** Pieces on their way; two keep two cores busy while a third is used. */
const AHEAD = 3;
const HEADER_BYTES = 18;

/** The length of the member that starts at `at`, when it says so; undefined when it is no such member. */
export function blockLength(bytes: Uint8Array, at = 0): number | undefined {
  const isBlock =
    bytes[at] === 0x1f &&
    bytes[at + 1] === 0x8b &&
    bytes[at + 2] === 8 &&
    bytes[at + 3] === 4 &&
    bytes[at + 10] === 6 &&
    bytes[at + 11] === 0 &&
    bytes[at + 12] === 66 &&
    bytes[at + 13] === 67 &&
    bytes[at + 14] === 2 &&
    bytes[at + 15] === 0 &&
    at + HEADER_BYTES <= bytes.length;
  return isBlock ? bytes[at + 16]! + 256 * bytes[at + 17]! + 1 : undefined;
}

/**
 * Decompresses a file of such members on several threads, in order. It gives the contents of as many members as there are; where a
 * member is of another kind, `rest` gets the bytes from there on.
 *
 * @param rest called once, at the end, with the bytes that are left and were no such member
 * @throws TruncatedGzipError (data/truncated-gzip)
 */
export async function* gunzipBlocks(
  source: AsyncIterator<Uint8Array>,
  name: string,
  rest: (left: Uint8Array) => void,
): AsyncGenerator<{ content: Uint8Array; compressedBytes: number }> {
  let held: Uint8Array = new Uint8Array(0);
  let ended = false;
  let read = 0;
  const work: Promise<{ content: Uint8Array; compressedBytes: number }>[] = [];

  /** Whole members at the beginning of what is held; more is read as long as there are too few. */
  async function members(): Promise<Uint8Array | undefined> {
    let end = 0;
    for (let count = 0; count < MEMBERS_AT_ONCE; ) {
      const length = blockLength(held, end);
      if (length !== undefined && end + length <= held.length) {
        end += length;
        count++;
        continue;
      }
      if (length === undefined && held.length - end >= HEADER_BYTES) break;
      const next = await source.next();
      if (next.done) {
        ended = true;
        if (length !== undefined) throw new TruncatedGzipError(name, read);
        break;
      }
      read += next.value.length;
      const both = new Uint8Array(held.length + next.value.length);
      both.set(held);
      both.set(next.value, held.length);
      held = both;
    }
    if (end === 0) return undefined;
    const whole = held.subarray(0, end);
    held = held.subarray(end);
    return whole;
  }

  async function decompress(whole: Uint8Array): Promise<{ content: Uint8Array; compressedBytes: number }> {
    const content = await gunzipAsync(whole, { chunkSize: MEMBERS_AT_ONCE << 16 });
    return { content, compressedBytes: whole.length };
  }

  try {
    for (let more = true; more || work.length > 0; ) {
      while (more && work.length < AHEAD) {
        const whole = await members();
        if (whole === undefined) more = false;
        else {
          const piece = decompress(whole);
          piece.catch(() => {});
          work.push(piece);
        }
        if (ended) more = false;
      }
      const first = work.shift();
      if (first !== undefined) yield await first;
    }
    rest(held);
  } finally {
    await Promise.allSettled(work);
  }
}
