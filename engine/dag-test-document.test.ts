import { describe, expect, test } from "vitest";
import { parseDagTest } from "./dag-test-document.ts";
import { thrown } from "./fixtures/errors.ts";

const withSteps = (...steps: unknown[]): unknown => ({ dag: "w.json", cases: { one: steps } });
const problemOf = (document: unknown): string => thrown.errorOf(() => parseDagTest("w.test.json", document)).message;

describe("a script of test cases", () => {
  test("is read with times in ms, whatever unit they are written in", () => {
    const written = ["500 ms", "30 s", "5min", "2 h", "1 d", "1.5 s", 250];
    const { cases } = parseDagTest("w.test.json", withSteps(...written.map((advance) => ({ advance }))));
    expect(cases.one).toEqual([500, 30_000, 300_000, 7_200_000, 86_400_000, 1500, 250].map((advance) => ({ advance })));
    const { start } = parseDagTest("w", { dag: "w.json", start: "2026-01-01T00:00:00Z", cases: {} });
    expect(start).toBe(Date.UTC(2026, 0, 1));
  });

  test("expects records by key unless it says otherwise, and takes a case with settings", () => {
    const expectation = { expect: { topic: "out", count: 1 } };
    const { cases } = parseDagTest("w", {
      dag: { name: "w", graph: {} },
      cases: { plain: [expectation], hard: { "crash-everywhere": true, steps: [{ crash: true }] } },
    });
    expect(cases.plain).toEqual([{ expect: { topic: "out", count: 1, order: "by-key" } }]);
    expect(cases.hard).toEqual({ "crash-everywhere": true, steps: [{ crash: true }] });
  });
});

describe("a script that cannot be read is refused", () => {
  test("with the file, the path of the problem and the steps that there are", () => {
    const error = thrown.errorOf(() => parseDagTest("w.test.json", withSteps({ advance: "soon" })));
    expect(error).toMatchObject({ code: "engine/invalid-test", file: "w.test.json", path: "cases.one.0.advance" });
    expect(error.message).toMatch(/^w\.test\.json, cases\.one\.0\.advance: .*"30 s".* Steps are push, advance, task/);
  });

  test("by the verb that is there, not by one that is not", () => {
    expect(problemOf(withSteps({ push: "images", value: {}, times: 1 }))).toMatch(/cases\.one\.0: .*times/);
    expect(problemOf(withSteps({ task: "measure", result: 3 }))).toMatch(/cases\.one\.0\.result/);
    expect(problemOf(withSteps({ expect: { topic: "out", count: -1 } }))).toMatch(/cases\.one\.0\.expect\.count/);
  });

  test("when it has no cases, no workflow or an empty case", () => {
    expect(problemOf({ dag: "w.json" })).toMatch(/w\.test\.json, cases: /);
    expect(problemOf({ cases: {} })).toMatch(/w\.test\.json, dag: /);
    expect(problemOf(withSteps())).toMatch(/cases\.one: /);
    expect(problemOf(null)).toMatch(/w\.test\.json, document: /);
  });
});
