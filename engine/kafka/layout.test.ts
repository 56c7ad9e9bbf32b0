import { expect, test } from "vitest";
import { compile } from "../compile.ts";
import { platePlan } from "../fixtures/plate.ts";
import { layoutOf } from "./layout.ts";

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

test("a concurrency that partitions cannot share is refused", () => {
  expect(() => layoutOf(platePlan("digest", { concurrency: 7 }))).toThrow(
    expect.objectContaining({ code: "engine/kafka-plan", node: "features" }),
  );
  expect(layoutOf(platePlan("digest", { concurrency: 8 })).tasks).toHaveLength(1);
});
