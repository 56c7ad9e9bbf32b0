import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { ListMultipartUploadsCommand } from "@aws-sdk/client-s3";
import { describe, expect, it } from "vitest";
import { makeBucket, s3Server } from "./fixtures/bucket.ts";
import { placeSuite } from "./fixtures/place-suite.ts";
import { localFile, openPlace } from "./index.ts";

const server = s3Server();

if (server === undefined) {
  it.skip("14 tests of places need an S3 server: scripts/services up s3, then set ARTESIAN_S3", () => {});
} else {
  const { env, client } = server;
  const bucket = await makeBucket(server, "places");

  placeSuite("a bucket", async (name) => openPlace(`s3://${bucket}/${name}`, env));

  describe("a bucket as a place", () => {
    it("leaves no parts of an upload that ended early, which would be paid for", async () => {
      const place = openPlace(`s3://${bucket}/parts`, env);
      async function* failing(): AsyncGenerator<Uint8Array> {
        for (let i = 0; i < 3; i++) yield new Uint8Array(8 << 20);
        throw new Error("the source is gone");
      }
      await expect(place.write("half", failing())).rejects.toThrow("the source is gone");
      const ended = new AbortController();
      async function* endless(): AsyncGenerator<Uint8Array> {
        for (let i = 0; ; i++) {
          if (i === 3) ended.abort();
          yield new Uint8Array(8 << 20);
        }
      }
      await expect(place.write("endless", endless(), { signal: ended.signal })).rejects.toThrow();
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
      expect(Uploads).toEqual([]);
      for await (const entry of place.list()) throw new Error(entry.key);
    });
    it("lists more files than one answer holds", async () => {
      const place = openPlace(`s3://${bucket}/many`, env);
      const keys = Array.from({ length: 1050 }, (_, i) => `f${String(i).padStart(5, "0")}`);
      for (let at = 0; at < keys.length; at += 50)
        await Promise.all(keys.slice(at, at + 50).map((key) => place.write(key, "")));
      const found: string[] = [];
      for await (const { key } of place.list()) found.push(key);
      expect(found).toEqual(keys);
    });
    it.skipIf(process.env.ARTESIAN_S3_SIGNED === undefined)(
      "says who was refused (1 test that needs a store which checks signatures: scripts/services up versitygw)",
      async () => {
        const wrong = { ...env, AWS_SECRET_ACCESS_KEY: "not-to-be-shown" };
        const place = openPlace(`s3://${bucket}/refused`, wrong);
        for (const attempt of [() => place.write("x", "y"), () => place.read("x"), () => place.stat("x")]) {
          const error = await attempt().catch((caught: unknown) => caught);
          expect(error).toMatchObject({ code: "data/access-denied", place: place.uri });
          expect(inspect(error, { depth: 9 })).not.toMatch(/not-to-be-shown|StringToSign|CanonicalRequest/);
        }
      },
    );
    it("names a bucket that does not exist", async () => {
      const place = openPlace("s3://no-such-bucket-here", env);
      const list = async () => {
        for await (const entry of place.list()) throw new Error(entry.key);
      };
      await expect(list()).rejects.toMatchObject({ code: "data/missing-bucket", bucket: "no-such-bucket-here" });
    });
    it("gives a reader of real files a copy, and another when the content changed", async () => {
      const cache = await mkdtemp(join(tmpdir(), "artesian-copies-"));
      const place = openPlace(`s3://${bucket}/copies`, env);
      await place.write("m.h5", "one");
      const first = await localFile(place, "m.h5", cache);
      expect(first.endsWith(".h5")).toBe(true);
      expect(await localFile(place, "m.h5", cache)).toBe(first);
      await place.write("m.h5", "two");
      expect(await readFile(await localFile(place, "m.h5", cache), "utf8")).toBe("two");
      await rm(cache, { recursive: true });
    });
  });
}
