import fc from "fast-check";
import { expect, test } from "vitest";
import { SimulatedKafka } from "../fixtures/kafka-simulation.ts";
import { platePlan } from "../fixtures/plate.ts";
import type { Broker, Clock } from "./broker.ts";
import { KafkaIntake } from "./intake.ts";
import { layoutOf } from "./layout.ts";

const plan = platePlan();
const { intake, partitions } = layoutOf(plan);
const topic = "images";

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

/** The marks of the intake's topic, read when somebody asks. */
function ledgerOf(broker: Broker, clock: Clock) {
  const known = new Set<string>();
  let at = 0;
  return {
    hasEntered: (of: string, id: string): boolean => known.has(`event\u0000${of}\u0000${id}`),
    async reached(offset: number): Promise<void> {
      while (at < offset) {
        const read = await broker.readAt(
          { topic: intake, partition: 0, offset: at },
          { maxWaitMs: 10, maxBytes: 2 ** 20 },
        );
        for (const { key } of read.records) known.add(key ?? "");
        if (read.next <= at) await clock.sleep(5);
        at = Math.max(at, read.next);
      }
    },
  };
}

/**
 * Lets hosts feed the same topic at the same time, some of them killed on the way; then one feeds everything again, as a connector does that
 * looks at its folder anew. @returns the event ids that are in the topic
 */
async function live(
  seed: number,
  lists: readonly (readonly string[])[],
  killed: ReadonlyMap<number, number>,
  broken: (broker: Broker) => Broker = (broker) => broker,
): Promise<string[]> {
  const random = randomOf(seed);
  const kafka = new SimulatedKafka(random);
  const first = kafka.broker("setup");
  const made = first.createTopics([
    { name: topic, partitions },
    { name: intake, partitions: 1 },
  ]);
  const feed = async (host: string, ids: readonly string[]): Promise<void> => {
    await made;
    const [broker, clock] = [broken(kafka.broker(host)), kafka.clock(host)];
    const door = new KafkaIntake({
      broker,
      clock,
      plans: [plan],
      ledger: ledgerOf(broker, clock),
      maxRecordBytes: 1000,
      random,
    });
    for (const id of ids) {
      const record = {
        eventId: id,
        value: { id, plate: `P${id}`, well: "A01", site: 1, channel: "DNA", experiment: "E" },
      };
      const entry = { source: "/folder", path: id, sha256: id, sizeBytes: 1, mtimeMs: 1 };
      await door.append(topic, [record], [entry]);
    }
  };
  const play = async (work: Promise<unknown>): Promise<boolean> => {
    let over = false;
    void work.then(() => {
      over = true;
    });
    for (let step = 0; !over && step < 100_000; step++) {
      for (const [host, when] of killed) if (step === when) kafka.kill(`h${host}`);
      kafka.step();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return over;
  };
  const all = lists.map((ids, host) => feed(`h${host}`, ids));
  if (!(await play(Promise.all(all.filter((_, host) => !killed.has(host)))))) return ["no end"];
  for (const host of killed.keys()) kafka.kill(`h${host}`);
  if (!(await play(feed("again", lists.flat())))) return ["no end"];
  return Array.from({ length: partitions }, (_, partition) => kafka.read({ topic, partition }).records)
    .flat()
    .map(({ value }) => (JSON.parse(String(value)) as { id: string }).id)
    .sort();
}

test("whoever feeds at the same time and whoever is killed, each event id is there once", async () => {
  const ids = fc.constantFrom("a", "b", "c", "d", "e", "f");
  const lives = fc.record({
    seed: fc.integer({ min: 1 }),
    lists: fc.array(fc.array(ids, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 }),
    killed: fc.array(fc.tuple(fc.nat(3), fc.nat(120)), { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(lives, async ({ seed, lists, killed }) => {
      const gone = new Map(killed.filter(([host]) => host < lists.length));
      expect(await live(seed, lists, gone)).toEqual([...new Set(lists.flat())].sort());
    }),
    { numRuns: process.env.ARTESIAN_SLOW === "1" ? 400 : 30 },
  );
}, 120_000);

test("without the one producer an event id enters twice, so that this test can fail", async () => {
  const unfenced = (broker: Broker): Broker => {
    let made = 0;
    return { ...broker, openProducer: (id, ms) => broker.openProducer(`${id}-${Math.random()}-${made++}`, ms) };
  };
  const found: string[] = [];
  for (let seed = 1; seed <= 20; seed++) found.push(...(await live(seed, [["a"], ["a"], ["a"]], new Map(), unfenced)));
  expect(found.length).toBeGreaterThan(20);
}, 60_000);
