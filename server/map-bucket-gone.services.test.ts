import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer as createNetServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { folderPlace, openPlace } from "@artesian/data";
import { openMapService, publishGroups } from "@artesian/maps";
import { preparedMap } from "@artesian/maps/prepared-map.test-support.ts";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { expect, it, onTestFinished } from "vitest";
import type * as api from "./api.ts";
import { fixtureServer } from "./fixtures/screen-server.ts";

const program = process.env.ARTESIAN_S3_SERVER;
const [accessKeyId, secretAccessKey] = ["artesian", "artesian-secret"];

async function freePort(): Promise<number> {
  const server = createNetServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An S3 server over a folder, in a process that can be killed and started again. */
async function startS3(port: number, dir: string): Promise<ChildProcess> {
  for (const part of ["buckets", "metadata"]) mkdirSync(join(dir, part), { recursive: true });
  const child = spawn(
    program!,
    ["--port", `127.0.0.1:${port}`, "--quiet", "posix", "--sidecar", join(dir, "metadata"), join(dir, "buckets")],
    { stdio: "ignore", env: { ...process.env, ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey } },
  );
  onTestFinished(() => void child.kill("SIGKILL"));
  for (let tries = 0; ; tries++) {
    const isUp = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    );
    if (isUp) return child;
    if (tries > 200) throw new Error(`${program} does not answer`);
    await setTimeout(50);
  }
}

if (program === undefined)
  it.skip("1 test of a bucket whose server is killed needs one: scripts/services up versitygw, then set ARTESIAN_S3_SERVER", () => {});
else {
  it("serves what it has copies of while the S3 server is killed, says so in the banner, and recovers when it is back", async () => {
    const dir = mkdtempSync(join(tmpdir(), "artesian-bucket-gone-"));
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
    const port = await freePort();
    const endpoint = `http://127.0.0.1:${port}`;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ endpoint, region: "us-east-1", forcePathStyle: true, credentials });
    const s3 = await startS3(port, join(dir, "s3"));
    await client.send(new CreateBucketCommand({ Bucket: "maps" }));
    const store = openPlace("s3://maps/prod", {
      AWS_ENDPOINT_URL: endpoint,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    });
    await publishGroups(store, preparedMap().groups);
    const local = folderPlace(join(dir, "copies"));
    const maps = await openMapService({ store, local, followMs: 200 });
    const server = await fixtureServer({ dir: join(dir, "data"), pictures: false, maps });
    onTestFinished(async () => {
      await server.close();
      await maps.close();
    });
    const get = (path: string) => server.app.inject({ url: `/api/v1/maps/${path}` });
    const status = async () => (await get("status")).json<api.MapStatus>();
    const first = maps.status().default!;
    const other = maps.groups().find(({ id }) => id !== first)!.id;
    await expect
      .poll(() => maps.groups().find(({ id }) => id === first)?.layers.local, { timeout: 10_000 })
      .toBe("here");
    const neighbours = `groups/${first}/neighbours?of=0&novelty=false`;
    const before = (await get(neighbours)).json<{ similar: object[] }>();
    expect(before.similar.length).toBeGreaterThan(0);
    expect((await status()).banner).toBeNull();

    s3.kill("SIGKILL");
    await once(s3, "exit");
    await expect.poll(async () => (await status()).banner, { timeout: 30_000 }).toContain("has not answered");
    expect((await status()).problems.map(({ part }) => part)).toEqual(["store"]);
    expect((await get(neighbours)).json<{ similar: object[] }>().similar).toEqual(before.similar);
    const gone = await get(`groups/${other}/neighbours?of=0`);
    expect(gone.statusCode).toBe(503);
    expect(gone.json()).toMatchObject({ code: "maps/store-unreachable" });
    const runs = await get("runs");
    expect([runs.statusCode, runs.json<{ code: string }>().code]).toEqual([503, "data/store-unreachable"]);
    const list = (await get("groups")).json<api.MapGroupList>();
    expect(list.groups.map(({ layers }) => layers.store)).toEqual(["unreachable", "unreachable"]);
    // Started while the bucket is away, a server has what the last one had.
    const restarted = await openMapService({ store, local, followMs: 200 });
    onTestFinished(() => restarted.close());
    const lease = await restarted.lease(first);
    expect(lease.layer).toBe("local");
    lease.release();

    await startS3(port, join(dir, "s3"));
    await expect.poll(async () => (await status()).banner, { timeout: 30_000 }).toBeNull();
    expect((await get(`groups/${other}/neighbours?of=0`)).statusCode).toBe(200);
    const { created } = await publishGroups(store, preparedMap({ label: "After" }).groups, { force: true });
    expect(created).toHaveLength(2);
    await expect.poll(async () => (await status()).revision, { timeout: 10_000 }).toBe(2);
    await expect.poll(() => restarted.status().revision, { timeout: 10_000 }).toBe(2);
  }, 120_000);
}
