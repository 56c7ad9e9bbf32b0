import { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import { ChangedFileError, MissingBucketError, MissingFileError } from "./errors.ts";
import type { Place, PlaceCall, PlaceEntry, ReadRange } from "./place.ts";
import { checkedKey, foundKey, isOrdinaryKey } from "./place-key.ts";
import { endpointOf, openClient, type S3Environment, type S3Limits } from "./s3-client.ts";
import { s3Error } from "./s3-error.ts";
import { resuming } from "./s3-stream.ts";

export interface S3Options {
  bucket: string;
  /** Of all keys; "" or ending with "/". */
  prefix: string;
  /** Says where the store is and who asks, see `openClient`. */
  env: S3Environment;
  limits?: S3Limits;
  /** Before a broken read is tried again, ms; doubles. Default 200. */
  delayMs?: number;
}

/** Below it one request does; above it parts go up one after the other, so that memory stays bounded. */
const PART_BYTES = 8 << 20;

/**
 * A bucket of any S3-API store (AWS, GCS interoperability, MinIO) as a place. The client is loaded with the first call. An upload
 * that ends early leaves nothing visible; a read that breaks midway goes on where it broke. Files are limited to 10,000 parts: 80 GB.
 */
export function s3Place({ bucket, prefix, env, limits = {}, delayMs = 200 }: S3Options): Place {
  const uri = `s3://${bucket}/${prefix}`.replace(/\/$/, "");
  let client: Promise<S3Client> | undefined;
  const connect = (): Promise<S3Client> => {
    client ??= openClient(env, limits);
    return client;
  };
  const keyOf = (key: string): { Bucket: string; Key: string } => ({
    Bucket: bucket,
    Key: `${prefix}${foundKey(key, uri)}`,
  });
  const told = (error: unknown, key: string): unknown =>
    s3Error(error, { key, bucket, uri, endpoint: endpointOf(env) });
  const asked = async <T>(key: string, call: (s3: S3Client, sdk: Sdk) => Promise<T>): Promise<T> => {
    try {
      return await call(await connect(), await import("@aws-sdk/client-s3"));
    } catch (error) {
      throw told(error, key);
    }
  };
  /** Of a missing file and of a missing bucket HEAD says the same; only a listing tells them apart. */
  const checkBucket = (key: string, signal?: AbortSignal): Promise<unknown> =>
    asked(key, (s3, sdk) =>
      s3.send(new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: keyOf(key).Key, MaxKeys: 1 }), abortable(signal)),
    );
  const statOf = async (key: string, signal?: AbortSignal): Promise<PlaceEntry | undefined> => {
    try {
      const head = await asked(key, (s3, sdk) => s3.send(new sdk.HeadObjectCommand(keyOf(key)), abortable(signal)));
      return entryOf(key, head.ContentLength, head.ETag, head.LastModified);
    } catch (error) {
      if (!(error instanceof MissingFileError)) throw error;
    }
    // Who may read files but not list them is answered "denied" here: then the file is missing as far as can be told.
    await checkBucket(key, signal).catch((error: unknown) => {
      if (error instanceof MissingBucketError) throw error;
    });
    return undefined;
  };
  const get = async (key: string, start: number, end: number | undefined, etag?: string, signal?: AbortSignal) => {
    const { s3, sdk } = { s3: await connect(), sdk: await import("@aws-sdk/client-s3") };
    const Range = start === 0 && end === undefined ? undefined : `bytes=${start}-${end === undefined ? "" : end - 1}`;
    const answer = await s3.send(
      new sdk.GetObjectCommand({
        ...keyOf(key),
        ...(Range === undefined ? {} : { Range }),
        ...(etag === undefined ? {} : { IfMatch: etag }),
      }),
      abortable(signal),
    );
    return { content: answer.Body, etag: answer.ETag, sizeBytes: answer.ContentLength };
  };
  async function* streamed(
    key: string,
    { start = 0, end, signal }: ReadRange & PlaceCall,
    onSize?: (sizeBytes: number) => void,
  ): AsyncGenerator<Uint8Array> {
    foundKey(key, uri);
    if (end !== undefined && end <= start) return;
    try {
      yield* resuming({
        open: (at, etag) => get(key, at, end, etag, signal),
        told: (error) => told(error, key),
        start,
        attempts: limits.attempts ?? 4,
        delayMs,
        ...(signal === undefined ? {} : { signal }),
        ...(onSize === undefined ? {} : { onSize }),
      });
    } catch (error) {
      if (!isBeyondEnd(error)) throw error;
    }
  }
  return {
    uri,
    async *list(below = "", call) {
      let token: string | undefined;
      do {
        const answer = await asked(below, (s3, sdk) =>
          s3.send(
            new sdk.ListObjectsV2Command({
              Bucket: bucket,
              Prefix: `${prefix}${below}`,
              ...(token === undefined ? {} : { ContinuationToken: token }),
            }),
            abortable(call?.signal),
          ),
        );
        for (const { Key = "", Size, ETag, LastModified } of answer.Contents ?? []) {
          const key = Key.slice(prefix.length);
          if (key !== "" && !key.endsWith("/") && isOrdinaryKey(key)) yield entryOf(key, Size, ETag, LastModified);
        }
        token = answer.IsTruncated === true ? answer.NextContinuationToken : undefined;
      } while (token !== undefined);
    },
    stat: (key, call) => statOf(key, call?.signal),
    async read(key, { allocate = newBytes, ...range } = {}) {
      let bytes: Uint8Array = new Uint8Array();
      let at = 0;
      for await (const chunk of streamed(key, range, (sizeBytes) => {
        bytes = allocate(sizeBytes);
      })) {
        if (at + chunk.byteLength > bytes.byteLength) bytes = grown(bytes, at + chunk.byteLength);
        bytes.set(chunk, at);
        at += chunk.byteLength;
      }
      return bytes.subarray(0, at);
    },
    stream: (key, range = {}) => streamed(key, range),
    async write(key, content, call) {
      checkedKey(key, uri);
      const type = call?.contentType === undefined ? {} : { ContentType: call.contentType };
      if (typeof content === "string" || content instanceof Uint8Array) {
        const Body = typeof content === "string" ? new TextEncoder().encode(content) : content;
        await asked(key, (s3, sdk) =>
          s3.send(new sdk.PutObjectCommand({ ...keyOf(key), ...type, Body }), abortable(call?.signal)),
        );
      } else {
        await asked(key, (s3) =>
          upload(
            s3,
            { ...keyOf(key), ...type, Body: Readable.from(copied(content), { objectMode: false }) },
            call?.signal,
          ),
        );
      }
      const entry = await statOf(key, call?.signal);
      if (entry === undefined) throw new MissingFileError(key, uri);
      return entry;
    },
    async replace(key, content, expected, call) {
      checkedKey(key, uri);
      const Body = typeof content === "string" ? new TextEncoder().encode(content) : content;
      const type = call?.contentType === undefined ? {} : { ContentType: call.contentType };
      const condition = expected === undefined ? { IfNoneMatch: "*" } : { IfMatch: `"${expected}"` };
      try {
        await asked(key, (s3, sdk) =>
          s3.send(new sdk.PutObjectCommand({ ...keyOf(key), ...type, ...condition, Body }), abortable(call?.signal)),
        );
      } catch (error) {
        // 409 is another conditional write under way; no file is no longer the one that was expected.
        const status = httpStatusOf(error);
        if (status !== 412 && status !== 409 && !(error instanceof MissingFileError)) throw error;
        // The answer to a write that succeeded may have been lost, and the client have asked again.
        const found = await statOf(key, call?.signal);
        if (found?.sizeBytes !== Body.byteLength) return undefined;
        const there = await this.read(key, call);
        return Buffer.compare(there, Body) === 0 ? found : undefined;
      }
      const entry = await statOf(key, call?.signal);
      if (entry === undefined) throw new MissingFileError(key, uri);
      return entry;
    },
    async remove(key, call) {
      await asked(key, (s3, sdk) => s3.send(new sdk.DeleteObjectCommand(keyOf(key)), abortable(call?.signal)));
    },
  };
}

type Sdk = typeof import("@aws-sdk/client-s3");

async function upload(
  client: S3Client,
  params: { Bucket: string; Key: string; Body: Readable; ContentType?: string },
  signal?: AbortSignal,
): Promise<void> {
  const { Upload } = await import("@aws-sdk/lib-storage");
  const task = new Upload({ client, params, partSize: PART_BYTES, queueSize: 2, leavePartsOnError: false });
  const abort = (): void => void task.abort();
  signal?.throwIfAborted();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    await task.done();
  } finally {
    signal?.removeEventListener("abort", abort);
    params.Body.destroy();
  }
}

function entryOf(
  key: string,
  size: number | undefined,
  etag: string | undefined,
  modified: Date | undefined,
): PlaceEntry {
  return { key, sizeBytes: size ?? 0, etag: (etag ?? "").replaceAll('"', ""), modifiedMs: modified?.getTime() ?? 0 };
}

function httpStatusOf(error: unknown): number | undefined {
  const cause = error instanceof ChangedFileError ? { $metadata: { httpStatusCode: 412 } } : error;
  return (cause as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

const abortable = (signal?: AbortSignal) => (signal === undefined ? {} : { abortSignal: signal });

const newBytes = (sizeBytes: number): Uint8Array => new Uint8Array(sizeBytes);

/** Room for what a store sends without saying how much it is. */
function grown(bytes: Uint8Array, sizeBytes: number): Uint8Array {
  const larger = new Uint8Array(Math.max(sizeBytes, 2 * bytes.byteLength));
  larger.set(bytes);
  return larger;
}

/** Pieces of their own: the stream holds several, and who gives them may use their memory again. */
async function* copied(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of content) yield Buffer.from(piece);
}

/** A range that starts at or after the end: no bytes, as in a file. */
function isBeyondEnd(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return (cause as { name?: unknown } | null)?.name === "InvalidRange";
}
