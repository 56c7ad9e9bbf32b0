import { canonicalJson } from "@artesian/data";
import { expect, test } from "vitest";
import { kafkaEvents, kafkaGraph } from "../fixtures/kafka-graph.ts";
import { type SimulatedFaults, SimulatedKafka } from "../fixtures/kafka-simulation.ts";
import { tasks } from "../fixtures/kafka-tasks.ts";
import { partitionOf } from "../partition.ts";
import { parseTemplate } from "../template.ts";
import { testDriver } from "../test-driver.ts";
import type { Broker, RecordIn } from "./broker.ts";
import { layoutOf } from "./layout.ts";
import type { TaskMessage } from "./task-message.ts";
import { fromWire, objectOf } from "./wire-record.ts";
import { Worker } from "./worker.ts";

const seeds = Number(process.env.ARTESIAN_SEEDS ?? (process.env.ARTESIAN_SLOW === "1" ? 1000 : 40));
const first = Number(process.env.ARTESIAN_SEED ?? 1);
const wells = 6;
const partitions = 3;
const name = "sim";
const plan = kafkaGraph(name, partitions);
const judged = [`${name}.sites`, `${name}.features`, `${name}-wells`, `${name}-counts`];

/** Numbers from a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

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

/** One random life of workers on a simulated Kafka; what the judged topics hold in the end, or why there was no end. */
async function live(
  seed: number,
  broken: (broker: Broker) => Broker = (broker) => broker,
  faults: SimulatedFaults = {},
): Promise<Record<string, string[]>> {
  const random = randomOf(seed);
  const kafka = new SimulatedKafka(random, faults);
  const pick = (count: number): number => Math.floor(random() * count);
  const alive = new Map<string, Worker>();
  const stopped = new Set<string>();
  let started = 0;
  const start = (): void => {
    const host = `w${started++}`;
    const worker = new Worker({
      broker: broken(kafka.broker(host)),
      clock: kafka.clock(host),
      plan,
      id: host,
      limits: { chunk: 5, batch: 40 },
    });
    alive.set(host, worker);
    void worker.start();
  };
  const template = parseTemplate("{experiment}/{channel}");
  const { images, metadata, layout } = kafkaEvents(wells);
  const events = [
    ...images.map((value) => ({ topic: `${name}-images`, key: template.fill(value) ?? "", value, partitions })),
    ...metadata.map(([key, value]) => ({ topic: `${name}-metadata`, key, value, partitions: 1 })),
    ...layout.map(([key, value]) => ({ topic: `${name}-layout`, key, value, partitions: 1 })),
  ];
  const append = (): void => {
    const [event] = events.splice(pick(events.length), 1);
    if (event === undefined) return;
    const record = { key: event.key, value: JSON.stringify(event.value), timestamp: kafka.now };
    kafka.append([{ topic: event.topic, partition: partitionOf(event.key, event.partitions), records: [record] }]);
  };
  const requests = layoutOf(plan).tasks.map((task) => task.requests);
  const seen = requests.flatMap((topic) =>
    Array.from({ length: partitions }, (_, partition) => ({ topic, partition, next: 0 })),
  );
  /** A task worker of few words: answers what is asked, now and then twice. */
  const serve = async (): Promise<void> => {
    for (const at of seen) {
      const read = kafka.read({ topic: at.topic, partition: at.partition }, at.next);
      at.next = random() < 0.1 ? at.next : read.next;
      for (const { value } of read.records) {
        const { taskId, attempt, input, reply } = objectOf(value as Buffer) as unknown as TaskMessage;
        let answer: object;
        try {
          const context = {
            taskId,
            attempt,
            parameters: {},
            signal: new AbortController().signal,
            log: () => {},
            heartbeat: () => {},
          };
          answer = { outcome: "done", result: await tasks.digest?.run(input, context) };
        } catch (error) {
          const { code, message, retryable } = error as { code: string; message: string; retryable?: boolean };
          answer = { outcome: "failed", error: { code, message, ...(retryable === undefined ? {} : { retryable }) } };
        }
        kafka.append([
          {
            ...reply,
            records: [{ key: taskId, value: JSON.stringify({ taskId, attempt, ...answer }), timestamp: kafka.now }],
          },
        ]);
      }
    }
  };
  const contents = (): Record<string, string[]> =>
    Object.fromEntries(
      judged.map((topic) => {
        const records = Array.from(
          { length: partitions },
          (_, partition) => kafka.read({ topic, partition }).records,
        ).flat();
        const read = (one: RecordIn): string => {
          const record = fromWire(one);
          return record === undefined ? "?" : canonical(record.key, record.value, record.failure);
        };
        return [topic, records.map(read).sort()];
      }),
    );
  const last = judged.at(-1) as string;
  start();
  let quiet = 0;
  for (let step = 0; step < 200_000 && quiet < 400; step++) {
    kafka.step();
    await new Promise((resolve) => setImmediate(resolve));
    if (random() < 0.04) append();
    if (random() < 0.02) await serve();
    const calm = step > 6000;
    if (!calm && random() < 0.006) {
      const hosts = [...alive.keys()];
      const host = hosts[pick(hosts.length)];
      const what = pick(5);
      if (what === 0 && host !== undefined) {
        kafka.kill(host);
        alive.delete(host);
      } else if (what === 1 && host !== undefined) {
        kafka.stop(host);
        stopped.add(host);
      } else if (what === 2) for (const one of stopped) kafka.wake(one);
      else if (what === 3 && host !== undefined && alive.size > 1) {
        void alive.get(host)?.stop();
        alive.delete(host);
      } else start();
    }
    if (calm && step === 6001) {
      for (const one of stopped) kafka.wake(one);
      start();
    }
    if (calm && events.length === 0 && step % 50 === 0) {
      const done = (contents()[last]?.length ?? 0) >= (whole[last]?.length ?? 0);
      quiet = done ? quiet + 100 : 0;
    }
  }
  for (const host of Array.from({ length: started }, (_, index) => `w${index}`)) kafka.kill(host);
  return contents();
}

test(`${seeds} lives of workers killed, stopped, woken, added and ended leave what one process leaves`, {
  timeout: Math.max(1_800_000, 3000 * seeds),
}, async () => {
  for (let seed = first; seed < first + seeds; seed++)
    expect({ seed, ...(await live(seed)) }).toEqual({ seed, ...whole });
});

/** Whether some life of a worker with a planted bug, or on a Kafka that does less, ends otherwise. */
async function isFound(broken: (broker: Broker) => Broker, faults?: SimulatedFaults): Promise<boolean> {
  for (let seed = 1; seed <= 200; seed++) {
    if (canonicalJson(await live(seed, broken, faults)) !== canonicalJson(whole)) return true;
  }
  return false;
}

test("planted: a Kafka that lets a generation that is over commit is found", { timeout: 600_000 }, async () => {
  expect(await isFound((broker) => broker, { unfenced: true })).toBe(true);
});

test("planted: offsets read while a transaction over them is undecided are found", { timeout: 600_000 }, async () => {
  expect(await isFound((broker) => broker, { unstable: true })).toBe(true);
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
  expect(await isFound(broken)).toBe(true);
});
