import { expect, test } from "vitest";
import { compile } from "../compile.ts";
import { runningWorker, simulatedKafka } from "../fixtures/kafka-worker.ts";
import { partitionOf } from "../partition.ts";
import type { Broker, Clock, Producer } from "./broker.ts";
import { layoutOf } from "./layout.ts";
import { type KafkaSurvey, PartitionSurvey } from "./partition-survey.ts";

const partitions = 2;
const plan = compile({
  name: "g",
  partitions,
  graph: {
    images: { type: "topic-stream", "topic-name": "images", key: "{well}" },
    sharp: { type: "stream-operation", inputs: ["images"], function: { filter: { field: "focus", equals: "sharp" } } },
    out: { type: "publish", "topic-name": "out", stream: "sharp" },
  },
});
const images = (count: number) => Array.from({ length: count }, (_, index) => ({ well: `W${index}`, focus: "sharp" }));
const well = (value: Record<string, unknown>): string => String(value.well);

type Until = ReturnType<typeof runningWorker>["until"];

/** A survey whose time is the test's: the simulation's leaps. */
function surveyOf(
  kafka: ReturnType<typeof simulatedKafka>,
  until: Until,
  through = (broker: Broker): Broker => broker,
) {
  let now = 0;
  let sleepers: { due: number; wake: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    sleep: (ms) => new Promise((wake) => sleepers.push({ due: now + ms, wake })),
  };
  const survey = new PartitionSurvey({ broker: through(kafka.broker("looker")), clock, layout: layoutOf(plan) });
  const steps = async (count: number): Promise<void> => {
    let left = count;
    await until(() => left-- === 0);
  };
  /** Lets time go by, and brokers answer meanwhile. */
  const pass = async (ms: number): Promise<void> => {
    for (const end = now + ms; now < end; ) {
      now += Math.min(100, end - now);
      for (const { wake } of sleepers.filter(({ due }) => due <= now)) wake();
      sleepers = sleepers.filter(({ due }) => due > now);
      await steps(40);
    }
  };
  const ask = async (): Promise<KafkaSurvey> => {
    const answers: KafkaSurvey[] = [];
    void survey.answer().then((answer) => answers.push(answer));
    for (await steps(40); answers.length === 0; ) await pass(100);
    return answers[0] as KafkaSurvey;
  };
  return { survey, ask, pass, now: () => now };
}

test("every partition is told with who has it; what nobody has read is its lag, and none once it is read", async () => {
  const kafka = simulatedKafka();
  const one = runningWorker(plan, { kafka, host: "one" });
  const two = runningWorker(plan, { kafka, host: "two" });
  const workers = [one.worker, two.worker];
  await one.until(() => workers.every(({ status }) => status.partitions.length === 1));
  const { ask, pass } = surveyOf(kafka, one.until);
  for (const host of ["one", "two"]) kafka.stop(host);
  one.put("images", images(7), well);
  const counts = [0, 1].map((p) => images(7).filter((value) => partitionOf(well(value), partitions) === p).length);
  expect((await ask()).partitions.map(({ lag }) => lag)).toEqual(counts);
  for (const host of ["one", "two"]) kafka.wake(host);
  await one.until(
    () => one.read("out").length === 7 && workers.every(({ status }) => status.partitions.length === 1 && !status.lag),
  );
  await pass(2000);
  const read = await ask();
  expect(read).toMatchObject({ isMoving: false });
  expect(read).not.toHaveProperty("away");
  expect(read.partitions).toMatchObject(
    [0, 1].map((partition) => {
      const host = one.worker.status.partitions.includes(partition) ? "one" : "two";
      return { partition, worker: { host, clientId: "artesian" }, lag: 0, undecided: 0 };
    }),
  );
});

test("partitions of a deployment without workers are nobody's", async () => {
  const { kafka, worker, until } = runningWorker(plan);
  await until(() => worker.status.state === "running");
  void worker.stop();
  await until(() => worker.status.state === "stopped");
  const { partitions: shares } = await surveyOf(kafka, until).ask();
  expect(shares).toEqual([0, 1].map((partition) => ({ partition, lag: 0, undecided: 0 })));
});

test("what retention removed before anybody read it is no lag", async () => {
  const kafka = simulatedKafka();
  const { until, put, worker } = runningWorker(plan, { kafka });
  await until(() => worker.status.state === "running");
  kafka.stop("w");
  put("images", [{ well: "W0" }, { well: "W0" }, { well: "W0" }], well);
  const { ask } = surveyOf(kafka, until, (broker) => ({
    ...broker,
    starts: async (places) => places.map(({ topic }) => (topic === "images" ? 2 : 0)),
  }));
  const { partitions: shares } = await ask();
  expect(shares[partitionOf("W0", partitions)]).toMatchObject({ lag: 1 });
});

test("an open transaction holds its partition back, with its topic and since when, once it has stood for ten seconds", async () => {
  const { kafka, worker, until } = runningWorker(plan);
  await until(() => worker.status.state === "running");
  const { survey, ask, pass } = surveyOf(kafka, until);
  const stop = new AbortController();
  void survey.watch(stop.signal);
  await pass(1000);
  const places = [
    { topic: "images", partition: 1 },
    { topic: "g-changelog", partition: 0 },
  ];
  const opened: Producer[] = [];
  void (async () => {
    const producer = await kafka.broker("other").openProducer("other", 900_000);
    await producer.begin(places);
    const records = [{ key: "W1", value: "{}", timestamp: 1 }];
    await producer.produce(places.map((place) => ({ ...place, records })));
    opened.push(producer);
  })();
  await until(() => opened.length > 0);
  const { partitions: early } = await surveyOf(kafka, until).ask();
  expect(early).toMatchObject([
    { lag: 0, undecided: 1 },
    { lag: 1, undecided: 1 },
  ]);
  for (const share of early) expect(share).not.toHaveProperty("held");
  // nobody asks meanwhile
  await pass(39_000);
  const { partitions: late } = await ask();
  expect(late.map(({ held }) => held?.topic)).toEqual(["g-changelog", "images"]);
  expect(late[1]?.held).toEqual({ topic: "images", offset: 0, since: 10_000 });
  void opened[0]?.commit();
  await pass(3000);
  for (const share of (await ask()).partitions) expect(share).not.toHaveProperty("held");
  stop.abort();
});

test("brokers that are away are told of, with what was known before, and nobody waits for them", async () => {
  const { kafka, worker, until } = runningWorker(plan);
  await until(() => worker.status.state === "running");
  let isAway = false;
  const { ask, pass, now } = surveyOf(kafka, until, (broker) => ({
    ...broker,
    ends: (places) => (isAway ? new Promise(() => {}) : broker.ends(places)),
  }));
  const known = await ask();
  expect(known.asOf).toBe(0);
  isAway = true;
  await pass(2000);
  const since = now();
  expect(await ask()).toEqual(known);
  expect(now() - since).toBeLessThanOrEqual(200);
  await pass(3000);
  expect(await ask()).toEqual({ ...known, away: { since } });
});

test("a refusal is told of at once, in its words, and is over with the next answer", async () => {
  const { kafka, worker, until } = runningWorker(plan);
  await until(() => worker.status.state === "running");
  let refuses = true;
  const { ask, pass } = surveyOf(kafka, until, (broker) => ({
    ...broker,
    describeGroup: async (group) => {
      if (refuses) throw new Error("Kafka refused DescribeGroups with GROUP_AUTHORIZATION_FAILED.");
      return broker.describeGroup(group);
    },
  }));
  const reason = "Kafka refused DescribeGroups with GROUP_AUTHORIZATION_FAILED.";
  expect(await ask()).toEqual({ isMoving: false, partitions: [], away: { since: 0, reason } });
  refuses = false;
  await pass(2000);
  const known = await ask();
  expect(known).not.toHaveProperty("away");
  expect(known.partitions).toHaveLength(2);
});
