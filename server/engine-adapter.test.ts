import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compile, openEmbedded, type Runtime } from "@artesian/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engineRegistry } from "./engine-adapter.ts";
import type { RunEngine } from "./engine-view.ts";

const plan = compile({
  name: "screen",
  graph: {
    images: { type: "topic-stream", "topic-name": "images", key: "{plate}/{well}", label: "channel images" },
    tidy: { type: "stream-operation", inputs: ["images"], function: { map: { drop: ["rest"] } } },
    measure: {
      type: "external-task",
      stream: "tidy",
      "task-name": "measure",
      label: "image metrics",
      retry: { attempts: 2, delayMs: 1 },
    },
    out: { type: "publish", stream: "measure", "topic-name": "measured" },
  },
});

/** Fails on a well until a file beside it says otherwise. */
const tasks = `
import { existsSync } from "node:fs";
export const tasks = { measure: { run(input, context) {
  context.log("measuring " + input.well);
  if (input.well === "C11" && !existsSync(new URL("mended", import.meta.url))) {
    throw Object.assign(new Error("measuring failed", { cause: new Error("TIFF ends at strip 41 of 68") }), { code: "imaging/truncated-file" });
  }
  return { focus: 1 };
} } };
`;

let dir = "";
let runtime: Runtime;
let engine: RunEngine;
const registry = engineRegistry();

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "artesian-adapter-"));
  writeFileSync(join(dir, "tasks.mjs"), tasks);
  registry.add("R", join(dir, "engine"));
  runtime = await openEmbedded({
    dir: join(dir, "engine"),
    plans: [plan],
    tasks: { module: new URL(`file://${join(dir, "tasks.mjs")}`).href, threads: 1 },
    database: { durable: false },
  });
  await runtime.append(
    "images",
    ["B02", "C11", "D04"].map((well) => ({ value: { plate: "P1", well, rest: 0 } })),
  );
  await runtime.drain();
  registry.add("R", join(dir, "engine"), {
    retry: async (id) => runtime.retry(id),
    redrive: async (id) => runtime.redrive(id),
  });
  engine = registry.of("R")!;
});
afterAll(async () => {
  registry.close();
  await runtime.stop(0);
  rmSync(dir, { recursive: true });
});

describe("a real engine, looked into beside its runtime", () => {
  test("shows its graph without the steps that only reshape records, with counts", async () => {
    const nodes = await engine.view.nodes();
    expect(nodes.map((node) => [node.id, node.label, node.kind, node.done, node.failed])).toEqual([
      ["images", "channel images", "topic-stream", 3, 0],
      ["measure", "image metrics", "external-task", 2, 1],
    ]);
    expect(engine.view.edges()).toEqual([{ from: "images", to: "measure" }]);
  });

  test("pages and filters tasks, and tells a failed one's first cause, attempts, input and log", async () => {
    const first = await engine.view.tasks({ node: "measure", limit: 2, after: null });
    expect(first.tasks.length).toBe(2);
    const rest = await engine.view.tasks({ node: "measure", limit: 2, after: first.next });
    expect([rest.tasks.length, rest.next]).toEqual([1, null]);
    expect((await engine.view.tasks({ text: "d04", limit: 5, after: null })).tasks.map((task) => task.key)).toEqual([
      "P1/D04",
    ]);
    const { tasks: failed } = await engine.view.tasks({ state: "failed", limit: 5, after: null });
    const task = await engine.view.task(failed[0]?.id ?? "");
    expect(task).toMatchObject({
      node: "measure",
      key: "P1/C11",
      attempts: 2,
      input: { plate: "P1", well: "C11" },
      error: { code: "imaging/truncated-file" },
    });
    expect(task?.chain.at(-1)).toBe("TIFF ends at strip 41 of 68");
    expect(task?.log).toEqual(["measuring C11", "measuring C11"]);
    expect(task?.attemptList.map((attempt) => attempt.state)).toEqual(["failed", "failed"]);
    expect(await engine.view.task("none")).toBe(undefined);
  });

  test("gives events in order from an offset, the failure among them", async () => {
    const events = await engine.view.events(0, 100);
    expect(events.map((event) => event.kind)).toContain("task-failed");
    expect(events.at(-1)?.offset).toBe(await engine.view.lastOffset());
    expect(await engine.view.events(await engine.view.lastOffset(), 10)).toEqual([]);
  });

  test("a retry that succeeds clears the failure; an ended run is kept to be looked at and no longer polled", async () => {
    const { letters } = await engine.view.deadLetters({ limit: 10, after: null });
    expect(letters.map((letter) => [letter.node, letter.key, letter.code])).toEqual([
      ["measure", "P1/C11", "imaging/truncated-file"],
    ]);
    writeFileSync(join(dir, "mended"), "");
    expect(await engine.control?.redrive([letters[0]?.id ?? ""])).toBe(1);
    await runtime.drain();
    expect((await engine.view.tasks({ state: "failed", limit: 5, after: null })).tasks).toEqual([]);
    registry.end("R");
    expect([registry.all().length, registry.of("R")?.control]).toEqual([0, undefined]);
  });
});

test("a folder without an engine is empty, not an error", async () => {
  const empty = engineRegistry();
  empty.add("X", join(dir, "nothing"));
  const { view } = empty.of("X")!;
  expect([await view.nodes(), view.edges(), await view.events(0, 5)]).toEqual([[], [], []]);
});
