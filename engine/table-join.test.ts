import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { InvalidSpecError, WrongInputError } from "./errors.ts";
import type { Plan } from "./plan.ts";
import { prune } from "./retention.ts";
import type { Value } from "./template.ts";
import { type TestDriver, testDriver } from "./test-driver.ts";

type Kind = "inner" | "left";

/** layout ⋈ compounds, and that ⋈ doses: `first` and `second` are the kinds of the two joins. */
function planOf(first: Kind = "inner", second: Kind = "inner", more: Record<string, unknown> = {}): Plan {
  return compile({
    name: "t",
    graph: {
      layout: { type: "topic-table", "topic-name": "layout" },
      compounds: { type: "topic-table", "topic-name": "compounds" },
      doses: { type: "topic-table", "topic-name": "doses" },
      treated: {
        type: "stream-operation",
        inputs: ["layout", "compounds"],
        function: { "table-join": { left: "layout", right: "compounds", as: "compound", kind: first } },
      },
      dosed: {
        type: "stream-operation",
        inputs: ["treated", "doses"],
        function: { "table-join": { left: "treated", right: "doses", as: "dose", kind: second } },
      },
      out: { type: "publish", "topic-name": "out", stream: "treated" },
      "dosed-out": { type: "publish", "topic-name": "dosed", stream: "dosed" },
      ...more,
    },
  });
}

const changes = (driver: TestDriver, topic = "out"): [string, Value | null, number][] =>
  driver.read(topic).map(({ key, value, timestamp }) => [key, value, timestamp]);
const at = (timestamp: number, key = "A01"): { key: string; timestamp: number } => ({ key, timestamp });

describe("table-join", () => {
  test("inner: a row when both sides have one, another when either changes, a tombstone when either goes", () => {
    const driver = testDriver(planOf());
    driver.push("layout", { well: 1 }, at(10));
    expect(changes(driver)).toEqual([]);
    driver.push("compounds", { name: "DMSO" }, at(5));
    driver.push("layout", { well: 2 }, at(12));
    driver.push("compounds", null, at(11));
    driver.push("compounds", { name: "TSA" }, at(20));
    driver.push("layout", null, at(30));
    expect(changes(driver)).toEqual([
      ["A01", { well: 1, compound: { name: "DMSO" } }, 10],
      ["A01", { well: 2, compound: { name: "DMSO" } }, 12],
      ["A01", null, 12],
      ["A01", { well: 2, compound: { name: "TSA" } }, 20],
      ["A01", null, 30],
    ]);
    expect(driver.store("treated").size).toBe(0);
  });

  test("left: a row as soon as the left side has one, null for a right one that is absent", () => {
    const driver = testDriver(planOf("left"));
    driver.push("compounds", { name: "DMSO" }, at(1, "B02"));
    driver.push("layout", { well: 1 }, at(10));
    driver.push("compounds", { name: "TSA" }, at(11));
    driver.push("compounds", null, at(12));
    expect(changes(driver)).toEqual([
      ["A01", { well: 1, compound: null }, 10],
      ["A01", { well: 1, compound: { name: "TSA" } }, 11],
      ["A01", { well: 1, compound: null }, 12],
    ]);
    expect([...driver.store("treated")]).toEqual([["A01", { well: 1, compound: null }]]);
  });

  test("a record that changes nothing of the joined row puts nothing out", () => {
    const driver = testDriver(planOf());
    driver.push("compounds", null, at(1));
    driver.push("layout", { well: 1 }, at(2));
    driver.push("compounds", { name: "DMSO" }, at(3));
    driver.push("compounds", { name: "DMSO" }, at(4));
    expect(changes(driver)).toHaveLength(1);
  });

  test("a joined table is a side of the next, and every change passes through both", () => {
    const driver = testDriver(planOf("left", "inner"));
    driver.push("layout", { well: 1 }, at(1));
    driver.push("doses", { um: 10 }, at(2));
    driver.push("compounds", { name: "TSA" }, at(3));
    driver.push("layout", null, at(4));
    expect(changes(driver, "dosed")).toEqual([
      ["A01", { well: 1, compound: null, dose: { um: 10 } }, 2],
      ["A01", { well: 1, compound: { name: "TSA" }, dose: { um: 10 } }, 3],
      ["A01", null, 4],
    ]);
  });

  test("a joined table is looked up by streams, waited for by held records and by groups", () => {
    const more = {
      wells: { type: "topic-stream", "topic-name": "wells" },
      known: {
        type: "stream-operation",
        inputs: ["wells", "treated"],
        function: { join: { table: "treated", key: "{well}", as: "is", wait: true } },
      },
      whole: {
        type: "stream-operation",
        inputs: ["wells", "treated"],
        function: {
          "group-complete": {
            by: ["well"],
            member: ["site"],
            expect: { table: "treated", key: "{well}", field: "compound.sites" },
          },
        },
      },
      "known-out": { type: "publish", "topic-name": "known", stream: "known" },
    };
    const driver = testDriver(planOf("inner", "inner", more));
    driver.push("wells", { well: "A01", site: 1 });
    driver.push("layout", { well: 1 }, at(1));
    expect(driver.read("known")).toEqual([]);
    driver.crash();
    driver.push("compounds", { name: "TSA", sites: 1 }, at(2));
    expect(driver.read("known")).toMatchObject([{ value: { site: 1, is: { well: 1, compound: { name: "TSA" } } } }]);
    expect(driver.read("t.whole")).toMatchObject([{ key: "A01", value: { complete: true, expected: 1 } }]);
  });

  test("its topic has one partition and keeps the last change of every key, so that another workflow reads it as a table", () => {
    const plan = planOf();
    expect(plan.topics.find(({ name }) => name === "out")).toMatchObject({ partitions: 1, compacted: true });
    const next = compile({
      name: "next",
      graph: {
        treated: { type: "topic-table", "topic-name": "out" },
        wells: { type: "topic-stream", "topic-name": "wells" },
        known: {
          type: "stream-operation",
          inputs: ["wells", "treated"],
          function: { join: { table: "treated", key: "{well}", as: "is" } },
        },
        known_out: { type: "publish", "topic-name": "known", stream: "known" },
      },
    });
    const driver = testDriver([plan, next]);
    driver.push("layout", { well: 1 }, at(1));
    driver.push("compounds", { name: "TSA" }, at(2));
    driver.push("wells", { well: "A01" });
    driver.push("compounds", null, at(3));
    driver.push("wells", { well: "A01" });
    expect(driver.read("known").map(({ value }) => value.is)).toEqual([{ well: 1, compound: { name: "TSA" } }, null]);
  });

  test("a join that a changed workflow adds tells the rows that are there, and one that is the same tells none again", () => {
    const { db } = testDriver(planOf(), {});
    const tables = compile({
      name: "t",
      graph: {
        layout: { type: "topic-table", "topic-name": "layout" },
        compounds: { type: "topic-table", "topic-name": "compounds" },
        images: { type: "topic-stream", "topic-name": "images" },
      },
    });
    const before = testDriver(tables, { db });
    before.push("layout", { well: 1 }, at(7));
    before.push("compounds", { name: "TSA" }, at(9));
    for (let life = 0; life < 2; life++) {
      const driver = testDriver(planOf(), { db });
      driver.settle();
      expect(changes(driver)).toMatchObject([["A01", { well: 1, compound: { name: "TSA" } }, driver.now]]);
    }
  });

  test("retention leaves the changes of rows, however old they are", () => {
    const driver = testDriver(planOf("left"));
    driver.push("layout", { well: 1 }, at(1));
    prune(driver.db, driver.plans, driver.now + 1e9, { topicsMs: 0 }, () => undefined);
    expect(changes(driver)).toHaveLength(1);
  });

  test("whatever happens to the sides, through a crash, the joined tables are those of the rows in the end", () => {
    const event = fc.record({
      topic: fc.constantFrom("layout", "compounds", "doses"),
      key: fc.constantFrom("A01", "B02", "C03"),
      value: fc.option(
        fc.nat(2).map((n) => ({ n })),
        { freq: 3 },
      ),
      timestamp: fc.nat(50),
    });
    const kind = fc.constantFrom<Kind>("inner", "left");
    fc.assert(
      fc.property(fc.array(event, { maxLength: 25 }), kind, kind, fc.nat(25), (events, first, second, crashAt) => {
        const driver = testDriver(planOf(first, second), { limits: { cachedKeys: 2 } });
        const rows = { layout: new Map(), compounds: new Map(), doses: new Map() } as Record<
          string,
          Map<string, Value>
        >;
        for (const [index, { topic, key, value, timestamp }] of events.entries()) {
          driver.push(topic, value, { key, timestamp });
          if (value === null) rows[topic]?.delete(key);
          else rows[topic]?.set(key, value);
          if (index === crashAt) driver.crash();
        }
        const treated = batch(rows.layout, rows.compounds, "compound", first);
        expect(driver.store("treated")).toEqual(treated);
        expect(driver.store("dosed")).toEqual(batch(treated, rows.doses, "dose", second));
        for (const [topic, table] of [
          ["out", "treated"],
          ["dosed", "dosed"],
        ] as const) {
          const last = new Map<string, Value | null>();
          for (const [key, value] of changes(driver, topic)) {
            expect(value, "no change twice").not.toEqual(last.get(key) ?? null);
            last.set(key, value);
          }
          expect(new Map([...last].filter(([, value]) => value !== null))).toEqual(driver.store(table));
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** What a join of two tables means. */
function batch(left = new Map<string, Value>(), right = new Map<string, Value>(), as: string, kind: Kind) {
  const joined = new Map<string, Value>();
  for (const [key, row] of left)
    if (kind === "left" || right.has(key)) joined.set(key, { ...row, [as]: right.get(key) ?? null });
  return joined;
}

describe("what a table-join refuses", () => {
  const of = (inputs: string[], left: string, right: string) => () =>
    planOf("inner", "inner", {
      images: { type: "topic-stream", "topic-name": "images" },
      odd: { type: "stream-operation", inputs, function: { "table-join": { left, right, as: "x" } } },
    });

  test("a side that is a stream, is no input, or is the other side again", () => {
    expect(of(["layout", "images"], "layout", "images")).toThrow(WrongInputError);
    expect(of(["layout", "doses"], "layout", "compounds")).toThrow(/the two tables "layout" and "compounds"/);
    expect(of(["layout", "layout"], "layout", "layout")).toThrow(WrongInputError);
    expect(of(["layout", "doses", "images"], "layout", "doses")).toThrow(/table layout, table doses, images/);
  });

  test("a task for each row, since a row that goes is none", () => {
    const task = { rows: { type: "external-task", stream: "treated", "task-name": "x" } };
    expect(() => planOf("inner", "inner", task)).toThrow(/expected a stream/);
  });

  test("a kind that is neither inner nor left", () => {
    expect(() => planOf("outer" as Kind)).toThrow(InvalidSpecError);
  });
});
