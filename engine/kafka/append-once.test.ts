import fc from "fast-check";
import { expect, test } from "vitest";
import { KafkaRefusedError } from "../errors.ts";
import { SimulatedKafka } from "../fixtures/kafka-simulation.ts";
import { appendOnce, type OnceRecord } from "./append-once.ts";
import type { Broker } from "./broker.ts";

const topic = "group.created";
const recordOf = (key: string): OnceRecord => ({ key, value: `{"name":"${key}"}`, timestamp: 1 });

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

/** Lets hosts append at the same time, some killed on the way; then one appends all again, as a sweep does. */
async function live(
  seed: number,
  lists: readonly (readonly string[])[],
  killed: ReadonlyMap<number, number>,
  broken: (broker: Broker) => Broker = (broker) => broker,
): Promise<string[]> {
  const kafka = new SimulatedKafka(randomOf(seed));
  const append = (host: string, keys: readonly string[]): Promise<{ accepted: number }> =>
    appendOnce(broken(kafka.broker(host)), { topic, records: keys.map(recordOf), clock: kafka.clock(host) });
  const all = new Map(lists.map((keys, i) => [i, append(`h${i}`, keys)]));
  let over = false;
  const alive = [...all].filter(([i]) => !killed.has(i)).map(([, done]) => done);
  void Promise.all(alive).then(() => {
    over = true;
  });
  for (let step = 0; !over && step < 200_000; step++) {
    for (const [i, at] of killed) if (step === at) kafka.kill(`h${i}`);
    kafka.step();
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (!over) return ["no end"];
  for (const i of killed.keys()) kafka.kill(`h${i}`);
  let swept = false;
  void append("sweep", lists.flat()).then(() => {
    swept = true;
  });
  for (let step = 0; !swept && step < 50_000; step++) {
    kafka.step();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return kafka.read({ topic, partition: 0 }).records.map(({ key }) => String(key));
}

test("a record of a key that is there does not enter again", async () => {
  expect(await live(1, [["a", "b", "a"]], new Map())).toEqual(["a", "b"]);
});

test("whoever appends at the same time and whoever is killed, each key is there once", async () => {
  const keys = fc.constantFrom("a", "b", "c", "d", "e", "f", "g", "h");
  const lives = fc.record({
    seed: fc.integer({ min: 1 }),
    lists: fc.array(fc.array(keys, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
    killed: fc.array(fc.tuple(fc.nat(4), fc.nat(60)), { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(lives, async ({ seed, lists, killed }) => {
      const gone = new Map(killed.filter(([host]) => host < lists.length));
      const found = await live(seed, lists, gone);
      expect(found.toSorted()).toEqual([...new Set(lists.flat())].sort());
    }),
    { numRuns: process.env.ARTESIAN_SLOW === "1" ? 400 : 25 },
  );
}, 120_000);

test("an end of a transaction that the coordinator failed at is decided by what the topic has", async () => {
  for (const isCommitted of [true, false]) {
    let failures = 0;
    const failing = (broker: Broker): Broker => ({
      ...broker,
      async openProducer(...given) {
        const producer = await broker.openProducer(...given);
        return {
          ...producer,
          async commit() {
            if (failures++ > 0) return producer.commit();
            await (isCommitted ? producer.commit() : producer.abort());
            throw new KafkaRefusedError("EndTxn", "UNKNOWN_SERVER_ERROR");
          },
        };
      },
    });
    expect(await live(3, [["a", "b"]], new Map(), failing)).toEqual(["a", "b"]);
    expect(failures).toBe(isCommitted ? 1 : 2);
  }
});

test("without the fence a key enters twice, so that this test can fail", async () => {
  const unfenced = (broker: Broker): Broker => {
    let made = 0;
    return { ...broker, openProducer: (id, ms) => broker.openProducer(`${id}-${Math.random()}-${made++}`, ms) };
  };
  const found: string[] = [];
  for (let seed = 1; seed <= 20; seed++) found.push(...(await live(seed, [["a"], ["a"], ["a"]], new Map(), unfenced)));
  expect(found.length).toBeGreaterThan(20);
});
