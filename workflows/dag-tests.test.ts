import { readdirSync, readFileSync } from "node:fs";
import { type CaseResult, parseDagTest, runDagTest } from "@artesian/engine";
import { expect, it } from "vitest";
import { planOf, type WorkflowName, workflows } from "./workflow.ts";

const scripts = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".test.json"));

it.each(scripts)("the cases of %s hold, wherever the engine crashes", async (script) => {
  const test = parseDagTest(script, JSON.parse(readFileSync(`${import.meta.dirname}/${script}`, "utf8")));
  const results = await runDagTest(test, {
    plan: planOf(script.replace(".test.json", "") as WorkflowName),
    crashEverywhere: true,
  });
  expect(results.filter(({ ok }) => !ok)).toEqual([] satisfies CaseResult[]);
  expect(results.map(({ lives }) => lives > 10)).toEqual(results.map(() => true));
});

it("there is a script for each workflow", () => {
  expect(scripts.map((script) => script.replace(".test.json", ""))).toEqual(Object.keys(workflows).sort());
});
