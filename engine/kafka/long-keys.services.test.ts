/** Needs brokers and the Java peer: `scripts/services up kafka`, `bench/peers/kafka/setup`. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { longKeys, longKeysPlan } from "../fixtures/long-keys.ts";
import { javaPeer } from "../kafka-streams.test-support.ts";
import { connectKafka } from "./client.ts";
import { openKafka } from "./open-kafka.ts";

const { ARTESIAN_KAFKA: kafka = "" } = process.env;
const peer = kafka === "" ? undefined : javaPeer();
const name = `longs-${Date.now()}`;
const prefix = "lab-";
const plan = longKeysPlan(name, 6);

if (peer === undefined)
  it.skip("1 test of long keys needs brokers and the Java peer: scripts/services up kafka, bench/peers/kafka/setup", () => {});

async function java(mode: string, topic: string, input = ""): Promise<string[][]> {
  const [program = "java", ...words] = [...(peer ?? []), mode, "--brokers", kafka, "--topic", prefix + topic];
  const running = promisify(execFile)(program, words);
  running.child.stdin?.end(input);
  const { stdout } = await running;
  return stdout.split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")]));
}

describe.skipIf(peer === undefined)("keys of 64 bits", () => {
  it("come from Java's producer, meet text, go to Java's consumer, and lie in the same partitions", {
    timeout: 120_000,
  }, async () => {
    const brokers = kafka.split(",");
    const runtime = await openKafka({ brokers, plans: [plan], topics: { prefix } });
    onTestFinished(() => runtime.stop());
    const lines = longKeys.flatMap((site) =>
      ["DNA", "ER"].map((channel) => `${site}\t${JSON.stringify({ site, channel })}\n`),
    );
    const produced = new Map(
      (await java("produce-longs", `${name}-images`, lines.join(""))).map(([at, key]) => [key, at]),
    );
    expect(produced.size).toBe(longKeys.length);
    const broker = await connectKafka({ brokers });
    onTestFinished(() => broker.close());
    const text = { key: "A01", value: '{"site":"A01","channel":"DNA"}', timestamp: Date.now() };
    await broker.append([{ topic: `${prefix}${name}-images`, partition: 0, records: [text] }]);
    await runtime.append(
      `${name}-notes`,
      longKeys.map((site) => ({ value: { site, channel: "note" } })),
    );
    await expect(runtime.append(`${name}-images`, [{ value: { site: "A01" } }])).rejects.toThrow(/64 bits/);
    const consumed = await vi.waitFor(
      async () => {
        const records = await java("read-longs", `${name}-sites`);
        expect(records.length).toBe(longKeys.length);
        return records;
      },
      { timeout: 60_000, interval: 1000 },
    );
    for (const [partition, key, value = ""] of consumed) {
      expect(partition, key).toBe(produced.get(key ?? ""));
      expect(JSON.parse(value)).toMatchObject({ site: key, members: [{}, {}, {}] });
    }
    const [letter, ...others] = await runtime.deadLetters(name);
    expect(others).toEqual([]);
    expect(letter).toMatchObject({ node: "images", code: "engine/unreadable-record" });
    expect(letter?.message).toContain("a key of 3 bytes");
    const [own] = await runtime.readTopic(`${name}-sites`, Number(produced.get("42")), 0, 100);
    expect(longKeys).toContain(own?.key);
  });
});
