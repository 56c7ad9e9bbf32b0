import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { canonicalJson } from "@artesian/data";
import { afterAll, afterEach, expect, test } from "vitest";
import { kafkaEvents, kafkaGraph } from "../fixtures/kafka-graph.ts";
import { tasks } from "../fixtures/kafka-tasks.ts";
import { type KafkaRuntime, openKafka, testDriver } from "../index.ts";
import type { LogRecord } from "../records.ts";
import { type Batch, type Broker, systemClock } from "./broker.ts";
import { connectKafka } from "./client.ts";
import { Worker } from "./worker.ts";
import type { WorkerLimits } from "./worker-limits.ts";

const given = process.env.ARTESIAN_KAFKA;
const brokers = (given ?? "").split(",");
const opened: { stop(graceMs?: number): Promise<void> }[] = [];
const children: ChildProcess[] = [];
const connections: Broker[] = [];
const fast = { sessionTimeoutMs: 6000, heartbeatMs: 200, transactionTimeoutMs: 6000 };
const troubles: unknown[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill("SIGKILL");
  await Promise.all(opened.splice(0).map((one) => one.stop(0)));
  troubles.length = 0;
});
afterAll(async () => {
  await Promise.all(connections.map((connection) => connection.close()));
});

let made = 0;
function newName(): string {
  return `t${process.pid}-${Date.now().toString(36)}-${made++}`;
}

async function open(
  name: string,
  roles: readonly ("plans" | "tasks")[],
  limits: Partial<WorkerLimits> = {},
): Promise<KafkaRuntime> {
  const runtime = await openKafka({
    brokers,
    plans: [kafkaGraph(name)],
    roles,
    limits: { ...fast, ...limits },
    ...(roles.includes("tasks")
      ? { tasks: { module: import.meta.resolve("../fixtures/kafka-tasks.ts"), threads: 1 } }
      : {}),
    onTrouble: (error) => troubles.push(error),
  });
  opened.push(runtime);
  return runtime;
}

async function connect(): Promise<Broker> {
  const connection = await connectKafka({ brokers });
  connections.push(connection);
  return connection;
}

async function worker(name: string): Promise<ChildProcess> {
  const script = fileURLToPath(new URL("../fixtures/kafka-process.ts", import.meta.url));
  const child = spawn(process.execPath, [script, given ?? "", name], { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  await once(child.stdout as NodeJS.ReadableStream, "data");
  return child;
}

/** Everything that a topic holds, committed, in canonical order. */
async function contents(runtime: KafkaRuntime, topic: string): Promise<string[]> {
  const found: string[] = [];
  for (const { partition, next } of await runtime.partitions(topic)) {
    const records = await runtime.readTopic(topic, partition, 0, next + 1);
    found.push(...records.map(canonical));
  }
  return found.sort();
}

/** A record as a text. Names of tasks hold the digest of their code, which the test driver knows and Kafka's workers do not. */
function canonical({ key, value, failure }: LogRecord): string {
  const text = canonicalJson(value).replace(/"taskId":"[0-9a-f]{64}"/g, '"taskId":"…"');
  return `${key} ${text} ${failure?.code ?? ""}`;
}

async function until(what: string, holds: () => Promise<boolean>, ms = 60_000): Promise<void> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${what} did not come to hold; troubles: ${troubles.join("; ")}`);
}

/** What the test driver, one process in memory, makes of the same events. */
async function expected(name: string, wells: number): Promise<Record<string, string[]>> {
  const driver = testDriver(kafkaGraph(name), { tasks });
  const { images, metadata, layout } = kafkaEvents(wells);
  for (const [key, row] of metadata) driver.push(`${name}-metadata`, row, { key });
  for (const [key, row] of layout) driver.push(`${name}-layout`, row, { key });
  for (const image of images) driver.push(`${name}-images`, image);
  for (let round = 0; round < 5; round++) {
    await driver.runTasks();
    driver.advance(200);
  }
  const topics = [`${name}.sites`, `${name}.features`, `${name}-wells`, `${name}-counts`];
  return Object.fromEntries(topics.map((topic) => [topic, driver.read(topic).map(canonical).sort()]));
}

async function same(runtime: KafkaRuntime, name: string, wells: number, ms?: number): Promise<void> {
  const whole = await expected(name, wells);
  const last = `${name}-counts`;
  await until("the end", async () => (await contents(runtime, last)).length >= (whole[last]?.length ?? 0), ms);
  // what is doubled would come now
  await new Promise((resolve) => setTimeout(resolve, 1500));
  for (const [topic, records] of Object.entries(whole)) {
    const found = await contents(runtime, topic);
    const counted = Map.groupBy(found, (one) => one);
    const lost = records.filter((one) => !counted.has(one)).slice(0, 3);
    const doubled = found.filter((one) => (counted.get(one)?.length ?? 0) > 1).slice(0, 3);
    expect({ topic, lost, doubled, records: found.length }).toEqual({
      topic,
      lost: [],
      doubled: [],
      records: records.length,
    });
  }
}

if (given === undefined || given === "") {
  test.skip("8 tests of the Kafka runtime need a broker: scripts/services up kafka, then set ARTESIAN_KAFKA", () => {});
} else {
  test("a graph of groups, a task, a join and a count gives what the test driver gives, tables last", {
    timeout: 120_000,
  }, async () => {
    const name = newName();
    const runtime = await open(name, ["plans", "tasks"]);
    const { images, metadata, layout } = kafkaEvents(300);
    await runtime.append(
      `${name}-images`,
      images.map((value) => ({ value })),
    );
    await until("the images are read", async () => runtime.stats().workers[0]?.lag === 0);
    for (const [key, value] of metadata) await runtime.append(`${name}-metadata`, [{ key, value }]);
    await runtime.append(
      `${name}-layout`,
      layout.map(([key, value]) => ({ key, value })),
    );
    await same(runtime, name, 300);
    expect(await runtime.deadLetters(name)).toMatchObject([{ node: "features", key: "E1/W3/1", code: "test/blurred" }]);
    expect(troubles).toEqual([]);
  });

  test("workers killed, stopped and woken, added and ended under load lose nothing and double nothing", {
    timeout: 240_000,
  }, async () => {
    const name = newName();
    const runtime = await open(name, []);
    const { images, metadata, layout } = kafkaEvents(600);
    for (const [key, value] of metadata) await runtime.append(`${name}-metadata`, [{ key, value }]);
    await runtime.append(
      `${name}-layout`,
      layout.map(([key, value]) => ({ key, value })),
    );
    const feed = async (): Promise<void> => {
      for (let at = 0; at < images.length; at += 60) {
        await runtime.append(
          `${name}-images`,
          images.slice(at, at + 60).map((value) => ({ value })),
        );
        await new Promise((resolve) => setTimeout(resolve, 250));
      }
    };
    const feeding = feed();
    const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    const first = await worker(name);
    const zombie = await worker(name);
    await pause(1500);
    first.kill("SIGKILL");
    const third = await worker(name);
    await pause(500);
    zombie.kill("SIGSTOP");
    await pause(9000);
    zombie.kill("SIGCONT");
    const fourth = await worker(name);
    await pause(500);
    third.kill("SIGTERM");
    await once(third, "exit");
    expect(third.exitCode).toBe(0);
    await pause(500);
    fourth.kill("SIGKILL");
    await worker(name);
    await feeding;
    await same(runtime, name, 600, 120_000);
  });

  test("a transaction that a rebalance meets is finished first, and a fenced one leaves nothing", {
    timeout: 120_000,
  }, async () => {
    const name = newName();
    const plan = kafkaGraph(name);
    const seen: string[] = [];
    let offsetsHeld: (() => void) | undefined;
    const broker = await connect();
    const slow: Broker = {
      ...bound(broker),
      openProducer: async (...args) => {
        const producer = await broker.openProducer(...args);
        return {
          begin: (...given) => producer.begin(...given),
          produce: (...given) => producer.produce(...given),
          abort: () => producer.abort(),
          commit: async () => {
            await producer.commit();
            seen.push("committed");
          },
          sendOffsets: async (...given) => {
            if (offsetsHeld === undefined && seen.length === 0) {
              seen.push("held");
              await new Promise<void>((resolve) => {
                offsetsHeld = resolve;
              });
            }
            await producer.sendOffsets(...given);
          },
        };
      },
    };
    const held = new Worker({
      broker: slow,
      clock: systemClock,
      plan,
      id: "held",
      limits: fast,
      onTrouble: (error) => seen.push(String(error)),
    });
    opened.push(held);
    await held.start();
    const runtime = await open(name, []);
    await runtime.append(
      `${name}-images`,
      kafkaEvents(20).images.map((value) => ({ value })),
    );
    await until("a transaction is open", async () => offsetsHeld !== undefined);
    const other = await open(name, ["plans"]);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(other.stats().workers[0]?.partitions).toEqual([]);
    offsetsHeld?.();
    await until("the newcomer has its share", async () => other.stats().workers[0]?.partitions.length === 2);
    expect(seen[0]).toBe("held");
    expect(seen[1]).toBe("committed");
    for (const [key, value] of kafkaEvents(20).metadata) await runtime.append(`${name}-metadata`, [{ key, value }]);
    await until("sites are complete", async () => (await contents(runtime, `${name}.sites`)).length === 40);
  });

  test("trap 4: a poison record is set aside and parks nothing; a key in the wrong partition too", {
    timeout: 60_000,
  }, async () => {
    const name = newName();
    const runtime = await open(name, ["plans"]);
    const broker = await connect();
    const records = [
      { key: "E1/DNA", value: "{not json", timestamp: 1 },
      { key: "E1/DNA", value: null, timestamp: 1 },
    ];
    const stray: Batch[] = [0, 1, 2, 3].map((partition) => ({
      topic: `${name}-images`,
      partition,
      records: [
        ...records,
        { key: "x", value: JSON.stringify({ experiment: "E9", channel: "DNA", well: "A", site: 1 }), timestamp: 1 },
      ],
    }));
    await broker.append(stray);
    for (const [key, value] of kafkaEvents(5).metadata) await runtime.append(`${name}-metadata`, [{ key, value }]);
    await runtime.append(
      `${name}-images`,
      kafkaEvents(5).images.map((value) => ({ value })),
    );
    await until("sites are complete", async () => (await contents(runtime, `${name}.sites`)).length === 10);
    const codes = (await runtime.deadLetters(name)).map(({ code }) => code).sort();
    expect(codes).toEqual([...Array(3).fill("engine/key-mismatch"), ...Array(8).fill("engine/unreadable-record")]);
  });

  test("trap 2: state comes back from the changelog: a duplicate after a restart changes nothing, a changed image revises", {
    timeout: 90_000,
  }, async () => {
    const name = newName();
    const { images, metadata } = kafkaEvents(20);
    const first = await open(name, ["plans"]);
    for (const [key, value] of metadata) await first.append(`${name}-metadata`, [{ key, value }]);
    await first.append(
      `${name}-images`,
      images.slice(0, -1).map((value) => ({ value })),
    );
    await until("all but one", async () => (await contents(first, `${name}.sites`)).length === 39);
    await first.stop();
    const second = await open(name, ["plans"]);
    await second.append(
      `${name}-images`,
      images.map((value) => ({ value })),
    );
    await until("the last site", async () => (await contents(second, `${name}.sites`)).length === 40);
    await second.append(`${name}-images`, [{ value: { ...images[0], path: "again.tif" } }]);
    await until("a revision", async () => (await contents(second, `${name}.sites`)).length === 41);
    const revised = (await contents(second, `${name}.sites`)).filter((one) => one.includes('"generation":2'));
    expect(revised).toHaveLength(1);
    expect(revised[0]).toContain("again.tif");
    expect(revised[0]).toContain("W0/1/ER.tif");
  });

  test("trap 5: a topic with another number of partitions is refused", async () => {
    const name = newName();
    const broker = await connect();
    await broker.createTopics([{ name: `${name}-images`, partitions: 3 }]);
    await expect(open(name, ["plans"])).rejects.toMatchObject({
      code: "engine/kafka-partitions",
      topic: `${name}-images`,
      found: 3,
      expected: 4,
    });
  });

  test("trap 8: a transaction that hangs on an input topic is told of, and the worker goes on when it is aborted", {
    timeout: 60_000,
  }, async () => {
    const name = newName();
    const runtime = await open(name, ["plans"], { heldBackMs: 2000 });
    const broker = await connect();
    const hung = await broker.openProducer(`${name}-hung`, 600_000);
    const { images, metadata } = kafkaEvents(5);
    const places = [0, 1, 2, 3].map((partition) => ({ topic: `${name}-images`, partition }));
    await hung.begin(places, name);
    const stray = { key: "x", value: "{}", timestamp: 1 };
    await hung.produce(places.map((place) => ({ ...place, records: [stray] })));
    for (const [key, value] of metadata) await runtime.append(`${name}-metadata`, [{ key, value }]);
    await runtime.append(
      `${name}-images`,
      images.map((value) => ({ value })),
    );
    const heldBack = () => runtime.stats().workers[0]?.heldBack ?? [];
    await until("the hung transaction is seen", async () => heldBack().length === 4);
    expect(heldBack()[0]).toMatchObject({ topic: `${name}-images`, stable: 0 });
    await until("it is told of", async () => troubles.length === 4);
    expect(troubles).toMatchObject(Array(4).fill({ code: "engine/kafka-hung-transaction", topic: `${name}-images` }));
    expect(await contents(runtime, `${name}.sites`)).toEqual([]);
    await hung.abort();
    await until("sites are complete", async () => (await contents(runtime, `${name}.sites`)).length === 10);
    await until("nothing is held back", async () => heldBack().length === 0);
  });

  test("brokers that are not there are named", async () => {
    const opening = openKafka({ brokers: ["127.0.0.1:1"], plans: [], patienceMs: 200 });
    await expect(opening).rejects.toMatchObject({ code: "engine/kafka-unavailable", brokers: ["127.0.0.1:1"] });
  });
}

/** A broker's methods, to be overridden one by one. */
function bound(broker: Broker): Broker {
  return {
    partitions: (...args) => broker.partitions(...args),
    createTopics: (...args) => broker.createTopics(...args),
    fetch: (...args) => broker.fetch(...args),
    readAt: (...args) => broker.readAt(...args),
    ends: (...args) => broker.ends(...args),
    stables: (...args) => broker.stables(...args),
    starts: (...args) => broker.starts(...args),
    committed: (...args) => broker.committed(...args),
    committedNotes: (...args) => broker.committedNotes(...args),
    describeGroup: (...args) => broker.describeGroup(...args),
    openProducer: (...args) => broker.openProducer(...args),
    openMember: (...args) => broker.openMember(...args),
    append: (...args) => broker.append(...args),
    close: () => broker.close(),
  };
}
