import { describe, expect, test } from "vitest";
import { compile } from "./compile.ts";
import { metadataFor, plateImages, platePlan, shuffled } from "./fixtures/plate.ts";
import type { GroupState } from "./group-state.ts";
import type { TaskRegistry } from "./tasks.ts";
import type { Value } from "./template.ts";
import { type TestDriver, testDriver } from "./test-driver.ts";

const group = (rule: Record<string, unknown> = {}) =>
  compile({
    name: "g",
    graph: {
      images: { type: "topic-stream", "topic-name": "images" },
      metadata: { type: "topic-table", "topic-name": "metadata" },
      sites: {
        type: "stream-operation",
        inputs: ["images", "metadata"],
        function: {
          "group-complete": {
            by: ["well"],
            member: ["channel"],
            expect: { table: "metadata", key: "all", field: "channels" },
            collect: "images",
            ...rule,
          },
        },
      },
    },
  });

const push = (driver: TestDriver, well: string, channel: string, more: Value = {}, timestamp?: number): void =>
  driver.push("images", { well, channel, ...more }, timestamp === undefined ? {} : { timestamp });
const channels = (driver: TestDriver, names: unknown): void =>
  driver.push("metadata", { channels: names }, { key: "all" });
const out = (driver: TestDriver): Value[] => driver.read("g.sites").map(({ value }) => value);

describe("group-complete", () => {
  test("trap 1: metadata that comes after the last image completes the site, and metadata that changes evaluates it again", () => {
    const driver = testDriver(group());
    push(driver, "A01", "DNA");
    push(driver, "A02", "DNA");
    push(driver, "A02", "ER");
    expect(out(driver)).toEqual([]);
    channels(driver, ["DNA", "ER", "RNA"]);
    expect(out(driver)).toEqual([]);
    channels(driver, ["DNA", "ER"]);
    expect(out(driver).map(({ well }) => well)).toEqual(["A02"]);
    channels(driver, ["DNA"]);
    expect(
      out(driver)
        .map(({ well }) => well)
        .sort(),
    ).toEqual(["A01", "A02"]);
  });

  test("trap 2: an equal image after completion opens nothing, also after a crash and from the log", () => {
    const driver = testDriver(group());
    channels(driver, ["DNA", "ER"]);
    for (let round = 0; round < 3; round++) {
      push(driver, "A01", "ER");
      push(driver, "A01", "DNA");
      driver.crash();
    }
    expect(out(driver)).toHaveLength(1);
    expect(driver.stats().nodes.find(({ node }) => node === "sites")?.duplicates).toBe(4);
  });

  test("trap 3: closes an incomplete group by wall clock although the topic is quiet, and says what is missing", () => {
    const driver = testDriver(group({ deadline: { wallClockMs: 60_000 } }));
    channels(driver, ["DNA", "ER", "RNA"]);
    push(driver, "A01", "ER");
    driver.advance(59_000);
    expect(out(driver)).toEqual([]);
    driver.advance(1_100);
    expect(out(driver)).toMatchObject([{ complete: false, expected: 3, missing: ["DNA", "RNA"], generation: 1 }]);
  });

  test("deadlines stand still while the engine is down: a restart expires nothing that it could not have seen", () => {
    const plan = group({ deadline: { wallClockMs: 10_000 } });
    const driver = testDriver(plan);
    channels(driver, ["DNA", "ER"]);
    push(driver, "A01", "DNA");
    push(driver, "A02", "DNA");
    driver.advance(4000);
    const restarted = testDriver(plan, { db: driver.db, now: driver.now + 86_400_000 });
    restarted.advance(5900);
    expect(out(restarted)).toEqual([]);
    push(restarted, "A02", "ER");
    restarted.advance(200);
    expect(
      out(restarted)
        .map(({ well, complete }) => `${well} ${complete}`)
        .sort(),
    ).toEqual(["A01 false", "A02 true"]);
  });

  test("a deadline fires only once the input then present is read", () => {
    const driver = testDriver(group({ deadline: { wallClockMs: 1000 } }));
    channels(driver, ["DNA", "ER"]);
    push(driver, "A01", "DNA");
    driver.append("images", { well: "A01", channel: "ER" });
    driver.advance(5000);
    expect(out(driver)).toMatchObject([{ complete: true }]);
  });

  test("a gap closes a group when no image came for so long, however old the group is", () => {
    const driver = testDriver(group({ gap: { wallClockMs: 10_000 } }));
    channels(driver, ["DNA", "ER", "RNA"]);
    push(driver, "A01", "DNA");
    driver.advance(8000);
    push(driver, "A01", "ER");
    driver.advance(8000);
    expect(out(driver)).toEqual([]);
    driver.advance(2200);
    expect(out(driver)).toMatchObject([{ complete: false, missing: ["RNA"] }]);
  });

  test("an event-time deadline closes a group when later records say that its time is over", () => {
    const driver = testDriver(group({ deadline: { eventTimeMs: 1000 } }));
    channels(driver, ["DNA", "ER"]);
    push(driver, "A01", "DNA", {}, 1000);
    push(driver, "A02", "DNA", {}, 1999);
    expect(out(driver)).toEqual([]);
    push(driver, "A03", "DNA", {}, 2000);
    expect(out(driver)).toMatchObject([{ well: "A01", complete: false }]);
  });

  test("a late member opens the group again, which comes as the next generation once it is whole", () => {
    const driver = testDriver(group({ deadline: { wallClockMs: 1000 } }));
    channels(driver, ["DNA", "ER", "RNA"]);
    push(driver, "A01", "DNA");
    driver.advance(1200);
    push(driver, "A01", "ER");
    expect(out(driver)).toHaveLength(1);
    driver.crash();
    push(driver, "A01", "RNA");
    expect(out(driver)[1]).toMatchObject({
      complete: true,
      generation: 2,
      images: [{ channel: "DNA" }, { channel: "ER" }, { channel: "RNA" }],
    });
    push(driver, "A01", "RNA", { retaken: true });
    expect(out(driver)[2]).toMatchObject({ complete: true, generation: 3 });
  });

  test("late members become dead letters when the rule says so, and so do incomplete groups", () => {
    const driver = testDriver(
      group({ late: "dead-letter", onIncomplete: "dead-letter", deadline: { wallClockMs: 1000 } }),
    );
    channels(driver, ["DNA", "ER"]);
    push(driver, "A01", "DNA");
    driver.advance(1200);
    push(driver, "A01", "ER");
    expect(driver.deadLetters().map(({ kind, code }) => [kind, code])).toEqual([
      ["group", "engine/incomplete-group"],
      ["record", "engine/late-member"],
    ]);
    expect(driver.read("g.sites")[0]?.failure?.code).toBe("engine/incomplete-group");
  });

  test("a group that waits stays open at its deadline and when the input ends, and is counted", async () => {
    const driver = testDriver(group({ onIncomplete: "wait", deadline: { wallClockMs: 1000 } }));
    channels(driver, ["DNA", "ER"]);
    push(driver, "A01", "DNA");
    driver.advance(2000);
    await driver.closeInput();
    expect(out(driver)).toEqual([]);
    expect(driver.stats().nodes.find(({ node }) => node === "sites")).toMatchObject({ open: 1, incomplete: 0 });
    push(driver, "A01", "ER");
    expect(out(driver)).toMatchObject([{ complete: true }]);
  });

  test("a member that nobody expects becomes a dead letter, before completion and after it, and enters when re-driven after a correction", () => {
    const driver = testDriver(group());
    channels(driver, ["DNA", "ER"]);
    push(driver, "A01", "Brightfield");
    push(driver, "A01", "DNA");
    push(driver, "A01", "ER");
    push(driver, "A01", "Phase");
    expect(driver.deadLetters().map(({ code, value }) => [code, value.channel])).toEqual([
      ["engine/unexpected-member", "Brightfield"],
      ["engine/unexpected-member", "Phase"],
    ]);
    channels(driver, ["DNA", "ER", "Phase", "Brightfield"]);
    driver.redrive("all");
    expect(out(driver).at(-1)).toMatchObject({ complete: true, generation: 2, expected: 4 });
    expect(driver.deadLetters()).toEqual([]);
  });

  test("expects a number, an object's keys, a constant, a field of the first member, or an expression", () => {
    const counted = testDriver(group());
    channels(counted, 1);
    push(counted, "A01", "DNA");
    expect(out(counted)).toMatchObject([{ expected: 1, missing: [] }]);
    const keyed = testDriver(group());
    channels(keyed, { DNA: { exposureMs: 5 } });
    push(keyed, "A01", "DNA");
    expect(out(keyed)).toHaveLength(1);
    const constant = testDriver(group({ expect: { constant: 2 } }));
    push(constant, "A01", "DNA");
    push(constant, "A01", "ER");
    expect(out(constant)).toHaveLength(1);
    const field = testDriver(group({ expect: { field: "of" } }));
    push(field, "A01", "DNA", { of: 2 });
    push(field, "A01", "ER", { of: 2 });
    expect(out(field)).toHaveLength(1);
    const expression = testDriver(
      group({
        expect: { expression: "sites * channels - 1", table: "metadata", key: "all" },
        member: ["channel", "site"],
      }),
    );
    expression.push("metadata", { sites: 2, channels: ["DNA"] }, { key: "all" });
    push(expression, "A01", "DNA", { site: 1 });
    expect(out(expression)).toHaveLength(1);
  });

  test("trap 7: a finished group is forgotten after its retention, so that state does not grow for ever", () => {
    const driver = testDriver(group({ retentionMs: 3_600_000 }));
    channels(driver, ["DNA"]);
    push(driver, "A01", "DNA");
    expect((driver.store("sites").get("A01") as GroupState).emitted).toBeDefined();
    driver.advance(3_700_000);
    expect(driver.store("sites").size).toBe(0);
  });

  test("members are numbered by size and names with dots or prototype names are only names", () => {
    const driver = testDriver(group({ expect: { table: "metadata", key: "all", field: "plates.{well}.sites" } }));
    driver.push("metadata", { plates: { "P.1": { sites: [2, 10, 1] }, __proto: {} } }, { key: "all" });
    for (const channel of ["10", "2", "1"]) push(driver, "P.1", channel);
    expect(out(driver)[0]?.images).toMatchObject([{ channel: "1" }, { channel: "2" }, { channel: "10" }]);
    push(driver, "__proto__", "constructor");
    expect(driver.stats().nodes.find(({ node }) => node === "sites")?.open).toBe(1);
  });
});

describe("a large group", () => {
  test("writes what is new of it, survives a crash, and is whole in the end", () => {
    const driver = testDriver(group({ expect: { constant: 200 } }));
    const rows = (): number => Number(driver.db.prepare("SELECT total_changes() AS n").get()?.n);
    for (let channel = 1; channel < 200; channel++) push(driver, "A01", String(channel));
    driver.crash();
    const stored = driver.db
      .prepare(
        "SELECT max(length(body)) AS longest, count(*) AS n FROM state WHERE store = (SELECT id FROM names WHERE name = 'g.sites')",
      )
      .get();
    expect(stored).toMatchObject({ n: 200 });
    expect(Number(stored?.longest)).toBeLessThan(400);
    expect((driver.store("sites").get("A01") as GroupState).members.size).toBe(199);
    const before = rows();
    push(driver, "A01", "7", { retaken: true });
    expect(rows() - before).toBeLessThan(12);
    push(driver, "A01", "200");
    const images = out(driver).flatMap((site) => site.images as Value[]);
    expect(images.map(({ channel }) => Number(channel))).toEqual(Array.from({ length: 200 }, (_, index) => index + 1));
    expect(images[6]).toMatchObject({ retaken: true });
    expect(driver.store("sites").size).toBe(1);
    expect(
      driver.db
        .prepare("SELECT count(*) AS n FROM state WHERE store = (SELECT id FROM names WHERE name = 'g.sites')")
        .get(),
    ).toEqual({ n: 1 });
  });
});

describe("failures", () => {
  const bad = new Set<string>();
  const tasks: TaskRegistry = {
    digest: {
      run: ({ well, site }) => {
        if (bad.has(`${well}/${site}`))
          throw Object.assign(new Error(`${well} is broken`), { code: "test/broken", retryable: false });
        return { ok: true };
      },
    },
  };

  test("a failed task is counted by the groups above it; re-driven with success it revises them all", async () => {
    const driver = testDriver(platePlan(), { tasks });
    bad.add("A02/1");
    driver.push("metadata", metadataFor(3, 2, 1), { key: "E1" });
    for (const image of plateImages("E1", "P1", 3, 2, 1)) driver.push("images", image);
    await driver.runTasks();
    const [failed] = driver.read("plates.plates");
    expect(failed?.failure).toMatchObject({ code: "test/broken", message: "A02 is broken", node: "features" });
    expect(driver.read("plates_done")).toEqual([]);
    bad.clear();
    driver.redrive("all");
    await driver.runTasks();
    expect(driver.read("plates_done").map(({ value }) => [value.complete, value.generation, value.failed])).toEqual([
      [true, 2, []],
    ]);
    expect(driver.deadLetters()).toEqual([]);
  });

  test("a mended image takes the place of a failed one: nothing failed or incomplete is left", async () => {
    const plan = platePlan("digest", { retry: { attempts: 1 } });
    const mendable: TaskRegistry = {
      digest: {
        run: ({ images }) => {
          if (JSON.stringify(images).includes("torn")) throw new Error("torn");
          return { ok: true };
        },
      },
    };
    const driver = testDriver(plan, { tasks: mendable });
    driver.push("metadata", metadataFor(1, 2, 2), { key: "E1" });
    const [torn = {}, ...others] = plateImages("E1", "P1", 1, 2, 2);
    const missing = others.pop() ?? {};
    for (const image of [{ ...torn, sha256: "torn" }, ...others]) driver.push("images", image);
    await driver.closeInput();
    const flaws = (): number[] =>
      driver.stats().nodes.map(({ failed, incomplete, type }) => (type === "external-task" ? failed : 0) + incomplete);
    expect(flaws().reduce((sum, one) => sum + one)).toBe(2);
    driver.push("images", { ...torn, sha256: "mended" });
    driver.push("images", missing);
    await driver.closeInput();
    expect(driver.read("plates_done").at(-1)?.value).toMatchObject({ complete: true, failed: [] });
    expect(flaws().reduce((sum, one) => sum + one)).toBe(0);
    expect(driver.deadLetters()).toEqual([]);
    expect(driver.tasks({ state: "failed" })).toEqual([]);
  });

  test("a group that may miss members completes with their failures listed", async () => {
    const plan = compile({
      name: "f",
      graph: {
        images: { type: "topic-stream", "topic-name": "images" },
        check: { type: "external-task", stream: "images", "task-name": "digest" },
        wells: {
          type: "stream-operation",
          inputs: ["check"],
          function: { "group-complete": { by: ["well"], member: ["site"], expect: { constant: 3 }, allowFailed: 1 } },
        },
      },
    });
    const driver = testDriver(plan, { tasks });
    bad.add("B01/2");
    for (const site of [1, 2, 3]) driver.push("images", { well: "B01", site });
    await driver.runTasks();
    bad.clear();
    const [well] = driver.read("f.wells");
    expect(well?.failure).toBeUndefined();
    expect(well?.value).toMatchObject({
      complete: true,
      members: [{ site: 1 }, { site: 3 }],
      failed: [{ member: "2", code: "test/broken", node: "check" }],
    });
  });
});

describe("a plate of 308 wells × 4 sites × 6 channels", () => {
  const images = plateImages("E1", "P1", 308, 4);
  const run = async (events: readonly Value[], seed: number): Promise<string> => {
    const driver = testDriver(platePlan(), {
      tasks: { digest: { run: ({ images: site }) => ({ images: (site as unknown[]).length }) } },
    });
    for (const [at, event] of events.entries()) {
      if (at === seed * 1000) driver.push("metadata", metadataFor(308, 4), { key: "E1" });
      driver.append("images", event);
    }
    driver.settle();
    await driver.runTasks();
    return JSON.stringify(driver.read("plates_done").map(({ key, value }) => ({ key, value })));
  };

  test("gives equal outputs in order, shuffled and doubled", async () => {
    const inOrder = await run(images, 0);
    expect(JSON.parse(inOrder)).toMatchObject([{ key: "E1/P1", value: { complete: true, expected: 308 } }]);
    expect(await run(shuffled([...images, ...images], 3), 5)).toBe(inOrder);
  });
});
