import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { partitionOf, type Value } from "@artesian/engine";
import type { Broker, RecordIn } from "@artesian/engine/kafka/broker.ts";
import { connectKafka } from "@artesian/engine/kafka/client.ts";
import {
  playHere,
  randomScript,
  type ScriptEvent,
  type ScriptOutput,
  scriptStart,
} from "@artesian/engine/kafka-streams.test-support.ts";
import { expect, test } from "vitest";
import { type AppTopics, artesian, hasKafkaPeer, kafkaStreams, peerMode, startApp, stopApp } from "./kafka-peer.ts";

const brokers = process.env.ARTESIAN_KAFKA;
const PARTITIONS = 8;
type Push = Extract<ScriptEvent, { push: string; value: Value | null }>;

/** Images of a random script, of an experiment of its own, and the row that it ends with. */
function experimentOf(seed: number): { images: Push[]; row: Push } {
  const name = `S${seed}`;
  const pushes = randomScript(seed).filter((event): event is Push => "value" in event && event.key.startsWith("E1"));
  const images = pushes
    .filter(({ push, key }) => push === "images" && key.startsWith("E1/"))
    .map((event) => ({
      ...event,
      key: event.key.replace("E1", name),
      value: { ...event.value, experiment: name },
    }));
  const rows = pushes.filter(
    ({ push, key, value }) => push === "metadata" && key === "E1" && Array.isArray(value?.channels),
  );
  const value = rows.at(-1)?.value ?? null;
  return { images, row: { push: "metadata", key: name, value, timestamp: scriptStart } };
}

async function append(broker: Broker, topic: string, events: readonly Push[], partitions: number): Promise<void> {
  for (let partition = 0; partition < partitions; partition++) {
    const records = events
      .filter(({ key }) => partitionOf(key, partitions) === partition)
      .map(({ key, value, timestamp }) => ({ key, value: value === null ? null : JSON.stringify(value), timestamp }));
    if (records.length > 0) await broker.append([{ topic, partition, records }]);
  }
}

/** Everything that is committed in a topic. */
async function readAll(broker: Broker, topic: string): Promise<RecordIn[]> {
  const found: RecordIn[] = [];
  for (let partition = 0; partition < PARTITIONS; partition++) {
    let offset = 0;
    // An answer may still be to what was asked before: only this place's from this offset counts.
    for (let silent = 0; silent < 3; ) {
      const reads = await broker.fetch([{ topic, partition, offset }], { maxWaitMs: 10, maxBytes: 2 ** 22 });
      const read = reads.find((one) => one.topic === topic && one.partition === partition && one.from === offset);
      if (read === undefined || read.next === offset) silent++;
      else {
        silent = 0;
        found.push(...read.records);
        offset = read.next;
      }
    }
  }
  return found;
}

/** Each site's values and times, in their order. */
function byKey(
  records: readonly { key: string | null; value: unknown; timestamp?: number }[],
): Record<string, unknown[]> {
  const sites: Record<string, unknown[]> = {};
  for (const { key, value, timestamp } of records) {
    sites[key ?? ""] ??= [];
    sites[key ?? ""]?.push({ value: value instanceof Uint8Array ? JSON.parse(value.toString()) : value, timestamp });
  }
  return sites;
}

const wanting = [
  ...(brokers === undefined ? ["ARTESIAN_KAFKA is not set"] : []),
  ...(hasKafkaPeer() ? [] : ["bench/peers/kafka/setup has not been run"]),
];

test.skipIf(wanting.length > 0)(
  `a Java application and ours, on one broker, make of the same records what the test driver makes ${
    wanting.length > 0 ? `(SKIPPED, 1 test: ${wanting.join("; ")})` : ""
  }`,
  { timeout: 120_000 },
  async () => {
    const id = `differential-${process.pid}`;
    const input = { images: `${id}-images`, metadata: `${id}-metadata` };
    const java: AppTopics = { ...input, sites: `${id}-java`, deadLetters: `${id}-java-dead` };
    const ours: AppTopics = { ...input, sites: `${id}-ours`, deadLetters: `${id}-o-dead-letters` };
    const create = [input.images, java.sites, java.deadLetters, ours.sites].join(",");
    const at = brokers ?? "";
    await peerMode("topics", { brokers: at, partitions: PARTITIONS, create, compacted: input.metadata });
    // what is published about long ago has its time in a header
    const broker = await connectKafka({ brokers: at.split(",") }, new Map([[ours.sites, { longAgoMs: 1 }]]));
    const dir = mkdtempSync(join(tmpdir(), "kafka-differential-"));
    const apps: ChildProcess[] = [];
    try {
      const late = Array.from({ length: 20 }, (_, index) => experimentOf(index + 1));
      const early = Array.from({ length: 80 }, (_, index) => experimentOf(index + 21));
      // Images whose row comes last lie before the others in every partition: when those are out, these have been seen.
      const images = [...late, ...early].flatMap((one) => one.images);
      const rowsOf = (some: typeof late): Push[] => some.map(({ row }) => row);
      const expected = playHere([...rowsOf(early), ...images, ...rowsOf(late)]);
      const sites = (some: readonly ScriptOutput[]): ScriptOutput[] => some.filter(({ topic }) => topic === "sites");
      const latest = new Set(late.map(({ row }) => row.key));
      const ofEarly = sites(expected).filter(({ key }) => !latest.has(key.split("/")[0] ?? ""));
      expect(ofEarly.length).toBeGreaterThan(100);
      expect(sites(expected).length - ofEarly.length).toBeGreaterThan(20);

      await append(broker, input.metadata, rowsOf(early), 1);
      await append(broker, input.images, images, PARTITIONS);
      apps.push(await startApp(kafkaStreams("rocksdb").command(at, `${id}-j`, java, dir)));
      apps.push(await startApp(artesian.command(at, `${id}-o`, ours, dir)));
      const until = async (count: number): Promise<void> => {
        for (const topic of [java.sites, ours.sites]) {
          let found = 0;
          for (let tries = 0; tries < 200 && found < count; tries++, await setTimeout(100))
            found = (await readAll(broker, topic)).length;
          expect(found, topic).toBe(count);
        }
      };
      await until(ofEarly.length);
      await append(broker, input.metadata, rowsOf(late), 1);
      await until(sites(expected).length);

      const truth = byKey(sites(expected));
      expect(byKey(await readAll(broker, java.sites))).toEqual(truth);
      expect(byKey(await readAll(broker, ours.sites))).toEqual(truth);
      const letters = expected.filter(({ topic }) => topic === "dead-letters").length;
      expect(letters).toBeGreaterThan(10);
      for (const topic of [java.deadLetters, ours.deadLetters]) {
        expect(await readAll(broker, topic), topic).toHaveLength(letters);
      }
    } finally {
      for (const app of apps) await stopApp(app);
      await broker.close();
      rmSync(dir, { recursive: true, force: true });
      await peerMode("topics", { brokers: at, delete: [create, input.metadata, ours.deadLetters].join(",") });
    }
  },
);
