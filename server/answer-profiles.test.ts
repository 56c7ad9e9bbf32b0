import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { columnOf, readCsv } from "@artesian/data";
import { clearFailure, recordFailure } from "@artesian/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as api from "./api.ts";
import { type FixtureServer, fixtureServer } from "./fixtures/screen-server.ts";

let dir = "";
let server: FixtureServer;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "artesian-profiles-"));
  server = await fixtureServer({ dir, pictures: false });
});
afterAll(async () => {
  await server.close();
  rmSync(dir, { recursive: true });
});
const get = (path: string) => server.app.inject({ url: `/api/v1/experiments/${path}` });

describe("profiles of an experiment", () => {
  it("are listed with all plates together first, then plate by plate", async () => {
    const list = api.ProfileList.parse((await get("RESCUE-1/profiles")).json());
    expect(list.scopes.map(({ label }) => label)).toEqual(["all plates", "P1", "P2", "P3"]);
    expect(list.scopes[0]).toMatchObject({ measured: 12, kept: 10, files: { raw: null } });
  });
  it("say what is awaited while there are none", async () => {
    const list = api.ProfileList.parse((await get("RESCUE-2/profiles")).json());
    expect(list).toMatchObject({ scopes: [], missing: [expect.stringContaining("first plate")] });
  });
  it("name a plate that failed, and why", async () => {
    const failure = { experimentId: "RESCUE-2", node: "collate", plate: "P9", at: "2026-11-20T09:00:00.000Z" };
    recordFailure(server.store, { ...failure, code: "profiling/nothing-to-collate", message: "no valid image table" });
    const list = api.ProfileList.parse((await get("RESCUE-2/profiles")).json());
    expect(list.missing).toContain("Plate P9 has no profiles: no valid image table");
    clearFailure(server.store, failure);
  });
  it("give every well its components and strength, every dropped feature its reason and partner", async () => {
    const detail = api.ProfileDetail.parse((await get("RESCUE-1/profiles/P2")).json());
    expect(detail.wells.every(({ plate, pc1, strength }) => plate === "P2" && pc1 !== null && strength !== null)).toBe(
      true,
    );
    expect(detail.drops.map(({ feature, operation }) => [feature, operation])).toEqual([
      ["Cells_Location_Flat", "variance_threshold"],
      [expect.stringMatching(/Intensity_(Mean|Integrated)Intensity_ER/), "correlation_threshold"],
    ]);
    expect(detail.drops[1]?.partner).toMatch(/Intensity_ER/);
    expect(detail.wells[0]?.href).toContain("plate=P2");
  });
  it("fit strength by dose: a compound that does nothing about the disease is flat, one that restores it is not", async () => {
    const { curves } = api.ProfileDetail.parse((await get("RESCUE-1/profiles/all")).json());
    const of = (name: string) => curves.find(({ treatment }) => treatment === name);
    expect(of("C1")).toMatchObject({ fit: null, missing: "not told from a flat line" });
    expect(of("C4")?.fit?.ec50).toBeGreaterThan(0.2);
    expect(of("C4")?.fit?.ec50).toBeLessThan(3.2);
  });
});

describe("tables", () => {
  it("hold as many rows as there are wells, and the numbers of the page", async () => {
    const text = (await get("RESCUE-1/profiles/P1/selected.csv")).body;
    const table = readCsv(text);
    const detail = api.ProfileDetail.parse((await get("RESCUE-1/profiles/P1")).json());
    expect(table.rowCount).toBe(detail.wells.length);
    const features = table.columns.filter(({ name }) => !name.startsWith("Metadata_"));
    const squares = features.map((column) => (column.kind === "number" ? column.values[7]! ** 2 : Number.NaN));
    expect(Math.sqrt(squares.reduce((sum, x) => sum + x, 0) / squares.length)).toBeCloseTo(
      detail.wells[7]!.strength!,
      10,
    );
  });
  it("are there for drops and wells, and name a scope that does not exist", async () => {
    expect(columnOf(readCsv((await get("RESCUE-1/profiles/all/drops.csv")).body), "reason")).toBeDefined();
    expect(readCsv((await get("RESCUE-1/profiles/all/wells.csv")).body).rowCount).toBeGreaterThan(100);
    const nobody = await get("RESCUE-1/profiles/P9");
    expect([nobody.statusCode, nobody.json().code]).toEqual([404, "server/not-found"]);
    expect((await get("RESCUE-1/profiles/all/raw.csv")).json().hint).toContain("each plate has its own");
  });
});
