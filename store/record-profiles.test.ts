import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { openReader, openStore } from "./open-store.ts";
import { profilesOfExperiment } from "./read-profiles.ts";
import { upsertExperiment, upsertPlateLayout } from "./record-layout.ts";
import { type ProfileResultInput, recordProfiles } from "./record-profiles.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-store-profiles-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const at = "2026-01-02T03:04:05.000Z";
const uri = (digit: string): string => `sha256:${digit.repeat(64)}`;
const result = (change: Partial<ProfileResultInput>): ProfileResultInput => ({
  experimentId: "E",
  normalizedUri: uri("1"),
  selectedUri: uri("2"),
  dropsUri: uri("3"),
  summaryUri: uri("4"),
  measured: 10,
  kept: 4,
  replicates: { same: 0.5, other: null },
  at,
  ...change,
});

it("keeps the newest profiles of each plate and of all plates together, in run order", async () => {
  const path = join(root, "store.db");
  const store = openStore(path);
  upsertExperiment(store, { id: "E", workflow: "phenomics", channels: ["DNA"], sitesPerWell: 1, at });
  for (const [order, plate] of ["P2", "P1"].entries())
    upsertPlateLayout(store, { experimentId: "E", plate, order, formatWells: 96, wells: [] });
  recordProfiles(
    store,
    result({ plate: "P1", generation: 2, kept: 7, normalizedBy: { method: "standardize", samples: "all", wells: 9 } }),
  );
  recordProfiles(store, result({ plate: "P1", generation: 1, kept: 1 }));
  recordProfiles(store, result({ plate: "P2" }));
  recordProfiles(store, result({}));
  const reader = openReader(path);
  const found = await profilesOfExperiment(reader.db, "E");
  expect(found.map(({ plate, kept }) => [plate, kept])).toEqual([
    [null, 4],
    ["P2", 4],
    ["P1", 7],
  ]);
  expect(found[2]).toMatchObject({ normalizedBy: { samples: "all" }, replicates: { same: 0.5, other: null } });
  await reader.close();
  store.close();
});
