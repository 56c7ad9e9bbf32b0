import { addAbortSignal, Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { StoreUnreachableError } from "./errors.ts";

/** One answer of the store: bytes from where they were asked for, to the end that was asked for. */
export interface Body {
  content: unknown;
  etag: string | undefined;
  sizeBytes: number | undefined;
}

export interface Reading {
  /** Asks for bytes from `start`, of the content with this etag only. */
  open: (start: number, etag: string | undefined) => Promise<Body>;
  /** The client's errors as this room's. */
  told: (error: unknown) => unknown;
  start: number;
  /** Tries in a row that give no byte. */
  attempts: number;
  /** Before the second try, ms; doubles. */
  delayMs: number;
  signal?: AbortSignal;
  /** Told how many bytes are to come, when the store says so, before the first of them. */
  onSize?: (sizeBytes: number) => void;
}

/**
 * The bytes of a store's answer in pieces. A connection that breaks midway is opened again where it broke, as long as the content is
 * still the same.
 * @throws ChangedFileError (data/changed-file) when it is not; StoreUnreachableError (data/store-unreachable) after the last try
 */
export async function* resuming(reading: Reading): AsyncGenerator<Uint8Array> {
  const { open, told, start, attempts, delayMs, signal, onSize } = reading;
  let etag: string | undefined;
  let end: number | undefined;
  let at = start;
  for (let failed = 0; ; ) {
    signal?.throwIfAborted();
    try {
      const body = await open(at, etag);
      if (at === start && body.sizeBytes !== undefined) {
        end = start + body.sizeBytes;
        onSize?.(body.sizeBytes);
      }
      etag ??= body.etag;
      for await (const chunk of pieces(body.content, signal)) {
        failed = 0;
        at += chunk.byteLength;
        yield chunk;
      }
      if (end === undefined || at >= end) return;
      throw new StoreClosedEarly(`the answer ended ${end - at} bytes early`);
    } catch (error) {
      signal?.throwIfAborted();
      const known = told(error);
      failed++;
      const again = known instanceof StoreUnreachableError && at > start && etag !== undefined && failed < attempts;
      if (!again) throw known;
    }
    await wait(delayMs * 2 ** (failed - 1), undefined, signal === undefined ? {} : { signal });
  }
}

/** An answer that is shorter than announced; a system error to the caller's table of errors. */
class StoreClosedEarly extends Error {
  readonly code = "ECONNRESET";
}

async function* pieces(content: unknown, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  if (!(content instanceof Readable)) return;
  if (signal !== undefined) addAbortSignal(signal, content);
  for await (const chunk of content) yield chunk as Uint8Array;
}
