import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import {
  experimentById,
  failedRequests,
  functionLedger,
  listFunctions,
  metricNames,
  metricValues,
  openReader,
  openStore,
  plateOverview,
  type ReadingSetInput,
  readingSets,
  readingsOf,
  recordFunctionRequest,
  recordFunctionResult,
  recordReadings,
  recordRedriven,
  registerFunctions,
  requestsOfKey,
  upsertPlateLayout,
} from "./index.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-store-functions-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let count = 0;
let now = Date.parse("2026-11-20T08:30:00Z");
const open = () => {
  const path = join(root, `${++count}.db`);
  const store = openStore(path, { clock: () => now++ });
  return { store, reader: openReader(path) };
};
const request = (n: number, functionId = "convert") => ({
  request: `r${n}`,
  functionId,
  digest: "d",
  idempotencyKey: `i${n}`,
  bucket: "plates",
  key: `raw/P${n}.csv`,
  version: `e${n}`,
  sizeBytes: 9,
  source: "notification",
  eventAt: "2026-11-20T08:00:00.000Z",
});
const page = { limit: 50, offset: 0 };

describe("the ledger", () => {
  test("knows a request as waiting until its answer comes, whichever of the two is stored first", async () => {
    const { store, reader } = open();
    recordFunctionRequest(store, request(1));
    recordFunctionResult(store, { ...request(2), state: "done", taskId: "t2", result: { wells: 96 } });
    recordFunctionRequest(store, request(2));
    expect((await functionLedger(reader.db, page)).rows.map(({ request: id, state }) => [id, state])).toEqual([
      ["r2", "done"],
      ["r1", "waiting"],
    ]);
    recordFunctionResult(store, { ...request(1), state: "failed", taskId: "t1", code: "x", message: "no plate" });
    const { rows, counts } = await functionLedger(reader.db, { ...page, q: "no PLATE" });
    expect(rows).toMatchObject([{ request: "r1", state: "failed", code: "x", taskId: "t1", key: "raw/P1.csv" }]);
    expect(counts).toEqual({ waiting: 0, done: 0, superseded: 0, failed: 1 });
    expect(await requestsOfKey(reader.db, "i2", { bucket: "plates", key: "raw/P2.csv" })).toMatchObject([
      { request: "r2", result: { wells: 96 } },
    ]);
  });

  test("takes a failed request as waiting when it is sent again, unless its answer was quicker", async () => {
    const { store, reader } = open();
    recordFunctionResult(store, { ...request(1), state: "failed", taskId: "t", code: "x", message: "y" });
    const [failed] = await failedRequests(reader.db, { limit: 9 });
    recordRedriven(store, { request: "r1", finishedAt: failed?.finishedAt ?? null });
    expect((await functionLedger(reader.db, page)).rows).toMatchObject([{ state: "waiting", message: null }]);
    recordFunctionResult(store, { ...request(1), state: "failed", taskId: "t", code: "x", message: "again" });
    recordRedriven(store, { request: "r1", finishedAt: failed?.finishedAt ?? null });
    expect((await functionLedger(reader.db, page)).rows).toMatchObject([{ state: "failed", message: "again" }]);
    expect(await failedRequests(reader.db, { functionId: "other", limit: 9 })).toEqual([]);
    expect(await failedRequests(reader.db, { requests: ["r1"], limit: 9 })).toHaveLength(1);
  });

  test("is paged and filtered, and counts states of what the other filters leave", async () => {
    const { store, reader } = open();
    for (let n = 0; n < 30; n++) recordFunctionRequest(store, request(n, n % 3 === 0 ? "a" : "b"));
    for (let n = 0; n < 10; n++)
      recordFunctionResult(store, { ...request(n, n % 3 === 0 ? "a" : "b"), state: "done", taskId: null });
    const found = await functionLedger(reader.db, { limit: 3, offset: 3, functionId: "a", state: "done" });
    expect(found).toMatchObject({ total: 4, counts: { waiting: 6, done: 4 }, rows: [{ request: "r0" }] });
  });
});

test("functions are registered with their counts; one that is gone is last and keeps what it did", async () => {
  const { store, reader } = open();
  registerFunctions(
    store,
    [
      { id: "b", digest: "1", doc: { trigger: {} } },
      { id: "a", digest: "1", doc: {} },
    ],
    "2026-11-20T08:00:00Z",
  );
  recordFunctionRequest(store, request(1, "a"));
  registerFunctions(store, [{ id: "b", digest: "2", doc: {} }], "2026-11-20T09:00:00Z");
  const found = await listFunctions(reader.db);
  expect(found.map(({ id, digest, removedAt, registeredAt }) => [id, digest, removedAt, registeredAt])).toEqual([
    ["b", "2", null, "2026-11-20T08:00:00Z"],
    ["a", "1", "2026-11-20T09:00:00Z", "2026-11-20T08:00:00Z"],
  ]);
  expect(found[1]?.counts.waiting).toBe(1);
});

const set = (given: Partial<ReadingSetInput> = {}): ReadingSetInput => ({
  experimentId: "E1",
  plate: "P1",
  formatWells: 96,
  functionId: "convert",
  object: "s3://plates/P1.csv",
  version: "e1",
  instrument: "Tecan",
  doc: { measures: { "reading OD": "OD" } },
  tableUri: `sha256:${"0".repeat(64)}`,
  readings: [
    { metric: "reading OD", well: "A01", value: 0.1, note: null },
    { metric: "reading OD", well: "H12", value: null, note: "OVER" },
  ],
  generation: 1,
  at: "2026-11-20T08:00:00Z",
  ...given,
});

describe("readings", () => {
  test("of an experiment that nobody described make it, its plate and its wells", async () => {
    const { store, reader } = open();
    recordReadings(store, [set()]);
    const experiment = await experimentById(reader.db, "E1");
    expect(experiment).toMatchObject({ workflow: "functions", channels: [] });
    if (experiment === undefined) return;
    expect(await plateOverview(reader.db, experiment)).toMatchObject([
      { plate: "P1", format: { wells: 96 }, wells: { total: 2 }, status: "complete" },
    ]);
    expect(await metricNames(reader.db, "E1", [])).toMatchObject({ well: ["reading OD"] });
    expect(await metricValues(reader.db, "E1", { id: "reading OD", level: "well" }, null)).toEqual([
      { plate: "P1", well: "A01", site: 0, value: 0.1 },
    ]);
    expect(await readingSets(reader.db, "E1")).toMatchObject([{ plate: "P1", instrument: "Tecan", wells: 2 }]);
  });

  test("of a newer version of a file take the place of all that the older said; an older one changes nothing", async () => {
    const { store, reader } = open();
    const other = { metric: "reading GFP", well: "B02", value: 5, note: null };
    recordReadings(store, [set({ generation: 2 }), set({ generation: 2, plate: "P2" })]);
    recordReadings(store, [set({ generation: 3, version: "e2", readings: [other] })]);
    recordReadings(store, [set({ generation: 1, version: "e0" })]);
    expect(await readingsOf(reader.db, "E1")).toEqual([{ plate: "P1", ...other, object: "s3://plates/P1.csv" }]);
    expect(await readingSets(reader.db, "E1")).toMatchObject([{ version: "e2", plate: "P1" }]);
  });

  test("of one file by two functions stand side by side", async () => {
    const { store, reader } = open();
    recordReadings(store, [set({ generation: 7 })]);
    const readings = [{ metric: "reading other", well: "A01", value: 2, note: null }];
    recordReadings(store, [set({ functionId: "other", readings })]);
    expect((await readingsOf(reader.db, "E1")).map(({ metric }) => metric)).toEqual([
      "reading OD",
      "reading OD",
      "reading other",
    ]);
  });

  test("stay when a layout comes that does not name their wells", async () => {
    const { store, reader } = open();
    recordReadings(store, [set()]);
    const wells = [{ well: "A02", role: "healthy" as const }];
    upsertPlateLayout(store, { experimentId: "E1", plate: "P1", order: 1, formatWells: 96, wells });
    const rows = await reader.db.selectFrom("well").select("well").orderBy("well").execute();
    expect(rows.map(({ well }) => well)).toEqual(["A01", "A02", "H12"]);
  });

  test("end as the newest version says, in whatever order and however often versions come", async () => {
    const { store, reader } = open();
    let experiment = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 8 }),
        async (generations) => {
          const experimentId = `X${experiment++}`;
          const object = `s3://plates/${experimentId}.csv`;
          for (const generation of generations) {
            const readings = [{ metric: `reading ${generation}`, well: "A01", value: generation, note: null }];
            recordReadings(store, [set({ experimentId, object, generation, readings })]);
          }
          const newest = Math.max(...generations);
          expect(await readingsOf(reader.db, experimentId)).toMatchObject([{ value: newest }]);
        },
      ),
      { numRuns: 60 },
    );
  });
});
