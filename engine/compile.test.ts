import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { platePlan } from "./fixtures/plate.ts";
import type { FunctionRegistry } from "./functions.ts";
import { testDriver } from "./test-driver.ts";

const seed = readFileSync(new URL("./fixtures/seed.json", import.meta.url), "utf8");
const functions: FunctionRegistry = {
  "aggregations/images-site-grouping": {
    "group-complete": {
      by: ["siteId"],
      member: ["channel"],
      expect: { table: "experiment-metadata", key: "E1", field: "channels" },
      collect: "images",
    },
  },
};

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof Error && "code" in error) return String(error.code);
  }
  return "none";
}

const stream = { type: "topic-stream", "topic-name": "in" };
const dag = (graph: Record<string, unknown>, name = "d"): unknown => ({ name, graph });
const operation = (inputs: string[], fn: unknown = { merge: {} }): unknown => ({
  type: "stream-operation",
  inputs,
  function: fn,
});

describe("compile", () => {
  test("accepts the seed document unchanged and runs it", async () => {
    const plan = compile(seed, { functions });
    const driver = testDriver(plan, {
      functions,
      tasks: { "extract-features": { run: ({ images }) => ({ features: (images as unknown[]).length }) } },
    });
    for (const channel of ["DNA", "ER"]) driver.push("images_channels", { experiment: "E1", siteId: 7392, channel });
    driver.push("experiment_metadata", { channels: ["DNA", "ER"] }, { key: "E1" });
    await driver.runTasks();
    expect(driver.read("extracted_features").map(({ key, value }) => [key, value.features])).toEqual([["7392", 2]]);
  });

  test("plans the seed: order, topics, stores, repartition, sub-topologies", () => {
    const plan = compile(seed, { functions });
    expect(plan.nodes.map(({ id }) => id)).toEqual([
      "experiment-metadata",
      "images-channel",
      "images-site",
      "features-site",
      "features-output",
    ]);
    expect(plan.topics.map(({ name, kind, partitions }) => `${name} ${kind} ${partitions}`)).toEqual([
      "experiment_metadata table 1",
      "images_channels external 8",
      "extract-site-level-features.images-site internal 8",
      "extract-site-level-features.images-site-repartition repartition 8",
      "extract-site-level-features.features-site internal 8",
      "extracted_features published 8",
    ]);
    expect(plan.stores.map(({ name, kind }) => `${name} ${kind}`)).toEqual([
      "extract-site-level-features.experiment-metadata table",
      "extract-site-level-features.images-site group",
    ]);
    expect(plan.subTopologies.map(({ nodes }) => nodes)).toEqual([
      ["images-channel"],
      ["images-site"],
      ["features-site"],
      ["features-output"],
    ]);
  });

  test("equal documents give equal plans, whatever the order of their nodes; another parameter gives another plan", () => {
    const graph = { b: operation(["a"]), a: stream };
    const reordered = { a: stream, b: operation(["a"]) };
    expect(compile(dag(graph))).toEqual(compile(dag(reordered)));
    expect(compile(dag({ ...graph, b: operation(["a"], { dedupe: { by: ["x"] } }) })).sha256).not.toBe(
      compile(dag(graph)).sha256,
    );
    expect(JSON.parse(JSON.stringify(compile(dag(graph))))).toEqual(compile(dag(graph)));
  });

  test("needs no repartition where a key template or an upstream group already keys by the same fields", () => {
    const plan = platePlan();
    expect(plan.topics.filter(({ kind }) => kind === "repartition").map(({ name }) => name)).toEqual([
      "plates.wells-repartition",
      "plates.plates-repartition",
    ]);
  });

  test("names what is wrong, and where", () => {
    expect(codeOf(() => compile("{"))).toBe("engine/syntax");
    expect(() => compile(dag({ a: { ...stream, extra: 1 } }))).toThrow(/graph\.a/);
    expect(() => compile(dag({ a: stream, b: operation(["a"], { "group-complete": { by: [] } }) }))).toThrow(
      /graph\.b\.function/,
    );
    expect(codeOf(() => compile(dag({ a: stream, b: operation(["c"]) })))).toBe("engine/unknown-node");
    expect(codeOf(() => compile(dag({ a: stream, b: operation(["a", "c"]), c: operation(["b"]) })))).toBe(
      "engine/cycle",
    );
    expect(codeOf(() => compile(seed, { functions: {} }))).toBe("engine/unknown-function");
    expect(codeOf(() => compile(dag({ t: { type: "topic-table", "topic-name": "t" }, b: operation(["t"]) })))).toBe(
      "engine/unreachable-node",
    );
    expect(codeOf(() => compile(dag({ a: stream, "b c": operation(["a"]) })))).toBe("engine/reserved-name");
    expect(codeOf(() => compile(dag({ a: stream, p: { type: "publish", stream: "a", "topic-name": "in" } })))).toBe(
      "engine/reserved-name",
    );
    expect(
      codeOf(() => compile(dag({ a: stream, b: operation(["a"], { join: { table: "t", key: "{x}", as: "y" } }) }))),
    ).toBe("engine/wrong-input");
    const split = operation(["a"], { branch: { dna: true } });
    expect(codeOf(() => compile(dag({ a: stream, s: split, b: operation(["s"]) })))).toBe("engine/wrong-input");
    const group = { by: ["w"], member: ["c"], expect: { expression: "sites ** 2" } };
    expect(codeOf(() => compile(dag({ a: stream, b: operation(["a"], { "group-complete": group }) })))).toBe(
      "engine/invalid-expression",
    );
  });

  test("follows closed schemas along edges: a field that nobody writes is an error that names producer and consumer", () => {
    const schemas = { image: { properties: { plate: {}, well: {}, channel: {} }, additionalProperties: false } };
    const graph = (member: string): unknown => {
      const group = { by: ["plate", "well"], member: [member], expect: { constant: 2 } };
      const renamed = operation(["in"], { map: { rename: { channel: "stain" } } });
      return dag({
        in: { ...stream, schema: "image" },
        renamed,
        g: operation(["renamed"], { "group-complete": group }),
      });
    };
    expect(codeOf(() => compile(graph("stain"), { schemas }))).toBe("none");
    expect(() => compile(graph("channel"), { schemas })).toThrow(
      /"g" reads field "channel", which "renamed" does not write/,
    );
  });

  test("follows closed schemas through joins: the left side's fields and the one that the right side goes into", () => {
    const schemas = {
      image: { properties: { well: {}, channel: {} }, additionalProperties: false },
      focus: { properties: { well: {}, z: {} }, additionalProperties: false },
    };
    const graph = (by: string): unknown => {
      const rule = { left: "in", right: "focus", by: ["well"], as: "focus", beforeMs: 1, afterMs: 1 };
      return dag({
        in: { ...stream, schema: "image" },
        focus: { type: "topic-stream", "topic-name": "focus", schema: "focus" },
        both: operation(["in", "focus"], { "stream-join": rule }),
        counted: operation(["both"], { aggregate: { by: [by], count: "n" } }),
      });
    };
    for (const by of ["channel", "focus.z"]) expect(codeOf(() => compile(graph(by), { schemas }))).toBe("none");
    expect(() => compile(graph("z"), { schemas })).toThrow(/"counted"[^.]* reads? (field )?"z"/);
  });
});
