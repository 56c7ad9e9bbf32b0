import { expect, test } from "vitest";
import { compile } from "../compile.ts";
import type { SimulatedKafka } from "../fixtures/kafka-simulation.ts";
import { runningWorker } from "../fixtures/kafka-worker.ts";
import { partitionOf } from "../partition.ts";
import type { Value } from "../template.ts";
import type { Broker } from "./broker.ts";
import { hasRead } from "./present-input.ts";

const partitions = 2;
const plan = compile({
  name: "g",
  partitions,
  graph: {
    images: { type: "topic-stream", "topic-name": "images", key: "{image}" },
    sites: {
      type: "stream-operation",
      inputs: ["images"],
      function: {
        "group-complete": {
          by: ["well"],
          member: ["channel"],
          expect: { constant: 2 },
          collect: "images",
          gap: { wallClockMs: 3000 },
          onIncomplete: "emit",
        },
      },
    },
    out: { type: "publish", "topic-name": "out", stream: "sites" },
  },
});
const image = (value: Value): string => String(value.image);
/** The partition of the well's group, and the other one, in which an image of it lies that is still to be read. */
const home = partitionOf("A01", partitions);
const away = 1 - home;
const lies = (partition: number, channel: string): Value => {
  for (let count = 0; ; count++)
    if (partitionOf(`i${count}`, partitions) === partition) return { well: "A01", image: `i${count}`, channel };
};
const isOpen = (kafka: SimulatedKafka): boolean =>
  kafka
    .read({ topic: "g-changelog", partition: home })
    .records.some(({ key }) => key?.startsWith("g.sites\u0000A01") === true);

test("after downtime a gap closes nothing until the input then present is read, in every partition", async () => {
  const first = runningWorker(plan);
  const { kafka } = first;
  first.put("images", [lies(home, "DNA")], image);
  await first.until(() => isOpen(kafka));
  kafka.kill("w");
  first.put("images", [lies(away, "ER")], image);
  const before = kafka.now;
  while (kafka.now < before + 60_000) kafka.step();
  let isAway = true;
  const slow = (broker: Broker): Broker => ({
    ...broker,
    fetch: async (...args) =>
      (await broker.fetch(...args)).filter(
        ({ topic, partition }) => !(isAway && topic === "images" && partition === away),
      ),
  });
  const second = runningWorker(plan, { kafka, host: "second", through: slow });
  await second.until(() => second.worker.status.state === "running" && kafka.now > before + 90_000);
  expect(second.read("out")).toEqual([]);
  isAway = false;
  await second.until(() => second.read("out").length > 0);
  expect(second.read("out")).toMatchObject([{ well: "A01", complete: true, generation: 1 }]);
});

test("while a partition moves from a worker that died, gaps of those that stay wait for what lies in it", async () => {
  const one = runningWorker(plan, { host: "one" });
  const { kafka } = one;
  const two = runningWorker(plan, { host: "two", kafka });
  const shares = [one, two];
  await one.until(() => shares.every(({ worker }) => worker.status.partitions.length === 1));
  one.put("images", [lies(home, "DNA")], image);
  await one.until(() => isOpen(kafka));
  const gone = one.worker.status.partitions[0] === away ? "one" : "two";
  const stays = gone === "one" ? two : one;
  kafka.kill(gone);
  one.put("images", [lies(away, "ER")], image);
  await stays.until(() => stays.read("out").length > 0);
  expect(stays.read("out")).toMatchObject([{ well: "A01", complete: true, generation: 1 }]);
});

test("a gap that is over closes its group although other topics are busy", async () => {
  const { kafka, put, read, until } = runningWorker(plan);
  put("images", [lies(home, "DNA")], image);
  await until(() => isOpen(kafka));
  let steps = 0;
  await until(() => {
    if (steps++ % 10 === 0) put("images", [{ well: `B${steps}`, image: `b${steps}`, channel: "DNA" }], image);
    return read("out").some(({ well }) => well === "A01");
  }, 5000);
  expect(read("out").find(({ well }) => well === "A01")).toMatchObject({ complete: false });
});

test("what retention removed before anybody read it counts as read", async () => {
  const { kafka } = runningWorker(plan);
  const broker = (start: number): Broker => ({
    ...kafka.broker("other"),
    committed: async (_group, places) => places.map(() => -1),
    starts: async (places) => places.map(() => start),
  });
  const place = { topic: "images", partition: 0 };
  expect(await hasRead(broker(5), "g", [place], [5])).toBe(true);
  expect(await hasRead(broker(3), "g", [place], [5])).toBe(false);
  expect(await hasRead(broker(0), "g", [place], [0])).toBe(true);
});
