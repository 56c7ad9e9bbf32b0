import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { openEmbedded, type Runtime } from "./embedded.ts";
import { metadataFor, plateImages, platePlan } from "./fixtures/plate.ts";
import { prune } from "./retention.ts";
import type { Sink } from "./sinks.ts";
import { testDriver } from "./test-driver.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-durable-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const module = new URL("./fixtures/tasks.ts", import.meta.url).href;

describe("a full disk", () => {
  test("refuses what does not fit, keeps what was acknowledged, and goes on when there is room", {
    timeout: 20_000,
  }, async () => {
    const trouble: unknown[] = [];
    const graph = {
      in: { type: "topic-stream", "topic-name": "in" },
      out: { type: "publish", "topic-name": "out", stream: "in" },
    };
    const plans = [compile({ name: "full", partitions: 2, graph })];
    const dir = join(root, "full");
    let db: DatabaseSync | undefined;
    const open = (path: string): DatabaseSync => {
      db = new DatabaseSync(path);
      return db;
    };
    const runtime = await openEmbedded({
      dir,
      plans,
      database: { durable: false, maxPages: 120, open },
      onTrouble: (error) => trouble.push(error),
    });
    let acknowledged = 0;
    let refused: unknown;
    while (refused === undefined && acknowledged < 10_000) {
      const record = { key: `k${acknowledged}`, value: { text: "x".repeat(4000) } };
      await runtime.append("in", [record]).then(
        () => acknowledged++,
        (error: unknown) => {
          refused = error;
        },
      );
    }
    expect(refused).toMatchObject({ code: "engine/disk-full" });
    expect(trouble).toMatchObject([{ code: "engine/disk-full" }]);
    db?.exec("PRAGMA max_page_count = 100000");
    await expect
      .poll(() => runtime.append("in", [{ key: "last", value: {} }]).catch(() => undefined), {
        timeout: 8000,
        interval: 200,
      })
      .toBeDefined();
    await runtime.drain();
    const count = (topic: string): number => runtime.partitions(topic).reduce((sum, { next }) => sum + next, 0);
    expect(count("in")).toBe(acknowledged + 1);
    expect(count("out")).toBe(acknowledged + 1);
    await runtime.stop();
  });
});

describe("sinks", () => {
  test("every record takes effect in the target once, although the sink fails and the engine starts again in between", {
    timeout: 20_000,
  }, async () => {
    const target = new DatabaseSync(":memory:");
    target.exec(
      "CREATE TABLE rows (key TEXT, well TEXT); CREATE TABLE places (topic TEXT, partition INT, next INT, PRIMARY KEY (topic, partition))",
    );
    let failures = 2;
    const sink: Sink = {
      name: "rows",
      topics: ["plates.features"],
      position: (topic, partition) =>
        Number(
          target.prepare("SELECT next FROM places WHERE topic = ? AND partition = ?").get(topic, partition)?.next ?? 0,
        ),
      apply(batches) {
        target.exec("BEGIN");
        for (const { topic, partition, records } of batches) {
          for (const { key, value } of records)
            target.prepare("INSERT INTO rows VALUES (?, ?)").run(key, String(value.well));
          target
            .prepare("INSERT OR REPLACE INTO places VALUES (?, ?, ?)")
            .run(topic, partition, (records.at(-1)?.offset ?? 0) + 1);
        }
        if (failures-- > 0) {
          target.exec("ROLLBACK");
          throw new Error("the target is away");
        }
        target.exec("COMMIT");
      },
    };
    const trouble: unknown[] = [];
    const options = {
      dir: join(root, "sinks"),
      plans: [platePlan()],
      tasks: { module, threads: 1 },
      database: { durable: false },
      onTrouble: (error: unknown) => trouble.push(error),
    };
    const images = plateImages("E1", "P1", 4, 2, 1);
    const feed = (runtime: Runtime): Promise<unknown> =>
      runtime.append(
        "images",
        images.map((value, index) => ({ value, eventId: String(index) })),
      );
    const first = await openEmbedded(options);
    await first.append("metadata", [{ key: "E1", value: metadataFor(4, 2, 1) }]);
    await feed(first);
    await first.drain();
    await first.stop();
    const second = await openEmbedded({ ...options, sinks: [sink] });
    await feed(second);
    await second.drain();
    await second.stop();
    expect(trouble).toHaveLength(2);
    expect(target.prepare("SELECT count(*) AS n, count(DISTINCT key) AS keys FROM rows").get()).toEqual({
      n: 8,
      keys: 8,
    });
  });
});

describe("the result cache", () => {
  const tasks = (version: string) => ({
    digest: { run: ({ well }: Record<string, unknown>) => ({ of: well }), version },
  });

  test("answers equal work in another workflow, runs it again when code or parameters differ, and why says which", async () => {
    const first = testDriver(platePlan(), { tasks: tasks("1") });
    const feed = (driver: typeof first, experiment: string): void => {
      driver.push("metadata", metadataFor(1, 1, 1), { key: experiment });
      for (const image of plateImages(experiment, "P1", 1, 1, 1)) driver.push("images", image);
    };
    feed(first, "E1");
    await first.runTasks();
    const { db } = first;
    const copy = compile({ ...documentOf("copy") });
    const other = testDriver([platePlan(), copy], { tasks: tasks("1"), db });
    other.settle();
    await other.runTasks();
    const [task] = other.tasks({ node: "copy.features" });
    expect(task).toMatchObject({ cached: true, attempts: 0 });
    expect(other.inspector.why(task?.taskId ?? "")?.sentence).toMatch(/^Answered from the cache/);
    expect(other.read("copy.features")[0]?.value.of).toBe("A01");

    const changed = compile({ ...documentOf("changed", { parameters: { sigma: 2 } }) });
    const third = testDriver([changed], { tasks: tasks("2"), db });
    await third.runTasks();
    const [rerun] = third.tasks({ node: "changed.features" });
    expect(rerun).toMatchObject({ cached: false, attempts: 1 });
    expect(third.inspector.why(rerun?.taskId ?? "")).toMatchObject({ differs: ["version", "parameters"] });
  });

  function documentOf(name: string, extra: Record<string, unknown> = {}): Record<string, unknown> {
    return {
      name,
      graph: {
        images: { type: "topic-stream", "topic-name": "images", key: "{experiment}/{plate}/{well}/{site}" },
        sites: {
          type: "stream-operation",
          inputs: ["images"],
          function: {
            "group-complete": {
              by: ["experiment", "plate", "well", "site"],
              member: ["channel"],
              expect: { constant: 1 },
              collect: "images",
            },
          },
        },
        features: { type: "external-task", stream: "sites", "task-name": "digest", ...extra },
      },
    };
  }

  test("a path selection makes work equal that differs only elsewhere", async () => {
    let runs = 0;
    const counted = {
      measure: {
        run: () => {
          runs++;
          return { runs };
        },
      },
    };
    const graph = {
      images: { type: "topic-stream", "topic-name": "images" },
      measure: { type: "external-task", stream: "images", "task-name": "measure", cache: { inputs: ["sha256"] } },
    };
    const driver = testDriver(compile({ name: "c", graph }), { tasks: counted });
    driver.push("images", { sha256: "1", path: "a" });
    await driver.runTasks();
    driver.push("images", { sha256: "1", path: "b" });
    driver.push("images", { sha256: "2", path: "b" });
    await driver.runTasks();
    expect(runs).toBe(2);
    expect(
      driver
        .read("c.measure")
        .map(({ value }) => value.path)
        .sort(),
    ).toEqual(["a", "b", "b"]);
  });
});

describe("retention", () => {
  test("trap 7: removes old records, tasks, results and events, but nothing that is still to be read or re-driven", async () => {
    const broken = {
      digest: {
        run: ({ well }: Record<string, unknown>) => (well === "A02" ? Promise.reject(new Error("no")) : { ok: true }),
      },
    };
    const plan = platePlan("digest", { retry: { attempts: 1 } });
    const driver = testDriver(plan, { tasks: broken });
    driver.push("metadata", metadataFor(2, 1, 1), { key: "E1" });
    for (const image of plateImages("E1", "P1", 2, 1, 1)) driver.push("images", image);
    await driver.runTasks();
    const kept = (topic: string): number => driver.read(topic).length;
    const later = driver.now + 10 * 24 * 3600 * 1000;
    const day = 24 * 3600 * 1000;
    const retention = { topicsMs: day, tasksMs: day, resultsMs: day, eventsMs: day };
    const rows = (table: string): number => Number(driver.db.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
    const before = rows("log");
    expect([rows("results"), rows("tasks"), rows("attempts")]).toEqual([1, 2, 2]);
    prune(driver.db, [plan], later, retention, () => 0);
    // what is not read yet stays
    expect(rows("log")).toBe(before);
    expect([rows("results"), rows("tasks"), rows("attempts"), rows("run_events")]).toEqual([0, 1, 1, 0]);
    prune(driver.db, [plan], later, retention, () => undefined);
    // gone from the disk, not only out of sight
    expect(rows("log")).toBeLessThan(before - 2);
    expect(kept("images")).toBe(0);
    expect(kept("plates.sites")).toBe(1);
    expect(driver.tasks().map(({ state }) => state)).toEqual(["failed"]);
    driver.redrive("all");
    expect(driver.tasks()[0]?.state).toBe("waiting");
    driver.push("images", { experiment: "E1", plate: "P2", well: "A01", site: 1, channel: "DNA" });
    expect(kept("images")).toBe(1);
  });
});
