import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openPlace, type Place } from "@artesian/data";
import { makeBucket, s3Server } from "@artesian/data/fixtures/bucket.ts";
import { openEmbedded, type Runtime } from "@artesian/engine";
import { functionLedger, openReader } from "@artesian/store";
import { PutBucketNotificationConfigurationCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, expect, test, vi } from "vitest";
import { dataFolder } from "./data-folder.ts";
import { readFunctions } from "./function-declaration.ts";
import { runtimeOptions } from "./functions-runtime.ts";
import { deliver, replay, sweep, type WatchedPlace, watchedPlace } from "./watched-place.ts";

const server = s3Server();
const root = mkdtempSync(join(tmpdir(), "artesian-functions-services-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const handler = fileURLToPath(new URL("./fixtures/functions/count.ts", import.meta.url));
const declarations = join(root, "functions.json");
writeFileSync(
  declarations,
  JSON.stringify({
    functions: [
      { id: "count", trigger: { prefix: "raw/", suffix: ".txt" }, handler, retries: { attempts: 2, delayS: 0.05 } },
    ],
  }),
);

/** Functions at work on a bucket; tasks read it as the environment says. */
async function lab(
  name: string,
  bucket: string,
  env: NodeJS.ProcessEnv,
): Promise<{
  runtime: Runtime;
  watched: WatchedPlace;
  place: Place;
  told: () => Promise<string[]>;
  stop: () => Promise<void>;
}> {
  for (const [variable, value] of Object.entries(env)) if (variable.startsWith("AWS_")) process.env[variable] = value;
  const dir = join(root, name);
  const runtime = await openEmbedded({
    ...runtimeOptions({ dir, declarations, runId: "R", workers: 1 }),
    database: { durable: false },
  });
  const told = async (): Promise<string[]> => {
    await runtime.drain();
    const reader = openReader(dataFolder(dir).store);
    const { rows } = await functionLedger(reader.db, { limit: 100, offset: 0 });
    await reader.close();
    return rows.map(({ key, state, source, message }) => `${key} ${state} ${source} ${message}`).sort();
  };
  return {
    runtime,
    watched: watchedPlace(`s3://${bucket}/raw`, env),
    place: openPlace(`s3://${bucket}`, env),
    told,
    stop: () => runtime.stop(),
  };
}

if (server === undefined) {
  test.skip("3 tests of functions on buckets need an S3 server: scripts/services up s3, then set ARTESIAN_S3", () => {});
} else {
  const { env, client } = server;

  test("a bucket that is only listed has each version applied once, and replays", { timeout: 60_000 }, async () => {
    const bucket = await makeBucket(server, "listed");
    const { runtime, watched, place, told, stop } = await lab("listed", bucket, env);
    const look = () => sweep({ runtime, watched, clock: Date.now });
    await place.write("raw/a b+c.txt", "first");
    await place.write("raw/poison.txt", "poison");
    await place.write("other/x.txt", "not watched");
    expect(await look()).toEqual({ seen: 2, repaired: 2 });
    expect(await told()).toEqual([
      "raw/a b+c.txt done listing 5 bytes.",
      "raw/poison.txt failed listing this object is poison",
    ]);
    await place.write("raw/a b+c.txt", "second!");
    await place.remove("raw/poison.txt");
    expect(await look()).toEqual({ seen: 1, repaired: 1 });
    expect(await look()).toEqual({ seen: 1, repaired: 0 });
    const functions = readFunctions(declarations);
    expect(await replay({ runtime, watched, functions, id: "r", now: Date.now(), force: true })).toBe(1);
    expect(await told()).toEqual([
      "raw/a b+c.txt done listing 5 bytes.",
      "raw/a b+c.txt done listing 7 bytes.",
      "raw/a b+c.txt done replay 7 bytes.",
      "raw/poison.txt failed listing this object is poison",
    ]);
    await stop();
  });

  if (process.env.ARTESIAN_S3_SIGNED !== undefined) {
    test.skip("1 test of notifications through a queue needs moto: scripts/services up s3", () => {});
  } else {
    /** A call of the queue service that moto has beside its buckets. */
    const queue = async (parameters: Record<string, string>): Promise<string> => {
      const answer = await fetch(String(env.AWS_ENDPOINT_URL), {
        method: "POST",
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          authorization:
            "AWS4-HMAC-SHA256 Credential=artesian/20261120/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0",
        },
        body: new URLSearchParams({ Version: "2012-11-05", ...parameters }),
      });
      return answer.text();
    };

    test("notifications that a store puts into a queue are applied, once however often they are received", {
      timeout: 60_000,
    }, async () => {
      const bucket = await makeBucket(server, "queued");
      const created = await queue({ Action: "CreateQueue", QueueName: bucket });
      const QueueUrl = /<QueueUrl>([^<]+)/.exec(created)?.[1] ?? "";
      const QueueArn = `arn:aws:sqs:us-east-1:${QueueUrl.split("/").at(-2)}:${bucket}`;
      await client.send(
        new PutBucketNotificationConfigurationCommand({
          Bucket: bucket,
          NotificationConfiguration: { QueueConfigurations: [{ QueueArn, Events: ["s3:ObjectCreated:*"] }] },
        }),
      );
      const { runtime, watched, place, told, stop } = await lab("queued", bucket, env);
      await place.write("raw/red flower+é.txt", "blossom");
      await place.write("other/x.txt", "not watched");
      const received = await queue({
        Action: "ReceiveMessage",
        QueueUrl,
        MaxNumberOfMessages: "10",
        VisibilityTimeout: "0",
      });
      const plain = (text: string): string =>
        text.replaceAll("&quot;", '"').replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
      const Messages = [...received.matchAll(/<Body>([\s\S]*?)<\/Body>/g)].map(([, Body = ""]) => ({
        Body: plain(Body),
      }));
      const document = { Messages };
      // The queue's own word that it was connected is among them.
      expect(await deliver(runtime, [watched], document, Date.now())).toMatchObject({ accepted: 1, ignored: 1 });
      expect(await deliver(runtime, [watched], document, Date.now())).toMatchObject({ accepted: 0, duplicates: 1 });
      expect(await told()).toEqual(["raw/red flower+é.txt done notification 7 bytes."]);
      expect(await sweep({ runtime, watched, clock: Date.now })).toEqual({ seen: 1, repaired: 0 });
      await stop();
    });
  }

  const home = process.env.ARTESIAN_SERVICES ?? join(homedir(), ".cache/artesian/services");
  const versity = join(home, "versitygw-1.8.0", "versitygw");
  if (!existsSync(versity)) {
    test.skip("1 test of webhook notifications needs versitygw: scripts/services up versitygw", () => {});
  } else {
    test("a store's webhook leads to the function; what it could not deliver is repaired by a sweep", {
      timeout: 60_000,
    }, async () => {
      let runtime: Runtime | undefined;
      let watched: WatchedPlace | undefined;
      let deaf = false;
      const heard: unknown[] = [];
      const door = createServer((request, response) => {
        let body = "";
        request.on("data", (chunk) => (body += String(chunk)));
        request.on("end", async () => {
          const took =
            deaf || runtime === undefined || watched === undefined
              ? undefined
              : await deliver(runtime, [watched], body, Date.now());
          if (took !== undefined) heard.push(took);
          response.statusCode = deaf ? 503 : 200;
          response.end();
        });
      });
      await new Promise<void>((resolve) => door.listen(0, "127.0.0.1", resolve));
      const port = await freePort();
      const at = join(root, "versity");
      for (const folder of ["buckets", "metadata"]) mkdirSync(join(at, folder), { recursive: true });
      const child = spawn(
        versity,
        [
          "--port",
          `127.0.0.1:${port}`,
          "--quiet",
          "--event-webhook-url",
          `http://127.0.0.1:${(door.address() as AddressInfo).port}/`,
          "posix",
          "--sidecar",
          join(at, "metadata"),
          join(at, "buckets"),
        ],
        { env: { ...process.env, ROOT_ACCESS_KEY: "artesian", ROOT_SECRET_KEY: "artesian-secret" }, stdio: "ignore" },
      );
      try {
        const own = {
          ...env,
          AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
          AWS_ACCESS_KEY_ID: "artesian",
          AWS_SECRET_ACCESS_KEY: "artesian-secret",
        };
        await vi.waitFor(() => fetch(own.AWS_ENDPOINT_URL), 20_000);
        const credentials = { accessKeyId: "artesian", secretAccessKey: "artesian-secret" };
        const its = new S3Client({
          endpoint: own.AWS_ENDPOINT_URL,
          region: "us-east-1",
          forcePathStyle: true,
          credentials,
        });
        const bucket = await makeBucket({ env: own, client: its }, "hooked");
        const one = await lab("hooked", bucket, own);
        ({ runtime, watched } = one);
        await one.place.write("raw/sub folder/P1.txt", "hello");
        await vi.waitFor(() => expect(heard).toContainEqual({ accepted: 1, duplicates: 0, ignored: 0 }), 10_000);
        expect(await one.told()).toEqual(["raw/sub folder/P1.txt done notification 5 bytes."]);
        deaf = true;
        await one.place.write("raw/P2.txt", "nobody heard");
        await new Promise((resolve) => setTimeout(resolve, 500));
        expect(await sweep({ runtime: one.runtime, watched: one.watched, clock: Date.now })).toEqual({
          seen: 2,
          repaired: 1,
        });
        expect(await one.told()).toEqual([
          "raw/P2.txt done listing 12 bytes.",
          "raw/sub folder/P1.txt done notification 5 bytes.",
        ]);
        await one.stop();
      } finally {
        child.kill();
        door.close();
      }
    });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
