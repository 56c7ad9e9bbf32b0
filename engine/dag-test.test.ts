import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { type CaseResult, type DagTestOptions, runDagTest } from "./dag-test.ts";
import { type DagTest, parseDagTest } from "./dag-test-document.ts";
import { thrown } from "./fixtures/errors.ts";
import { lineDiff, shortDiff } from "./line-diff.ts";

const plan = compile({
  name: "sites",
  partitions: 3,
  graph: {
    images: { type: "topic-stream", "topic-name": "images" },
    metadata: { type: "topic-table", "topic-name": "metadata" },
    site: {
      type: "stream-operation",
      inputs: ["images", "metadata"],
      function: {
        "group-complete": {
          by: ["well"],
          member: ["channel"],
          expect: { table: "metadata", key: "all", field: "channels" },
          collect: "images",
          gap: { wallClockMs: 60_000 },
          onIncomplete: "dead-letter",
        },
      },
    },
    features: { type: "external-task", stream: "site", "task-name": "extract", retry: { attempts: 2, delayMs: 0 } },
    counts: { type: "stream-operation", inputs: ["features"], function: { aggregate: { by: ["well"], count: "n" } } },
    out: { type: "publish", "topic-name": "features", stream: "features" },
  },
});
const image = (well: string, channel: string): object => ({ push: "images", key: well, value: { well, channel } });
const metadata = { push: "metadata", key: "all", value: { channels: ["DNA", "ER"] } };
const whole = [metadata, image("A01", "DNA"), image("A01", "ER")];

async function tell(steps: object[], options: Partial<DagTestOptions> = {}): Promise<CaseResult> {
  const test: DagTest = parseDagTest("t.test.json", { dag: "sites.json", cases: { one: steps } });
  const [result] = await runDagTest(test, { plan, ...options });
  return result as CaseResult;
}

describe("a script", () => {
  test("pushes, answers, moves the clock, crashes, and finds what it expects", async () => {
    const steps = [
      ...whole,
      { expect: { "open-tasks": [{ task: "extract", key: "A01" }] } },
      { crash: true },
      { task: "extract", key: "A01", error: { code: "x/flaky", message: "not yet" } },
      { advance: "1 s" },
      { task: "extract", result: { cells: 12 } },
      {
        expect: {
          topic: "features",
          records: [{ key: "A01", includes: { cells: 12, images: [{ channel: "DNA" }, {}] } }],
        },
      },
      { expect: { topic: "site", count: 1 } },
      { expect: { store: "counts", entries: { A01: { n: 1 } } } },
      { expect: { store: "site", entries: { A01: { generation: 1 } } } },
      image("A02", "ER"),
      { expect: { "dead-letters": [] } },
      { advance: "2 min" },
      {
        expect: {
          "dead-letters": [{ node: "site", code: "engine/incomplete-group", key: "A02", message: "missing DNA" }],
        },
      },
      { push: "images", value: {}, key: "A03" },
      {
        expect: {
          topic: "site",
          order: "set",
          records: [
            { includes: { well: "A02" }, failure: "engine/incomplete-group" },
            { key: "A01" },
            { key: "A03", failure: "engine/missing-field" },
          ],
        },
      },
      { push: "nowhere", value: {}, refused: "engine/unknown-topic" },
    ];
    expect(await tell(steps.slice(0, -2))).toEqual({ name: "one", ok: true, lives: 1 });
    expect(await tell([...steps.slice(0, -2), steps.at(-1) as object])).toMatchObject({ ok: true });
  });

  test("runs tasks by their handlers and closes the input", async () => {
    const tasks = { extract: { run: () => ({ cells: 3 }) } };
    const steps = [...whole, { "run-tasks": true }, image("A02", "ER"), { "close-input": true }];
    const expected = { expect: { topic: "features", records: [{ key: "A01", includes: { cells: 3 } }] } };
    expect(await tell([...steps, expected], { tasks })).toMatchObject({ ok: true });
    expect(await tell([...steps, { expect: { topic: "site", count: 2 } }], { tasks })).toMatchObject({ ok: true });
  });
});

describe("a disappointment", () => {
  test("shows expected against got, line by line, and only around what differs", async () => {
    const result = await tell([
      ...whole,
      { expect: { topic: "site", records: [{ key: "A01", includes: { well: "A1", complete: true } }] } },
    ]);
    expect(result).toMatchObject({ ok: false, step: 4, problem: 'Topic "sites.site" is not what was expected.' });
    expect(result.diff).toEqual(
      [
        "  {",
        '    "key": "A01",',
        '    "value": {',
        '      "complete": true,',
        '-     "well": "A1"',
        '+     "well": "A01"',
        "    }",
        "  }",
      ].map((line) => line),
    );
  });

  test.each<[string, object[], RegExp]>([
    [
      "too many records",
      [...whole, { expect: { topic: "images", records: [{ key: "A01" }] } }],
      /Topic "images" is not what/,
    ],
    ["too few", [{ expect: { topic: "images", records: [{ key: "A01" }] } }], /is not what/],
    ["another count", [...whole, { expect: { topic: "images", count: 3 } }], /holds 2 records, expected 3/],
    [
      "another order of a key",
      [
        ...whole,
        {
          expect: {
            topic: "images",
            records: [
              { key: "A01", includes: { channel: "ER" } },
              { key: "A01", includes: { channel: "DNA" } },
            ],
          },
        },
      ],
      /is not what/,
    ],
    ["no such topic", [{ expect: { topic: "imges", count: 0 } }], /There is no topic "imges"\. There are .*images/],
    [
      "a store's other value",
      [...whole, { expect: { store: "site", entries: { A01: { generation: 2 } } } }],
      /Store of "site"/,
    ],
    ["a store's other key", [...whole, { expect: { store: "site", entries: {} } }], /Store of "site"/],
    [
      "a dead letter that is not there",
      [{ expect: { "dead-letters": [{ node: "site", code: "x/y" }] } }],
      /1 of 1 expected is not there/,
    ],
    [
      "one that nobody expects",
      [{ push: "images", key: "a", value: {} }, { expect: { "dead-letters": [] } }],
      /1 not expected/,
    ],
    [
      "no task to answer",
      [{ task: "extract", result: {} }],
      /There is no task "extract" to be answered\. No task waits/,
    ],
    ["another task's key", [...whole, { task: "extract", key: "B02", result: {} }], /These wait: extract of A01/],
    [
      "a record that is taken",
      [{ ...metadata, refused: "engine/x" }],
      /was taken, expected it to be refused with engine\/x/,
    ],
    ["a record that is refused", [{ push: "nowhere", key: "a", value: {} }], /\[engine\/unknown-topic\]/],
    [
      "another refusal",
      [{ push: "nowhere", key: "a", value: {}, refused: "engine/x" }],
      /Refused with engine\/unknown-topic, expected engine\/x/,
    ],
    [
      "an open task",
      [...whole, { expect: { "open-tasks": [] } }],
      /Open tasks: 0 of 0 expected are not there, 1 not expected/,
    ],
    [
      "a task without a handler",
      [...whole, { "run-tasks": true }, { advance: 1 }, { "run-tasks": true }, { expect: { "dead-letters": [] } }],
      /1 not expected/,
    ],
  ])("is told of: %s", async (_, steps, problem) => {
    const result = await tell(steps);
    expect(result.ok).toBe(false);
    expect(result.problem).toMatch(problem);
  });

  test("sets are compared in any order; records of one key in theirs", async () => {
    const both = [image("B", "DNA"), image("A", "DNA"), image("A", "ER")];
    const of = (key: string, channel: string): object => ({ key, includes: { channel } });
    const expecting = (order: string, ...records: object[]) =>
      tell([...both, { expect: { topic: "images", order, records } }]);
    expect((await expecting("by-key", of("A", "DNA"), of("B", "DNA"), of("A", "ER"))).ok).toBe(true);
    expect((await expecting("by-key", of("A", "ER"), of("B", "DNA"), of("A", "DNA"))).ok).toBe(false);
    expect((await expecting("set", of("A", "ER"), of("B", "DNA"), of("A", "DNA"))).ok).toBe(true);
    expect((await expecting("set", of("A", "ER"), of("B", "DNA"), of("B", "DNA"))).ok).toBe(false);
  });
});

describe("a case that crashes everywhere", () => {
  const steps = [
    ...whole,
    { task: "extract", key: "A01", result: { cells: 1 } },
    image("A02", "ER"),
    { advance: "2 min" },
    { redrive: "all" },
  ];
  const expected = [
    { expect: { topic: "features", records: [{ key: "A01" }] } },
    { expect: { store: "counts", entries: { A01: { n: 1 } } } },
    { expect: { topic: "images", count: 3 } },
  ];

  test("dies after every write of every step and ends the same", async () => {
    const result = await tell([...steps, ...expected], { crashEverywhere: true });
    expect(result).toMatchObject({ ok: true });
    expect(result.lives).toBeGreaterThan(10);
  });

  test("finds what a crash changes: a function that counts for itself", async () => {
    let calls = 0;
    const functions = { count: (value: object) => ({ ...value, calls: ++calls }) };
    const graph = {
      in: { type: "topic-stream", "topic-name": "in" },
      counted: { type: "stream-operation", inputs: ["in"], function: "count" },
      out: { type: "publish", "topic-name": "out", stream: "counted" },
    };
    const document = parseDagTest("t.test.json", {
      dag: "x.json",
      cases: {
        impure: {
          "crash-everywhere": true,
          steps: [
            { push: "in", key: "a", value: {} },
            { expect: { topic: "out", records: [{ key: "a", value: { calls: 1 } }] } },
          ],
        },
      },
    });
    const [result] = await runDagTest(document, { plan: compile({ name: "x", graph }, { functions }), functions });
    expect(result).toMatchObject({ ok: false, step: 2 });
    expect(result?.crashedAfter).toBeGreaterThanOrEqual(0);
  });
});

test("a test that cannot be read names the place", () => {
  const { errorOf } = thrown;
  const parsed = (cases: unknown): Error & Record<string, unknown> =>
    errorOf(() => parseDagTest("t.test.json", { dag: "x.json", cases }));
  expect(parsed({ a: [{ psh: "x" }] })).toMatchObject({ code: "engine/invalid-test" });
  expect(parsed({ a: [{ advance: "soon" }] })).toMatchObject({ path: "cases.a.0.advance" });
  expect(parsed({ a: [{ push: "x", value: {}, tme: 3 }] }).message).toMatch(/cases\.a\.0.*tme/);
  expect(parsed({ a: [] })).toMatchObject({ code: "engine/invalid-test" });
});

test("property: a line diff holds both texts, and equal ones have no difference", () => {
  const lines = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 12 });
  fc.assert(
    fc.property(lines, lines, (expected, got) => {
      const diff = lineDiff(expected, got);
      const side = (sign: string): string[] =>
        diff.filter((line) => line[0] === sign || line[0] === " ").map((line) => line.slice(2));
      expect(side("-")).toEqual(expected);
      expect(side("+")).toEqual(got);
      expect(shortDiff(lineDiff(got, got)).filter((line) => line !== "  …")).toEqual([]);
    }),
  );
});
