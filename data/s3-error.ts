import {
  AccessDeniedError,
  ChangedFileError,
  MissingBucketError,
  MissingFileError,
  StoreUnreachableError,
} from "./errors.ts";

/** What was asked, for words. */
export interface S3Question {
  key: string;
  bucket: string;
  uri: string;
  endpoint: string | undefined;
}

const DENIED = new Set([
  "AccessDenied",
  "Forbidden",
  "InvalidAccessKeyId",
  "SignatureDoesNotMatch",
  "ExpiredToken",
  "InvalidToken",
  "RequestTimeTooSkewed",
  "AuthorizationHeaderMalformed",
  "PermanentRedirect",
  "CredentialsProviderError",
]);
const UNREACHABLE = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "ECONNRESET",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "EAI_AGAIN",
  "EPIPE",
  "ENETUNREACH",
  "ERR_STREAM_PREMATURE_CLOSE",
]);

/** An S3 client's error as one of this room's, with its cause; others as they are. */
export function s3Error(error: unknown, { key, bucket, uri, endpoint }: S3Question): unknown {
  if (!(error instanceof Error)) return error;
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
  const system = (error as NodeJS.ErrnoException).code ?? "";
  const cause = plainOf(error);
  if (error.name === "NoSuchBucket") return new MissingBucketError(bucket, endpoint, { cause });
  if (error.name === "NoSuchKey" || error.name === "NotFound" || status === 404)
    return new MissingFileError(key, uri, { cause });
  if (error.name === "PreconditionFailed" || status === 412) return new ChangedFileError(key, uri, { cause });
  if (DENIED.has(error.name) || status === 403) return new AccessDeniedError(key, uri, error.name, { cause });
  if (
    UNREACHABLE.has(system) ||
    error.name === "TimeoutError" ||
    error.name === "RequestTimeout" ||
    status === 429 ||
    (status !== undefined && status >= 500)
  )
    return new StoreUnreachableError(uri, endpoint, error.message || system, { cause });
  return error;
}

/** What the store said without how it was asked: a refused signature comes back with the request, session token and all. */
function plainOf({ name, message, stack }: Error): Error {
  const plain = new Error(message);
  return Object.defineProperties(plain, { name: { value: name }, ...(stack ? { stack: { value: stack } } : {}) });
}
