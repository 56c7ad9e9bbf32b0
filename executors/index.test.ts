import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as executors from "./index.ts";

test("the room's public names", () => {
  expect(Object.keys(executors).sort()).toMatchInlineSnapshot(`
    [
      "AttemptCutError",
      "ExecutorConfigError",
      "ExitCodeError",
      "InputChangedError",
      "MissingOutputError",
      "ResourceError",
      "SubmitError",
      "TaskParametersError",
      "attemptFolder",
      "batchExecutor",
      "containerCommand",
      "containerExecutor",
      "executorsFile",
      "kubernetesExecutor",
      "machineName",
      "makeExecutor",
      "prepareAttempt",
      "processExecutor",
      "publishOutputs",
      "readExecutors",
      "readExit",
      "readResources",
      "readTaskParameters",
      "serveByExecutor",
      "shellWord",
      "slurmExecutor",
      "taskServers",
      "taskSpecOf",
      "wrapperText",
    ]
  `);
});

test("the README's example runs and says what it says", async () => {
  const readme = readFileSync(new URL("README.md", import.meta.url), "utf8");
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  const body = example.replace(/^import .*$/m, "").replace(/^(state\.exit\.code); \/\/ 3$/m, "return $1;");
  const scope = mkdtempSync(join(tmpdir(), "artesian-readme-"));
  const run = new Function(
    "processExecutor",
    "prepareAttempt",
    "scope",
    "process",
    `return (async () => {${body}})()`,
  ) as (...args: unknown[]) => Promise<unknown>;
  try {
    expect(await run(executors.processExecutor, executors.prepareAttempt, scope, process)).toBe(3);
  } finally {
    rmSync(scope, { recursive: true, force: true });
  }
});
