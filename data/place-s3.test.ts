import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { Place } from "./place.ts";
import { s3Place } from "./place-s3.ts";

/** A store on loopback whose every answer the test decides, for what a healthy one never does. */
let server: Server | undefined;
let asked: IncomingMessage[] = [];
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  asked = [];
});

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

async function placeOver(answers: readonly Answer[], env: Record<string, string> = {}): Promise<Place> {
  const left = [...answers];
  server = createServer((request, response) => {
    asked.push(request);
    const answer = left.length > 1 ? left.shift() : left[0];
    answer?.(response, request);
  });
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return s3Place({
    bucket: "plates",
    prefix: "run/",
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: "who",
      AWS_SECRET_ACCESS_KEY: "not-to-be-shown",
      ...env,
    },
    limits: { idleMs: 150, attempts: 3 },
    delayMs: 1,
  });
}

const content = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
const rangeOf = (request: IncomingMessage): number =>
  Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);

/** Sends from where it is asked for, and hangs up after so many bytes. */
const sends =
  (sizeBytes = content.length, etag = '"v1"'): Answer =>
  (response, request) => {
    const start = rangeOf(request);
    response.writeHead(start === 0 ? 200 : 206, { etag, "content-length": content.length - start });
    response.write(content.subarray(start, start + sizeBytes), () => {
      if (start + sizeBytes < content.length) response.destroy();
      else response.end();
    });
  };

const refuses =
  (status: number, code: string): Answer =>
  (response) =>
    response
      .writeHead(status, { "content-type": "application/xml" })
      .end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>as the store said</Message></Error>`);

const caught = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "no error",
    (error: unknown) => error,
  );

describe("a store that fails", () => {
  it("is asked for the rest when a connection breaks midway, of the same content only", async () => {
    const place = await placeOver([sends(30_000), sends(1000), sends()]);
    expect(Buffer.compare(await place.read("x"), content)).toBe(0);
    expect(asked.map(({ headers }) => [headers.range, headers["if-match"]])).toEqual([
      [undefined, undefined],
      ["bytes=30000-", '"v1"'],
      ["bytes=31000-", '"v1"'],
    ]);
  });
  it("does not mix two contents when the file is replaced meanwhile", async () => {
    const place = await placeOver([sends(30_000), refuses(412, "PreconditionFailed")]);
    expect(await caught(place.read("x"))).toMatchObject({ code: "data/changed-file", key: "x" });
  });
  it("is given up after some tries without a byte", async () => {
    const place = await placeOver([sends(30_000), sends(0)]);
    expect(await caught(place.read("x"))).toMatchObject({ code: "data/store-unreachable" });
    expect(asked).toHaveLength(3);
  });
  it("is asked again when it is busy", async () => {
    const place = await placeOver([refuses(503, "SlowDown"), refuses(500, "InternalError"), sends()]);
    expect(await place.read("x")).toHaveLength(content.length);
  });
  it("is not waited for forever when it falls silent, before its answer or within it", async () => {
    const silent = await placeOver([() => {}]);
    expect(await caught(silent.stat("x"))).toMatchObject({ code: "data/store-unreachable" });
    server?.closeAllConnections();
    server?.close();
    const halfway = await placeOver([
      (response) => {
        response.writeHead(200, { etag: '"v1"', "content-length": content.length });
        response.write(content.subarray(0, 10));
      },
      sends(),
    ]);
    expect(Buffer.compare(await halfway.read("x"), content)).toBe(0);
  });
  it("is believed when the file is what was to be written, though it says that another was first", async () => {
    const place = await placeOver([refuses(412, "PreconditionFailed"), sends(), sends()]);
    expect(await place.replace("x", content, "v0")).toMatchObject({ key: "x", sizeBytes: content.length, etag: "v1" });
    expect(asked.map(({ method, headers }) => [method, headers["if-match"]])).toEqual([
      ["PUT", '"v0"'],
      ["HEAD", undefined],
      ["GET", undefined],
    ]);
  });
  it("may leave the size of its answer open", async () => {
    const place = await placeOver([
      (response) => {
        response.writeHead(200, { etag: '"v1"' });
        response.write(content.subarray(0, 7));
        setTimeout(() => response.end(content.subarray(7)), 5);
      },
    ]);
    expect(Buffer.compare(await place.read("x"), content)).toBe(0);
  });
});

it("ends a read that is called off midway", async () => {
  const place = await placeOver([
    (response) => {
      response.writeHead(200, { etag: '"v1"', "content-length": content.length });
      response.write(content.subarray(0, 10));
    },
  ]);
  const ended = new AbortController();
  const read = async () => {
    for await (const chunk of place.stream("x", { signal: ended.signal })) {
      expect(chunk).toHaveLength(10);
      ended.abort();
    }
  };
  expect(await caught(read())).toMatchObject({ name: "AbortError" });
  expect(asked).toHaveLength(1);
});

it("follows a listing over its pages, and leaves out folders' marks, hidden and unfinished files", async () => {
  const page =
    (keys: readonly string[], token?: string): Answer =>
    (response) =>
      response.writeHead(200, { "content-type": "application/xml" }).end(
        `<?xml version="1.0"?><ListBucketResult><IsTruncated>${token !== undefined}</IsTruncated>${
          token === undefined ? "" : `<NextContinuationToken>${token}</NextContinuationToken>`
        }${keys
          .map(
            (key) => `<Contents><Key>run/${key}</Key><Size>3</Size><ETag>"e"</ETag>
            <LastModified>2026-01-02T03:04:05.000Z</LastModified></Contents>`,
          )
          .join("")}</ListBucketResult>`,
      );
  const place = await placeOver([
    page(["", "a/", "a/1.tif", ".hidden"], "more+/="),
    page(["b/2.part", "c &amp; d.tif"]),
  ]);
  const found = [];
  for await (const entry of place.list()) found.push(entry);
  const modifiedMs = Date.UTC(2026, 0, 2, 3, 4, 5);
  expect(found).toEqual([
    { key: "a/1.tif", sizeBytes: 3, etag: "e", modifiedMs },
    { key: "c & d.tif", sizeBytes: 3, etag: "e", modifiedMs },
  ]);
  expect(asked.map(({ url }) => new URL(url ?? "", "http://x").searchParams.get("continuation-token"))).toEqual([
    null,
    "more+/=",
  ]);
});

it("reads what others put under names that it would not write", async () => {
  const place = await placeOver([sends()]);
  for (const key of ["a//b.tif", "/c.tif"]) {
    expect(await place.read(key)).toHaveLength(content.length);
    expect(await caught(place.write(key, "x"))).toMatchObject({ code: "data/bad-key", key });
  }
  for (const key of ["a/../b", "..", "a/", ""])
    expect(await caught(place.read(key)), key).toMatchObject({ code: "data/bad-key", key });
  expect(asked.map(({ method, url }) => `${method} ${url?.split("?")[0]}`)).toEqual([
    "GET /plates/run/a//b.tif",
    "GET /plates/run//c.tif",
  ]);
});

describe("who asks", () => {
  it("is told by the environment, without its secret", async () => {
    const place = await placeOver([refuses(403, "SignatureDoesNotMatch")], { AWS_REGION: "eu-south-9" });
    const error = await caught(place.read("x"));
    expect(error).toMatchObject({ code: "data/access-denied", reason: "SignatureDoesNotMatch" });
    expect(String(error)).toContain("AWS_SECRET_ACCESS_KEY");
    expect(asked[0]?.headers.authorization).toMatch(/Credential=who\/\d+\/eu-south-9\/s3/);
    expect(JSON.stringify([String(error), asked[0]?.headers])).not.toContain("not-to-be-shown");
  });
  it("is nobody for a public bucket", async () => {
    const place = await placeOver([sends()], { AWS_NO_SIGN_REQUEST: "yes" });
    expect(await place.read("x")).toHaveLength(content.length);
    expect(asked[0]?.headers.authorization).toBeUndefined();
  });
});

it("tells a missing bucket from a missing file", async () => {
  const missing: Answer = (response) => response.writeHead(404).end();
  const place = await placeOver([missing, refuses(404, "NoSuchBucket")]);
  expect(await caught(place.stat("x"))).toMatchObject({ code: "data/missing-bucket", bucket: "plates" });
  server?.close();
  const other = await placeOver([missing, refuses(403, "AccessDenied")]);
  expect(await other.stat("x")).toBeUndefined();
});
