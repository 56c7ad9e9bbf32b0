import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { appendOnceToKafka } from "./append-once.ts";
import { connectKafka } from "./client.ts";

const given = process.env.ARTESIAN_KAFKA;
const brokers = (given ?? "").split(",");
const kills = process.env.ARTESIAN_SLOW === "1" ? 40 : 6;

async function keysIn(topic: string): Promise<string[]> {
  const broker = await connectKafka({ brokers });
  try {
    const [end = 0] = await broker.ends([{ topic, partition: 0 }]);
    const keys: string[] = [];
    for (let offset = 0; offset < end; ) {
      const read = await broker.readAt({ topic, partition: 0, offset }, { maxWaitMs: 100, maxBytes: 2 ** 20 });
      keys.push(...read.records.map(({ key }) => String(key)));
      offset = Math.max(read.next, offset);
    }
    return keys;
  } finally {
    await broker.close();
  }
}

const recordOf = (key: string) => ({ key, value: JSON.stringify({ name: key }), timestamp: Date.now() });

if (given === undefined || given === "") {
  test.skip("2 tests of records that enter once need Kafka: scripts/services up kafka, then set ARTESIAN_KAFKA", () => {});
} else {
  test("50 that append at the same time, each its own record and one that all have, give each once", async () => {
    const topic = `once-${process.pid}-${Date.now()}`;
    const own = Array.from({ length: 50 }, (_, i) => `m${i}@v1`);
    const done = await Promise.all(
      own.map((key) => appendOnceToKafka({ brokers }, { topic, records: [recordOf(key), recordOf("common@v1")] })),
    );
    expect(done.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(51);
    expect((await keysIn(topic)).sort()).toEqual([...own, "common@v1"].sort());
  }, 120_000);

  test(`processes killed by SIGKILL at ${kills} random points lose and repeat nothing`, async () => {
    const topic = `once-killed-${process.pid}-${Date.now()}`;
    const script = join(import.meta.dirname, "../fixtures/append-once-process.ts");
    const all: string[] = [];
    for (let kill = 0; kill < kills; kill++) {
      const keys = Array.from({ length: 5 }, (_, i) => `k${kill}-${i}@v1`);
      all.push(...keys);
      const child = spawn(process.execPath, [script, given, topic, ...all], { stdio: ["ignore", "pipe", "inherit"] });
      const ended = once(child, "close");
      await once(child.stdout, "data");
      await setTimeout(Math.random() * 120);
      child.kill("SIGKILL");
      await ended;
    }
    await appendOnceToKafka({ brokers }, { topic, records: all.map(recordOf) });
    expect((await keysIn(topic)).sort()).toEqual(all.sort());
  }, 300_000);
}
