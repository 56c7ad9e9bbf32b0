import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { type Expectation, parseDagTest } from "./dag-test-document.ts";
import { judge, project } from "./dag-test-expect.ts";
import { testDriver } from "./test-driver.ts";

const driver = testDriver(
  compile({
    name: "w",
    partitions: 2,
    graph: {
      images: { type: "topic-stream", "topic-name": "images" },
      counts: { type: "stream-operation", inputs: ["images"], function: { aggregate: { by: ["well"], count: "n" } } },
      out: { type: "publish", "topic-name": "out", stream: "counts" },
      measured: { type: "external-task", stream: "images", "task-name": "measure" },
    },
  }),
);
for (const well of ["B", "A", "A"]) driver.push("images", { well, file: { path: `${well}.tif`, sizeBytes: 3 } });
driver.push("images", { file: {} });

/** What a driver that has counted B, A and A, and refused a record without a well, disappoints in. */
function judged(expectation: unknown): ReturnType<typeof judge> {
  const { cases } = parseDagTest("t", { dag: "w", cases: { one: [{ expect: expectation }] } });
  const [step] = cases.one as [{ expect: Expectation }];
  return judge(driver, step.expect);
}

describe("a topic", () => {
  test("is held against records of each key in order, by what is said of them", () => {
    const records = [
      { key: "A", value: { well: "A", n: 1 } },
      { key: "A", includes: { n: 2 } },
      { key: "B", includes: {} },
    ];
    expect(judged({ topic: "out", records, count: 3 })).toBeUndefined();
    expect(judged({ topic: "out", records: [records[1], records[0], records[2]] })).toMatchObject({
      problem: 'Topic "out" is not what was expected.',
      diff: expect.arrayContaining(
        ['-       "n": 2', '+       "n": 1'].map((line) => expect.stringContaining(line.slice(2).trim())),
      ),
    });
  });

  test("without keys is a set: what is missing and what is too much are counted", () => {
    const some = [{ includes: { n: 2 } }, { includes: { n: 9 } }];
    expect(judged({ topic: "out", records: some })).toMatchObject({
      problem: 'Topic "out": 1 of 2 expected is not there, 2 not expected.',
    });
    expect(judged({ topic: "out", count: 7 })).toEqual({
      problem: 'Topic "out" holds 3 records, expected 7.',
      diff: [],
    });
  });

  test("may be named by its node; one that is not there is told with those that are", () => {
    expect(judged({ topic: "images", count: 4 })).toBeUndefined();
    expect(judged({ topic: "measured", count: 0 })).toBeUndefined();
    expect(judged({ topic: "nowhere", count: 0 })?.problem).toMatch(
      /^There is no topic "nowhere"\. There are images, /,
    );
  });
});

test("a store is held against its entries, as far as they are named, and lists those that are not", () => {
  expect(judged({ store: "counts", entries: { A: { n: 2 }, B: { n: 1 } } })).toBeUndefined();
  expect(judged({ store: "counts", entries: { A: { n: 2 } } })).toMatchObject({
    problem: 'Store of "counts" is not what was expected.',
    diff: expect.arrayContaining([expect.stringContaining('"B"')]),
  });
});

test("dead letters and open tasks are sets, told by node or task", () => {
  const letter = { node: "counts", code: "engine/missing-field" };
  expect(judged({ "dead-letters": [{ ...letter, message: "needs well" }] })).toBeUndefined();
  expect(judged({ "dead-letters": [{ ...letter, message: "another word" }] })?.problem).toMatch(
    /1 of 1 expected is not/,
  );
  expect(judged({ "dead-letters": [] })?.problem).toMatch(/0 of 0 expected are not there, 1 not expected/);
  expect(judged({ "open-tasks": [1, 2, 3, 4].map(() => ({ task: "measure" })) })).toBeUndefined();
  expect(judged({ "open-tasks": [{ task: "other" }] })?.problem).toMatch(/1 of 1 expected is not there, 4 not/);
});

test("a value is shown as far as something is expected of it", () => {
  const value = { well: "A", sites: [{ n: 1, m: 2 }, { n: 3 }], more: 1 };
  expect(project(value, { sites: [{ n: 0 }] })).toEqual({ sites: [{ n: 1 }, { n: 3 }] });
  expect(project(value, 7)).toBe(value);
});
