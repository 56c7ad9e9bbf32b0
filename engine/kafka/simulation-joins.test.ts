import { expect, test } from "vitest";
import { type KafkaEvent, type KafkaWorld, liveOnKafka, numbersOf } from "../fixtures/kafka-life.ts";
import type { SimulatedFaults, SimulatedKafka } from "../fixtures/kafka-simulation.ts";
import { joinEvents, joinsBatch, joinsPlan, joinsProblems } from "../fixtures/simulation-joins.ts";
import { partitionOf } from "../partition.ts";
import type { Value } from "../template.ts";
import type { Broker } from "./broker.ts";
import { objectOf } from "./wire-record.ts";

const seeds = process.env.ARTESIAN_SLOW === "1" ? 1000 : 25;
const first = Number(process.env.ARTESIAN_SEED ?? 1);
const partitions = 3;
const plan = joinsPlan("simj", partitions);
const partitionsOf = (topic: string): number => plan.topics.find(({ name }) => name === topic)?.partitions ?? 1;

function read(kafka: SimulatedKafka, topic: string): { key: string; value: Value | null; timestamp: number }[] {
  return Array.from({ length: partitionsOf(topic) }, (_, partition) => kafka.read({ topic, partition }).records)
    .flat()
    .map(({ key, value, timestamp }) => ({
      key: key ?? "",
      value: value === null ? null : (objectOf(value) ?? null),
      timestamp,
    }));
}

/** A focus value of the far future for each partition, with which all windows are over. */
function lastEvents(): KafkaEvent[] {
  const wells = new Map<number, string>();
  for (let index = 0; wells.size < partitions; index++) wells.set(partitionOf(`Z${index}`, partitions), `Z${index}`);
  return [...wells.values()].map((well) => ({
    topic: "sim-focus",
    key: well,
    value: { well, id: "last" },
    timestamp: 1e6,
    partitions,
  }));
}

/** One random life; what differs from a batch evaluation. An epoch begins when the one before has reached the joins. */
async function live(seed: number, broken?: (broker: Broker) => Broker, faults?: SimulatedFaults): Promise<string[]> {
  const random = numbersOf(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const all = joinEvents({ below, chance: (p) => random() < p });
  const events: KafkaEvent[] = all.map(({ topic, record: { key, value, timestamp } }) => ({
    topic,
    key,
    value: value ?? null,
    timestamp,
    partitions: partitionsOf(topic),
  }));
  events.push(...lastEvents());
  const expected = joinsBatch(all);
  const epochOf = ({ timestamp = 0 }: KafkaEvent): number => Math.floor(Math.log10(Math.max(timestamp, 100)));
  let epoch = 2;
  let moved = 0;
  const sides = ["simj.near-left-repartition", "simj.near-right-repartition"];
  const next = (kafka: SimulatedKafka): KafkaEvent | undefined => {
    const [event] = events;
    if (event === undefined) return undefined;
    const isStream = event.partitions > 1;
    if (isStream && epochOf(event) > epoch) {
      if (sides.reduce((sum, topic) => sum + read(kafka, topic).length, 0) < moved) return undefined;
      epoch = epochOf(event);
    }
    if (isStream) moved++;
    return events.shift();
  };
  const problems = (kafka: SimulatedKafka): string[] => joinsProblems(expected, (topic) => read(kafka, topic));
  const isDone: KafkaWorld["isDone"] = (kafka) =>
    events.length === 0 &&
    read(kafka, "sim-near").length >= expected.near.length &&
    read(kafka, "sim-known").length >= expected.known.length;
  const kafka = await liveOnKafka({ plan, next, isDone }, seed, broken, faults);
  const letters = read(kafka, "simj-dead-letters").map(({ value }) => `dead letter ${JSON.stringify(value)}`);
  return [...problems(kafka), ...letters];
}

test(`${seeds} lives of workers killed, stopped, woken, added and ended join what a batch evaluation joins`, {
  timeout: 1_800_000,
}, async () => {
  for (let seed = first; seed < first + seeds; seed++)
    expect(await live(seed), `seed ${seed}: replay with ARTESIAN_SEED=${seed}`).toEqual([]);
});

/** Whether some life of a worker with a planted bug, or on a Kafka that does less, ends otherwise. */
async function isFound(broken: (broker: Broker) => Broker, faults?: SimulatedFaults): Promise<boolean> {
  for (let seed = 1; seed <= 100; seed++) if ((await live(seed, broken, faults)).length > 0) return true;
  return false;
}

test("planted: a side that runs ahead because nobody says how much of the other there is, is found", {
  timeout: 600_000,
}, async () => {
  let fetches = 0;
  const broken = (broker: Broker): Broker => ({
    ...broker,
    fetch: async (positions, options) => {
      const reads = await broker.fetch(positions, options);
      return fetches++ % 20 === 0 ? reads : reads.filter(({ topic }) => !topic.includes("-right-"));
    },
  });
  expect(await isFound(broken)).toBe(true);
});

test("planted: a Kafka that lets a generation that is over commit is found", { timeout: 600_000 }, async () => {
  expect(await isFound((broker) => broker, { unfenced: true })).toBe(true);
});

test("planted: joined rows that a successor does not find in the changelog are found", {
  timeout: 600_000,
}, async () => {
  const broken = (broker: Broker): Broker => ({
    ...broker,
    fetch: async (positions, options) => {
      const reads = await broker.fetch(positions, options);
      return reads.map((one) =>
        one.topic === "simj-changelog"
          ? { ...one, records: one.records.filter(({ key }) => key?.startsWith("simj.treated\u0000") !== true) }
          : one,
      );
    },
  });
  expect(await isFound(broken)).toBe(true);
});
