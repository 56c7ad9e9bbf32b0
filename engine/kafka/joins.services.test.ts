import { afterEach, expect, test } from "vitest";
import { numbersOf } from "../fixtures/kafka-life.ts";
import { type JoinEvent, joinEvents, joinsBatch, joinsPlan, joinsProblems } from "../fixtures/simulation-joins.ts";
import { type KafkaRuntime, openKafka } from "../index.ts";
import { partitionOf } from "../partition.ts";
import type { LogRecord } from "../records.ts";

const given = process.env.ARTESIAN_KAFKA;
const partitions = 3;
const opened: KafkaRuntime[] = [];
const troubles: unknown[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.stop(0)));
  troubles.length = 0;
});

async function open(name: string): Promise<KafkaRuntime> {
  const runtime = await openKafka({
    brokers: (given ?? "").split(","),
    plans: [joinsPlan(name, partitions, (topic) => `${name}-${topic}`)],
    limits: { sessionTimeoutMs: 6000, heartbeatMs: 200, transactionTimeoutMs: 6000 },
    onTrouble: (error) => troubles.push(error),
  });
  opened.push(runtime);
  return runtime;
}

async function read(runtime: KafkaRuntime, topic: string): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  for (const { partition, next } of await runtime.partitions(topic))
    found.push(...(await runtime.readTopic(topic, partition, 0, next + 1)));
  return found;
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${what} did not come to hold; troubles: ${troubles.join("; ")}`);
}

async function append(runtime: KafkaRuntime, name: string, events: readonly JoinEvent[]): Promise<void> {
  for (const { topic, record } of events) {
    const { key, value, timestamp } = record;
    await runtime.append(`${name}-${topic}`, [{ key, value, timestamp }]);
  }
}

if (given === undefined || given === "") {
  test.skip("1 test of joins on Kafka needs a broker: scripts/services up kafka, then set ARTESIAN_KAFKA", () => {});
} else {
  test("streams and tables are joined by workers that come and go as by a batch evaluation; a late record is set aside with its side", {
    timeout: 120_000,
  }, async () => {
    const name = `j${process.pid}-${Date.now().toString(36)}`;
    const random = numbersOf(7);
    const below = (n: number): number => Math.floor(random() * n);
    const events = joinEvents({ below, chance: (p) => random() < p });
    const expected = joinsBatch(events);
    const arrived = async (runtime: KafkaRuntime, count: number): Promise<boolean> => {
      const sides = await Promise.all(
        ["left", "right"].map((side) => read(runtime, `${name}.near-${side}-repartition`)),
      );
      return sides.flat().length >= count;
    };
    const first = await open(name);
    const isEarly = ({ topic, record }: JoinEvent): boolean =>
      /layout|compounds/.test(topic) || record.timestamp < 5000;
    const early = events.filter(isEarly);
    const streams = events.filter(({ topic }) => topic === "sim-images" || topic === "sim-focus");
    await append(first, name, early);
    await until("the first epoch is at the join", () => arrived(first, streams.filter(isEarly).length));
    const second = await open(name);
    await until("both have partitions", async () => (second.stats().workers[0]?.partitions.length ?? 0) > 0);
    await first.stop();
    await append(
      second,
      name,
      events.filter((event) => !isEarly(event)),
    );
    await until("the second epoch is at the join", () => arrived(second, streams.length));
    const wells = new Map<number, string>();
    for (let index = 0; wells.size < partitions; index++) wells.set(partitionOf(`Z${index}`, partitions), `Z${index}`);
    const focus = (well: string, timestamp: number): JoinEvent => ({
      topic: "sim-focus",
      record: { key: well, value: { well, id: "last" }, timestamp },
    });
    await append(
      second,
      name,
      [...wells.values()].map((well) => focus(well, 1e6)),
    );
    await until("all is out", async () => {
      const near = await read(second, `${name}-sim-near`);
      return (
        near.length >= expected.near.length && (await read(second, `${name}-sim-known`)).length >= expected.known.length
      );
    });
    const topics = new Map<string, LogRecord[]>();
    for (const topic of ["sim-near", "sim-known", "sim-treated"])
      topics.set(topic, await read(second, `${name}-${topic}`));
    expect(joinsProblems(expected, (topic) => topics.get(topic) ?? [])).toEqual([]);
    expect(await second.deadLetters(name)).toEqual([]);
    await append(second, name, [focus(wells.get(0) ?? "", 5)]);
    await until("a late record is set aside", async () => (await second.deadLetters(name)).length > 0);
    expect(await second.deadLetters(name)).toMatchObject([
      { kind: "record", node: "near", code: "engine/late-record", side: "right", timestamp: 5 },
    ]);
    expect(troubles).toEqual([]);
  });
}
