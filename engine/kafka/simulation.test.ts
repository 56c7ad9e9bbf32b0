import { canonicalJson } from "@artesian/data";
import { expect, test } from "vitest";
import { kafkaEvents, kafkaGraph } from "../fixtures/kafka-graph.ts";
import { type KafkaEvent, type KafkaWorld, liveOnKafka } from "../fixtures/kafka-life.ts";
import type { SimulatedFaults, SimulatedKafka } from "../fixtures/kafka-simulation.ts";
import { tasks } from "../fixtures/kafka-tasks.ts";
import { parseTemplate } from "../template.ts";
import { testDriver } from "../test-driver.ts";
import type { Broker, RecordIn } from "./broker.ts";
import { layoutOf } from "./layout.ts";
import type { TaskMessage } from "./task-message.ts";
import { fromWire, objectOf } from "./wire-record.ts";

const seeds = Number(process.env.ARTESIAN_SEEDS ?? (process.env.ARTESIAN_SLOW === "1" ? 1000 : 24));
const first = Number(process.env.ARTESIAN_SEED ?? 1);
const wells = 6;
const partitions = 3;
const name = "sim";
const plan = kafkaGraph(name, partitions);
const judged = [`${name}.sites`, `${name}.features`, `${name}-wells`, `${name}-counts`];

function canonical(key: string, value: unknown, failure?: { code: string }): string {
  return `${key} ${canonicalJson(value).replace(/"taskId":"[0-9a-f]{64}"/g, '"taskId":"…"')} ${failure?.code ?? ""}`;
}

async function expected(): Promise<Record<string, string[]>> {
  const driver = testDriver(plan, { tasks });
  const { images, metadata, layout } = kafkaEvents(wells);
  for (const [key, row] of metadata) driver.push(`${name}-metadata`, row, { key });
  for (const [key, row] of layout) driver.push(`${name}-layout`, row, { key });
  for (const image of images) driver.push(`${name}-images`, image);
  for (let round = 0; round < 5; round++) {
    await driver.runTasks();
    driver.advance(200);
  }
  return Object.fromEntries(
    judged.map((topic) => [
      topic,
      driver
        .read(topic)
        .map((one) => canonical(one.key, one.value, one.failure))
        .sort(),
    ]),
  );
}

const whole = await expected();

/** One random life of workers; what the judged topics hold in the end. */
async function live(
  seed: number,
  broken?: (broker: Broker) => Broker,
  faults?: SimulatedFaults,
  concurrency?: number,
): Promise<Record<string, string[]>> {
  const template = parseTemplate("{experiment}/{channel}");
  const { images, metadata, layout } = kafkaEvents(wells);
  const events: KafkaEvent[] = [
    ...images.map((value) => ({ topic: `${name}-images`, key: template.fill(value) ?? "", value, partitions })),
    ...metadata.map(([key, value]) => ({ topic: `${name}-metadata`, key, value, partitions: 1 })),
    ...layout.map(([key, value]) => ({ topic: `${name}-layout`, key, value, partitions: 1 })),
  ];
  const last = judged.at(-1) as string;
  const world: KafkaWorld = {
    plan: concurrency === undefined ? plan : kafkaGraph(name, partitions, { concurrency }),
    next: (_kafka, pick) => events.splice(pick(events.length), 1)[0],
    isDone: (kafka) => events.length === 0 && (contents(kafka)[last]?.length ?? 0) >= (whole[last]?.length ?? 0),
    serve: taskServer(concurrency),
  };
  return contents(await liveOnKafka(world, seed, broken, faults));
}

function contents(kafka: SimulatedKafka): Record<string, string[]> {
  const read = (one: RecordIn): string => {
    const record = fromWire(one);
    return record === undefined ? "?" : canonical(record.key, record.value, record.failure);
  };
  return Object.fromEntries(
    judged.map((topic) => {
      const records = Array.from(
        { length: partitions },
        (_, partition) => kafka.read({ topic, partition }).records,
      ).flat();
      return [topic, records.map(read).sort()];
    }),
  );
}

/** A task worker of few words: answers what is asked, now and then twice. Never are more asked for at a time than may be. */
function taskServer(concurrency = Number.POSITIVE_INFINITY): NonNullable<KafkaWorld["serve"]> {
  const requests = layoutOf(plan).tasks.map((task) => task.requests);
  const seen = requests.flatMap((topic) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic, partition, next: 0 })),
  );
  const answered = new Set<string>();
  return async (kafka, random) => {
    const asked = seen.flatMap((at) => {
      const read = kafka.read({ topic: at.topic, partition: at.partition }, at.next);
      at.next = random() < 0.1 ? at.next : read.next;
      return read.records.map(({ value }) => objectOf(value as Buffer) as unknown as TaskMessage);
    });
    const unanswered = new Set(asked.map(({ taskId, attempt }) => `${taskId} ${attempt}`)).difference(answered);
    expect(unanswered.size).toBeLessThanOrEqual(concurrency);
    for (const one of unanswered) answered.add(one);
    for (const { reply, ...message } of asked) {
      const answer = JSON.stringify(await answerTo(message));
      kafka.append([{ ...reply, records: [{ key: message.taskId, value: answer, timestamp: kafka.now }] }]);
    }
  };
}

async function answerTo({ taskId, attempt, input }: Omit<TaskMessage, "reply">): Promise<object> {
  const { signal } = new AbortController();
  const context = { taskId, attempt, parameters: {}, signal, log: () => {}, heartbeat: () => {} };
  try {
    return { taskId, attempt, outcome: "done", result: await tasks.digest?.run(input, context) };
  } catch (error) {
    const { code, message, retryable } = error as { code: string; message: string; retryable?: boolean };
    const told = { code, message, ...(retryable === undefined ? {} : { retryable }) };
    return { taskId, attempt, outcome: "failed", error: told };
  }
}

test(`${seeds} lives of workers killed, stopped, woken, added and ended leave what one process leaves`, {
  timeout: Math.max(1_800_000, 3000 * seeds),
}, async () => {
  for (let seed = first; seed < first + seeds; seed++)
    expect({ seed, ...(await live(seed)) }).toEqual({ seed, ...whole });
});

test(`a concurrency below the number of partitions is kept in ${seeds} lives, which leave the same`, {
  timeout: Math.max(1_800_000, 3000 * seeds),
}, async () => {
  for (let seed = first; seed < first + seeds; seed++) {
    const concurrency = 1 + (seed % (partitions - 1));
    expect({ seed, ...(await live(seed, undefined, undefined, concurrency)) }).toEqual({ seed, ...whole });
  }
});

/** Whether some life of a worker with a planted bug, or on a Kafka that does less, ends otherwise. The search begins shortly before the seed that shows it today. */
async function isFound(
  broken: (broker: Broker) => Broker,
  { faults, from = 1 }: { faults?: SimulatedFaults; from?: number } = {},
): Promise<boolean> {
  for (let seed = from; seed < from + 600; seed++) {
    if (canonicalJson(await live(seed, broken, faults)) !== canonicalJson(whole)) return true;
  }
  return false;
}

test("planted: a Kafka that lets a generation that is over commit is found", { timeout: 600_000 }, async () => {
  expect(await isFound((broker) => broker, { faults: { unfenced: true } })).toBe(true);
});

/** A broker that takes its time between offsets and the word that they hold, in which much may happen to whoever waits. */
function slowToCommit(broker: Broker): Broker {
  return {
    ...broker,
    openProducer: async (...args) => {
      const producer = await broker.openProducer(...args);
      const commit = async (): Promise<void> => {
        for (let turn = 0; turn < 8; turn++) await broker.ends([]);
        await producer.commit();
      };
      return { ...producer, commit };
    },
  };
}

test("planted: offsets read while a transaction over them is undecided are found", { timeout: 600_000 }, async () => {
  expect(await isFound(slowToCommit, { faults: { unstable: true }, from: 30 })).toBe(true);
  for (let seed = 1; seed <= 12; seed++)
    expect({ seed, ...(await live(seed, slowToCommit)) }).toEqual({ seed, ...whole });
});

test("planted: transactions that leave their input offsets out are found", { timeout: 600_000 }, async () => {
  const broken = (broker: Broker): Broker => ({
    ...broker,
    openProducer: async (...args) => ({ ...(await broker.openProducer(...args)), sendOffsets: async () => {} }),
  });
  expect(await isFound(broken)).toBe(true);
});

test("planted: state that is not read up to the end of its changelog is found", { timeout: 600_000 }, async () => {
  const broken = (broker: Broker): Broker => ({
    ...broker,
    ends: async (places) =>
      (await broker.ends(places)).map((end, index) =>
        places[index]?.topic.endsWith("-changelog") ? Math.max(0, end - 3) : end,
      ),
  });
  expect(await isFound(broken, { from: 145 })).toBe(true);
});
