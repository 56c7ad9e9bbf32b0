import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderStore } from "@artesian/data";
import { compile, openEmbedded, type Runtime } from "@artesian/engine";
import { openReader, openStore, type Store, type StoreReader } from "@artesian/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LeasedTask } from "./api.ts";
import { createServer, type Server } from "./app.ts";
import { type EngineRegistry, engineRegistry, type RuntimeControl } from "./engine-adapter.ts";

const example = join(import.meta.dirname, "../examples/http-worker");
const plan = compile({
  name: "bases",
  graph: {
    sequences: { type: "topic-stream", "topic-name": "sequences", key: "{id}" },
    counts: {
      type: "external-task",
      stream: "sequences",
      "task-name": "count-bases",
      executor: "lease",
      timeout: 400,
      resources: { memoryMb: 100 },
      retry: { attempts: 2, delayMs: 0 },
    },
  },
});

let root = "";
let runtime: Runtime;
let store: Store;
let reader: StoreReader;
let engines: EngineRegistry;
let server: Server;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "artesian-tasks-"));
  store = openStore(join(root, "store.db"));
  reader = openReader(join(root, "store.db"));
  engines = engineRegistry();
  await open(plan);
  server = await createServer({ reader, store, objects: folderStore(join(root, "objects")), engines, imageRoots: [] });
});
afterEach(async () => {
  await server.close();
  engines.close();
  await runtime.stop(0);
  await reader.close();
  store.close();
  rmSync(root, { recursive: true, force: true });
});

async function open(of: typeof plan): Promise<void> {
  runtime = await openEmbedded({ dir: join(root, "engine"), plans: [of] });
  engines.add("run-1", join(root, "engine"), runtime as unknown as RuntimeControl);
}

const post = async <T>(path: string, body: object): Promise<T> => {
  const answer = await server.app.inject({ method: "POST", url: `/tasks/${path}`, payload: body });
  expect(answer.statusCode, answer.body).toBe(200);
  return answer.json<T>();
};
const lease = async (given: object = {}): Promise<LeasedTask[]> =>
  (await post<{ leases: LeasedTask[] }>("lease", { names: ["count-bases"], max: 10, ...given })).leases;
const proof = ({ taskId, token }: LeasedTask) => ({ taskId, token });
const add = (...ids: string[]) =>
  runtime.append(
    "sequences",
    ids.map((id) => ({ value: { id, sequence: "ACGT" } })),
  );
const results = () =>
  runtime
    .partitions("bases.counts")
    .flatMap(({ partition, next }) => runtime.readTopic("bases.counts", partition, 0, next));
const backlog = async () => (await server.app.inject("/tasks/backlog/count-bases")).json<Record<string, unknown>>();

describe("the lease queue over HTTP", () => {
  it("hands out what is needed to do a task, takes its result, and counts what waits and runs", async () => {
    expect(await backlog()).toEqual({ task: "count-bases", backlog: 0, inFlight: 0, oldestAgeS: 0 });
    await add("a", "b", "c");
    const leases = await lease({ max: 2 });
    expect(leases).toHaveLength(2);
    expect(leases[0]).toMatchObject({ task: "count-bases", attempt: 1, resources: { memoryMb: 100 }, timeoutMs: 400 });
    expect(await backlog()).toMatchObject({ backlog: 1, inFlight: 2 });
    const tasks = leases.map((one) => ({ ...proof(one), result: { length: 4 } }));
    expect(await post("complete", { tasks })).toEqual({ accepted: [true, true] });
    expect(await post("complete", { tasks })).toEqual({ accepted: [false, false] });
    expect(results().map(({ value }) => value.length)).toEqual([4, 4]);
    const answer = await server.app.inject("/tasks/backlog");
    expect(answer.json()).toMatchObject({ tasks: [{ task: "count-bases", backlog: 1, inFlight: 0 }] });
  });

  it("holds a poll until a task comes, first come first served, and answers with none when the time is up", async () => {
    expect(await lease({ waitMs: 50 })).toEqual([]);
    const [first, second] = [lease({ waitMs: 10_000, max: 1 }), lease({ waitMs: 10_000, max: 1 })];
    await new Promise((resolve) => setTimeout(resolve, 100));
    await add("a");
    expect(await first).toMatchObject([{ key: "a" }]);
    await add("b");
    expect(await second).toMatchObject([{ key: "b" }]);
  });

  it("fences a stale attempt: who was silent for longer than the timeout changes nothing", async () => {
    await add("a");
    const [slow] = (await lease()) as [LeasedTask];
    expect(await post("heartbeat", { tasks: [proof(slow)] })).toEqual({ accepted: [true] });
    const [quick] = (await lease({ waitMs: 5000 })) as [LeasedTask];
    expect(quick).toMatchObject({ taskId: slow.taskId, attempt: 2 });
    expect(await post("heartbeat", { tasks: [proof(slow)] })).toEqual({ accepted: [false] });
    expect(await post("complete", { tasks: [{ ...proof(slow), result: { by: "slow" } }] })).toEqual({
      accepted: [false],
    });
    expect(await post("complete", { tasks: [{ ...proof(quick), result: { by: "quick" } }] })).toEqual({
      accepted: [true],
    });
    expect(results().map(({ value }) => value.by)).toEqual(["quick"]);
    expect(runtime.task(slow.taskId)?.attemptRows.map(({ outcome, error }) => error?.code ?? outcome)).toEqual([
      "engine/task-timeout",
      "done",
    ]);
  });

  it("trap 4, a poison record: it is set aside as a dead letter with its reason, and the others go on", async () => {
    await add("poison", "good");
    for (let turn = 0; turn < 3; turn++)
      for (const one of await lease({ waitMs: 200 })) {
        const error = { code: "bases/poison", message: "not a sequence" };
        if (one.key === "poison") await post("fail", { tasks: [{ ...proof(one), error }] });
        else await post("complete", { tasks: [{ ...proof(one), result: {} }] });
      }
    expect(runtime.deadLetters()).toMatchObject([{ key: "poison", code: "bases/poison", message: "not a sequence" }]);
    expect(
      results()
        .map(({ key, failure }) => [key, failure?.code])
        .sort(),
    ).toEqual([
      ["good", undefined],
      ["poison", "bases/poison"],
    ]);
    expect(await runtime.redrive("all")).toBe(1);
    expect(await lease({ waitMs: 1000 })).toMatchObject([{ key: "poison", attempt: 3 }]);
  });

  it("gives nothing out for a worker that has gone", async () => {
    const { url } = await server.listen({ port: 0 });
    const gone = new AbortController();
    const poll = fetch(`${url}/tasks/lease`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ names: ["count-bases"], waitMs: 30_000 }),
      signal: gone.signal,
    }).catch(() => "gone");
    await new Promise((resolve) => setTimeout(resolve, 200));
    gone.abort();
    expect(await poll).toBe("gone");
    await new Promise((resolve) => setTimeout(resolve, 100));
    await add("a");
    expect(await lease({ waitMs: 300 })).toMatchObject([{ key: "a", attempt: 1 }]);
  });

  it("says which task names there are when asked for another", async () => {
    const answer = await server.app.inject({ method: "POST", url: "/tasks/lease", payload: { names: ["other"] } });
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toMatchObject({ code: "server/unknown-task-name", hint: "There are count-bases." });
  });

  it("serves the Python worker of the example, which is about thirty lines", async () => {
    expect(readFileSync(join(example, "worker.py"), "utf8").split("\n").length).toBeLessThan(45);
    await runtime.stop(0);
    await open(compile(readFileSync(join(example, "workflow.json"), "utf8")));
    const { url } = await server.listen({ port: 0 });
    await runtime.append("sequences", [
      { value: { id: "s1", sequence: "gattaca" } },
      { value: { id: "s2", sequence: "CC" } },
      { value: { id: "bad" } },
    ]);
    const worker: ChildProcess = spawn("python3", [join(example, "worker.py"), url], { stdio: "inherit" });
    try {
      await runtime.drain();
    } finally {
      worker.kill();
    }
    const found = Object.fromEntries(results().map(({ key, value, failure }) => [key, failure?.code ?? value]));
    expect(found).toMatchObject({
      s1: { bases: { A: 3, C: 1, G: 1, T: 2 }, length: 7 },
      s2: { bases: { C: 2 }, length: 2 },
      bad: "bases/unreadable",
    });
  });
});
