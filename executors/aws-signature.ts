import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";

/** Who asks. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken?: string;
}

/** A hash in the form that the signer takes. */
class Sha256 {
  readonly #make: () => Hash | Hmac;
  #hash: Hash | Hmac;
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = typeof secret === "object" && !ArrayBuffer.isView(secret) ? new Uint8Array(secret) : secret;
    this.#make = () =>
      key === undefined ? createHash("sha256") : createHmac("sha256", key as string | NodeJS.ArrayBufferView);
    this.#hash = this.#make();
  }
  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }
  reset(): void {
    this.#hash = this.#make();
  }
}

/**
 * Headers of a JSON request to an AWS service, signed with signature version 4.
 * @param now ms since 1970
 */
export async function signedHeaders(
  request: { url: URL; body: string },
  given: { service: string; region: string; credentials: AwsCredentials; now: number },
): Promise<Record<string, string>> {
  const { SignatureV4 } = await import("@smithy/signature-v4");
  const { url, body } = request;
  const signer = new SignatureV4({
    service: given.service,
    region: given.region,
    credentials: given.credentials,
    sha256: Sha256,
  });
  const signed = await signer.sign(
    {
      method: "POST",
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port === "" ? {} : { port: Number(url.port) }),
      path: url.pathname,
      query: {},
      headers: { host: url.host, "content-type": "application/json" },
      body,
    },
    { signingDate: new Date(given.now) },
  );
  // fetch sets the host itself.
  const { host: _host, ...headers } = signed.headers;
  return headers;
}
