import { expect, test } from "vitest";
import { compile } from "../compile.ts";
import { KafkaHungTransactionError } from "../errors.ts";
import { runningWorker, simulatedKafka } from "../fixtures/kafka-worker.ts";
import { partitionOf } from "../partition.ts";
import type { Value } from "../template.ts";
import { type Broker, exactNumber, type Producer, type Read } from "./broker.ts";
import { StableWatch } from "./stable-watch.ts";

const partitions = 2;
const graph = {
  images: { type: "topic-stream", "topic-name": "images", key: "{well}" },
  sites: {
    type: "stream-operation",
    inputs: ["images"],
    function: { "group-complete": { by: ["well"], member: ["channel"], expect: { constant: 2 }, collect: "images" } },
  },
  out: { type: "publish", "topic-name": "out", stream: "sites" },
};
const groups = compile({ name: "g", partitions, graph });

const image = (well: string, channel: string): Value => ({ well, channel });
const well = (value: Value): string => String(value.well);

test("trap 5: a topic that has another number of partitions on Kafka is refused before anything is read", async () => {
  const first = runningWorker(groups);
  await first.until(() => first.worker.status.state === "running");
  expect(first.refused()).toBeUndefined();
  const more = compile({ name: "g", partitions: 3, graph });
  const other = runningWorker(more, { kafka: first.kafka });
  await other.until(() => other.refused() !== undefined);
  expect(other.refused()).toMatchObject({ code: "engine/kafka-partitions", found: 2, expected: 3 });
  expect(String(other.refused())).toMatch(/Set "partitions": 2 .* or run it under another name from the start/);
});

test("trap 8: a transaction that hangs on an input is told of once, seen in the status, and gone when it ends", async () => {
  const { kafka, worker, troubles, until, put, read } = runningWorker(groups, { limits: { heldBackMs: 2000 } });
  await until(() => worker.status.state === "running");
  put("images", [image("A01", "DNA"), image("A01", "ER")], well);
  await until(() => read("out").length === 1);
  const producer: { opened?: Producer } = {};
  const place = { topic: "images", partition: partitionOf("A02", partitions) };
  void (async () => {
    producer.opened = await kafka.broker("other").openProducer("other", 900_000);
    await producer.opened.begin([place], "other");
    await producer.opened.produce([{ ...place, records: [{ key: "A02", value: "{}", timestamp: 1 }] }]);
  })();
  await until(() => kafka.read(place).end > kafka.read(place).stable);
  put("images", [image("A02", "DNA"), image("A02", "ER")], well);
  const { stable } = kafka.read(place);
  await until(() => troubles.length > 0);
  expect(worker.status.heldBack).toMatchObject([{ ...place, stable, end: stable + 3 }]);
  expect(troubles).toEqual([expect.any(KafkaHungTransactionError)]);
  expect(String(troubles[0])).toMatch(/stood at \d+ for [2-9]\d* s while the end has moved to/);
  const before = kafka.now;
  await until(() => kafka.now > before + 10_000);
  expect(troubles).toHaveLength(1);
  expect(read("out")).toHaveLength(1);
  void producer.opened?.abort();
  await until(() => read("out").length === 2 && worker.status.heldBack.length === 0);
});

test("trap 8: a transaction that hangs on the changelog is told of by who waits for it to take partitions over", async () => {
  const { kafka, worker, troubles, until } = runningWorker(groups, { limits: { heldBackMs: 2000 } });
  const place = { topic: worker.layout.changelog, partition: 0 };
  const producer: { opened?: Producer } = {};
  void (async () => {
    const broker = kafka.broker("other");
    while ((await broker.partitions([place.topic]))[0] === undefined) await broker.ends([]);
    producer.opened = await broker.openProducer("other", 900_000);
    await producer.opened.begin([place], "other");
    await producer.opened.produce([{ ...place, records: [{ key: "x", value: null, timestamp: 1 }] }]);
  })();
  await until(() => troubles.length > 0);
  expect(worker.status).toMatchObject({ state: "restoring", heldBack: [place] });
  expect(troubles).toEqual([expect.any(KafkaHungTransactionError)]);
  void producer.opened?.abort();
  await until(() => worker.status.state === "running");
});

test("trap 8: an offset that moves on is not told of, one that stands is, and again when it stands elsewhere", () => {
  const watch = new StableWatch(100);
  const read = (stable: number, end: number): Read => ({
    topic: "t",
    partition: 0,
    from: 0,
    records: [],
    next: 0,
    stable,
    end,
  });
  for (let at = 0; at <= 1000; at += 50) watch.observe(read(at, at + 20), at);
  expect(watch.held(1000)).toEqual([]);
  watch.observe(read(1000, 1020), 1090);
  expect(watch.news(1099)).toEqual([]);
  expect(watch.news(1100)).toEqual([{ topic: "t", partition: 0, stable: 1000, end: 1020, forMs: 100 }]);
  expect(watch.news(1200)).toEqual([]);
  expect(watch.held(1200)).toHaveLength(1);
  watch.observe(read(1020, 1020), 1200);
  expect(watch.held(9999)).toEqual([]);
  watch.observe(read(1020, 1030), 1300);
  expect(watch.news(1400)).toHaveLength(1);
});

test("trap 10: offsets and ids of 64 bits are kept exactly or refused, never rounded", async () => {
  expect(exactNumber(9_007_199_254_740_991n)).toBe(Number.MAX_SAFE_INTEGER);
  expect(() => exactNumber(9_007_199_254_740_992n)).toThrow(/9007199254740992, which is beyond 2\^53 - 1/);
  const { kafka, until, read } = runningWorker(groups);
  const put = (text: string): void => {
    const partition = partitionOf("1", partitions);
    kafka.append([{ topic: "images", partition, records: [{ key: "1", value: text, timestamp: 1 }] }]);
  };
  put('{"well":"1","channel":9007199254740992}');
  put('{"well":"1","channel":9007199254740993}');
  await until(() => read("g-dead-letters").length === 2);
  expect(read("g-dead-letters").map(({ code }) => code)).toEqual(Array(2).fill("engine/unreadable-record"));
  expect(String(read("g-dead-letters")[1]?.message)).toMatch(/the number 9007199254740993, beyond 2\^53 - 1/);
  put('{"well":"1","channel":"9007199254740992"}');
  put('{"well":"1","channel":"9007199254740993"}');
  await until(() => read("out").length === 1);
});

test("trap 11: a record over the size limit flows on as a failure that names its node, and parks nothing", async () => {
  const { worker, until, put, read, kafka } = runningWorker(groups, { limits: { maxRecordBytes: 400 } });
  await until(() => worker.status.state === "running");
  const long = (name: string, channel: string): Value => ({ well: name, channel, text: "x".repeat(180) });
  put("images", [long("A01", "DNA"), long("A01", "ER"), image("A01", "RNA")], well);
  put("images", [image("A02", "DNA"), image("A02", "ER")], well);
  await until(() => read("out").length === 1 && read("g-dead-letters").length > 0);
  expect(read("out")).toMatchObject([{ well: "A02", complete: true }]);
  expect(read("g-dead-letters")[0]).toMatchObject({ code: "engine/record-too-large", node: "sites", key: "A01" });
  const { records } = kafka.read({ topic: "g.sites", partition: partitionOf("A01", partitions) });
  const failed = records.find(({ key }) => key === "A01");
  expect(JSON.parse(failed?.headers?.failure ?? "{}")).toMatchObject({
    code: "engine/record-too-large",
    node: "sites",
  });
});

test("trap 12: records are read, stepped and written in batches: transactions are few where records are many", async () => {
  const { worker, until, put, read } = runningWorker(groups);
  const names = Array.from({ length: 1000 }, (_, index) => `W${index}`);
  put(
    "images",
    names.flatMap((name) => [image(name, "DNA"), image(name, "ER")]),
    well,
  );
  await until(() => read("out").length === names.length);
  expect(worker.status.transactions).toBeLessThan(20);
});

test("trap 12: a transaction that Kafka takes its time for does not let the next one grow, though groups that open put nothing out", async () => {
  const kafka = simulatedKafka();
  const written: number[] = [];
  const slow = (broker: Broker): Broker => ({
    ...broker,
    openProducer: async (id, timeoutMs) => {
      const producer = await broker.openProducer(id, timeoutMs);
      return {
        ...producer,
        begin: async (places, group) => {
          written.push(0);
          await kafka.clock("w").sleep(1000);
          await producer.begin(places, group);
        },
        produce: (batches) => {
          for (const { records } of batches) written.push((written.pop() ?? 0) + records.length);
          return producer.produce(batches);
        },
      };
    },
  });
  const limits = { batch: 100, chunk: 10 };
  const { worker, until, put } = runningWorker(groups, { kafka, limits, through: slow });
  const names = Array.from({ length: 1000 }, (_, index) => `W${index}`);
  put(
    "images",
    names.map((name) => image(name, "DNA")),
    well,
  );
  await until(() => worker.status.stateEntries > names.length && worker.status.lag === 0);
  // beside what it counts, each partition says what it has counted
  expect(Math.max(...written)).toBeLessThan(limits.batch + 2 * limits.chunk);
});
