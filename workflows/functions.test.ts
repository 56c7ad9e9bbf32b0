import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256 } from "@artesian/data";
import {
  compile,
  connectTopic,
  openEmbedded,
  openReader as openEngine,
  type Runtime,
  testDriver,
} from "@artesian/engine";
import { functionLedger, openReader, readingSets, readingsOf } from "@artesian/store";
import { afterAll, describe, expect, it } from "vitest";
import { dataFolder } from "./data-folder.ts";
import { EDITING_RUNS, editingRunRecord } from "./editing.schemas.ts";
import { readFunctions } from "./function-declaration.ts";
import { functionsRows } from "./functions.sinks.ts";
import { FUNCTIONS, functionRegistry, functionsPlan, OBJECT_EVENTS } from "./functions-plan.ts";
import { runtimeOptions } from "./functions-runtime.ts";
import { deliver, followFolder, replay, sweep, watchedPlace } from "./watched-place.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-functions-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const count = fileURLToPath(new URL("./fixtures/functions/count.ts", import.meta.url));
let number = 0;

interface Lab {
  dir: string;
  inbox: string;
  declarations: string;
  put(name: string, content: string, ageS?: number): void;
  /** What a store would send about a file, with the content it has or had. */
  notice(name: string, content: string, sequencer: string): unknown;
}

function lab(functions: readonly object[]): Lab {
  const dir = join(root, String(++number));
  const inbox = join(dir, "in");
  mkdirSync(inbox, { recursive: true });
  const declarations = join(dir, "functions.json");
  writeFileSync(declarations, JSON.stringify({ functions }));
  return {
    dir,
    inbox,
    declarations,
    put(name, content, ageS = 60) {
      const path = join(inbox, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      const at = new Date(Date.now() - ageS * 1000);
      utimesSync(path, at, at);
    },
    notice: (name, content, sequencer) => ({
      Records: [
        {
          eventName: "s3:ObjectCreated:Put",
          eventTime: "2026-11-20T08:30:00.000Z",
          s3: {
            bucket: { name: inbox },
            object: { key: encodeURIComponent(name), size: content.length, eTag: sha256(content), sequencer },
          },
        },
      ],
    }),
  };
}

const open = ({ dir, declarations }: Lab): Promise<Runtime> =>
  openEmbedded({ ...runtimeOptions({ dir, declarations, runId: "R", workers: 1 }), database: { durable: false } });
const counting = { id: "count", trigger: { suffix: ".txt" }, handler: count, retries: { attempts: 2, delayS: 0.01 } };

async function ledgerOf({ dir }: Lab): Promise<Awaited<ReturnType<typeof functionLedger>>> {
  const reader = openReader(dataFolder(dir).store);
  try {
    return await functionLedger(reader.db, { limit: 100, offset: 0 });
  } finally {
    await reader.close();
  }
}
const told = async (one: Lab) =>
  (await ledgerOf(one)).rows
    .map(({ key, state, version, message }) => [key, state, version.slice(0, 6), message])
    .sort();
const version = (content: string): string => sha256(content).slice(0, 6);

describe("the graph of functions", () => {
  const one = lab([counting, { id: "runs", trigger: {}, use: "editing-runs" }]);
  const functions = readFunctions(one.declarations);

  it("has a topic for every row, and a task with what was declared", () => {
    const plan = functionsPlan(functions);
    const topics = new Set(plan.topics.map(({ name }) => name));
    expect(Object.keys(functionsRows(functions).topics).filter((topic) => !topics.has(topic))).toEqual([]);
    expect(plan.nodes.find(({ id }) => id === "count")?.spec).toMatchObject({
      "task-name": "count",
      version: functions[0]?.digest,
      exclusive: "key",
      cache: false,
      retry: { attempts: 2, delayMs: 10 },
      timeout: 600_000,
    });
    expect(functionsPlan(functions).sha256).toBe(plan.sha256);
  });

  it("asks only the functions that want an object, once a version", () => {
    const driver = testDriver(functionsPlan(functions), { functions: functionRegistry(functions) });
    const push = (key: string, etag: string, sequencer: string) =>
      driver.push(OBJECT_EVENTS, {
        bucket: "b",
        key,
        type: "ObjectCreated:Put",
        etag,
        versionId: null,
        sequencer,
        sizeBytes: 1,
        timeMs: 1,
        modifiedMs: null,
        source: "notification",
        replay: null,
      });
    for (const [key, etag, sequencer] of [
      ["a.txt", "1", "1"],
      ["a.txt", "1", "1"],
      ["a.csv", "1", "1"],
      ["a.txt", "2", "0"],
    ] as const)
      push(key, etag, sequencer);
    expect(driver.read("functions.count-due").map(({ key, value }) => [key, value.version])).toEqual([
      ["b/a.txt", "1"],
    ]);
    expect(driver.read("functions.runs-due")).toHaveLength(2);
  });
});

describe("functions on a folder", () => {
  it("run on what is there and on what comes, once a content, and keep a ledger", async () => {
    const one = lab([counting]);
    one.put("old.txt", "twelve bytes");
    one.put("other.csv", "not wanted");
    one.put("bad.txt", "poison");
    one.put("sub/slow.txt", "later");
    const runtime = await open(one);
    const watched = watchedPlace(one.inbox);
    const stop = new AbortController();
    const connection = followFolder({ runtime, watched, clock: Date.now, signal: stop.signal, stableMs: 50 });
    const wait = async (what: number): Promise<void> => {
      for (let tries = 0; tries < 200; tries++) {
        await runtime.drain();
        if ((await ledgerOf(one)).rows.filter(({ state }) => state !== "waiting").length >= what) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await wait(3);
    one.put("new.txt", "12345", 0);
    await wait(4);
    stop.abort();
    await connection.done;
    await runtime.drain();
    expect(await told(one)).toEqual([
      ["bad.txt", "failed", version("poison"), "this object is poison"],
      ["new.txt", "done", version("12345"), "5 bytes."],
      ["old.txt", "done", version("twelve bytes"), "12 bytes."],
      ["sub/slow.txt", "done", version("later"), "5 bytes."],
    ]);
    const { rows } = await ledgerOf(one);
    const slow = rows.find(({ key }) => key === "sub/slow.txt");
    expect(slow).toMatchObject({ attempts: 2, source: "folder", functionId: "count" });
    expect(slow?.result).toMatchObject({ bytes: 5, key: slow?.idempotencyKey });
    expect(runtime.deadLetters().map(({ code, key }) => [code, key])).toEqual([
      ["test/poison", `${one.inbox}/bad.txt`],
    ]);
    await runtime.stop();
  }, 60_000);

  it("go on after a restart without doing anything again", async () => {
    const one = lab([counting]);
    one.put("a.txt", "a");
    for (let session = 0; session < 2; session++) {
      const runtime = await open(one);
      await sweep({ runtime, watched: watchedPlace(one.inbox), clock: Date.now });
      await runtime.drain();
      await runtime.stop();
    }
    expect(await told(one)).toEqual([["a.txt", "done", version("a"), "1 bytes."]]);
  });
});

describe("notifications", () => {
  it("that come twice, late and in any order change nothing, and an older version is never applied after a newer", async () => {
    const one = lab([counting]);
    const runtime = await open(one);
    const watched = [watchedPlace(one.inbox)];
    const send = (document: unknown) => deliver(runtime, watched, document, Date.now());
    one.put("a.txt", "first");
    expect(await send(one.notice("a.txt", "first", "1"))).toEqual({ accepted: 1, duplicates: 0, ignored: 0 });
    await runtime.drain();
    one.put("a.txt", "second!");
    one.put("b.txt", "newest");
    expect(await send(one.notice("a.txt", "second!", "3"))).toMatchObject({ accepted: 1 });
    expect(await send(one.notice("a.txt", "second!", "3"))).toMatchObject({ accepted: 0, duplicates: 1 });
    await send(one.notice("a.txt", "between", "2"));
    await send(one.notice("b.txt", "older", "1"));
    await runtime.drain();
    await send(one.notice("b.txt", "newest", "2"));
    await runtime.drain();
    expect(await told(one)).toEqual([
      ["a.txt", "done", version("first"), "5 bytes."],
      ["a.txt", "done", version("second!"), "7 bytes."],
      ["b.txt", "done", version("newest"), "6 bytes."],
      [
        "b.txt",
        "superseded",
        version("older"),
        "Another version of the object is there now; it has an event of its own.",
      ],
    ]);
    await runtime.stop();
  });

  it("of objects that nobody watches, or that are gone, lead to nothing", async () => {
    const one = lab([counting]);
    const runtime = await open(one);
    const watched = [watchedPlace(join(one.inbox, "sub"))];
    writeFileSync(join(one.inbox, "secret.txt"), "x");
    expect(await deliver(runtime, watched, one.notice("secret.txt", "x", "1"), 0)).toEqual({
      accepted: 0,
      duplicates: 0,
      ignored: 1,
    });
    const all = [watchedPlace(one.inbox)];
    expect(await deliver(runtime, all, one.notice(".hidden.txt", "x", "1"), 0)).toMatchObject({
      accepted: 0,
      ignored: 1,
    });
    await deliver(runtime, all, one.notice("gone.txt", "x", "1"), 0);
    const outside = one.notice("sub/../../outside.txt", "x", "1");
    expect(await deliver(runtime, all, outside, 0)).toMatchObject({ accepted: 0, ignored: 1 });
    await runtime.drain();
    expect((await told(one)).map(([key, state]) => [key, state])).toEqual([["gone.txt", "superseded"]]);
    await runtime.stop();
  });

  it("that were lost are repaired by a sweep, and no others", async () => {
    const one = lab([counting]);
    const runtime = await open(one);
    const watched = watchedPlace(one.inbox);
    one.put("told.txt", "told");
    one.put("lost.txt", "lost");
    one.put("fresh.txt", "still being written", 0);
    await deliver(runtime, [watched], one.notice("told.txt", "told", "1"), Date.now());
    await runtime.drain();
    expect(await sweep({ runtime, watched, clock: Date.now })).toEqual({ seen: 3, repaired: 2 });
    expect(await sweep({ runtime, watched, clock: Date.now })).toEqual({ seen: 3, repaired: 0 });
    await runtime.drain();
    expect((await told(one)).map(([key, state]) => [key, state])).toEqual([
      ["lost.txt", "done"],
      ["told.txt", "done"],
    ]);
    await runtime.stop();
  });
});

describe("a replay", () => {
  it("brings a new function, and one whose code changed, up to what is there; force does all again", async () => {
    const one = lab([counting]);
    one.put("a.txt", "a");
    one.put("b/b.txt", "bb");
    const watched = watchedPlace(one.inbox);
    let runtime = await open(one);
    const again = async (id: string, more: object = {}): Promise<number> => {
      const sent = await replay({
        runtime,
        watched,
        functions: readFunctions(one.declarations),
        id,
        now: Date.now(),
        ...more,
      });
      await runtime.drain();
      return sent;
    };
    await sweep({ runtime, watched, clock: Date.now });
    await runtime.drain();
    expect(await again("r1")).toBe(2);
    expect(await told(one)).toHaveLength(2);
    expect(await again("r2", { force: true, prefix: "b/" })).toBe(1);
    expect(await told(one)).toHaveLength(3);
    const { mtimeMs } = statSync(join(one.inbox, "a.txt"));
    expect(await again("r3", { sinceMs: mtimeMs + 5000 })).toBe(0);
    await runtime.stop();
    writeFileSync(
      one.declarations,
      JSON.stringify({
        functions: [
          { ...counting, with: { now: "another" } },
          { ...counting, id: "second" },
        ],
      }),
    );
    runtime = await open(one);
    await again("r4", { function: "second" });
    expect((await ledgerOf(one)).rows.filter(({ functionId }) => functionId === "second")).toHaveLength(2);
    await again("r5");
    const { rows } = await ledgerOf(one);
    expect(rows.filter(({ functionId }) => functionId === "count")).toHaveLength(5);
    expect(rows.every(({ state }) => state === "done")).toBe(true);
    await runtime.stop();
  });

  it("of dead letters is the engine's own, and takes the failure back", async () => {
    const one = lab([counting]);
    one.put("a.txt", "poison");
    const runtime = await open(one);
    await sweep({ runtime, watched: watchedPlace(one.inbox), clock: Date.now });
    await runtime.drain();
    const [failed] = (await ledgerOf(one)).rows;
    expect(failed).toMatchObject({ state: "failed", code: "test/poison" });
    await runtime.retry(failed?.taskId ?? "");
    await runtime.drain();
    expect((await ledgerOf(one)).rows).toMatchObject([{ state: "failed" }]);
    one.put("a.txt", "cured!");
    await runtime.retry(failed?.taskId ?? "");
    await runtime.drain();
    expect((await ledgerOf(one)).rows).toMatchObject([{ state: "superseded", code: null }]);
    expect(runtime.deadLetters()).toEqual([]);
    await runtime.stop();
  });
});

describe("plate-readings", () => {
  const grid = (first: number) => `OD (450)\n,1,2,3\nA,${first},2,OVER\n`;
  it("loads an export into the store; a newer version takes its place, a broken one is a dead letter with its line", async () => {
    const one = lab([{ id: "readers", trigger: { prefix: "readers/" }, use: "plate-readings" }]);
    const runtime = await open(one);
    const watched = watchedPlace(one.inbox);
    const look = async (): Promise<void> => {
      await sweep({ runtime, watched, clock: Date.now });
      await runtime.drain();
    };
    one.put("readers/E1/P1.csv", grid(1));
    one.put("readers/E1/broken.csv", "OD\n,1,2,3\nA,1,two,3\n");
    await look();
    one.put("readers/E1/P1.csv", grid(7), 30);
    await look();
    const reader = openReader(dataFolder(one.dir).store);
    expect(await readingsOf(reader.db, "E1")).toMatchObject([
      { plate: "P1", metric: "reading OD 450", well: "A01", value: 7, note: null },
      { plate: "P1", metric: "reading OD 450", well: "A02", value: 2 },
      { plate: "P1", metric: "reading OD 450", well: "A03", value: null, note: "OVER" },
    ]);
    const [set] = await readingSets(reader.db, "E1");
    expect(set).toMatchObject({ object: join(one.inbox, "readers/E1/P1.csv"), version: sha256(grid(7)), wells: 3 });
    const objects = dataFolder(one.dir).objects;
    const hex = set?.tableUri.slice(7) ?? "";
    expect(readFileSync(join(objects, hex.slice(0, 2), hex.slice(2)), "utf8")).toContain(",A01,OD (450),,,,7,\n");
    await reader.close();
    const rows = await told(one);
    expect(rows.map(([key, state, , message]) => [key, state, message])).toEqual([
      ["readers/E1/P1.csv", "done", "OD (450) of 3 wells of plate P1 of E1; 1 reading failed."],
      ["readers/E1/P1.csv", "done", "OD (450) of 3 wells of plate P1 of E1; 1 reading failed."],
      [
        "readers/E1/broken.csv",
        "failed",
        expect.stringContaining('broken.csv, line 3: row A, column 2: "two" is no reading'),
      ],
    ]);
    await runtime.stop();
  });

  it("takes plates from the export or a pattern, and of readings over time the last and the largest", async () => {
    const pattern = "^(?<experiment>[^_]+)_(?<plate>\\w+)\\.csv$";
    const one = lab([{ id: "readers", trigger: {}, use: "plate-readings", with: { pattern } }]);
    const runtime = await open(one);
    one.put("E7_X1.csv", "OD\nCycle Nr.,1,2,3\nTime [s],0,60,120\nA1,1,9,5\n");
    one.put("E8_ignored.csv", "Barcode,Well,GFP\nBC1,A1,1\nBC2,A1,2\n");
    one.put("nothing.csv", "Well,GFP\nA1,1\n");
    await sweep({ runtime, watched: watchedPlace(one.inbox), clock: Date.now });
    await runtime.drain();
    const reader = openReader(dataFolder(one.dir).store);
    expect((await readingsOf(reader.db, "E7")).map(({ metric, plate, value }) => [metric, plate, value])).toEqual([
      ["reading OD last", "X1", 5],
      ["reading OD max", "X1", 9],
    ]);
    expect((await readingsOf(reader.db, "E8")).map(({ plate, value }) => [plate, value])).toEqual([
      ["BC1", 1],
      ["BC2", 2],
    ]);
    await reader.close();
    const failed = (await ledgerOf(one)).rows.find(({ state }) => state === "failed");
    expect(failed).toMatchObject({
      code: "workflows/function-parameters",
      message: expect.stringContaining("does not say its experiment"),
    });
    await runtime.stop();
  });
});

describe("editing-runs", () => {
  const records = (runtime: Runtime) =>
    runtime
      .partitions(EDITING_RUNS)
      .flatMap(({ partition, next }) => runtime.readTopic(EDITING_RUNS, partition, 0, next))
      .map(({ value }) => editingRunRecord.parse(value));
  const sheet = "name,fastq_r1\nS1,S1.fastq.gz\nS2,S2.fastq.gz\n";

  it("puts one record on editing_runs when the last file of a sample sheet is there, in whatever order files come", async () => {
    const one = lab([{ id: "runs", trigger: {}, use: "editing-runs" }]);
    const runtime = await open(one);
    const watched = watchedPlace(one.inbox);
    const come = async (name: string, content: string): Promise<number> => {
      one.put(`M001/${name}`, content);
      await sweep({ runtime, watched, clock: Date.now });
      await runtime.drain();
      return records(runtime).length;
    };
    expect(await come("S2.fastq.gz", "2")).toBe(0);
    expect(await come("SampleSheet.csv", sheet)).toBe(0);
    expect(await come("S1.fastq.gz", "1")).toBe(1);
    expect(await come("report.html", "x")).toBe(1);
    expect(records(runtime)).toEqual([
      {
        run: "M001",
        runFolder: join(one.inbox, "M001"),
        sampleSheet: join(one.inbox, "M001/SampleSheet.csv"),
        samples: ["S1", "S2"],
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
        because: "every file of the sample sheet",
      },
    ]);
    expect((await told(one)).map(([key, , , message]) => [key, message])).toContainEqual([
      "M001/SampleSheet.csv",
      "Run M001 waits for S1.fastq.gz.",
    ]);
    expect(await come("S1.fastq.gz", "sequenced again")).toBe(2);
    await runtime.stop();
    // The workflow that quantifies edits has an engine of its own, and takes them from here.
    const graph = { runs: { type: "topic-stream", "topic-name": EDITING_RUNS, key: "{runFolder}" } };
    const taker = await openEmbedded({
      dir: join(one.dir, "taker"),
      plans: [compile({ name: "taker", graph })],
      database: { durable: false },
    });
    const functions = openEngine(dataFolder(one.dir, FUNCTIONS).engine);
    const take = () =>
      connectTopic({
        runtime: taker,
        from: () => functions?.inspector,
        topic: EDITING_RUNS,
        source: FUNCTIONS,
        once: true,
      }).done;
    expect([await take(), await take()]).toEqual([
      { accepted: 2, lag: 0 },
      { accepted: 0, lag: 0 },
    ]);
    expect(new Set(records(taker).map(({ fingerprint }) => fingerprint)).size).toBe(2);
    functions?.close();
    await taker.stop();
  });

  it("takes a marker's word, waits for a sheet, and waits while files still change", async () => {
    const retries = { attempts: 60, delayS: 0.1, factor: 1 };
    const one = lab([{ id: "runs", trigger: {}, use: "editing-runs", with: { quietS: 2 }, retries }]);
    const runtime = await open(one);
    const look = async (): Promise<string[]> => {
      await sweep({ runtime, watched: watchedPlace(one.inbox), clock: () => Date.now() + 10_000 });
      await runtime.drain();
      return records(runtime).map(({ run, because }) => `${run} ${because}`);
    };
    one.put("A/RTAComplete.txt", "done");
    expect(await look()).toEqual([]);
    one.put("A/SampleSheet.csv", sheet);
    expect(await look()).toEqual(["A RTAComplete.txt"]);
    one.put("B/SampleSheet.csv", sheet);
    one.put("B/S1.fastq.gz", "1", 0);
    one.put("B/S2.fastq.gz", "2", 0);
    const began = Date.now();
    expect((await look()).sort()).toEqual(["A RTAComplete.txt", "B every file of the sample sheet"]);
    expect(Date.now() - began).toBeGreaterThan(1500);
    await runtime.stop();
  });
});
