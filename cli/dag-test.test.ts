import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { describeCases } from "./dag-test.ts";
import { run } from "./program.test-support.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-dag-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const file = (name: string, content: unknown): string => {
  const path = join(root, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
};

const dag = {
  name: "w",
  partitions: 1,
  graph: {
    images: { type: "topic-stream", "topic-name": "images" },
    big: { type: "stream-operation", inputs: ["images"], function: { filter: "isBig" } },
    measured: { type: "external-task", stream: "big", "task-name": "measure" },
    out: { type: "publish", "topic-name": "out", stream: "measured" },
  },
};
file("w.json", dag);
file("functions.mjs", "export const functions = { isBig: ({ size }) => size > 3 };\n");
file("tasks.mjs", "export const tasks = { measure: { run: ({ size }) => ({ twice: 2 * size }) } };\n");
const steps = (twice: number): object[] => [
  { push: "images", value: { size: 1 } },
  { push: "images", value: { size: 7 } },
  { "run-tasks": true },
  { expect: { topic: "out", records: [{ includes: { twice } }] } },
];
const beside = { functions: "functions.mjs", tasks: "tasks.mjs" };
const sound = file("sound.test.json", { dag: "w.json", ...beside, cases: { doubles: steps(14), again: steps(14) } });
const broken = file("broken.test.json", { dag, ...beside, cases: { doubles: steps(14), halves: steps(3) } });

describe("artesian dag test", () => {
  it("runs the cases of scripts, with the workflow, functions and tasks beside them", async () => {
    expect(await run("dag", "test", sound)).toEqual({
      code: 0,
      data: `${sound}\n  ✓ doubles\n  ✓ again\n2 passed, 0 failed\n`,
      said: "",
    });
  });

  it("says of a case that fails at which step, and expected beside got; its exit code is 1", async () => {
    const { code, data } = await run("dag", "test", sound, broken);
    expect(code).toBe(1);
    expect(data).toContain('  ✗ halves\n      step 4: Topic "out"');
    expect(data).toMatch(/\n {6}- +"twice": 3\n[\s\S]*\n {6}\+ +"twice": 14\n/);
    expect(data).toMatch(/\n3 passed, 1 failed\n$/);
  });

  it("gives the whole as JSON, and takes only cases whose name contains what is asked for", async () => {
    const { code, data } = await run("dag", "test", broken, "--case", "doub", "--json");
    expect([code, JSON.parse(data)]).toEqual([
      0,
      { ok: true, passed: 1, failed: 0, files: [{ file: broken, cases: [{ name: "doubles", ok: true, lives: 1 }] }] },
    ]);
    await expect(run("dag", "test", broken, "--case", "thirds")).rejects.toThrow(/--case thirds: no case has this/);
  });

  it("lives each case again with a crash after every write", async () => {
    const { data } = await run("dag", "test", sound, "--case", "again", "--crash-everywhere");
    expect(Number(/✓ again \((\d+) lives\)/.exec(data)?.[1])).toBeGreaterThan(3);
  });

  it("refuses a script that is not one, or names what is not there", async () => {
    await expect(run("dag", "test", file("no.test.json", { dag: "w.json" }))).rejects.toMatchObject({
      code: "engine/invalid-test",
    });
    const lost = file("lost.test.json", { dag: "gone.json", cases: { one: steps(1) } });
    await expect(run("dag", "test", lost)).rejects.toThrow(/gone\.json: there is no such file/);
    const unnamed = file("unnamed.test.json", { dag: "w.json", tasks: "functions.mjs", cases: { one: steps(1) } });
    await expect(run("dag", "test", unnamed)).rejects.toThrow(/exports no "tasks"/);
  });
});

it("a case that failed after a crash says after how many writes", () => {
  const failed = {
    name: "one",
    ok: false,
    lives: 4,
    step: 2,
    crashedAfter: 3,
    problem: "Not there.",
    diff: ["- 1", "+ 2"],
  };
  expect(describeCases("w.test.json", [failed])).toEqual([
    "w.test.json",
    "  ✗ one",
    "      step 2, each step having crashed after 3 writes: Not there.",
    "      - expected",
    "      + got",
    "      - 1",
    "      + 2",
  ]);
});
