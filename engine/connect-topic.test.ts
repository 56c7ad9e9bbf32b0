import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { compile } from "./compile.ts";
import { connectTopic, type TopicSource } from "./connect-topic.ts";
import { openEmbedded, type Runtime } from "./embedded.ts";
import { openReader } from "./reader.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-topic-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const giving = compile({
  name: "giving",
  partitions: 3,
  graph: {
    in: { type: "topic-stream", "topic-name": "runs", key: "{run}" },
    out: { type: "publish", "topic-name": "ready", stream: "in" },
  },
});
const taking = compile({
  name: "taking",
  partitions: 2,
  graph: { in: { type: "topic-stream", "topic-name": "ready", key: "{run}" } },
});
const open = (name: string, plan = giving): Promise<Runtime> =>
  openEmbedded({ dir: join(root, name), plans: [plan], database: { durable: false } });
const runs = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => ({ value: { run: `R${from + index}` } }));
const taken = (runtime: Runtime): string[] =>
  runtime
    .partitions("ready")
    .flatMap(({ partition, next }) => runtime.readTopic("ready", partition, 0, next))
    .map(({ value }) => String(value.run))
    .sort();

it("takes each record of another engine once, through restarts and crashes on either side of the append", async () => {
  const giver = await open("giver");
  await giver.append("runs", runs(0, 500));
  await giver.drain();
  const expected = Array.from({ length: 500 }, (_, index) => `R${index}`).sort();
  let taker = await open("taker", taking);
  const connect = (from: () => TopicSource | undefined, runtime: Pick<Runtime, "append" | "ledger"> = taker) =>
    connectTopic({ runtime, from, topic: "ready", source: "giver", once: true }).done;
  const reader = openReader(join(root, "giver"));
  let appends = 0;
  const broken = {
    ledger: (source: string) => taker.ledger(source),
    append: async (...call: Parameters<Runtime["append"]>) => {
      appends++;
      if (appends === 2) throw new Error("lost before");
      const result = await taker.append(...call);
      if (appends === 3) throw new Error("lost after");
      return result;
    },
  };
  await expect(connect(() => reader?.inspector, broken)).rejects.toThrow("lost before");
  await expect(connect(() => reader?.inspector, broken)).rejects.toThrow("lost after");
  await taker.stop();
  taker = await open("taker", taking);
  await connect(() => reader?.inspector);
  expect(taken(taker)).toEqual(expected);
  expect(await connect(() => giver)).toEqual({ accepted: 0, lag: 0 });
  await giver.append("runs", runs(500, 503));
  await giver.drain();
  expect(await connect(() => reader?.inspector)).toEqual({ accepted: 3, lag: 0 });
  reader?.close();
  await Promise.all([giver.stop(), taker.stop()]);
});

it("waits for an engine that does not exist yet, goes on after trouble, and ends when it is told to", async () => {
  const taker = await open("patient", taking);
  const troubles: unknown[] = [];
  const stop = new AbortController();
  let look = 0;
  const source: TopicSource = {
    partitions: () => [{ partition: 0, first: 2, next: 3 }],
    readTopic: (_topic, _partition, offset = 0) => [{ offset, key: "R2", value: { run: "R2" }, timestamp: 1 }],
  };
  const { done } = connectTopic({
    runtime: taker,
    topic: "ready",
    source: "later",
    signal: stop.signal,
    from: () => {
      look++;
      if (look === 2) throw new Error("busy");
      return look === 1 ? undefined : source;
    },
    onTrouble: (error) => troubles.push(error),
    onProgress: ({ accepted }) => accepted === 1 && stop.abort(),
    pause: async () => {},
  });
  expect(await done).toEqual({ accepted: 1, lag: 0 });
  expect(troubles).toHaveLength(1);
  expect(taken(taker)).toEqual(["R2"]);
  await taker.stop();
});

it("leaves failures, and what it is told to leave, where they are", async () => {
  const taker = await open("choosing", taking);
  const failure = { code: "x", message: "x", node: "x" };
  const source: TopicSource = {
    partitions: () => [{ partition: 0, first: 0, next: 3 }],
    readTopic: () => [
      { offset: 0, key: "A", value: { run: "A" }, timestamp: 1, failure },
      { offset: 1, key: "B", value: { run: "B" }, timestamp: 1 },
      { offset: 2, key: "C", value: { run: "C" }, timestamp: 1 },
    ],
  };
  const { accepted } = await connectTopic({
    runtime: taker,
    from: () => source,
    topic: "runs",
    into: "ready",
    source: "s",
    once: true,
    toRecord: ({ value }) => (value.run === "B" ? undefined : { value: { run: `${value.run}!` } }),
  }).done;
  expect(accepted).toBe(1);
  expect(taken(taker)).toEqual(["C!"]);
  await taker.stop();
});
