import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderStore } from "@artesian/data";
import { compile, type KafkaSurvey, openEmbedded, type Runtime } from "@artesian/engine";
import { openReader, openStore, recordRun, type Store, type StoreReader } from "@artesian/store";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ErrorBody, RunDetail, RunPartitions } from "./api.ts";
import { createServer, type Server } from "./app.ts";
import { type EngineRegistry, engineRegistry, type RuntimeControl } from "./engine-adapter.ts";

const plan = compile({
  name: "reading",
  graph: { wells: { type: "topic-stream", "topic-name": "wells", key: "{well}" } },
});
const worker = { memberId: "artesian-1f2e3d4c", clientId: "artesian", host: "10.0.0.7" };

let root = "";
let runtime: Runtime;
let store: Store;
let reader: StoreReader;
let engines: EngineRegistry;
let server: Server;
let time = Date.parse("2026-11-20T08:30:00.000Z");

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "artesian-partitions-"));
  store = openStore(join(root, "store.db"));
  reader = openReader(join(root, "store.db"));
  recordRun(store, {
    id: "R1",
    name: "reading",
    workflow: "reading",
    planHash: plan.sha256,
    plan: { nodes: [], edges: [] },
    state: "running",
    data: "wells.jsonl",
    dataDir: root,
    args: {},
    who: "mira",
    codeVersion: "test",
    startedAt: "2026-11-20T08:00:00.000Z",
  });
  engines = engineRegistry();
  runtime = await openEmbedded({ dir: join(root, "engine"), plans: [plan] });
});
afterEach(async () => {
  await server.close();
  engines.close();
  await runtime.stop(0);
  await reader.close();
  store.close();
  rmSync(root, { recursive: true, force: true });
});

async function serve(mode: "embedded" | "kafka", survey?: KafkaSurvey): Promise<void> {
  const onKafka = { retry: async () => {}, redrive: async () => 0, survey: async () => survey };
  const control = survey === undefined ? (runtime as unknown as RuntimeControl) : onKafka;
  engines.add("R1", join(root, "engine"), control);
  const objects = folderStore(join(root, "objects"));
  server = await createServer({ reader, store, objects, engines, imageRoots: [], mode, clock: () => time });
}
const get = (path: string) => server.app.inject(`/api/v1/runs/${path}`);

test("a run on Kafka tells who has which partition, what waits and what is held back since when", async () => {
  await serve("kafka", {
    asOf: Date.parse("2026-11-20T08:29:59.000Z"),
    isMoving: false,
    partitions: [
      { partition: 0, worker, lag: 12, undecided: 3, held: { topic: "wells", offset: 40, since: time - 40_000 } },
      { partition: 1, lag: 0, undecided: 0 },
    ],
  });
  expect((await get("R1")).json<RunDetail>().kafka).toBe(true);
  const answer = await get("R1/kafka");
  expect(answer.statusCode).toBe(200);
  const held = { topic: "wells", offset: 40, since: "2026-11-20T08:29:20.000Z" };
  expect(answer.json<RunPartitions>()).toEqual({
    asOf: "2026-11-20T08:29:59.000Z",
    away: null,
    isMoving: false,
    partitions: [
      { partition: 0, worker, lag: 12, undecided: 3, held },
      { partition: 1, worker: null, lag: 0, undecided: 0, held: null },
    ],
  });
});

test("while brokers are away that is the answer, not an error", async () => {
  const reason = "Kafka at k1:9092: ListOffsets got no answer.";
  await serve("kafka", { isMoving: false, partitions: [], away: { since: time - 60_000, reason } });
  expect((await get("R1/kafka")).json<RunPartitions>()).toEqual({
    asOf: null,
    away: { since: "2026-11-20T08:29:00.000Z", reason },
    isMoving: false,
    partitions: [],
  });
});

test("a run that an engine of its own works on, one that has ended and one that is not there have none", async () => {
  await serve("embedded");
  expect((await get("R1")).json<RunDetail>().kafka).toBe(false);
  const refused = await get("R1/kafka");
  expect([refused.statusCode, refused.json<ErrorBody>().code]).toEqual([404, "server/not-found"]);
  time += 1000;
  engines.end("R1");
  expect((await get("R1/kafka")).statusCode).toBe(404);
  expect((await get("R9/kafka")).statusCode).toBe(404);
});
