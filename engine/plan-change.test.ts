import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { openEmbedded } from "./embedded.ts";
import { thrown } from "./fixtures/errors.ts";
import type { Plan } from "./plan.ts";
import { diffPlans, severitiesOf } from "./plan-diff.ts";
import { testDriver } from "./test-driver.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-change-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const { codeOf, errorOf } = thrown;

type Nodes = Record<string, Record<string, unknown>>;
const rule = {
  by: ["plate"],
  member: ["well"],
  expect: { table: "rows", key: "{plate}", field: "wells" },
  gap: { wallClockMs: 1000 },
};
const base: Nodes = {
  in: { type: "topic-stream", "topic-name": "in" },
  rows: { type: "topic-table", "topic-name": "rows" },
  large: { type: "stream-operation", inputs: ["in"], function: { filter: { field: "size", above: 1 } } },
  counts: { type: "stream-operation", inputs: ["large"], function: { aggregate: { by: ["plate"], count: "n" } } },
  group: {
    type: "stream-operation",
    inputs: ["large", "rows"],
    function: {
      "group-complete": rule,
    },
  },
  measure: { type: "external-task", stream: "group", "task-name": "measure" },
  out: { type: "publish", stream: "counts", "topic-name": "out" },
};
const planOf = (changes: Record<string, Record<string, unknown> | undefined> = {}, more: object = {}): Plan => {
  const graph = Object.fromEntries(Object.entries({ ...base, ...changes }).filter(([, node]) => node !== undefined));
  return compile({ name: "d", partitions: 2, graph, ...more });
};
const operation = (id: string, given: unknown, inputs?: string[]): Record<string, unknown> => ({
  ...base[id],
  ...(inputs === undefined ? {} : { inputs }),
  function: given,
});
const group = (changes: object): Record<string, unknown> => ({
  ...base.group,
  function: {
    "group-complete": { ...rule, ...changes },
  },
});
const fates = (after: Plan, before = planOf()): Record<string, string> =>
  Object.fromEntries(diffPlans(before, after).stores.map(({ node, fate }) => [node, fate]));

describe("what a change does to state", () => {
  test("nothing changed: everything is kept, and nothing is severe", () => {
    const diff = diffPlans(planOf(), planOf());
    expect(diff).toMatchObject({ nodes: [], schemas: [] });
    expect(fates(planOf())).toEqual({ rows: "kept", counts: "kept", group: "kept" });
    expect(severitiesOf(diff)).toEqual([]);
  });

  test("times, limits, labels and names of nodes without state on the way determine no entry", () => {
    const renamed = planOf({
      large: undefined,
      "large-ones": { ...base.large, label: "large" },
      counts: operation("counts", { aggregate: { by: ["plate"], count: "n" } }, ["large-ones"]),
      group: {
        ...group({
          gap: { wallClockMs: 5 },
          allowFailed: 3,
          onIncomplete: "wait",
          expect: { table: "rows", key: "{plate}", field: "sites" },
        }),
        inputs: ["large-ones", "rows"],
      },
    });
    expect(fates(renamed)).toEqual({ rows: "kept", counts: "kept", group: "kept" });
  });

  test.each<[string, Record<string, Record<string, unknown> | undefined>, Record<string, string>, RegExp]>([
    [
      "another key",
      { counts: operation("counts", { aggregate: { by: ["well"], count: "n" } }) },
      { counts: "lost" },
      /by was \["plate"\], is \["well"\]/,
    ],
    [
      "another sum",
      { counts: operation("counts", { aggregate: { by: ["plate"], count: "n", sum: { s: "size" } } }) },
      { counts: "lost" },
      /sum was not given, is \{"s":"size"\}/,
    ],
    [
      "another operation",
      { counts: operation("counts", { dedupe: { by: ["plate"] } }) },
      { counts: "lost" },
      /it was the state of aggregate, is that of dedupe/,
    ],
    [
      "another row that groups wait for",
      { group: group({ expect: { table: "rows", key: "x{plate}", field: "wells" } }) },
      { group: "lost" },
      /waitsFor was/,
    ],
    [
      "another filter before it",
      { large: operation("large", { filter: { field: "size", above: 2 } }) },
      { counts: "mixed", group: "mixed" },
      /made by what "large" did before/,
    ],
    ["a removed node", { counts: undefined, out: undefined }, { counts: "lost" }, /nothing goes on with its entries/],
    [
      "another topic of a table",
      { rows: { ...base.rows, "topic-name": "rows2" } },
      { rows: "rebuilt" },
      /topic "rows2" is read again/,
    ],
    ["a new node", { more: operation("counts", { dedupe: { by: ["well"] } }) }, { more: "new" }, /begins empty/],
  ])("%s", (_, changes, expected, why) => {
    const diff = diffPlans(planOf(), planOf(changes));
    const kept = { rows: "kept", counts: "kept", group: "kept", ...expected };
    expect(fates(planOf(changes))).toEqual(kept);
    const told = diff.stores.filter(({ node }) => node in expected).map((store) => store.why);
    expect(told.join("\n")).toMatch(why);
  });

  test("the order of members in an object is nothing", () => {
    const sums = (sum: object): Plan => planOf({ counts: operation("counts", { aggregate: { by: ["plate"], sum } }) });
    expect(fates(sums({ b: "y", a: "x" }), sums({ a: "x", b: "y" })).counts).toBe("kept");
  });
});

test("topics, tasks, nodes and schemas: new, gone, changed, refused", () => {
  const schema = (required: string[]): object => ({
    schemas: {
      "in@1": { type: "object", properties: { size: { type: "number" } }, required, additionalProperties: true },
    },
  });
  const named = { in: { ...base.in, schema: "in" } };
  const after = planOf(
    { ...named, out: { ...base.out, "topic-name": "out2" }, measure: { ...base.measure, parameters: { sigma: 2 } } },
    { ...schema(["size"]), partitions: 3 },
  );
  const diff = diffPlans(planOf(named, schema([])), after);
  const topic = (name: string): unknown => diff.topics.find((one) => one.topic === name)?.change;
  expect([topic("out"), topic("out2"), topic("in"), topic("rows")]).toEqual(["gone", "new", "refused", "kept"]);
  expect(diff.tasks).toEqual([
    {
      node: "measure",
      task: "measure",
      change: "changed",
      why: 'parameters was {}, is {"sigma":2}: what comes is computed anew, results so far stay',
    },
  ]);
  expect(diff.nodes.map(({ node, change }) => [node, change])).toEqual([
    ["measure", "changed"],
    ["out", "changed"],
  ]);
  expect(diff.schemas).toMatchObject([{ node: "in", breaks: [{ path: "size" }] }]);
  expect(severitiesOf(diff)).toEqual(["refused", "breaks"]);
  const retimed = planOf({ measure: { ...base.measure, timeout: 5 } });
  expect(diffPlans(planOf(), retimed).tasks).toMatchObject([
    { change: "kept", why: "run otherwise, to the same results" },
  ]);
});

describe("opening state with a changed plan", () => {
  const filled = () => {
    const driver = testDriver(planOf());
    driver.push("rows", { wells: ["A", "B"] }, { key: "P1" });
    driver.push("in", { plate: "P1", well: "A", size: 2 });
    return driver;
  };

  test("entries that would be mixed with others of another kind are refused, and everything is as it was", () => {
    const driver = filled();
    const changed = planOf({ counts: operation("counts", { aggregate: { by: ["well"], count: "n" } }) });
    const error = errorOf(() => testDriver(changed, { db: driver.db }));
    expect(error).toMatchObject({ code: "engine/plan-changed", stores: [{ store: "d.counts" }] });
    expect(error.message).toContain("by was");
    const again = testDriver(planOf(), { db: driver.db });
    again.push("in", { plate: "P1", well: "B", size: 2 });
    expect(again.read("out").map(({ value }) => value.n)).toEqual([1, 2]);
    expect(again.read("d.group")).toHaveLength(1);
  });

  test("discarded, they are gone and only they are; the log tells", () => {
    const driver = filled();
    const changed = planOf({ counts: operation("counts", { aggregate: { by: ["well"], count: "n" } }) });
    const next = testDriver(changed, { db: driver.db, lostState: "discard" });
    next.push("in", { plate: "P1", well: "B", size: 2 });
    expect([...next.store("counts").keys()]).toEqual(["B"]);
    expect(next.read("d.group")).toHaveLength(1);
    const told = next.inspector.events(0, 100).filter(({ kind }) => kind === "plan-changed");
    expect(told.map(({ data }) => data)).toMatchObject([{ dag: "d", discarded: [{ store: "d.counts" }], mixed: [] }]);
    expect(codeOf(() => testDriver(changed, { db: driver.db }))).toBe("none");
  });

  test("open groups that are discarded are open no longer, and their deadlines fire for nothing", () => {
    const driver = filled();
    const changed = planOf({ group: group({ by: ["plate", "well"] }), measure: undefined });
    const next = testDriver(changed, { db: driver.db, lostState: "discard" });
    const open = (): number | undefined => next.stats().nodes.find(({ node }) => node === "group")?.open;
    expect(open()).toBe(0);
    next.advance(10_000);
    expect(next.read("d.group")).toEqual([]);
    next.push("in", { plate: "P1", well: "B", size: 2 });
    expect(open()).toBe(1);
  });

  test("what nothing was kept of is no loss", () => {
    const driver = testDriver(planOf());
    const changed = planOf({ counts: operation("counts", { aggregate: { by: ["well"], count: "n" } }) });
    expect(codeOf(() => testDriver(changed, { db: driver.db }))).toBe("none");
  });

  test("entries whose feed changed are kept, and the log tells that they are mixed", () => {
    const driver = filled();
    const next = testDriver(planOf({ large: operation("large", { filter: { field: "size", above: 0 } }) }), {
      db: driver.db,
    });
    next.settle();
    const told = next.inspector.events(0, 100).filter(({ kind }) => kind === "plan-changed");
    expect(told.map(({ data }) => data)).toMatchObject([{ mixed: [{ store: "d.counts" }, { store: "d.group" }] }]);
  });

  test("a table under another node's name is read again from its topic, and what waited for it goes on", () => {
    const driver = filled();
    const changed = planOf({
      rows: undefined,
      "all-rows": { ...base.rows },
      group: {
        ...group({ expect: { table: "all-rows", key: "{plate}", field: "wells" } }),
        inputs: ["large", "all-rows"],
      },
    });
    expect(codeOf(() => testDriver(changed, { db: driver.db }))).toBe("engine/plan-changed");
    const next = testDriver(changed, { db: driver.db, lostState: "discard" });
    next.settle();
    expect([...next.store("all-rows").keys()]).toEqual(["P1"]);
    for (const well of ["A", "B"]) next.push("in", { plate: "P1", well, size: 2, again: true });
    expect(next.read("d.group")).toHaveLength(1);
  });

  test("a node that comes back otherwise than it went does not take its old entries up", () => {
    const driver = filled();
    const without = { counts: undefined, out: undefined };
    testDriver(planOf(without), { db: driver.db });
    const back = planOf({ counts: operation("counts", { aggregate: { by: ["well"], count: "n" } }) });
    expect(codeOf(() => testDriver(back, { db: driver.db }))).toBe("engine/plan-changed");
    expect(codeOf(() => testDriver(planOf(), { db: driver.db }))).toBe("none");
  });

  test("a folder from before identities were noted is told by its last plan", () => {
    const driver = filled();
    driver.db.exec("DELETE FROM store_identities");
    const changed = planOf({ counts: operation("counts", { aggregate: { by: ["well"], count: "n" } }) });
    expect(codeOf(() => testDriver(changed, { db: driver.db }))).toBe("engine/plan-changed");
    expect(codeOf(() => testDriver(planOf(), { db: driver.db }))).toBe("none");
  });

  test("the embedded runtime refuses likewise and leaves its folder free", async () => {
    const dir = join(root, "embedded");
    const options = { dir, database: { durable: false } };
    const first = await openEmbedded({ ...options, plans: [planOf()] });
    await first.append("in", [{ key: "a", value: { plate: "P1", well: "A", size: 2 } }]);
    await first.drain();
    await first.stop();
    const changed = planOf({ counts: operation("counts", { aggregate: { by: ["well"], count: "n" } }) });
    await expect(openEmbedded({ ...options, plans: [changed] })).rejects.toMatchObject({ code: "engine/plan-changed" });
    const next = await openEmbedded({ ...options, plans: [changed], lostState: "discard" });
    expect(next.table("d.counts").size).toBe(0);
    await next.stop();
  });
});
