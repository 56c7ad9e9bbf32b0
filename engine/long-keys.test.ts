import { expect, test } from "vitest";
import { compile } from "./compile.ts";
import { placement } from "./placement.ts";
import type { Plan } from "./plan.ts";
import { testDriver } from "./test-driver.ts";

const long = { "key-schema": "long" };
const images = { type: "topic-stream", "topic-name": "images", key: "{site}", ...long };
const words = { type: "topic-stream", "topic-name": "words", key: "{site}" };
const node = (inputs: string[], operation: unknown, more: object = {}): unknown => ({
  type: "stream-operation",
  inputs,
  function: operation,
  ...more,
});
const bySite = { aggregate: { by: ["site"], count: "n" } };
const compiled = (graph: Record<string, unknown>): Plan => compile({ name: "d", graph });
const keysOf = (plan: Plan): Record<string, string> =>
  Object.fromEntries(plan.nodes.flatMap(({ id, keys }) => (keys === undefined ? [] : [[id, keys]])));

test("long keys go on through all that leaves a key as it is, and end where it is made anew", () => {
  const plan = compiled({
    images,
    sharp: node(["images"], { filter: { field: "focus", above: 3 } }),
    sides: node(["sharp"], { branch: { left: { field: "x", below: 5 }, right: { field: "x", above: 4 } } }),
    all: node(["sides:left", "sides:right"], { merge: {} }),
    features: { type: "external-task", stream: "all", "task-name": "features" },
    out: { type: "publish", stream: "features", "topic-name": "features" },
    byWell: node(["images"], { rekey: ["well"] }),
    wells: { type: "publish", stream: "byWell", "topic-name": "wells" },
    bySite: node(["images"], bySite),
    mixed: node(["images", "byWell"], { merge: {} }),
  });
  expect(Object.keys(keysOf(plan)).sort()).toEqual(["all", "bySite", "features", "images", "out", "sharp", "sides"]);
  const topics = plan.topics.filter(({ keys }) => keys === "long").map(({ name }) => name);
  expect(topics.sort()).toEqual(["d.all", "d.features", "features", "images"]);
});

test("what gathers by the key that records lie by goes on where they are; another way of writing keys moves them", () => {
  const repartitions = (graph: Record<string, unknown>): (string | undefined)[] =>
    (compiled(graph).nodes.find(({ id }) => id === "count")?.inputs ?? []).map(({ repartition }) => repartition);
  const moved = "d.count-repartition";
  expect(repartitions({ images, count: node(["images"], bySite) })).toEqual([undefined]);
  expect(repartitions({ words, count: node(["words"], bySite) })).toEqual([undefined]);
  expect(repartitions({ words, count: node(["words"], bySite, long) })).toEqual([moved]);
  expect(repartitions({ images, count: node(["images"], bySite, { "key-schema": "string" }) })).toEqual([moved]);
  expect(repartitions({ images, words, count: node(["images", "words"], bySite) })).toEqual([moved, undefined]);
  expect(repartitions({ images, words, count: node(["images", "words"], bySite, long) })).toEqual([undefined, moved]);
  const { nodes } = compiled({ images, well: node(["images"], { rekey: ["well"] }) });
  expect(placement("well", new Map(nodes.map((one) => [one.id, one])))).toEqual({ template: "{site}", keys: "long" });
});

test("streams whose keys lie otherwise cannot be joined by them, and a table's text keys cannot be published as numbers", () => {
  const bare = (topic: string, more: object = {}): unknown => ({ type: "topic-stream", "topic-name": topic, ...more });
  const join = node(["a", "b"], { "stream-join": { left: "a", right: "b", beforeMs: 1, afterMs: 1, as: "right" } });
  expect(() => compiled({ a: bare("a", long), b: bare("b"), join })).toThrow(/"a" by keys nobody states as long/);
  expect(keysOf(compiled({ a: bare("a", long), b: bare("b", long), join }))).toEqual({
    a: "long",
    b: "long",
    join: "long",
  });
  const table = (topic: string, more: object = {}): unknown => ({ type: "topic-table", "topic-name": topic, ...more });
  const rows = node(["a", "b"], { "table-join": { left: "a", right: "b", as: "right" } });
  const out = { type: "publish", stream: "rows", "topic-name": "out", ...long };
  expect(() => compiled({ a: table("a", long), b: table("b"), rows, out })).toThrow(/keys of table "rows" are text/);
  expect(keysOf(compiled({ a: table("a", long), b: table("b", long), rows, out })).out).toBe("long");
});

test("a key made of several fields is no whole number, with or without schemas", () => {
  const many = node(["images"], { aggregate: { by: ["plate", "well"], count: "n" } }, long);
  expect(() => compiled({ images, many })).toThrow(/one whole number/);
});

test("a topic of long keys takes no other ones", () => {
  const driver = testDriver(compiled({ images, count: node(["images"], bySite) }));
  expect(() => driver.push("images", { site: "A01" })).toThrow(/has key "A01"; expected a whole number of 64 bits/);
  driver.push("images", { site: "-9223372036854775808" });
  expect(driver.read("images").map(({ key }) => key)).toEqual(["-9223372036854775808"]);
});

test("a record whose key is no whole number is set aside by the node that was to make or keep it, and told to what follows", () => {
  const source = { type: "topic-stream", "topic-name": "in", key: "{plate}" };
  const made = { site: "A01", plate: "P1", cells: [{ id: "x" }] };
  const fits = { site: "7", plate: "8", cells: [{ id: "9" }] };
  const expectations: [string, unknown, string][] = [
    ["keyed by a field", node(["source"], { rekey: ["site"] }, long), "A01"],
    ["kept", node(["source"], { map: { drop: ["cells"] } }, long), "P1"],
    ["of elements", node(["source"], { "flat-map": { field: "cells", key: "{id}" } }, long), "x"],
    ["counted", node(["source"], { aggregate: { by: ["site"], count: "n" } }, long), "A01"],
    [
      "grouped",
      node(["source"], { "group-complete": { by: ["site"], member: ["plate"], expect: { constant: 1 } } }, long),
      "A01",
    ],
    ["in windows", node(["source"], { window: { by: ["site"], count: "n", sizeMs: 10 } }, long), "A01"],
  ];
  for (const [what, of, key] of expectations) {
    const out = { type: "publish", stream: "of", "topic-name": "out" };
    const driver = testDriver(compiled({ source, of, out }));
    driver.push("in", made, { timestamp: 5 });
    driver.push("in", fits, { timestamp: 6 });
    driver.push("in", { ...fits, site: "70", plate: "80", cells: [] }, { timestamp: 60 });
    expect(
      driver.deadLetters().map(({ node: at, code, message }) => [at, code, message.includes(`"${key}"`)]),
      what,
    ).toEqual([["d.of", "engine/key-type", true]]);
    expect(driver.read("out").length, what).toBeGreaterThan(0);
    for (const record of driver.read("out")) expect(record.key, what).toMatch(/^\d+$/);
  }
});

test("a publish node that is to write numbers sets text aside", () => {
  const source = { type: "topic-stream", "topic-name": "in", key: "{plate}" };
  const driver = testDriver(
    compiled({ source, out: { type: "publish", stream: "source", "topic-name": "out", ...long } }),
  );
  driver.push("in", { plate: "P1" });
  driver.push("in", { plate: "1" });
  expect(driver.read("out").map(({ key }) => key)).toEqual(["1"]);
  expect(driver.deadLetters()).toMatchObject([{ node: "d.out", code: "engine/key-type", key: "P1" }]);
});
