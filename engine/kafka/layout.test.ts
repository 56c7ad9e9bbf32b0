import { expect, test } from "vitest";
import { compile } from "../compile.ts";
import { platePlan } from "../fixtures/plate.ts";
import { type KafkaTopicOptions, layoutOf } from "./layout.ts";

test("a plan's topics on Kafka: its own, a changelog, dead letters, two around each task", () => {
  const { topics, group, handlers, tables } = layoutOf(platePlan());
  expect(group).toBe("plates");
  expect(topics.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      "images",
      "plates.sites",
      "plates.features",
      "plates.features-requests",
      "plates.features-answers",
      "plates-changelog",
      "plates-dead-letters",
    ]),
  );
  expect(topics.find(({ name }) => name === "plates-changelog")?.config).toEqual({ "cleanup.policy": "compact" });
  expect(tables).toMatchObject([{ topic: "metadata", store: "plates.metadata", partitions: 1 }]);
  expect([...handlers.keys()]).not.toContain("metadata");
  expect(handlers.get("plates.sites")?.map(({ kind }) => kind)).toEqual(["request"]);
});

test("records and requests are kept eight days, longer when asked, and as long as groups are remembered", () => {
  const kept = (options: KafkaTopicOptions): (string | undefined)[] =>
    ["images", "plates.features-requests"].map(
      (name) =>
        layoutOf(platePlan(), undefined, options).topics.find((one) => one.name === name)?.config?.["retention.ms"],
    );
  const day = 24 * 3600 * 1000;
  expect(kept({})).toEqual([String(8 * day), String(8 * day)]);
  expect(kept({ retentionMs: 30 * day })).toEqual([String(30 * day), String(30 * day)]);
  expect(kept({ retentionMs: day })).toEqual([String(8 * day), String(8 * day)]);
});

test("topics have as many copies as asked, and take larger records than brokers do only where they are made for them", () => {
  const { topics } = layoutOf(platePlan(), undefined, { replicationFactor: 3, maxRecordBytes: 4_000_000 });
  expect(topics.every(({ replicationFactor }) => replicationFactor === 3)).toBe(true);
  expect(topics.every(({ config }) => config?.["max.message.bytes"] === "12000000")).toBe(true);
  expect(layoutOf(platePlan()).topics.some(({ config }) => config?.["max.message.bytes"] !== undefined)).toBe(false);
});

test("workers in other languages are told the name that their answers' topic has on Kafka", () => {
  const { tasks } = layoutOf(platePlan(), undefined, { prefix: "lab-", shadow: "v2-" });
  expect(tasks.map(({ answers, reply }) => [answers, reply])).toEqual([
    ["plates.features-answers", "lab-v2-plates.features-answers"],
  ]);
});

const images = { type: "topic-stream", "topic-name": "images", key: "{plate}" } as const;

test("groups behind a new key get a repartition topic, since a key alone moves no record", () => {
  const plan = compile({
    name: "moved",
    graph: {
      images,
      keyed: { type: "stream-operation", inputs: ["images"], function: { rekey: ["well"] } },
      wells: {
        type: "stream-operation",
        inputs: ["keyed"],
        function: { aggregate: { by: ["well"], count: "images" } },
      },
      plates: {
        type: "stream-operation",
        inputs: ["images"],
        function: { aggregate: { by: ["plate"], count: "images" } },
      },
    },
  });
  expect([...layoutOf(plan).handlers]).toMatchObject([
    ["images", [{ kind: "source", node: "images" }]],
    ["moved.wells-repartition", [{ kind: "arrival", node: "wells" }]],
    ["moved-commands", [{ kind: "command" }]],
  ]);
});

test("duplicates that may reach different workers are refused", () => {
  const dedupe = (by: string[]) =>
    compile({
      name: "d",
      graph: { images, once: { type: "stream-operation", inputs: ["images"], function: { dedupe: { by } } } },
    });
  expect(() => layoutOf(dedupe(["path"]))).toThrow(
    expect.objectContaining({ code: "engine/kafka-plan", node: "once" }),
  );
  expect(layoutOf(dedupe(["plate", "path"])).tasks).toEqual([]);
});

test("a concurrency below the number of partitions has a topic for what those with a share admit for the others", () => {
  const shared = (concurrency: number): string[] =>
    layoutOf(platePlan("digest", { concurrency })).topics.flatMap(({ name }) =>
      name.endsWith("-admissions") ? [name] : [],
    );
  expect(shared(7)).toEqual(["plates.features-admissions"]);
  expect(shared(8)).toEqual([]);
  const { handlers } = layoutOf(platePlan("digest", { concurrency: 1 }));
  expect(handlers.get("plates.features-admissions")?.map(({ kind }) => kind)).toEqual(["request"]);
});

test("a join of streams reads its sides apart, in the order of time; a joined table's topic is compacted", () => {
  const rule = { left: "images", right: "focus", by: ["well"], as: "focus", beforeMs: 1, afterMs: 1 };
  const layout = layoutOf(
    compile({
      name: "j",
      graph: {
        images,
        focus: { type: "topic-stream", "topic-name": "focus", key: "{well}" },
        both: { type: "stream-operation", inputs: ["images", "focus"], function: { "stream-join": rule } },
        layout: { type: "topic-table", "topic-name": "layout" },
        compounds: { type: "topic-table", "topic-name": "compounds" },
        treated: {
          type: "stream-operation",
          inputs: ["layout", "compounds"],
          function: { "table-join": { left: "layout", right: "compounds", as: "compound" } },
        },
        out: { type: "publish", stream: "treated", "topic-name": "treated" },
      },
    }),
  );
  const handlers = [...layout.handlers].filter(([topic]) => topic !== layout.commands);
  expect(handlers).toEqual([
    ["images", [{ kind: "source", node: "images", key: "{plate}" }]],
    ["focus", [{ kind: "source", node: "focus", key: "{well}" }]],
    ["j.both-left-repartition", [{ kind: "arrival", node: "both", side: "left" }]],
  ]);
  expect(layout.timed).toEqual([["focus", "j.both-left-repartition"]]);
  const compact = { "cleanup.policy": "compact" };
  expect(layout.topics).toContainEqual({ name: "treated", partitions: 1, config: compact });
});
