import { Readable } from "node:stream";
import type { S3Client } from "@aws-sdk/client-s3";
import { MissingFileError } from "./errors.ts";
import type { Place, PlaceEntry } from "./place.ts";
import { checkedKey, isOrdinaryKey } from "./place-key.ts";
import { s3Error } from "./s3-error.ts";

/** The environment's variables that say where a store is and who asks; the usual ones of every S3 client. */
export type S3Environment = Readonly<Record<string, string | undefined>>;

export interface S3Options {
  bucket: string;
  /** Of all keys; "" or ending with "/". */
  prefix: string;
  /** AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. */
  env: S3Environment;
}

/** Below it one request does; above it parts go up one after the other, so that memory stays bounded. */
const PART_BYTES = 8 << 20;

/**
 * A bucket of any S3-API store (AWS, GCS interoperability, MinIO) as a place. The client is loaded with the first call. An upload
 * that ends early leaves nothing visible. Without keys in the environment the client's own chain (profile, instance role) is asked.
 */
export function s3Place({ bucket, prefix, env }: S3Options): Place {
  const uri = `s3://${bucket}/${prefix}`.replace(/\/$/, "");
  let client: Promise<S3Client> | undefined;
  const connect = (): Promise<S3Client> => {
    client ??= openClient(env);
    return client;
  };
  const keyOf = (key: string): { Bucket: string; Key: string } => ({
    Bucket: bucket,
    Key: `${prefix}${checkedKey(key, uri)}`,
  });
  const asked = async <T>(key: string, call: (s3: S3Client, sdk: Sdk) => Promise<T>): Promise<T> => {
    try {
      return await call(await connect(), await import("@aws-sdk/client-s3"));
    } catch (error) {
      throw s3Error(error, { key, bucket, uri, endpoint: endpointOf(env) });
    }
  };
  const statOf = async (key: string, signal?: AbortSignal): Promise<PlaceEntry | undefined> => {
    try {
      const head = await asked(key, (s3, sdk) => s3.send(new sdk.HeadObjectCommand(keyOf(key)), abortable(signal)));
      return entryOf(key, head.ContentLength, head.ETag, head.LastModified);
    } catch (error) {
      if (error instanceof MissingFileError) return undefined;
      throw error;
    }
  };
  const get = (key: string, { start = 0, end }: { start?: number; end?: number }, signal?: AbortSignal) =>
    asked(key, async (s3, sdk) => {
      const Range = start === 0 && end === undefined ? undefined : `bytes=${start}-${end === undefined ? "" : end - 1}`;
      return s3.send(
        new sdk.GetObjectCommand({ ...keyOf(key), ...(Range === undefined ? {} : { Range }) }),
        abortable(signal),
      );
    });
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
    async read(key, { start, end, signal } = {}) {
      if (end !== undefined && end <= (start ?? 0)) return new Uint8Array();
      const range = { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
      try {
        const { Body } = await get(key, range, signal);
        return Body === undefined ? new Uint8Array() : await Body.transformToByteArray();
      } catch (error) {
        if (isBeyondEnd(error)) return new Uint8Array();
        throw s3Error(error, { key, bucket, uri, endpoint: endpointOf(env) });
      }
    },
    async *stream(key, { start, end, signal } = {}) {
      if (end !== undefined && end <= (start ?? 0)) return;
      const range = { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
      try {
        const { Body } = await get(key, range, signal);
        if (Body instanceof Readable) for await (const chunk of Body) yield chunk as Uint8Array;
      } catch (error) {
        if (isBeyondEnd(error)) return;
        throw s3Error(error, { key, bucket, uri, endpoint: endpointOf(env) });
      }
    },
    async write(key, content, call) {
      const type = call?.contentType === undefined ? {} : { ContentType: call.contentType };
      if (typeof content === "string" || content instanceof Uint8Array) {
        const Body = typeof content === "string" ? new TextEncoder().encode(content) : content;
        await asked(key, (s3, sdk) =>
          s3.send(new sdk.PutObjectCommand({ ...keyOf(key), ...type, Body }), abortable(call?.signal)),
        );
      } else {
        await asked(key, (s3) =>
          upload(s3, { ...keyOf(key), ...type, Body: Readable.from(content, { objectMode: false }) }, call?.signal),
        );
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

async function openClient(env: S3Environment): Promise<S3Client> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  const endpoint = endpointOf(env);
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env;
  return new S3Client({
    region: env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? "us-east-1",
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(id === undefined || secret === undefined
      ? {}
      : {
          credentials: {
            accessKeyId: id,
            secretAccessKey: secret,
            ...(token === undefined ? {} : { sessionToken: token }),
          },
        }),
    // Stores other than AWS know no checksum trailers.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    maxAttempts: 4,
  });
}

function endpointOf(env: S3Environment): string | undefined {
  return env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL;
}

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

const abortable = (signal?: AbortSignal) => (signal === undefined ? {} : { abortSignal: signal });

/** A range that starts at or after the end: no bytes, as in a file. */
function isBeyondEnd(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return (cause as { name?: unknown } | null)?.name === "InvalidRange";
}
