import { readdirSync, readFileSync } from "node:fs";
import { type CaseResult, parseDagTest, runDagTest } from "@artesian/engine";
import { expect, it } from "vitest";
import { planOf, type WorkflowName, workflows } from "./workflow.ts";

const scripts = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".test.json"));

// every case with a crash after each write: in the slow run; here those that say so themselves
const crashEverywhere = process.env.ARTESIAN_SLOW === "1";

it.each(scripts)("the cases of %s hold, wherever the engine crashes", async (script) => {
  const test = parseDagTest(script, JSON.parse(readFileSync(`${import.meta.dirname}/${script}`, "utf8")));
  const plan = planOf(script.replace(".test.json", "") as WorkflowName);
  const results = await runDagTest(test, { plan, crashEverywhere });
  expect(results.filter(({ ok }) => !ok)).toEqual([] satisfies CaseResult[]);
  expect(results.filter(({ lives }) => lives > 10).length).toBeGreaterThanOrEqual(crashEverywhere ? results.length : 1);
});

it("there is a script for each workflow", () => {
  expect(scripts.map((script) => script.replace(".test.json", ""))).toEqual(Object.keys(workflows).sort());
});
