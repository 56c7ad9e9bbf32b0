import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPlace } from "@artesian/data";
import { type MapService, openMapService } from "@artesian/maps";
import { ABSENCES, publishAbsences } from "@artesian/maps/absences.test-support.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as api from "./api.ts";
import { type FixtureServer, fixtureServer } from "./fixtures/screen-server.ts";

let dir = "";
let maps: MapService;
let server: FixtureServer;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "artesian-map-why-"));
  const store = folderPlace(join(dir, "maps"));
  await publishAbsences(store);
  maps = await openMapService({ store });
  server = await fixtureServer({ dir: join(dir, "data"), pictures: false, maps });
}, 60_000);
afterAll(async () => {
  await server.close();
  await maps.close();
  rmSync(dir, { recursive: true });
});

const why = async (query: string): Promise<api.MapWhyMissing> => {
  const answer = await server.app.inject({ url: `/api/v1/maps/groups/demo/why?${query}` });
  expect(answer.statusCode).toBe(200);
  return api.MapWhyMissing.parse(answer.json());
};

describe("GET …/why", () => {
  test.each(ABSENCES)("tells the true cause: $kind", async ({ asked, step, says, remedy }) => {
    const told = await why(`name=${encodeURIComponent(asked)}`);
    expect([told.failed, told.remedy]).toEqual([step, remedy]);
    expect(told.sentence).toContain(says);
    const at = told.steps.findIndex((one) => one.step === step);
    expect(told.steps.map(({ outcome }) => outcome)).toEqual(
      told.steps.map((_, i) => (i < at ? "passed" : i === at ? "failed" : "not reached")),
    );
  });

  test("tells that the page hides what is on the map, by kind or by its rows, and nothing when it does not", async () => {
    expect(await why("name=G0001&rows=G0011")).toMatchObject({ failed: "settings" });
    expect(await why("name=G0001&rows=NOWHERE")).toMatchObject({ failed: "settings" });
    expect(await why("name=G0001&type=compound")).toMatchObject({ failed: "settings" });
    expect(await why("name=G0001&rows=G0001,G0011&type=gene")).toMatchObject({ failed: null });
  });

  test("names the versions that have what this one lacks", async () => {
    const { otherVersions, steps } = await why("name=G0024");
    expect(otherVersions).toHaveLength(1);
    expect(steps.map(({ step }) => step)).toContain("versions");
  });
});
