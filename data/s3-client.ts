import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";

/** The environment's variables that say where a store is and who asks; the usual ones of every S3 client. */
export type S3Environment = Readonly<Record<string, string | undefined>>;

export interface S3Limits {
  /** To make a connection, ms. Default 10,000. */
  connectMs?: number;
  /** Without a byte either way before a connection counts as dead, ms. Default 60,000. */
  idleMs?: number;
  /** Tries of a request, and of a read that makes no progress. Default 4. */
  attempts?: number;
}

/** Where the store is; undefined for AWS itself. */
export function endpointOf(env: S3Environment): string | undefined {
  return env.AWS_ENDPOINT_URL_S3 || env.AWS_ENDPOINT_URL || undefined;
}

/**
 * A client of any S3-API store, made of the environment's variables alone: AWS_ENDPOINT_URL_S3 or AWS_ENDPOINT_URL (buckets are then part of the
 * path), AWS_REGION or AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN. With AWS_NO_SIGN_REQUEST (as GDAL
 * has it) nothing is signed, as public buckets want it; without keys the client's own chain (profile, instance role) is asked.
 */
export async function openClient(env: S3Environment, limits: S3Limits = {}): Promise<S3Client> {
  const { S3Client } = await import("@aws-sdk/client-s3");
  const { connectMs = 10_000, idleMs = 60_000, attempts = 4 } = limits;
  const endpoint = endpointOf(env);
  return new S3Client({
    region: env.AWS_REGION || env.AWS_DEFAULT_REGION || "us-east-1",
    followRegionRedirects: true,
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...whoAsks(env),
    // Stores other than AWS know no checksum trailers.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: { connectionTimeout: connectMs, socketTimeout: idleMs },
    maxAttempts: attempts,
  });
}

function whoAsks(env: S3Environment): Pick<S3ClientConfig, "credentials" | "signer"> {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env;
  if (/^(?:1|yes|true)$/i.test(env.AWS_NO_SIGN_REQUEST ?? "")) {
    return {
      credentials: { accessKeyId: "", secretAccessKey: "" },
      signer: { sign: (request) => Promise.resolve(request) },
    };
  }
  if (!id || !secret) return {};
  return { credentials: { accessKeyId: id, secretAccessKey: secret, ...(token ? { sessionToken: token } : {}) } };
}
