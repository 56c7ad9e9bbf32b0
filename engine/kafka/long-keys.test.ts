import { expect, test } from "vitest";
import { type KafkaEvent, liveOnKafka, numbersOf } from "../fixtures/kafka-life.ts";
import type { SimulatedKafka } from "../fixtures/kafka-simulation.ts";
import { longKeys, longKeysPlan } from "../fixtures/long-keys.ts";
import { partitionOf } from "../partition.ts";
import type { Value } from "../template.ts";
import type { RecordIn } from "./broker.ts";
import { formsOf, layoutOf } from "./layout.ts";
import { objectOf } from "./wire-record.ts";

const seeds = process.env.ARTESIAN_SLOW === "1" ? 300 : 10;
const first = Number(process.env.ARTESIAN_SEED ?? 1);
const partitions = 3;
const plan = longKeysPlan("long", partitions);

function read(kafka: SimulatedKafka, topic: string): (RecordIn & { partition: number })[] {
  return Array.from({ length: partitions }, (_, partition) =>
    kafka.read({ topic, partition }).records.map((record) => ({ ...record, partition })),
  ).flat();
}

const values = (kafka: SimulatedKafka, topic: string): Value[] =>
  read(kafka, topic).map(({ value }) => (value === null ? {} : (objectOf(value) ?? {})));

test(`${seeds} lives of workers: what numbers and text name meets, and lies where Java would put it`, {
  timeout: 600_000,
}, async () => {
  for (let seed = first; seed < first + seeds; seed++) {
    const random = numbersOf(seed);
    const events = longKeys.flatMap((site): KafkaEvent[] => [
      ...["DNA", "ER"].map((channel): KafkaEvent => {
        return { topic: "long-images", key: site, keys: "long", value: { site, channel }, partitions };
      }),
      { topic: "long-notes", key: site, value: { site, channel: "note" }, partitions },
    ]);
    events.push({ topic: "long-notes", key: "A01", value: { site: "A01", channel: "note" }, partitions });
    const kafka = await liveOnKafka(
      {
        plan,
        next: () => events.splice(Math.floor(random() * events.length), 1)[0],
        isDone: (one) => events.length === 0 && read(one, "long-sites").length >= longKeys.length,
      },
      seed,
    );
    const told = `seed ${seed}: replay with ARTESIAN_SEED=${seed}`;
    const sites = read(kafka, "long-sites");
    expect(sites.map(({ key }) => key).sort(), told).toEqual([...longKeys].sort());
    for (const { key, partition } of sites) expect(partition, told).toBe(partitionOf(key ?? "", partitions, "long"));
    expect(
      values(kafka, "long-sites").every(({ members }) => (members as unknown[]).length === 3),
      told,
    ).toBe(true);
    expect(values(kafka, "long-dead-letters"), told).toMatchObject([
      { node: "sites", code: "engine/key-type", key: "A01" },
    ]);
  }
});

test("the topics of a layout whose keys are numbers are the plan's own, and two workflows agree on them", () => {
  const names = ["long-images", "long-sites", "long.sites", "long.sites-repartition"];
  expect([...layoutOf(plan).keysOf.keys()].sort()).toEqual(names);
  const forms = formsOf([plan]);
  expect([...forms].flatMap(([name, { keys }]) => (keys === "long" ? [name] : [])).sort()).toEqual(names);
  // what others read keeps its times for longer
  const days = ["long-sites", "long-images", "long.sites"].map(
    (name) => (forms.get(name)?.longAgoMs ?? 0) / 86_400_000,
  );
  expect(days).toEqual([7, 1, 1]);
  const reader = longKeysPlan("other", partitions);
  const misread = { ...reader, topics: [{ name: "long-sites", kind: "external" as const, partitions }] };
  expect(() => formsOf([plan, misread])).toThrow(/for text, and workflow "long" for whole numbers/);
});
