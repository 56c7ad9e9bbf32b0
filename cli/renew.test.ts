import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  openStore,
  recordPlate,
  recordSinkPosition,
  sinkPosition,
  upsertExperiment,
  upsertPlateLayout,
} from "@artesian/store";
import { dataFolder } from "@artesian/workflows";
import { afterAll, expect, it } from "vitest";
import { renewFolder } from "./renew.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-renew-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("keeps a folder that the same code made, and starts the engine of another anew without losing who said what", async () => {
  const folder = dataFolder(root);
  const now = new Date("2026-01-02T03:04:05Z");
  expect(await renewFolder(folder, "phenomics", now, { measure: "a", map: "m" })).toEqual([]);
  mkdirSync(folder.engine, { recursive: true });
  writeFileSync(join(folder.engine, "engine.db"), "log");
  const store = openStore(folder.store);
  const plate = { experimentId: "E", plate: "P1" };
  upsertExperiment(store, { id: "E", workflow: "phenomics", channels: [], sitesPerWell: 1, at: now.toISOString() });
  upsertPlateLayout(store, { ...plate, order: 1, formatWells: 96, wells: [] });
  recordPlate(store, { ...plate, status: "complete", metrics: { zPrime: 0.5 }, generation: 3, at: now.toISOString() });
  recordSinkPosition(store, "store", "t", 0, 7);

  expect(await renewFolder(folder, "phenomics", now, { measure: "a", map: "m" })).toEqual([]);
  expect(existsSync(join(folder.engine, "engine.db"))).toBe(true);

  expect(await renewFolder(folder, "phenomics", now, { measure: "b", map: "m" })).toEqual(["measure"]);
  expect(existsSync(join(folder.engine, "engine.db"))).toBe(false);
  expect(readdirSync(join(folder.engine, "until-2026-01-02T03-04-05.000Z"))).toEqual(["engine.db"]);
  expect(sinkPosition(store, "store", "t", 0)).toBe(0);
  recordPlate(store, { ...plate, status: "complete", metrics: { zPrime: 0.9 }, generation: 1, at: now.toISOString() });
  expect(store.all("SELECT metrics FROM plate_result")).toEqual([{ metrics: '{"zPrime":0.9}' }]);
  expect(await renewFolder(folder, "phenomics", now, { measure: "b", map: "m" })).toEqual([]);
  store.close();
});
