import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compile } from "./compile.ts";
import { type EmbeddedOptions, openEmbedded, type Runtime } from "./embedded.ts";
import type { Lease } from "./leases.ts";

let dir = "";
let runtime: Runtime;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "artesian-leases-"));
});
afterEach(async () => {
  await runtime.stop(0);
  rmSync(dir, { recursive: true, force: true });
});

/** A workflow of task nodes that read one topic. */
const planOf = (nodes: Record<string, object>) =>
  compile({
    name: "t",
    graph: {
      wells: { type: "topic-stream", "topic-name": "wells", key: "{well}" },
      ...Object.fromEntries(
        Object.entries(nodes).map(([id, more]) => [
          id,
          { type: "external-task", stream: "wells", "task-name": id, ...more },
        ]),
      ),
    },
  } as Parameters<typeof compile>[0]);
const open = async (nodes: Record<string, object>, options: Partial<EmbeddedOptions> = {}): Promise<void> => {
  runtime = await openEmbedded({ dir, plans: [planOf(nodes)], ...options });
};
const add = (...wells: string[]) =>
  runtime.append(
    "wells",
    wells.map((well) => ({ value: { well } })),
  );
const lease = (names: string[], max = 10, waitMs = 0): Promise<Lease[]> => runtime.lease({ names, max, waitMs });
const done = (leases: readonly Lease[]) =>
  runtime.answer(leases.map(({ taskId, token }) => ({ taskId, token, outcome: "done", result: {} })));

describe("leases", () => {
  it("come in the order of priority, within the node's concurrency, one a key where it is exclusive", async () => {
    await open({ low: { priority: -1 }, high: { priority: 5, concurrency: 2 }, keyed: { exclusive: "key" } });
    await add("a", "b", "c");
    const leases = await lease(["low", "high", "keyed"], 4);
    expect(leases.map(({ node, priority }) => [node, priority])).toEqual([
      ["high", 5],
      ["high", 5],
      ["keyed", 0],
      ["keyed", 0],
    ]);
    expect(await lease(["high"])).toEqual([]);
    expect(await done(leases.slice(0, 1))).toEqual([true]);
    expect(await lease(["high"])).toHaveLength(1);
    const running = leases.slice(2).map(({ key }) => key);
    await runtime.append(
      "wells",
      running.map((well) => ({ value: { well, again: true } })),
    );
    // Of the other two keys one each is running already.
    expect((await lease(["keyed"])).map(({ key }) => key)).toEqual(
      ["a", "b", "c"].filter((key) => !running.includes(key)),
    );
  });

  it("are held in the queue up to a window: what waits beyond it stays in its topic", async () => {
    await open({ one: {} }, { limits: { window: 5 } });
    await add(...Array.from({ length: 40 }, (_, index) => `w${index}`));
    expect(runtime.load()).toMatchObject([{ task: "one", waiting: 40, running: 0 }]);
    const leases = await lease(["one"], 100);
    expect(leases).toHaveLength(5);
    expect(await lease(["one"], 100)).toEqual([]);
    await done(leases);
    expect(await lease(["one"], 100)).toHaveLength(5);
    expect(runtime.load()).toMatchObject([{ waiting: 30, running: 5 }]);
  });

  it("are found by one worker while a thousand others wait for other names", async () => {
    await open({ one: {}, other: {} });
    await runtime.append("wells", []);
    const idle = Array.from({ length: 1000 }, (_, index) => lease([`never${index % 10}`], 1, 60_000));
    await add("a");
    const [found] = await lease(["one"], 1, 1000);
    expect(found).toMatchObject({ task: "one", key: "a" });
    await runtime.stop(0);
    expect((await Promise.all(idle)).flat()).toEqual([]);
  });

  it("that a stop cut off use no attempt, and their old tokens are refused after it", async () => {
    await open({ one: {} });
    await add("a");
    const [before] = await lease(["one"]);
    await runtime.stop(0);
    await open({ one: {} });
    const [after] = await lease(["one"], 1, 1000);
    expect(after).toMatchObject({ taskId: before?.taskId, attempt: 1 });
    expect(await done(before === undefined ? [] : [before])).toEqual([false]);
    expect(await done(after === undefined ? [] : [after])).toEqual([true]);
  });
});

describe("what a node asks for is kept or refused, never left aside", () => {
  const tasks = { module: new URL("./fixtures/tasks.ts", import.meta.url).href, threads: 1 };
  it("an executor that is not there", async () => {
    const opening = openEmbedded({ dir, plans: [planOf({ one: { executor: "cluster" } })] });
    await expect(opening).rejects.toMatchObject({ code: "engine/unknown-executor", known: [] });
    await open({});
  });

  it("resources of a thread", async () => {
    const plans = [planOf({ one: { executor: "thread", resources: { cpu: 2 } } })];
    await expect(openEmbedded({ dir, plans, tasks })).rejects.toMatchObject({
      code: "engine/invalid-spec",
      path: "graph.one.resources",
    });
    await open({});
  });

  it("resources of a lease are told to the worker", async () => {
    await open({ one: { resources: { gpu: 1 } } });
    await add("a");
    expect(await lease(["one"])).toMatchObject([{ resources: { gpu: 1 } }]);
  });

  it("an executor's tasks get the attempt number again that a crash cut off, and no end of patience", async () => {
    const given: Lease[] = [];
    const server = {
      start: () => Promise.resolve({}),
      free: 1,
      give: (leases: readonly Lease[]) => void given.push(...leases),
      stop: () => Promise.resolve(),
    };
    // The server answers nothing at its stop, as after a crash.
    for (let life = 0; life < 12; life++) {
      await open({ one: { executor: "cluster" } }, { executors: { cluster: server } });
      if (life === 0) await add("a");
      for (const until = Date.now() + 3000; given.length <= life && Date.now() < until; )
        await new Promise((resolve) => setTimeout(resolve, 5));
      await runtime.stop(0);
    }
    expect(given).toHaveLength(12);
    expect(new Set(given.map(({ attempt }) => attempt))).toEqual(new Set([1]));
    expect(given[0]?.timeoutMs).toBe(Number.POSITIVE_INFINITY);
    await open({ one: { executor: "cluster" } }, { executors: { cluster: server } });
    expect(runtime.tasks()).toMatchObject([{ attempts: 0 }]);
  });
});
