import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openPlace } from "@artesian/data";
import { makeBucket, s3Server } from "@artesian/data/fixtures/bucket.ts";
import { afterAll, expect, test } from "vitest";
import { openReader } from "./reader.ts";

const server = s3Server();
const root = mkdtempSync(join(tmpdir(), "artesian-bucket-kill-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function follow(dir: string, uri: string, ...more: string[]) {
  const script = fileURLToPath(new URL("./fixtures/follow-bucket.ts", import.meta.url));
  const child = spawn(process.execPath, [script, dir, uri, ...more], {
    env: server?.env,
  });
  let output = "";
  let trouble = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    trouble += chunk.toString();
  });
  const ended = new Promise<{ signal: string | null; output: string; trouble: string }>((resolve) => {
    child.on("exit", (_code, signal) => resolve({ signal, output, trouble }));
  });
  return { child, ended };
}

/** Contents that entered, each as often as it did. */
function entered(dir: string): string[] {
  using reader = openReader(dir);
  if (reader === undefined) throw new Error("nothing was left");
  const { inspector } = reader;
  return inspector
    .partitions("files")
    .flatMap(({ partition, next }) => inspector.readTopic("files", partition, 0, next))
    .map(({ value }) => `${value.key} ${value.etag}`)
    .sort();
}

if (server === undefined) {
  test.skip("1 test of the bucket connector needs an S3 server: scripts/services up s3, then set ARTESIAN_S3", () => {});
} else {
  test("a bucket that is written to while its follower is killed again and again enters each content exactly once", {
    timeout: 120_000,
  }, async () => {
    const uri = `s3://${await makeBucket(server, "follow")}/plate`;
    const place = openPlace(uri, server.env);
    const dir = join(root, "engine");
    const written = new Set<string>();
    let writing = true;
    const write = async (): Promise<void> => {
      for (let i = 0; i < 400; i++) {
        const key = `site ${i % 300}/DNA+1.tif`;
        const { etag } = await place.write(key, `content ${i}`);
        written.add(`${key} ${etag}`);
      }
      writing = false;
    };
    const writer = write();
    let kills = 0;
    while (writing || kills < 4) {
      const { child, ended } = follow(dir, uri);
      // Every third at some moment after its start, however far it is then; the others when something has entered, or a while after.
      const kill = (): boolean => child.kill("SIGKILL");
      const timer = setTimeout(kill, kills % 3 === 2 ? 200 * (kills % 7) : 10_000);
      child.stdout.once("data", () => setTimeout(kill, 30 * (kills % 4)));
      const { signal, trouble } = await ended;
      clearTimeout(timer);
      expect({ signal, trouble }).toEqual({ signal: "SIGKILL", trouble: "" });
      kills++;
    }
    await writer;
    const rest = await follow(dir, uri, "once").ended;
    expect(rest.output).toMatch(/^accepted \d+$/);
    expect(await follow(dir, uri, "once").ended).toEqual({ signal: null, output: "accepted 0", trouble: "" });
    const found = entered(dir);
    expect(found.length).toBeGreaterThan(Number(rest.output.slice("accepted ".length)));
    expect(new Set(found).size).toBe(found.length);
    expect(found.filter((content) => !written.has(content))).toEqual([]);
    const now: string[] = [];
    for await (const { key, etag } of place.list()) now.push(`${key} ${etag}`);
    expect(now).toHaveLength(300);
    expect(now.filter((content) => !found.includes(content))).toEqual([]);
  });
}
