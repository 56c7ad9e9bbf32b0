import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Completion, Lease, TaskServer } from "@artesian/engine";
import { afterEach, beforeEach, expect, it } from "vitest";
import { discardAttempt } from "./attempt-folder.ts";
import { machineName } from "./machine.ts";
import { processExecutor } from "./process-executor.ts";
import { type ExecutorServing, serveByExecutor } from "./serve-executor.ts";

let root = "";
const servers: TaskServer[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "artesian-shared-"));
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(0);
  rmSync(root, { recursive: true, force: true, maxRetries: 5 });
});

interface Process {
  server: TaskServer;
  said: Completion[];
}

/** An executor as one of several processes serves it. */
async function serving(given: Partial<ExecutorServing> = {}): Promise<Process> {
  const server = serveByExecutor({
    ...{ executor: processExecutor(process.env), scope: join(root, "attempts"), outputs: join(root, "outputs") },
    ...{ slots: 16, pollMs: 20, atStop: "cancel", folder: root, env: process.env },
    onTrouble: (error) => {
      throw error;
    },
    ...given,
  });
  const said: Completion[] = [];
  await server.start({ tasks: [], answer: (completion) => said.push(completion) });
  servers.push(server);
  return { server, said };
}

const log = (): string[] => readFileSync(join(root, "log"), "utf8").trim().split("\n");
function lease(token: number, script: string): Lease {
  const parameters = { command: "sh", argv: ["-c", script], outputs: [{ glob: "*.txt" }] };
  return {
    ...{ taskId: "a".repeat(64), token, dag: "d", node: "n", task: "t", key: "k", attempt: 1, input: {}, parameters },
    ...{ resources: {}, priority: 0, timeoutMs: Number.POSITIVE_INFINITY },
  };
}
const slow = (): string => `echo begun >> '${root}/log'; sleep 1; echo $$ > made.txt; echo ended >> '${root}/log'`;

async function until(holds: () => boolean, what: string): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    if (holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`${what} did not come to hold.`);
}
const begun = (): boolean => existsSync(join(root, "log"));

it("of two processes of a machine that have one task, one command runs, and both say the same of it", async () => {
  const [one, other] = [await serving({ machine: "m1" }), await serving({ machine: "m1" })];
  one.server.give([lease(1, slow())]);
  other.server.give([lease(2, slow())]);
  await until(() => one.said.length + other.said.length === 2, "two answers");
  expect(log()).toEqual(["begun", "ended"]);
  const result = (completion: Completion | undefined) =>
    completion?.outcome === "done" ? completion.result : completion;
  expect(result(one.said[0])).toMatchObject({ outputs: [{ path: "made.txt" }] });
  expect(result(other.said[0])).toEqual(result(one.said[0]));
});

it("a process that takes a running command over finds it; one that comes after its end has its answer", async () => {
  const first = await serving({ machine: "m1" });
  first.server.give([lease(1, slow())]);
  await until(begun, "the beginning");
  first.server.release?.([{ taskId: "a".repeat(64), token: 1 }]);
  await first.server.stop(0);
  const second = await serving({ machine: "m1" });
  second.server.give([lease(2, slow())]);
  await until(() => second.said.length === 1, "an answer");
  const third = await serving({ machine: "m1" });
  third.server.give([lease(3, slow())]);
  await until(() => third.said.length === 1, "the same answer");
  expect(first.said).toEqual([]);
  expect(third.said[0]).toEqual({ ...second.said[0], token: 3 });
  expect(log()).toEqual(["begun", "ended"]);
});

it("another machine begins anew, in a folder of its own: the first to point to its files has made the task's", async () => {
  const [here, there] = [await serving({ machine: "m1" }), await serving({ machine: "m2" })];
  here.server.give([lease(1, slow())]);
  there.server.give([lease(2, slow())]);
  await until(() => here.said.length + there.said.length === 2, "two answers");
  expect(log().filter((line) => line === "begun")).toHaveLength(2);
  const [one, other] = [here.said[0], there.said[0]].map((completion) => {
    if (completion?.outcome !== "done") throw new Error(JSON.stringify(completion));
    return (completion.result as { outputs: { uri: string; sha256: string }[] }).outputs;
  });
  expect(one).toEqual(other);
  expect(existsSync(one?.[0]?.uri ?? "")).toBe(true);
});

it("an attempt whose folder another process has removed is lost, not waited for", async () => {
  const first = await serving({ machine: "m1" });
  first.server.give([lease(1, slow())]);
  await until(begun, "the beginning");
  const troubles: unknown[] = [];
  const second = await serving({ machine: "m1", onTrouble: (error) => troubles.push(error) });
  second.server.give([lease(2, slow())]);
  await new Promise((resolve) => setTimeout(resolve, 200));
  // it was not told that the second has it
  await first.server.stop(0);
  await until(() => second.said.length === 1, "an answer");
  expect(second.said).toMatchObject([{ outcome: "failed", error: { code: "executors/lost" } }]);
});

it("a folder is given up while another process writes into it", async () => {
  const dir = join(root, "attempts", "busy");
  mkdirSync(dir, { recursive: true });
  const command = 'while [ -d "$0" ]; do mkdir "$0/$((n += 1))" && : > "$0/$n/made"; done';
  const writer = spawn("sh", ["-c", command, dir], { stdio: "ignore" });
  await until(() => existsSync(join(dir, "20")), "the writer's start");
  await discardAttempt(join(root, "attempts"), dir);
  expect(existsSync(dir)).toBe(false);
  expect(readdirSync(join(root, "attempts/.making"))).toEqual([]);
  await until(() => writer.exitCode !== null, "the writer's end");
});

it("an end that could not be written down is told in a later round", async () => {
  const troubles: unknown[] = [];
  const { server, said } = await serving({ onTrouble: (error) => troubles.push(error) });
  const blocked = join(root, "attempts", `${"a".repeat(32)}-1`, "answer.json");
  server.give([lease(1, `echo begun >> '${root}/log'; mkdir '${blocked}'; touch made.txt`)]);
  await until(() => troubles.length > 1, "trouble, again and again");
  expect(said).toEqual([]);
  rmSync(blocked, { recursive: true });
  await until(() => said.length === 1, "the answer");
  expect(said).toMatchObject([{ outcome: "done" }]);
  expect(log()).toEqual(["begun"]);
});

it("what a killed process had begun to prepare is swept a day later, and what others prepare now is left", async () => {
  const [old, now] = ["old", "now"].map((name) => join(root, "attempts/.making", name));
  for (const path of [old, now]) mkdirSync(path ?? "", { recursive: true });
  const before = (Date.now() - 25 * 3600 * 1000) / 1000;
  utimesSync(old ?? "", before, before);
  await serving();
  expect([old, now].map((path) => existsSync(path ?? ""))).toEqual([false, true]);
});

it("processes of one machine agree on its name, which fits into a name of an attempt", () => {
  expect(machineName()).toBe(machineName());
  expect(machineName()).toMatch(/^m[0-9a-f]{8}$/);
});
