import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildRun, type MapService, openMapService, writeRun } from "@artesian/maps";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as api from "./api.ts";
import { publishDemoMap } from "./fixtures/map-store.ts";
import { type FixtureServer, fixtureServer } from "./fixtures/screen-server.ts";
import type { MapBuildsControl } from "./map-builds.ts";

const runOf = (id: string, more: Partial<BuildRun>): BuildRun => ({
  format: "artesian-run/1",
  id,
  map: "demo",
  because: "schedule 2026-11-15T03:00:00.000Z",
  state: "published",
  startedAt: "2026-11-15T03:00:00.100Z",
  finishedAt: "2026-11-15T03:01:00.000Z",
  durationS: 59.9,
  configSha256: "c".repeat(64),
  key: "k".repeat(64),
  codeVersion: "0.1.0",
  host: "plates-1",
  who: "local",
  steps: [{ name: "aligned units", seconds: 12.5, reused: false }],
  groups: [{ id: "demo", version: "0123456789abcdef" }],
  created: ["demo@0123456789abcdef"],
  reasons: [],
  problem: null,
  uploadedBytes: 1000,
  revision: 1,
  ...more,
});

let dir = "";
let maps: MapService;
let server: FixtureServer;
const asked: string[] = [];
const mapBuilds: MapBuildsControl = {
  schedules: () => [
    {
      map: "demo",
      config: "/maps/demo.yml",
      cron: "0 3 * * 0",
      timeZone: "UTC",
      nextMs: Date.UTC(2026, 10, 29, 3),
    },
  ],
  async ask(map) {
    if (map !== "demo") return undefined;
    asked.push(map);
    return "R9";
  },
};

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "artesian-map-runs-"));
  const store = await publishDemoMap(join(dir, "maps"));
  await writeRun(store, runOf("R1", {}), ["2026-11-15T03:00:00.100Z demo: schedule"]);
  await writeRun(
    store,
    runOf("R2", { state: "refused", created: [], reasons: ["demo: perturbations fall from 9 to 3"] }),
    [],
  );
  await writeRun(store, runOf("R3", { map: "other", state: "running", finishedAt: null, durationS: null }), []);
  maps = await openMapService({ store });
  server = await fixtureServer({ dir: join(dir, "data"), pictures: false, maps, mapBuilds });
}, 60_000);
afterAll(async () => {
  await server.close();
  await maps.close();
  rmSync(dir, { recursive: true });
});

const get = (path: string) => server.app.inject({ url: `/api/v1/maps/runs${path}` });
const ask = (map: string) =>
  server.app.inject({
    method: "POST",
    url: "/api/v1/maps/runs",
    headers: { "content-type": "application/json", origin: "http://localhost", host: "localhost" },
    payload: JSON.stringify({ map }),
  });

describe("runs of map builds", () => {
  test("are listed newest first, with the schedules of this process", async () => {
    const list = api.MapRunList.parse((await get("")).json());
    expect(list.runs.map(({ id, state }) => [id, state])).toEqual([
      ["R3", "running"],
      ["R2", "refused"],
      ["R1", "published"],
    ]);
    expect(list.schedules).toEqual([
      { map: "demo", config: "/maps/demo.yml", cron: "0 3 * * 0", timeZone: "UTC", nextAt: "2026-11-29T03:00:00.000Z" },
    ]);
    expect(list.runs[0]).not.toHaveProperty("key");
  });

  test("are those of one map when asked so, and no more than asked for", async () => {
    const idsOf = async (query: string) => (await get(query)).json<api.MapRunList>().runs.map(({ id }) => id);
    expect(await idsOf("?map=demo")).toEqual(["R2", "R1"]);
    expect(await idsOf("?limit=1")).toEqual(["R3"]);
    expect(await idsOf("?map=nobody")).toEqual([]);
    expect((await get("?limit=0")).statusCode).toBe(400);
  });

  test("come one by one with their logs", async () => {
    const { run, log } = api.MapRunDetail.parse((await get("/R1")).json());
    expect(run).toMatchObject({ id: "R1", durationS: 59.9, steps: [{ name: "aligned units" }] });
    expect(log).toEqual(["2026-11-15T03:00:00.100Z demo: schedule"]);
    expect((await get("/R7")).json()).toMatchObject({ code: "server/not-found" });
    expect((await get("/..%2Fcatalog")).statusCode).toBe(404);
  });

  test("are asked for of the process that builds the map, and refused by others", async () => {
    expect((await ask("demo")).json()).toEqual({ run: "R9" });
    expect(asked).toEqual(["demo"]);
    const refused = await ask("other");
    expect(refused.statusCode).toBe(409);
    expect(refused.json()).toMatchObject({ code: "server/not-built-here" });
    expect(refused.json<{ message: string }>().message).toContain("which builds demo");
  });
});
