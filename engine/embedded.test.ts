import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { type EmbeddedOptions, openEmbedded, type Runtime } from "./embedded.ts";
import { metadataFor, plateImages, platePlan, shuffled } from "./fixtures/plate.ts";
import type { Plan } from "./plan.ts";

const module = new URL("./fixtures/tasks.ts", import.meta.url).href;
const open: Runtime[] = [];
const dirs: string[] = [];

function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "artesian-engine-"));
  dirs.push(dir);
  return dir;
}

async function start(plan: Plan, dir: string, more: Partial<EmbeddedOptions> = {}): Promise<Runtime> {
  const runtime = await openEmbedded({
    dir,
    plans: [plan],
    tasks: { module, threads: 1 },
    database: { durable: false },
    ...more,
  });
  open.push(runtime);
  return runtime;
}

afterEach(async () => {
  for (const runtime of open.splice(0)) await runtime.stop(0);
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const images = plateImages("E1", "P1", 6, 2, 3);

function read(runtime: Runtime, topic: string): unknown[] {
  return runtime
    .partitions(topic)
    .flatMap(({ partition }) =>
      runtime.readTopic(topic, partition, 0, 100_000).map(({ key, value }) => ({ key, value })),
    );
}

describe("the embedded runtime", () => {
  test("takes a shuffled and doubled plate to one complete plate record, tasks run in threads", async () => {
    const runtime = await start(platePlan(), freshDir());
    await runtime.append(
      "images",
      shuffled([...images, ...images], 7).map((value) => ({ value })),
    );
    await runtime.append("metadata", [{ key: "E1", value: metadataFor(6, 2, 3) }]);
    const summary = await runtime.closeInput();
    expect(summary).toEqual({ complete: true, openGroups: {}, incompleteGroups: 0, failedTasks: 0, deadLetters: 0 });
    const [plate, ...others] = runtime.readTopic(
      "plates_done",
      runtime.partitions("plates_done").findIndex(({ next }) => next > 0),
    );
    expect(others).toEqual([]);
    expect(plate?.value.complete).toBe(true);
    expect(plate?.value.wells).toHaveLength(6);
    const features = runtime.stats().nodes.find((node) => node.node === "features");
    expect(features?.tasks?.done).toBe(12);
    const [task] = runtime.tasks({ node: "features", limit: 1 });
    expect(runtime.task(task?.taskId ?? "")?.attemptRows[0]?.log).toEqual(["digest of 10 fields"]);
  });

  test("goes on after a stop as if nothing had been, and answers equal work from the cache", async () => {
    const dir = freshDir();
    const first = await start(platePlan(), dir);
    await first.append("metadata", [{ key: "E1", value: metadataFor(6, 2, 3) }]);
    await first.append(
      "images",
      images.slice(0, 20).map((value) => ({ value })),
    );
    await first.stop();
    const second = await start(platePlan(), dir);
    await second.append(
      "images",
      images.slice(20).map((value) => ({ value })),
    );
    await second.closeInput();
    expect(read(second, "plates_done")).toHaveLength(1);
    await second.append(
      "images",
      images.map((value) => ({ value: { ...value, experiment: "E1" } })),
    );
    await second.drain();
    expect(read(second, "plates_done")).toHaveLength(1);
    const features = second.stats().nodes.find((node) => node.node === "features");
    expect([features?.tasks?.done, features?.tasks?.cached]).toEqual([12, 0]);
  });

  test("takes an event id once", async () => {
    const runtime = await start(platePlan(), freshDir());
    const record = { value: images[0] ?? {}, eventId: "e1" };
    expect(await runtime.append("images", [record, record])).toEqual({ accepted: 1, duplicates: 1 });
    expect(await runtime.append("images", [record])).toEqual({ accepted: 0, duplicates: 1 });
  });

  test("retries a failing task until it succeeds, and shows every attempt", async () => {
    const runtime = await start(platePlan("flaky", { retry: { attempts: 3, delayMs: 1 } }), freshDir());
    await runtime.append("metadata", [{ key: "E1", value: metadataFor(1, 1, 1) }]);
    await runtime.append(
      "images",
      plateImages("E1", "P1", 1, 1, 1).map((value) => ({ value })),
    );
    const summary = await runtime.closeInput();
    expect(summary.complete).toBe(true);
    const [task] = runtime.tasks();
    expect(runtime.task(task?.taskId ?? "")?.attemptRows.map((row) => [row.attempt, row.outcome])).toEqual([
      [1, "failed"],
      [2, "failed"],
      [3, "done"],
    ]);
  });

  test("makes a hopeless task a dead letter with its first cause, and the groups above a failure instead of waiting", async () => {
    const runtime = await start(platePlan("broken"), freshDir());
    await runtime.append("metadata", [{ key: "E1", value: metadataFor(2, 1, 1) }]);
    const [good, bad] = plateImages("E1", "P1", 2, 1, 1);
    await runtime.append("images", [{ value: good ?? {} }, { value: { ...bad, broken: true } }]);
    const summary = await runtime.closeInput();
    expect(summary).toEqual({ complete: false, openGroups: {}, incompleteGroups: 0, failedTasks: 1, deadLetters: 1 });
    const plate = runtime
      .partitions("plates.plates")
      .flatMap(({ partition }) => runtime.readTopic("plates.plates", partition));
    expect(plate[0]?.failure).toMatchObject({ code: "test/broken", node: "features" });
    expect(plate[0]?.value.failed).toMatchObject([{ member: "A02", code: "test/broken" }]);
    expect(read(runtime, "plates_done")).toEqual([]);
    const [letter] = runtime.deadLetters();
    const detail = runtime.task(letter?.taskId ?? "");
    expect(detail?.attemptRows.map((row) => row.firstCause)).toEqual(["TIFF ends at strip 41 of 68"]);
    expect(detail?.input?.well).toBe("A02");
    expect(await runtime.redrive("all")).toBe(1);
    await runtime.drain();
    expect(runtime.deadLetters()).toHaveLength(1);
    expect(runtime.task(letter?.taskId ?? "")?.attempts).toBe(2);
  });

  test("stops a task that runs too long, replaces its thread and goes on", async () => {
    const runtime = await start(platePlan("hang", { timeout: 200, retry: { attempts: 1 } }), freshDir());
    await runtime.append("metadata", [{ key: "E1", value: metadataFor(1, 1, 1) }]);
    await runtime.append(
      "images",
      plateImages("E1", "P1", 1, 1, 1).map((value) => ({ value })),
    );
    const summary = await runtime.closeInput();
    expect(summary.failedTasks).toBe(1);
    const [letter] = runtime.deadLetters();
    expect(letter?.code).toBe("engine/task-timeout");
  });

  test("survives a handler that ends its thread", async () => {
    const runtime = await start(platePlan("exit", { retry: { attempts: 2, delayMs: 1 } }), freshDir());
    await runtime.append("metadata", [{ key: "E1", value: metadataFor(1, 1, 1) }]);
    await runtime.append(
      "images",
      plateImages("E1", "P1", 1, 1, 1).map((value) => ({ value })),
    );
    await runtime.closeInput();
    expect(runtime.deadLetters()[0]?.code).toBe("engine/worker-lost");
  });

  test("refuses a folder that a living process writes to, and takes over a dead one's lock", async () => {
    const dir = freshDir();
    await start(platePlan(), dir);
    await expect(start(platePlan(), dir)).rejects.toMatchObject({ code: "engine/locked", pid: process.pid });
  });

  test("names a task that the module does not have", async () => {
    await expect(start(platePlan("nobody"), freshDir())).rejects.toMatchObject({ code: "engine/unknown-task" });
  });
});
