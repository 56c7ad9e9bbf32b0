import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { DamagedGzipError, ExpansionError, TruncatedGzipError } from "./format-errors.ts";
import { blockLength, gunzipBlocks } from "./gzip-blocks.ts";

export interface GunzipOptions {
  /** The file's name, for errors. */
  name: string;
  signal?: AbortSignal;
  /** Most bytes out for a byte in, looked at from 64 MiB on; default 400. Texts of numbers reach 5 to 20. */
  maxRatio?: number;
}

/** Not a power of two: no buffer that others share a part of has this size, so that only zlib's own are given back. */
const CHUNK_BYTES = 3 << 16;
const RATIO_FROM_BYTES = 64 * 2 ** 20;

/**
 * The content of a gzip file of one or several members, in pieces, with memory for a few. Decompression runs on another thread, so that
 * it goes on while a piece is worked on; blocked gzip, whose members say their lengths, on two. A piece is valid until the next one is
 * asked for.
 *
 * @throws TruncatedGzipError (data/truncated-gzip), DamagedGzipError (data/damaged-gzip), ExpansionError (data/expansion)
 */
export async function* gunzip(source: AsyncIterable<Uint8Array>, options: GunzipOptions): AsyncGenerator<Uint8Array> {
  const reader = source[Symbol.asyncIterator]();
  try {
    const first = await reader.next();
    let left: Uint8Array = first.done ? new Uint8Array(0) : first.value;
    let read = 0;
    if (blockLength(left) !== undefined) {
      let written = 0;
      const blocks = gunzipBlocks(rejoined(left, reader), options.name, (bytes) => {
        left = bytes;
      });
      try {
        for await (const { content, compressedBytes } of blocks) {
          options.signal?.throwIfAborted();
          read += compressedBytes;
          written += content.length;
          checkRatio(read, written, options);
          if (content.length > 0) yield content;
          giveBackWhole(content);
        }
      } catch (error) {
        throw explained(error, options.name, read);
      }
      if (left.length === 0) return;
    }
    yield* gunzipMembers(rejoined(left, reader), options, read);
  } finally {
    await reader.return?.();
  }
}

/** Any gzip file, member after member. */
async function* gunzipMembers(
  source: AsyncIterable<Uint8Array>,
  options: GunzipOptions,
  before: number,
): AsyncGenerator<Uint8Array> {
  let read = before;
  let written = 0;
  const input = Readable.from(counted(source), { objectMode: false });
  const unzip = createGunzip({ chunkSize: CHUNK_BYTES });
  input.on("error", (error) => unzip.destroy(error));
  input.pipe(unzip);
  async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      read += chunk.length;
      yield chunk;
    }
  }
  try {
    for await (const chunk of unzip as AsyncIterable<Uint8Array>) {
      options.signal?.throwIfAborted();
      written += chunk.length;
      checkRatio(read, written, options);
      yield chunk;
      giveBack(chunk);
    }
    if (read === 0) throw new TruncatedGzipError(options.name, 0);
  } catch (error) {
    throw explained(error, options.name, read);
  } finally {
    input.destroy();
    unzip.destroy();
  }
}

function checkRatio(read: number, written: number, { name, maxRatio = 400 }: GunzipOptions): void {
  if (written > RATIO_FROM_BYTES && written > maxRatio * read) throw new ExpansionError(name, written / read, maxRatio);
}

/** The collector of garbage would wait for 64 MiB of pieces; taking a used one's memory away keeps a long file small. */
function giveBack(piece: Uint8Array): void {
  // zlib fills a buffer by one or several pieces, and takes a new one when the last of them reaches its end.
  const { buffer, byteOffset, byteLength } = piece;
  if (
    buffer instanceof ArrayBuffer &&
    byteOffset + byteLength === buffer.byteLength &&
    buffer.byteLength === CHUNK_BYTES
  )
    buffer.transfer(0);
}

/** The same for a piece that has its buffer to itself: it is larger than any that Node shares. */
function giveBackWhole({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength > 2 * Buffer.poolSize) buffer.transfer(0);
}

function explained(error: unknown, name: string, read: number): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (code === "Z_BUF_ERROR") return new TruncatedGzipError(name, read, { cause: error });
  if (code === "Z_DATA_ERROR") return new DamagedGzipError(name, (error as Error).message, { cause: error });
  return error;
}

/** Whether bytes begin as a gzip file does (RFC 1952, 2.3.1). */
export function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

/**
 * A file's content, decompressed when its first bytes say that it is a gzip file, whatever its name.
 *
 * @throws what `gunzip` throws
 */
export async function* decompressed(
  source: AsyncIterable<Uint8Array>,
  options: GunzipOptions,
): AsyncGenerator<Uint8Array> {
  const reader = source[Symbol.asyncIterator]();
  try {
    let head = new Uint8Array(0);
    let ended = false;
    while (head.length < 3 && !ended) {
      const next = await reader.next();
      ended = next.done === true;
      if (!next.done) {
        const both = new Uint8Array(head.length + next.value.length);
        both.set(head);
        both.set(next.value, head.length);
        head = both;
      }
    }
    const whole = rejoined(head, reader);
    yield* isGzip(head) ? gunzip(whole, options) : whole;
  } finally {
    await reader.return?.();
  }
}

async function* rejoined(head: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  for (;;) {
    const next = await rest.next();
    if (next.done) return;
    yield next.value;
  }
}
