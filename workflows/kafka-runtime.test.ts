import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layoutOf } from "@artesian/engine/kafka/layout.ts";
import { afterAll, expect, test } from "vitest";
import { kafkaConnection, kafkaWorkerOptions, runtimeOptions } from "./kafka-runtime.ts";
import { planOf, type WorkflowName, workflows } from "./workflow.ts";

const dir = mkdtempSync(join(tmpdir(), "kafka-runtime-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const kafka = { brokers: ["127.0.0.1:9"], prefix: "lab-" };
const names = Object.keys(workflows) as WorkflowName[];

test.each(names)("%s can be laid out on Kafka, every node of it", (name) => {
  // these two run one task of a kind at a time, which one partition alone can promise
  const plan = name === "profiling" || name === "expression" ? planOf(name, 1) : planOf(name);
  const { tasks } = layoutOf(plan, undefined, kafkaConnection(kafka, name).topics);
  expect(tasks.length).toBe(plan.nodes.filter(({ type }) => type === "external-task").length);
});

test("a workflow's partitions are its document's unless others are given", () => {
  expect(planOf("phenomics").partitions).toBe(8);
  const { partitions, topics } = planOf("phenomics", 3);
  expect([partitions, topics.find(({ name }) => name === "images_channels")?.partitions]).toEqual([3, 3]);
});

test("topics take records as large as the workflow makes them", () => {
  expect(kafkaConnection(kafka, "expression").topics).toEqual({ prefix: "lab-", maxRecordBytes: 64 * 2 ** 20 });
  expect(kafkaConnection(kafka, "phenomics").topics).toEqual({ prefix: "lab-" });
});

test("a process without threads leaves tasks to others", () => {
  expect(kafkaWorkerOptions("phenomics", "/shared/objects", 0, kafka).tasks).toBeUndefined();
  expect(kafkaWorkerOptions("phenomics", "/shared/objects", 3, kafka).tasks).toMatchObject({
    module: expect.stringContaining("objects=%2Fshared%2Fobjects"),
    threads: 3,
  });
});

test("a serving process brings a workflow's topics into the folder's store; one of one's own has no rows", async () => {
  const given = { dir, runId: "r", workers: 0, kafka };
  const { sinks = [], dir: engine } = await runtimeOptions({ ...given, workflow: "editing" });
  expect([engine, sinks.map(({ name }) => name)]).toEqual([join(dir, "engine-editing"), ["store-editing"]]);
  for (const sink of sinks) sink.close?.();
  expect((await runtimeOptions({ ...given, plan: planOf("editing") })).sinks).toBeUndefined();
});
