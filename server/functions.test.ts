import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderStore, sha256 } from "@artesian/data";
import { openEmbedded, type Runtime } from "@artesian/engine";
import { openReader, openStore, recordRun, registerFunctions, type Store, type StoreReader } from "@artesian/store";
import { dataFolder, deliver, readFunctions, replay, sweep, watchedPlace } from "@artesian/workflows";
import { runtimeOptions } from "@artesian/workflows/functions-runtime.ts";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as api from "./api.ts";
import { createServer, type Server } from "./app.ts";
import { type EngineRegistry, engineRegistry } from "./engine-adapter.ts";
import { listenForEvents } from "./events-listener.ts";
import type { FunctionsControl } from "./functions-view.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-server-functions-"));
const inbox = join(root, "in");
const declarations = join(root, "functions.json");
const folder = dataFolder(join(root, "data"), "functions");
let runtime: Runtime;
let store: Store;
let reader: StoreReader;
let engines: EngineRegistry;
let control: FunctionsControl;
let server: Server;
let time = Date.parse("2026-11-20T08:30:00.000Z");

/** A notification of a file that is there. */
function put(key: string, content: string, sequencer: string): object {
  mkdirSync(join(inbox, key, ".."), { recursive: true });
  writeFileSync(join(inbox, key), content);
  return {
    Records: [
      {
        eventName: "s3:ObjectCreated:Put",
        eventTime: "2026-11-20T08:00:00.000Z",
        s3: { bucket: { name: inbox }, object: { key, size: content.length, eTag: sha256(content), sequencer } },
      },
    ],
  };
}
const good = ",1,2,3\nA,1,2,3\n";
const get = async <T>(url: string): Promise<T> => {
  // Answers are kept for a moment.
  time += 1000;
  return (await server.app.inject({ url: `/api/v1/${url}` })).json<T>();
};
const post = (url: string, body?: unknown) =>
  server.app.inject({
    method: "POST",
    url: `/api/v1/functions/${url}`,
    ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, payload: JSON.stringify(body) }),
  });
const settled = async (): Promise<void> => {
  await runtime.drain();
};

beforeAll(async () => {
  mkdirSync(inbox);
  writeFileSync(
    declarations,
    JSON.stringify({
      functions: [{ id: "readers", description: "Plate readers.", trigger: { suffix: ".csv" }, use: "plate-readings" }],
    }),
  );
  runtime = await openEmbedded({
    ...runtimeOptions({ dir: join(root, "data"), declarations, runId: "R1", workers: 1 }),
    database: { durable: false },
  });
  store = openStore(folder.store);
  recordRun(store, {
    id: "R1",
    name: "functions",
    workflow: "functions",
    state: "running",
    dataDir: root,
    startedAt: "2026-11-20T08:00:00Z",
  });
  const [fn] = readFunctions(declarations);
  registerFunctions(
    store,
    [
      {
        id: "readers",
        digest: fn?.digest ?? "",
        doc: { description: "Plate readers.", trigger: "*.csv", runs: "plate-readings", timeoutS: 600, attempts: 3 },
      },
    ],
    "2026-11-20T08:00:00Z",
  );
  reader = openReader(folder.store);
  engines = engineRegistry();
  engines.add("R1", folder.engine, {
    retry: (id) => runtime.retry(id),
    redrive: (id) => runtime.redrive(id),
  });
  const watched = watchedPlace(inbox);
  control = {
    runId: "R1",
    places: [inbox],
    deliver: (document) => deliver(runtime, [watched], document, Date.now()),
    sweep: () => sweep({ runtime, watched, clock: () => Date.now() + 60_000 }),
    replay: (order) =>
      replay({ runtime, watched, functions: readFunctions(declarations), id: String(time), now: Date.now(), ...order }),
  };
  server = await createServer({
    reader,
    store,
    objects: folderStore(folder.objects),
    engines,
    functions: control,
    imageRoots: [],
    clock: () => time,
  });
});
afterAll(async () => {
  await server.close();
  engines.close();
  await runtime.stop();
  await reader.close();
  store.close();
  rmSync(root, { recursive: true, force: true });
});

describe("functions", () => {
  it("take a store's notification, durable when it is answered, each once", async () => {
    const notice = put("E1/P1.csv", good, "1");
    const answer = await post("events", notice);
    expect([answer.statusCode, answer.json()]).toEqual([200, { accepted: 1, duplicates: 0, ignored: 0 }]);
    expect(runtime.partitions("object_events").reduce((sum, { next }) => sum + next, 0)).toBe(1);
    expect((await post("events", notice)).json()).toEqual({ accepted: 0, duplicates: 1, ignored: 0 });
    await settled();
    const { rows } = await get<api.FunctionLedger>("functions/ledger");
    expect(api.FunctionLedger.parse(await get("functions/ledger")).rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({
      function: "readers",
      uri: join(inbox, "E1/P1.csv"),
      state: "done",
      source: "notification",
      attempts: 1,
      message: "value of 3 wells of plate P1 of E1.",
      links: [{ label: "plate P1", href: "/experiments/E1/plates?plate=P1&metric=reading%20value" }],
      task: { href: expect.stringMatching(/^\/runs\/R1\?task=[0-9a-f]{64}$/) },
    });
  });

  it("refuse what is no notification, and too much of it", async () => {
    const wrong = await post("events", { hello: 1 });
    expect([wrong.statusCode, wrong.json().code]).toEqual([400, "engine/notification"]);
    const large = await post("events", { Records: [], padding: "x".repeat(2 << 20) });
    expect([large.statusCode, large.json().code]).toEqual([413, "server/too-large"]);
  });

  it("are listed with counts, what they do, and whether they run here", async () => {
    const list = api.FunctionList.parse(await get("functions"));
    expect(list).toMatchObject({ live: true, run: { id: "R1", href: "/runs/R1" }, places: [inbox] });
    expect(list.functions).toMatchObject([
      {
        id: "readers",
        trigger: "*.csv",
        runs: "plate-readings",
        counts: { done: 1, failed: 0 },
        now: { running: 0, retrying: 0 },
      },
    ]);
  });

  it("show a dead letter with its cause, and send it again when it is mended", async () => {
    await post("events", put("E1/P2.csv", ",1,2,3\nA,1,x,3\n", "1"));
    await settled();
    const failed = await get<api.FunctionLedger>("functions/ledger?state=failed&function=readers&q=P2");
    expect(failed).toMatchObject({
      total: 1,
      counts: { failed: 1 },
      rows: [{ code: "data/plate-reader", message: expect.stringContaining("P2.csv, line 2: row A, column 2") }],
    });
    const request = failed.rows[0]?.request ?? "";
    expect((await post("redrive", { requests: [request] })).json()).toEqual({
      accepted: 1,
      sentence: "1 failed request is tried again.",
    });
    await settled();
    expect((await get<api.FunctionLedger>("functions/ledger?state=failed")).rows).toHaveLength(1);
    put("E1/P2.csv", good, "2");
    expect((await post("sweep")).json()).toMatchObject({
      accepted: 2,
      sentence: "2 objects looked at: 2 events were missing.",
    });
    await settled();
    expect((await post("redrive", { requests: "all", function: "readers" })).json()).toMatchObject({ accepted: 1 });
    await settled();
    const { counts } = await get<api.FunctionLedger>("functions/ledger");
    expect(counts).toEqual({ waiting: 0, done: 2, superseded: 1, failed: 0 });
    expect((await post("redrive", { requests: "all" })).json()).toEqual({
      accepted: 0,
      sentence: "Nothing has failed.",
    });
    const { rows: trail } = { rows: store.all("SELECT action FROM audit ORDER BY id") };
    expect(trail.map(({ action }) => action)).toEqual([
      "functions.redrive",
      "functions.sweep",
      "functions.redrive",
      "functions.redrive",
    ]);
  });

  it("are told again of what is there when somebody asks", async () => {
    const replayed = await post("replay", { force: true, prefix: "E1/P1", since: "2020-01-01" });
    expect(replayed.json()).toEqual({ accepted: 1, sentence: "1 object is told of again." });
    await settled();
    expect((await get<api.FunctionLedger>("functions/ledger?q=P1")).counts.done).toBe(2);
    expect((await post("replay", { since: "yesterday" })).statusCode).toBe(400);
  });

  it("leave readings that plates are coloured by, and tables", async () => {
    const sets = api.ReadingSets.parse(await get("experiments/E1/readings"));
    expect(sets.sets.map(({ plate, wells, measures }) => [plate, wells, measures[0]?.metric])).toEqual([
      ["P1", 3, "reading value"],
      ["P2", 3, "reading value"],
    ]);
    const table = await server.app.inject({ url: sets.sets[0]?.tableUrl ?? "" });
    expect(table.body.split("\n")[1]).toBe(",A01,value,,,,1,");
    const csv = await server.app.inject({ url: sets.csvUrl });
    expect(csv.body.split("\n").slice(0, 2)).toEqual([
      "plate,metric,well,value,note,object",
      `P1,reading value,A01,1,,${join(inbox, "E1/P1.csv")}`,
    ]);
    const metrics = await get<api.MetricList>("experiments/E1/metrics");
    expect(metrics.metrics.map(({ id, level }) => [id, level])).toEqual([["reading value", "well"]]);
    const grids = api.PlateGrids.parse(await get("experiments/E1/plates?metric=reading%20value"));
    expect(grids.plates[0]?.grid.map(({ well, value }) => [well, value])).toEqual([
      ["A01", 1],
      ["A02", 2],
      ["A03", 3],
    ]);
    expect(api.ExperimentDetail.parse(await get("experiments/E1"))).toMatchObject({ state: "complete" });
    api.Home.parse(await get("home"));
  });
});

it("a server in which no functions run shows the ledger, and says how to start them", async () => {
  const alone = await createServer({
    reader,
    store,
    objects: folderStore(folder.objects),
    engines: engineRegistry(),
    imageRoots: [],
  });
  const list = (await alone.app.inject({ url: "/api/v1/functions" })).json<api.FunctionList>();
  expect(list).toMatchObject({ live: false, places: [], functions: [{ id: "readers", now: null }] });
  for (const path of ["events", "sweep", "replay"]) {
    const answer = await alone.app.inject({
      method: "POST",
      url: `/api/v1/functions/${path}`,
      headers: { "content-type": "application/json" },
      payload: "{}",
    });
    expect([answer.statusCode, answer.json().code]).toEqual([409, "server/functions-not-live"]);
  }
  const redrive = await alone.app.inject({
    method: "POST",
    url: "/api/v1/functions/redrive",
    payload: { requests: "all" },
  });
  expect(redrive.json()).toMatchObject({ code: "server/run-not-live" });
  await alone.close();
});

describe("a door for events", () => {
  const token = "0123456789abcdef";
  const open = (more: object = {}) =>
    listenForEvents({ host: "127.0.0.1", port: 0, deliver: control.deliver, ...more });
  const send = async (url: string, body: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(url, { method: "POST", body, headers });
    return [answer.status, (await answer.json()) as Record<string, unknown>] as const;
  };

  it("takes notifications of this machine without a token, whatever they are called", async () => {
    const door = await open();
    const notice = JSON.stringify(put("door.csv", good, "9"));
    expect(await send(door.url, notice, { "content-type": "text/plain; charset=UTF-8" })).toEqual([
      200,
      { accepted: 1, duplicates: 0, ignored: 0 },
    ]);
    expect(await send(door.url, notice)).toMatchObject([200, { duplicates: 1 }]);
    expect(await send(door.url, "{")).toMatchObject([400, { code: "engine/notification" }]);
    expect(await send(door.url, "x".repeat((2 << 20) + 1))).toMatchObject([413, { code: "server/too-large" }]);
    expect(await send(door.url.replace("events", "api/v1/runs"), "{}")).toMatchObject([
      404,
      { code: "server/unknown-route" },
    ]);
    await door.close();
  });

  it("asks for its token, as a bearer or as an address's password, and for nothing else", async () => {
    const door = await open({ token });
    const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;
    const tries = [
      "",
      "Bearer 0123456789abcdeX",
      `Token ${token}`,
      basic("s3:wrong"),
      `Bearer ${token}`,
      basic(`s3:${token}`),
    ];
    const found = [];
    for (const authorization of tries)
      found.push((await send(door.url, '{"Event":"s3:TestEvent"}', authorization === "" ? {} : { authorization }))[0]);
    expect(found).toEqual([401, 401, 401, 401, 200, 200]);
    await door.close();
  });

  it("is not opened to others without a token, nor with a short one, nor on a taken port", async () => {
    const refused = expect.objectContaining({ code: "server/events-token" });
    await expect(open({ host: "0.0.0.0" })).rejects.toEqual(refused);
    await expect(open({ host: "0.0.0.0", token: "short" })).rejects.toEqual(refused);
    const door = await open();
    await expect(open({ port: Number(new URL(door.url).port) })).rejects.toMatchObject({ code: "server/port-in-use" });
    await door.close();
  });

  it("sends away what it cannot write soon enough, so that senders try again", async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const door = await open({ deliver: () => held.then(() => ({ accepted: 0, duplicates: 0, ignored: 0 })) });
    const sent = Array.from({ length: 70 }, () => send(door.url, "{}"));
    const early: unknown[] = [];
    for (const one of sent) void one.then((answer) => early.push(answer));
    await vi.waitFor(() => expect(early).toHaveLength(6), 10_000);
    for (const answer of early) expect(answer).toMatchObject([503, { code: "server/too-many-events" }]);
    release();
    const statuses = (await Promise.all(sent)).map(([status]) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(64);
    await door.close();
  });
});
