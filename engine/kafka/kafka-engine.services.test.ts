import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test } from "vitest";
import { kafkaEvents, kafkaGraph } from "../fixtures/kafka-graph.ts";
import { tasks } from "../fixtures/kafka-tasks.ts";
import {
  compile,
  type KafkaEngine,
  openKafka,
  openKafkaEngine,
  openReader,
  type Sink,
  type TaskServer,
  type TaskServerStart,
  testDriver,
} from "../index.ts";
import { connectKafka } from "./client.ts";

const given = process.env.ARTESIAN_KAFKA;
const brokers = (given ?? "").split(",");
const opened: { stop(graceMs?: number): Promise<void> }[] = [];
const dirs: string[] = [];
const limits = { sessionTimeoutMs: 6000, heartbeatMs: 200, transactionTimeoutMs: 6000 };
const troubles: unknown[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.stop(0)));
  troubles.length = 0;
});
afterAll(() => {
  for (const dir of dirs) rmSync(dir, { recursive: true, force: true });
});

const whereKafka = given === undefined ? () => {} : test;
if (given === undefined)
  test.skip("7 tests of a deployment as a whole need Kafka: scripts/services up kafka, then set ARTESIAN_KAFKA", () => {});

let made = 0;
const newName = (): string => `e${process.pid}-${Date.now().toString(36)}-${made++}`;
const newDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), "kafka-engine-"));
  dirs.push(dir);
  return dir;
};

const module = import.meta.resolve("../fixtures/kafka-tasks.ts");
const shared = { brokers, limits, onTrouble: (error: unknown) => void troubles.push(error) };

async function open(
  name: string,
  more: Partial<Parameters<typeof openKafkaEngine>[0]> = {},
): Promise<{ engine: KafkaEngine; dir: string }> {
  const dir = more.dir ?? newDir();
  const engine = await openKafkaEngine({
    ...shared,
    plans: [kafkaGraph(name, 2)],
    tasks: { module, threads: 1 },
    dir,
    ...more,
  });
  opened.push(engine);
  return { engine, dir };
}

async function feed(engine: KafkaEngine, name: string, wells: number): Promise<void> {
  const { images, metadata, layout } = kafkaEvents(wells);
  await engine.append(
    `${name}-metadata`,
    metadata.map(([key, value]) => ({ key, value })),
  );
  await engine.append(
    `${name}-layout`,
    layout.map(([key, value]) => ({ key, value })),
  );
  await engine.append(
    `${name}-images`,
    images.map((value) => ({ value })),
  );
}

async function countOf(engine: KafkaEngine, topic: string): Promise<number> {
  let count = 0;
  for (const { partition, next } of await engine.partitions(topic))
    count += (await engine.readTopic(topic, partition, 0, next + 1)).length;
  return count;
}

whereKafka("what all processes did is counted as one embedded engine counts it", { timeout: 120_000 }, async () => {
  const name = newName();
  const wells = 10;
  const { engine, dir } = await open(name, { roles: ["plans"] });
  opened.push(await openKafka({ ...shared, plans: [kafkaGraph(name, 2)], tasks: { module, threads: 1 } }));
  await feed(engine, name, wells);
  await engine.drain();
  const driver = testDriver(kafkaGraph(name, 2), { tasks });
  const { images, metadata, layout } = kafkaEvents(wells);
  for (const [key, row] of metadata) driver.push(`${name}-metadata`, row, { key });
  for (const [key, row] of layout) driver.push(`${name}-layout`, row, { key });
  for (const image of images) driver.push(`${name}-images`, image);
  for (let round = 0; round < 5; round++) {
    await driver.runTasks();
    driver.advance(200);
  }
  type Stats = ReturnType<KafkaEngine["stats"]>;
  const told = ({ nodes }: Stats): unknown =>
    nodes
      .filter(({ type }) => type !== "topic-table")
      .map(({ node, out, failed, duplicates, open: left, incomplete, revised, lag, tasks: of }) => ({
        ...{ node, out, failed, duplicates, left, incomplete, revised, lag },
        tasks: of === undefined ? undefined : { ...of, oldestAgeMs: 0 },
      }));
  expect(told(engine.stats())).toEqual(told(driver.stats()));
  expect(engine.deadLetters().map(({ node, key, code, state }) => [node, key, code, state])).toEqual(
    driver.deadLetters().map(({ node, key, code, state }) => [node, key, code, state]),
  );
  using reader = openReader(dir);
  expect(reader?.inspector.tasks({ state: "done" }).length).toBe(
    engine.stats().nodes.find(({ node }) => node === "features")?.tasks?.done,
  );
  expect(engine.events().map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(["run-started", "task-failed", "counters"]),
  );
});

const flaky = (name: string) =>
  compile({
    name,
    partitions: 2,
    graph: {
      parts: { type: "topic-stream", "topic-name": `${name}-parts`, key: "{id}" },
      mended: { type: "external-task", stream: "parts", "task-name": "mend", retry: { attempts: 1 } },
      boxes: {
        type: "stream-operation",
        inputs: ["mended"],
        function: {
          "group-complete": {
            by: ["box"],
            member: ["id"],
            expect: { constant: 3 },
            collect: "parts",
            onIncomplete: "dead-letter",
          },
        },
      },
      out: { type: "publish", "topic-name": `${name}-boxes`, stream: "boxes" },
    },
  });
const mend = import.meta.resolve("../fixtures/kafka-mend-tasks.ts");

whereKafka("failed tasks and incomplete groups are sent again by hand, each once", { timeout: 120_000 }, async () => {
  const name = newName();
  const dir = newDir();
  const gate = join(dir, "mended");
  const tasks = { module: `${mend}?gate=${encodeURIComponent(gate)}`, threads: 1 };
  const { engine } = await open(name, { plans: [flaky(name)], tasks, dir: join(dir, "engine") });
  const part = (id: string, box: string): { value: Record<string, string> } => ({ value: { id, box } });
  await engine.append(`${name}-parts`, [part("a", "1"), part("b", "1"), part("broken", "1"), part("c", "2")]);
  const summary = await engine.closeInput();
  expect(summary).toMatchObject({ complete: false, failedTasks: 1 });
  const letters = engine.deadLetters();
  expect(letters.map(({ kind, node }) => [kind, node.slice(name.length + 1)]).sort()).toEqual([
    ["group", "boxes"],
    ["task", "mended"],
  ]);
  const failed = engine.tasks({ state: "failed" });
  expect(failed).toMatchObject([{ key: "broken", attempts: 1, code: "mend/broken" }]);
  expect(engine.task(failed[0]?.taskId ?? "")).toMatchObject({
    input: { id: "broken" },
    attemptRows: [{ attempt: 1, outcome: "failed", firstCause: "the part is in two", log: ["looked at broken"] }],
  });
  await expect(engine.retry("nothing")).rejects.toThrow("nothing");
  await expect(engine.redrive(999_999)).rejects.toThrow("999999");
  writeFileSync(gate, "");
  expect(await engine.redrive("all")).toBe(2);
  await engine.drain();
  expect(engine.deadLetters()).toEqual([]);
  expect(engine.tasks({ state: "failed" })).toEqual([]);
  const boxes = (await Promise.all([0, 1].map((partition) => engine.readTopic(`${name}-boxes`, partition)))).flat();
  expect(boxes.map(({ key, value, failure }) => [key, value.complete, failure?.code ?? ""]).sort()).toEqual([
    ["1", true, ""],
    ["2", false, ""],
  ]);
});

whereKafka(
  "an event id enters once, whatever was killed in between and whoever asks",
  { timeout: 120_000 },
  async () => {
    const name = newName();
    const { engine, dir } = await open(name, { roles: [] });
    const image = (well: number): { eventId: string; value: Record<string, string> } => ({
      eventId: `e${well}`,
      value: { experiment: "E1", well: `W${well}`, site: "1", channel: "DNA" },
    });
    const entry = (well: number) => ({
      source: "/plates",
      path: `W${well}.tif`,
      sha256: `d${well}`,
      sizeBytes: 1,
      mtimeMs: 2,
    });
    expect(await engine.append(`${name}-images`, [image(1), image(2), image(1)], [entry(1), entry(2)])).toEqual({
      accepted: 2,
      duplicates: 1,
    });
    // another process of the deployment takes the door over, then the first takes it back
    const { engine: other } = await open(name, { roles: [] });
    expect(await other.append(`${name}-images`, [image(2), image(3)], [entry(3)])).toEqual({
      accepted: 1,
      duplicates: 1,
    });
    expect(await engine.append(`${name}-images`, [image(3), image(4)], [entry(4)])).toEqual({
      accepted: 1,
      duplicates: 1,
    });
    await Promise.all([engine.append(`${name}-images`, [image(5)]), other.append(`${name}-images`, [image(5)])]);
    expect([...(await other.ledger("/plates"))].sort()).toEqual(
      [1, 2, 3, 4].map((well) => [`W${well}.tif`, { sha256: `d${well}`, sizeBytes: 1, mtimeMs: 2 }]),
    );
    await engine.stop();
    // a folder that was lost is a folder that is read again
    rmSync(dir, { recursive: true, force: true });
    const { engine: again } = await open(name, { roles: [], dir });
    expect(await again.append(`${name}-images`, [image(1), image(5)])).toEqual({ accepted: 0, duplicates: 2 });
    expect(await countOf(again, `${name}-images`)).toBe(5);
  },
);

whereKafka("a sink has each record once and goes on where it was", { timeout: 120_000 }, async () => {
  const name = newName();
  const rows: string[] = [];
  const positions = new Map<string, number>();
  let failing = true;
  const sink: Sink = {
    name: "rows",
    topics: [`${name}.sites`, `${name}-wells`],
    position: (topic, partition) => positions.get(`${topic}/${partition}`) ?? 0,
    apply(batches) {
      if (rows.length > 2 && failing) {
        failing = false;
        throw new Error("the target is away");
      }
      for (const { topic, partition, records } of batches)
        for (const { key, offset } of records) {
          rows.push(`${topic} ${key}`);
          positions.set(`${topic}/${partition}`, offset + 1);
        }
    },
  };
  const { engine } = await open(name, { sinks: [sink] });
  await feed(engine, name, 6);
  await engine.drain();
  const sites = await countOf(engine, `${name}.sites`);
  const wells = await countOf(engine, `${name}-wells`);
  expect(failing).toBe(false);
  expect(rows.length).toBe(sites + wells);
  expect(new Set(rows).size).toBe(rows.length);
  await engine.stop();
  const { engine: again } = await open(name, { sinks: [sink] });
  await again.append(
    `${name}-images`,
    [1, 2, 3].map((n) => ({
      value: { experiment: "E1", well: "new", site: 1, channel: ["DNA", "ER", "AGP"][n - 1] ?? "" },
    })),
  );
  await again.drain();
  expect(rows.length).toBe(sites + wells + 1);
});

whereKafka(
  "a shadow works through the same input beside the first, and leaves it alone",
  { timeout: 120_000 },
  async () => {
    const name = newName();
    const { engine } = await open(name);
    await feed(engine, name, 3);
    await engine.drain();
    const before = await countOf(engine, `${name}-wells`);
    const { engine: shadow } = await open(name, { topics: { shadow: "v2-" } });
    await shadow.drain();
    expect(await countOf(shadow, `${name}-wells`)).toBe(before);
    expect(await countOf(engine, `${name}-wells`)).toBe(before);
    expect(shadow.stats().nodes.find(({ node }) => node === "tally")?.out).toBe(before);
  },
);

whereKafka(
  "preempted attempts are kept beside the one that counts, and leases are given out beside executors",
  {
    timeout: 120_000,
  },
  async () => {
    const name = newName();
    const plan = compile({
      name,
      partitions: 2,
      graph: {
        wells: { type: "topic-stream", "topic-name": `${name}-wells`, key: "{well}" },
        measured: {
          type: "external-task",
          stream: "wells",
          "task-name": "measure",
          executor: "spot",
          retry: { attempts: 1 },
        },
        counted: { type: "external-task", stream: "measured", "task-name": "count", executor: "lease" },
      },
    });
    let times = 0;
    let answer: TaskServerStart["answer"] = () => {};
    const spot: TaskServer = {
      start: async (given) => {
        answer = given.answer;
        return {};
      },
      free: 10,
      give(leases) {
        for (const { taskId, token } of leases) {
          const span = { taskId, token, startedAt: ++times, endedAt: times, log: [`time ${times}`] };
          const error = { code: "executors/preempted", message: "taken back" };
          setTimeout(() => {
            if (times < 3) answer({ ...span, outcome: "preempted", error });
            else answer({ ...span, outcome: "done", result: { times } });
          }, 20);
        }
      },
      stop: async () => {},
    };
    const { engine } = await open(name, { plans: [plan], executors: { spot } });
    expect(engine.leasedNames()).toEqual(["count"]);
    await engine.append(`${name}-wells`, [{ value: { well: "A01" } }]);
    const [lease] = await engine.lease({ names: ["count"], max: 1, waitMs: 30_000 });
    expect(lease).toMatchObject({ node: "counted", attempt: 1, input: { well: "A01", times: 3 } });
    const { taskId = "", token = 0 } = lease ?? {};
    expect(await engine.answer([{ taskId, token, outcome: "done", result: { count: 1 } }])).toEqual([true]);
    await engine.drain();
    const tasksOf = (node: string) => engine.tasks().filter((task) => task.node.endsWith(node));
    const [measured] = tasksOf("measured");
    expect(measured).toMatchObject({ state: "done", attempts: 1 });
    const rows = engine.task(measured?.taskId ?? "")?.attemptRows ?? [];
    expect(rows.map(({ outcome, log }) => [outcome, ...log])).toEqual([
      ["preempted", "time 1"],
      ["preempted", "time 2"],
      ["done", "time 3"],
    ]);
    expect(tasksOf("counted")).toMatchObject([{ state: "done" }]);
  },
);

whereKafka(
  "partitions are told with who has them, what is not read, and the transaction that holds one back",
  {
    timeout: 60_000,
  },
  async () => {
    const name = newName();
    const topics = { prefix: `${name}-p-` };
    const { engine } = await open(name, { topics });
    await feed(engine, name, 10);
    await engine.drain();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const settled = await engine.survey();
    expect(settled).toMatchObject({ isMoving: false });
    expect(settled).not.toHaveProperty("away");
    const worker = { host: "127.0.0.1", clientId: "artesian", memberId: expect.stringMatching(/^artesian-/) };
    expect(settled.partitions).toEqual([0, 1].map((partition) => ({ partition, worker, lag: 0, undecided: 0 })));
    const broker = await connectKafka({ brokers });
    const hung = await broker.openProducer(`${name}-hung`, 600_000);
    const place = { topic: `${name}-p-${name}-images`, partition: 1 };
    await hung.begin([place], name);
    const began = Date.now();
    await hung.produce([{ ...place, records: [{ key: "x", value: "{}", timestamp: 1 }] }]);
    const held = async () => (await engine.survey()).partitions[1]?.held;
    while ((await held()) === undefined) await new Promise((resolve) => setTimeout(resolve, 500));
    const { partitions } = await engine.survey();
    expect(partitions).toMatchObject([{ undecided: 0 }, { lag: 1, undecided: 1, held: { topic: `${name}-images` } }]);
    expect(partitions[0]).not.toHaveProperty("held");
    expect(partitions[1]?.held?.since).toBeGreaterThanOrEqual(began);
    await hung.abort();
    while ((await held()) !== undefined) await new Promise((resolve) => setTimeout(resolve, 500));
    await engine.drain();
    await broker.close();
  },
);
