import { dirname, resolve } from "node:path";
import {
  type CaseResult,
  compile,
  type DagTest,
  type FunctionRegistry,
  parseDagTest,
  runDagTest,
  type TaskRegistry,
} from "@artesian/engine";
import { readJson } from "@artesian/engine/json.ts";
import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import { type DagFlags, exported, type LoadedDag, loadDag, registryOf, textOf } from "./dag-document.ts";
import { EXIT, UsageError } from "./exit.ts";

interface TestFlags {
  case?: string;
  crashEverywhere?: true;
  json?: true;
}

/** `artesian dag test`: scripts of pushes, clock moves, task results and crashes, held against what they expect. */
export function registerDagTest(dag: Command, { output, exit }: CommandContext): void {
  dag
    .command("test")
    .description("Run a workflow's test cases in memory; exit code 1 when one fails.")
    .argument("<files...>", "scripts of cases (.test.json)")
    .option("--case <text>", "only cases whose name contains it")
    .option("--crash-everywhere", "live every case again with a crash after each write of each step")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", help)
    .action(async (files: string[], flags: TestFlags) => {
      const told: { file: string; cases: CaseResult[] }[] = [];
      for (const file of files) told.push({ file, cases: await runFile(file, flags) });
      const all = told.flatMap(({ cases }) => cases);
      if (all.length === 0) throw new UsageError(`--case ${flags.case ?? ""}: no case has this in its name.`);
      const failed = all.filter(({ ok }) => !ok).length;
      if (flags.json) output.json({ ok: failed === 0, passed: all.length - failed, failed, files: told });
      else {
        for (const { file, cases } of told) for (const line of describeCases(file, cases)) output.data(line);
        output.data(`${all.length - failed} passed, ${failed} failed`);
      }
      exit(failed === 0 ? EXIT.done : EXIT.failed);
    });
}

const help = `
A script names its workflow and has cases of steps: push, advance, task, run-tasks, close-input, redrive, crash, expect.
What it may say stands in docs/dags.md.

Examples:
  $ artesian dag test sites.test.json
  $ artesian dag test workflows/*.test.json --crash-everywhere`;

async function runFile(file: string, flags: TestFlags): Promise<CaseResult[]> {
  const whole = parseDagTest(file, readJson(textOf(file)));
  const wanted = Object.entries(whole.cases).filter(([name]) => name.includes(flags.case ?? ""));
  const test: DagTest = { ...whole, cases: Object.fromEntries(wanted) };
  const beside = (name: string): string => resolve(dirname(file), name);
  const tasks = test.tasks === undefined ? undefined : await exported<TaskRegistry>(beside(test.tasks), "tasks");
  const { plan, functions } = await load(test, beside);
  return runDagTest(test, {
    plan,
    ...(functions === undefined ? {} : { functions }),
    ...(tasks === undefined ? {} : { tasks }),
    ...(flags.crashEverywhere ? { crashEverywhere: true } : {}),
  });
}

/** The workflow of a script: of a file beside it, or written in it. */
async function load({ dag, schemas, functions }: DagTest, beside: (name: string) => string): Promise<LoadedDag> {
  const flags: DagFlags = {
    ...(schemas === undefined ? {} : { schemas: beside(schemas) }),
    ...(functions === undefined ? {} : { functions: beside(functions) }),
  };
  if (typeof dag === "string") return loadDag(beside(dag), flags);
  const registry =
    functions === undefined ? undefined : await exported<FunctionRegistry>(beside(functions), "functions");
  const plan = compile(dag, {
    ...(registry === undefined ? {} : { functions: registry }),
    ...(flags.schemas === undefined ? {} : { schemas: registryOf(flags.schemas) }),
  });
  return registry === undefined ? { plan } : { plan, functions: registry };
}

/** Cases in words, a line each; one that failed with its step and the difference. */
export function describeCases(file: string, cases: readonly CaseResult[]): string[] {
  return [file, ...cases.flatMap(describeCase)];
}

function describeCase({ name, ok, lives, step, crashedAfter, problem, diff = [] }: CaseResult): string[] {
  if (ok) return [`  ✓ ${name}${lives > 1 ? ` (${lives} lives)` : ""}`];
  const when = crashedAfter === undefined ? "" : `, each step having crashed after ${crashedAfter} writes`;
  const legend = diff.length > 0 ? ["      - expected", "      + got"] : [];
  return [`  ✗ ${name}`, `      step ${step}${when}: ${problem}`, ...legend, ...diff.map((line) => `      ${line}`)];
}
