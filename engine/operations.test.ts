import { expect, test } from "vitest";
import { compile } from "./compile.ts";
import type { FunctionRegistry } from "./functions.ts";
import { type TestDriver, testDriver } from "./test-driver.ts";

function run(operation: unknown, functions: FunctionRegistry = {}): TestDriver {
  const plan = compile(
    {
      name: "o",
      graph: {
        in: { type: "topic-stream", "topic-name": "in" },
        layout: { type: "topic-table", "topic-name": "layout" },
        op: { type: "stream-operation", inputs: ["in", "layout"], function: operation },
        out: { type: "publish", "topic-name": "out", stream: "op" },
      },
    },
    { functions },
  );
  return testDriver(plan, { functions });
}
const values = (driver: TestDriver, topic = "out"): unknown[] => driver.read(topic).map(({ value }) => value);

test("map picks, drops, renames and sets, in this order", () => {
  const driver = run({
    map: {
      pick: ["a", "b", "c"],
      drop: ["b"],
      rename: { a: "x" },
      set: { id: "{a}-{b}", n: 3, first: { field: "c.0" }, no: "{z}" },
    },
  });
  driver.push("in", { a: 1, b: 2, c: ["q"], d: 4 });
  expect(values(driver)).toEqual([{ x: 1, c: ["q"], id: "1-2", n: 3, first: "q", no: null }]);
});

test("a registered function maps, drops by undefined, and reads tables", () => {
  const driver = run("double", {
    double: (value, _key, { table }) =>
      value.n === 0 ? undefined : { n: Number(value.n) * 2, role: table("layout", "A01")?.role },
  });
  driver.push("layout", { role: "disease" }, { key: "A01" });
  driver.push("in", { n: 0 });
  driver.push("in", { n: 2 });
  expect(values(driver)).toEqual([{ n: 4, role: "disease" }]);
});

test("trap 4: a record whose function throws becomes a dead letter and a failure; the partition goes on", () => {
  let broken = true;
  const driver = run(
    { map: "fragile" },
    {
      fragile: (value) => {
        if (value.n === 1 && broken) throw Object.assign(new Error("no such plate"), { code: "test/no-plate" });
        return value;
      },
    },
  );
  for (const n of [0, 1, 2]) driver.push("in", { n }, { key: "same" });
  expect(values(driver)).toEqual([{ n: 0 }, { n: 2 }]);
  expect(driver.deadLetters()).toMatchObject([{ kind: "record", code: "test/no-plate", value: { n: 1 } }]);
  broken = false;
  driver.redrive("all");
  expect(values(driver)).toContainEqual({ n: 1 });
  expect(driver.deadLetters()).toEqual([]);
});

test("filter keeps what its condition holds for", () => {
  const driver = run({
    filter: {
      all: [
        { field: "n", above: 1, below: 5 },
        { not: { field: "c", in: ["x", "y"] } },
        {
          any: [
            { field: "n", equals: 3 },
            { field: "k", exists: true },
          ],
        },
      ],
    },
  });
  for (const value of [{ n: 3, c: "z" }, { n: 3, c: "x" }, { n: 2, c: "z" }, { n: 2, k: 0 }, { n: 9 }])
    driver.push("in", value);
  expect(values(driver)).toHaveLength(2);
});

test("flat-map gives one record an element, rekey another key", () => {
  const driver = run({ "flat-map": { field: "wells", key: "{plate}/{well}" } });
  driver.push("in", { plate: "P1", wells: [{ well: "A01" }, { well: "A02" }] });
  expect(
    driver
      .read("out")
      .map(({ key, value }) => [key, value])
      .sort(),
  ).toEqual([
    ["P1/A01", { plate: "P1", well: "A01" }],
    ["P1/A02", { plate: "P1", well: "A02" }],
  ]);
  const rekeyed = run({ rekey: ["plate", "n"] });
  rekeyed.push("in", { plate: "P1", n: 2 });
  expect(rekeyed.read("out")[0]?.key).toBe("P1/2");
});

test("branch sends a record down the first branch that holds", () => {
  const plan = compile({
    name: "b",
    graph: {
      in: { type: "topic-stream", "topic-name": "in" },
      split: {
        type: "stream-operation",
        inputs: ["in"],
        function: { branch: { dna: { field: "channel", equals: "DNA" }, rest: true } },
      },
      dna: { type: "publish", "topic-name": "dna", stream: "split:dna" },
      rest: { type: "publish", "topic-name": "rest", stream: "split:rest" },
    },
  });
  const driver = testDriver(plan);
  for (const channel of ["DNA", "ER", "DNA"]) driver.push("in", { channel });
  expect([values(driver, "dna").length, values(driver, "rest").length]).toEqual([2, 1]);
});

test("dedupe lets the first of a key pass, until its retention is over", () => {
  const driver = run({ dedupe: { by: ["path", "sha256"], retentionMs: 60_000 } });
  driver.push("in", { path: "a", sha256: "1", again: false });
  driver.push("in", { path: "a", sha256: "1", again: true });
  driver.push("in", { path: "a", sha256: "2" });
  expect(values(driver)).toHaveLength(2);
  driver.advance(180_000);
  driver.push("in", { path: "a", sha256: "1" });
  expect(values(driver)).toHaveLength(3);
});

test("aggregate emits its state after every record; a registered one adds as it likes", () => {
  const driver = run({
    aggregate: {
      by: ["plate"],
      count: "n",
      sum: { total: "bytes" },
      min: { least: "bytes" },
      max: { most: "bytes" },
      last: ["status"],
    },
  });
  driver.push("in", { plate: "P1", bytes: 5, status: "a" });
  driver.crash();
  driver.push("in", { plate: "P1", bytes: 2, status: "b" });
  expect(values(driver).at(-1)).toEqual({ plate: "P1", n: 2, total: 7, least: 2, most: 5, status: "b" });
  const own = run(
    { aggregate: { by: ["plate"], function: "seen" } },
    {
      seen: {
        initial: () => ({ wells: [] }),
        add: (state, value) => ({ wells: [...(state.wells as string[]), value.well] }),
      },
    },
  );
  own.push("in", { plate: "P1", well: "A01" });
  own.push("in", { plate: "P1", well: "A02" });
  expect(values(own).at(-1)).toEqual({ wells: ["A01", "A02"] });
});

test("a window is emitted once, when event time passes its end and grace; later records become dead letters", () => {
  const driver = run({ window: { by: ["plate"], sizeMs: 1000, graceMs: 100, count: "n" } });
  driver.push("in", { plate: "P1" }, { timestamp: 5000 });
  driver.push("in", { plate: "P1" }, { timestamp: 5999 });
  driver.push("in", { plate: "P2" }, { timestamp: 6099 });
  expect(values(driver)).toEqual([]);
  driver.push("in", { plate: "P2" }, { timestamp: 6100 });
  expect(values(driver)).toEqual([{ plate: "P1", n: 2, windowStart: 5000, windowEnd: 6000 }]);
  driver.push("in", { plate: "P1" }, { timestamp: 5500 });
  expect(driver.deadLetters()[0]?.code).toBe("engine/late-record");
});

test("join adds a table row; with wait, records are held in order until the row exists, and let go without it when the input ends", async () => {
  const driver = run({ join: { table: "layout", key: "{plate}", as: "layout", fields: ["role"], wait: true } });
  driver.push("in", { plate: "P1", n: 1 });
  driver.push("in", { plate: "P1", n: 2 });
  driver.push("in", { plate: "P2", n: 3 });
  driver.crash();
  expect(values(driver)).toEqual([]);
  driver.push("layout", { role: "x", other: 1 }, { key: "P1" });
  expect(values(driver)).toHaveLength(2);
  await driver.closeInput();
  expect(values(driver)).toContainEqual({ plate: "P2", n: 3, layout: null });
  expect(values(driver)).toContainEqual({ plate: "P1", n: 1, layout: { role: "x" } });
});

test("a table's null deletes its row", () => {
  const driver = run({ join: { table: "layout", key: "{plate}", as: "layout" } });
  driver.push("layout", { role: "x" }, { key: "P1" });
  driver.push("layout", null, { key: "P1" });
  driver.push("in", { plate: "P1" });
  expect(values(driver)).toEqual([{ plate: "P1", layout: null }]);
});

test("a topic's key template makes the key, refuses another, and refuses records without the fields", () => {
  const plan = compile({
    name: "k",
    graph: {
      in: { type: "topic-stream", "topic-name": "in", key: "{plate}/{well}" },
      out: { type: "publish", "topic-name": "out", stream: "in" },
    },
  });
  const driver = testDriver(plan);
  driver.push("in", { plate: "P1", well: "A01" });
  expect(driver.read("out")[0]?.key).toBe("P1/A01");
  expect(() => driver.push("in", { plate: "P1", well: "A01" }, { key: "other" })).toThrow(/expected "P1\/A01"/);
  expect(() => driver.push("in", { plate: "P1" })).toThrow(/the fields of/);
});

test("trap 11: a record over the size limit is refused at the door, and inside becomes a failure that names its node", () => {
  const plan = compile({
    name: "s",
    graph: {
      in: { type: "topic-stream", "topic-name": "in" },
      group: {
        type: "stream-operation",
        inputs: ["in"],
        function: { "group-complete": { by: ["plate"], member: ["n"], expect: { constant: 3 } } },
      },
      told: { type: "publish", "topic-name": "complete_plates", stream: "group" },
    },
  });
  const driver = testDriver(plan, { limits: { maxRecordBytes: 1000 } });
  expect(() => driver.push("in", { plate: "P1", n: 0, text: "x".repeat(1000) })).toThrow(/the limit is 1000/);
  for (const n of [1, 2, 3]) driver.push("in", { plate: "P1", n, text: "x".repeat(600) });
  expect(driver.read("s.group")[0]).toMatchObject({
    value: { plate: "P1" },
    failure: { code: "engine/record-too-large", node: "group" },
  });
  expect(
    driver
      .deadLetters()
      .map(({ code, node }) => `${code} ${node}`)
      .sort(),
  ).toEqual(["engine/record-too-large s.group", "engine/record-too-large s.told"]);
  // who reads what is published gets whole records or none
  expect(driver.read("complete_plates")).toEqual([]);
});

test("trap 5: another number of partitions is refused, not silently rehashed", () => {
  const graph = {
    in: { type: "topic-stream", "topic-name": "in" },
    out: { type: "publish", "topic-name": "out", stream: "in" },
  };
  const { db } = testDriver(compile({ name: "p", partitions: 4, graph }));
  expect(() => testDriver(compile({ name: "p", partitions: 8, graph }), { db })).toThrow(
    /this folder has 4 partitions, the workflow asks for 8/,
  );
});
