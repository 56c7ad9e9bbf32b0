import { expect, test } from "vitest";
import { closeSummary } from "./close-summary.ts";
import { compile } from "./compile.ts";
import type { EngineStats } from "./inspect.ts";
import { testDriver } from "./test-driver.ts";

const plan = compile({
  name: "w",
  graph: {
    images: { type: "topic-stream", "topic-name": "images" },
    wells: {
      type: "stream-operation",
      inputs: ["images"],
      function: { "group-complete": { by: ["well"], member: ["channel"], expect: { constant: 2 } } },
    },
    measured: { type: "external-task", stream: "wells", "task-name": "measure", retry: { attempts: 1 } },
    out: { type: "publish", "topic-name": "out", stream: "measured" },
  },
});
const measure = (): object => {
  throw new Error("no light");
};

/** What is left of a run whose wells got these channels. */
async function left(wells: Record<string, string[]>): Promise<EngineStats> {
  const driver = testDriver(plan, { tasks: { measure: { run: measure } } });
  for (const [well, channels] of Object.entries(wells))
    for (const channel of channels) driver.push("images", { well, channel });
  await driver.closeInput();
  return driver.stats();
}

test("a run that left nothing open, incomplete or failed is complete", async () => {
  expect(closeSummary(await left({}), new Map())).toEqual({
    complete: true,
    openGroups: {},
    incompleteGroups: 0,
    failedTasks: 0,
    deadLetters: 0,
  });
});

test("an incomplete group, a failed task or an open group each make it incomplete, with its count", async () => {
  const half = closeSummary(await left({ A01: ["DNA"] }), new Map());
  expect(half).toMatchObject({ complete: false, incompleteGroups: 1 });
  const failed = closeSummary(await left({ A01: ["DNA", "ER"], A02: ["DNA", "ER"] }), new Map());
  expect(failed).toEqual({ complete: false, openGroups: {}, incompleteGroups: 0, failedTasks: 2, deadLetters: 2 });
  const open = closeSummary(await left({}), new Map([["w.wells", 3]]));
  expect(open).toMatchObject({ complete: false, openGroups: { "w.wells": 3 }, deadLetters: 0 });
});
