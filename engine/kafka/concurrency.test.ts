import { expect, test } from "vitest";
import { compile } from "../compile.ts";
import type { SimulatedKafka } from "../fixtures/kafka-simulation.ts";
import { runningWorker } from "../fixtures/kafka-worker.ts";
import type { Plan } from "../plan.ts";
import type { Value } from "../template.ts";
import type { TaskMessage } from "./task-message.ts";

const partitions = 4;
const planOf = (concurrency: number): Plan =>
  compile({
    name: "c",
    partitions,
    graph: {
      wells: { type: "topic-stream", "topic-name": "wells", key: "{well}" },
      read: { type: "external-task", stream: "wells", "task-name": "read", concurrency },
      out: { type: "publish", "topic-name": "out", stream: "read" },
    },
  });
const wells = Array.from({ length: 20 }, (_, index): Value => ({ well: `W${index}` }));
const well = (value: Value): string => String(value.well);

/** Requests that nobody has answered. */
function asked(kafka: SimulatedKafka): TaskMessage[] {
  const all = (topic: string): Value[] =>
    Array.from({ length: partitions }, (_, partition) => kafka.read({ topic, partition }).records)
      .flat()
      .map(({ value }) => JSON.parse(String(value)) as Value);
  const answered = new Set(all("c.read-answers").map(({ taskId }) => taskId));
  return (all("c.read-requests") as unknown as TaskMessage[]).filter(({ taskId }) => !answered.has(taskId));
}

function answer(kafka: SimulatedKafka, { taskId, attempt, reply }: TaskMessage): void {
  const value = JSON.stringify({ taskId, attempt, outcome: "done", result: { read: true } });
  kafka.append([{ ...reply, records: [{ key: taskId, value, timestamp: kafka.now }] }]);
}

test("a concurrency below the number of partitions is kept over all of them, and every task runs once", async () => {
  const { kafka, until, put, read } = runningWorker(planOf(1));
  put("wells", wells, well);
  const seen: string[] = [];
  while (seen.length < wells.length) {
    await until(() => asked(kafka).length > 0);
    const now = asked(kafka);
    expect(now).toHaveLength(1);
    for (const message of now) {
      seen.push(message.key);
      answer(kafka, message);
    }
  }
  await until(() => read("out").length === wells.length);
  expect(seen.sort()).toEqual(wells.map(well).sort());
});

test("a workflow that is given a lower concurrency hands on what waits, and a higher one begins at once", async () => {
  const first = runningWorker(planOf(4));
  first.put("wells", wells, well);
  await first.until(() => asked(first.kafka).length === 4);
  first.kafka.kill("w");
  const second = runningWorker(planOf(1), { kafka: first.kafka, host: "second" });
  // what was asked for before is answered; from then on one at a time
  for (const message of asked(first.kafka)) answer(first.kafka, message);
  for (let round = 0; round < 4; round++) {
    await second.until(() => asked(first.kafka).length > 0);
    expect(asked(first.kafka)).toHaveLength(1);
    for (const message of asked(first.kafka)) answer(first.kafka, message);
  }
  await second.until(() => asked(first.kafka).length === 1);
  first.kafka.kill("second");
  const third = runningWorker(planOf(8), { kafka: first.kafka, host: "third" });
  await third.until(() => asked(first.kafka).length > 1);
  const done = (): boolean => third.read("out").length === wells.length;
  while (!done()) {
    for (const message of asked(first.kafka)) answer(first.kafka, message);
    await third.until(() => done() || asked(first.kafka).length > 0);
  }
  expect(third.read("out").map(well).sort()).toEqual(wells.map(well).sort());
});
