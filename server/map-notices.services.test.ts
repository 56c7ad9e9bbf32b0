import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPlace, openPlace } from "@artesian/data";
import { makeBucket, s3Server } from "@artesian/data/fixtures/bucket.ts";
import { askNeighbours, openMapService, publishGroups } from "@artesian/maps";
import { preparedMap } from "@artesian/maps/prepared-map.test-support.ts";
import { createClient } from "@redis/client";
import { expect, it, onTestFinished } from "vitest";
import { redisNotices } from "./map-notices.ts";

const s3 = s3Server();
const redis = process.env.ARTESIAN_REDIS_SERVER;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startRedis(port: number) {
  const child = spawn(redis!, ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
  onTestFinished(() => void child.kill("SIGKILL"));
  for await (const line of child.stdout) if (String(line).includes("Ready to accept connections")) break;
  return child;
}

if (s3 === undefined || redis === undefined)
  it.skip("2 tests of maps behind Redis and a bucket need both: scripts/services up s3, up redis", () => {});
else {
  it("hears of a new version at once, lists what is available, counts uses, and serves on when Redis is killed", async () => {
    const port = await freePort();
    const url = `redis://127.0.0.1:${port}`;
    const child = await startRedis(port);
    const store = openPlace(`s3://${await makeBucket(s3, "notices")}/maps`, s3.env);
    const dir = mkdtempSync(join(tmpdir(), "artesian-notices-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    await publishGroups(store, preparedMap().groups);
    const notices = await redisNotices({ url, store: store.uri, clock: Date.now });
    const publisher = await redisNotices({ url, store: store.uri, clock: Date.now });
    const service = await openMapService({ store, local: folderPlace(dir), notices, followMs: 600_000 });
    onTestFinished(async () => {
      await service.close();
      await notices.close();
      await publisher.close();
    });
    expect(service.status().redis).toEqual({ state: "connected" });
    const { catalog } = await publishGroups(store, preparedMap({ seed: 2 }).groups, { force: true });
    expect(await publisher.published(catalog.revision)).toBe(true);
    // Nobody looks at the bucket for ten minutes: only the notice can have told.
    await expect.poll(() => service.status().revision, { timeout: 5000 }).toBe(2);
    const lease = await service.lease("demo");
    const client = await createClient({ url }).connect();
    const prefix = `artesian:${store.uri.replaceAll(/[^\w.-]+/g, "_")}`;
    const available = await client.zRangeWithScores(`${prefix}:available-groups`, 0, -1);
    expect(available.map(({ value }) => value).sort()).toEqual(
      catalog.groups.map(({ id, current }) => `${id}@${current}`),
    );
    expect(available[0]!.score).toBe(Date.parse(lease.manifest.created));
    await expect.poll(async () => client.hGet(`${prefix}:uses`, lease.view.name)).toBe("1");
    client.destroy();
    child.kill("SIGKILL");
    await expect.poll(() => service.status().redis.state, { timeout: 5000 }).toBe("lost");
    const near = await askNeighbours(lease.view, 0);
    expect(near.similar.length).toBeGreaterThan(0);
    lease.release();
    (await service.lease("demo_centre_scaled")).release();
    expect(await publisher.published(3)).toBe(false);
    // What was published while Redis was away is seen as soon as it is back.
    await publishGroups(store, preparedMap({ seed: 3 }).groups, { force: true });
    await startRedis(port);
    await expect.poll(() => service.status().redis.state, { timeout: 10_000 }).toBe("connected");
    await expect.poll(() => service.status().revision, { timeout: 5000 }).toBe(3);
  }, 60_000);

  it("starts and serves without Redis from the first moment", async () => {
    const store = openPlace(`s3://${await makeBucket(s3, "alone")}/maps`, s3.env);
    await publishGroups(store, preparedMap().groups);
    const notices = await redisNotices({
      url: `redis://127.0.0.1:${await freePort()}`,
      store: store.uri,
      clock: Date.now,
    });
    const service = await openMapService({ store, notices });
    onTestFinished(async () => {
      await service.close();
      await notices.close();
    });
    expect(service.status().redis.state).toBe("lost");
    expect((await askNeighbours((await service.lease("demo")).view, 0)).similar.length).toBeGreaterThan(0);
  });
}
