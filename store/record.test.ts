import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  clearFailure,
  openReader,
  openStore,
  postVerdict,
  recordFailure,
  recordFlags,
  recordHits,
  recordImage,
  recordImageQuality,
  recordPlate,
  recordPlateSprite,
  recordRun,
  recordSinkPosition,
  recordSite,
  recordWell,
  refinePlateMetrics,
  type Store,
  schemaVersion,
  sinkPosition,
  undoVerdict,
  upsertExperiment,
  upsertPlateLayout,
} from "./index.ts";

let dir = "";
let store: Store;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "artesian-store-"));
  store = openStore(join(dir, "store.db"), { clock });
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true });
});

const at = "2026-01-02T03:04:05.000Z";
const clock = () => Date.parse("2026-01-02T03:04:06.500Z");
const TABLES = [
  "experiment",
  "plate",
  "well",
  "image",
  "image_quality",
  "site_result",
  "well_profile",
  "plate_result",
  "flag",
  "hit",
  "failure",
];
const contents = (of: Store) =>
  Object.fromEntries(
    TABLES.map((table) => [
      table,
      of
        .all(`SELECT * FROM ${table}`)
        .map((row) => JSON.stringify(row))
        .sort(),
    ]),
  );

const image = (well: string, channel: string) => ({ experimentId: "E", plate: "P1", well, site: 1, channel });
const writes: ((to: Store) => void)[] = [
  (to) => upsertExperiment(to, { id: "E", workflow: "phenomics", channels: ["DNA", "ER"], sitesPerWell: 1, at }),
  (to) =>
    upsertPlateLayout(to, {
      experimentId: "E",
      plate: "P1",
      order: 1,
      formatWells: 96,
      wells: [
        { well: "B02", role: "healthy", perturbation: { type: "control", name: "healthy" } },
        { well: "B03", role: "compound", perturbation: { type: "compound", name: "C4" }, doseUm: 0.3 },
      ],
    }),
  (to) => recordImage(to, { ...image("B02", "DNA"), path: "/in/a.tif", sha256: "a", sizeBytes: 1, at }),
  (to) => recordImage(to, { ...image("C11", "ER"), path: "/in/b.tif", sha256: "b", sizeBytes: 1, at }),
  (to) =>
    recordImageQuality(to, { ...image("B02", "DNA"), metrics: { FocusScore: 0.2, Correlation_20: Number.NaN }, at }),
  (to) =>
    recordImageQuality(to, {
      ...image("C11", "ER"),
      error: { code: "imaging/truncated-file", message: "ends early" },
      at,
    }),
  (to) => recordSite(to, { experimentId: "E", plate: "P1", well: "B02", site: 1, thumbnailUri: "sha256:00" }),
  (to) =>
    recordSite(to, { experimentId: "E", plate: "P1", well: "B02", site: 1, nuclei: 30, featuresUri: "sha256:01" }),
  (to) =>
    recordWell(to, { experimentId: "E", plate: "P1", well: "B02", sites: 1, status: "incomplete", generation: 1, at }),
  (to) =>
    recordWell(to, { experimentId: "E", plate: "P1", well: "B02", sites: 2, status: "complete", generation: 2, at }),
  (to) => recordPlate(to, { experimentId: "E", plate: "P1", status: "complete", metrics: { zPrime: 0.6 }, at }),
  (to) =>
    recordPlateSprite(to, {
      experimentId: "E",
      plate: "P1",
      windows: { DNA: { lo: 1, hi: 9 } },
      spriteUri: "sha256:02",
      at,
    }),
  (to) =>
    recordFailure(to, {
      experimentId: "E",
      node: "site-features",
      plate: "P1",
      well: "C11",
      site: 1,
      code: "x",
      message: "y",
      at,
    }),
];

describe("writers", () => {
  test("leave the same rows whatever the order of arrival, and when every record comes twice", () => {
    for (const write of writes) write(store);
    const expected = contents(store);
    const doubled = [...writes.keys(), ...writes.keys()];
    let run = 0;
    fc.assert(
      fc.property(fc.shuffledSubarray(doubled, { minLength: doubled.length }), (order) => {
        const other = openStore(join(dir, `shuffled-${run++}.db`), { clock });
        try {
          other.transaction(() => {
            for (const index of order) writes[index]!(other);
          });
          expect(contents(other)).toEqual(expected);
        } finally {
          other.close();
        }
      }),
      { numRuns: 15 },
    );
  });

  test("a well that a later layout does not name goes, unless it has images", () => {
    const layout = (wells: string[]) =>
      upsertPlateLayout(store, {
        experimentId: "E",
        plate: "P1",
        order: 1,
        formatWells: 96,
        wells: wells.map((well) => ({
          well,
          role: "gene" as const,
          perturbation: { type: "gene" as const, name: "G1" },
        })),
      });
    layout(["B02", "B03", "B04"]);
    recordImage(store, { ...image("B03", "DNA"), path: "/in/a.tif", sha256: "a", sizeBytes: 1, at });
    layout(["B02"]);
    expect(store.all("SELECT well, role FROM well ORDER BY well")).toEqual([
      { well: "B02", role: "gene" },
      { well: "B03", role: "other" },
    ]);
  });

  test("a missing number is stored as null, an infinite one in a column is refused with table and column", () => {
    recordImageQuality(store, { ...image("B02", "DNA"), metrics: { FocusScore: Number.NaN }, at });
    expect(store.all("SELECT metrics FROM image_quality")).toEqual([{ metrics: '{"FocusScore":null}' }]);
    const bad = () =>
      recordSite(store, { experimentId: "E", plate: "P1", well: "B02", site: 1, nuclei: Number.POSITIVE_INFINITY });
    expect(bad).toThrow("site_result.nuclei is Infinity; expected a finite number");
  });

  test("a name that is no well is refused", () => {
    expect(() => recordImage(store, { ...image("5C", "DNA"), path: "", sha256: "", sizeBytes: 0, at })).toThrow(
      '"5C" is not a well',
    );
    expect(() => recordImage(store, { ...image("A00", "DNA"), path: "", sha256: "", sizeBytes: 0, at })).toThrow(
      "is not a well",
    );
  });

  test("flags of a source are replaced as a set; an older generation changes nothing; a flag keeps its first instant", () => {
    const flags = (wells: string[], generation: number, when: string) =>
      recordFlags(store, {
        experimentId: "E",
        plate: "P3",
        source: "detector",
        generation,
        at: when,
        flags: wells.map((well) => ({ well, label: "defocus", reason: "blurred" })),
      });
    flags(["B02", "B03"], 2, "2026-01-01T00:00:02Z");
    flags(["D07"], 1, "2026-01-01T00:00:01Z");
    flags(["B03"], 3, "2026-01-01T00:00:03Z");
    expect(store.all("SELECT well, at FROM flag")).toEqual([{ well: "B03", at: "2026-01-01T00:00:02Z" }]);
  });

  test("hits of an older generation do not replace newer ones", () => {
    const hit = (name: string) => ({
      name,
      verdict: "restores" as const,
      sentence: "",
      doses: [1],
      points: [],
      fit: null,
      ec50: null,
      maxRescue: null,
      sideEffect: null,
    });
    recordHits(store, { experimentId: "E", generation: 2, at, hits: [hit("C4"), hit("C5")] });
    recordHits(store, { experimentId: "E", generation: 1, at, hits: [hit("C1")] });
    expect(store.all("SELECT perturbation_id FROM hit").map((row) => row.perturbation_id)).toEqual([
      "compound:C4",
      "compound:C5",
    ]);
  });

  test("a site's latency is the time from its last image to its first storing, by the clock", () => {
    recordSite(store, { experimentId: "E", plate: "P1", well: "B02", site: 1, completeAt: at });
    expect(store.all("SELECT image_to_site_ms FROM site_result")).toEqual([{ image_to_site_ms: 1500 }]);
  });

  test("a failure that was retried with success is taken back", () => {
    const item = { experimentId: "E", node: "thumbnails", plate: "P1", well: "B02", site: 1 };
    recordFailure(store, { ...item, code: "x", message: "y", at });
    clearFailure(store, item);
    expect(store.all("SELECT * FROM failure")).toEqual([]);
  });

  test("a resumed run keeps its first start", () => {
    const run = { id: "R", name: "r", workflow: "phenomics", state: "running" as const, dataDir: "/d" };
    recordRun(store, { ...run, startedAt: "2026-01-01T00:00:00Z" });
    recordRun(store, { ...run, startedAt: "2026-01-01T01:00:00Z" });
    expect(store.all("SELECT started_at FROM run")).toEqual([{ started_at: "2026-01-01T00:00:00Z" }]);
  });

  test("an undone verdict stays in the history, cannot be undone twice, and both acts are audited", () => {
    postVerdict(store, {
      id: "v1",
      experimentId: "E",
      plate: "P1",
      well: "B02",
      site: 2,
      verdict: "re-image",
      by: "ann",
      at,
    });
    undoVerdict(store, { experimentId: "E", id: "v1", by: "ben", at });
    expect(() => undoVerdict(store, { experimentId: "E", id: "v1", by: "ben", at })).toThrow("no standing verdict v1");
    expect(store.all("SELECT undone_by FROM verdict")).toEqual([{ undone_by: "ben" }]);
    expect(store.all("SELECT who, action FROM audit")).toEqual([
      { who: "ann", action: "verdict.post" },
      { who: "ben", action: "verdict.undo" },
    ]);
  });
});

describe("transactions", () => {
  test("rows and the sink's position are kept together or not at all", () => {
    const apply = (fail: boolean) =>
      store.transaction(() => {
        recordImage(store, { ...image("B02", "DNA"), path: "/in/a.tif", sha256: "a", sizeBytes: 1, at });
        recordSinkPosition(store, "store", "images", 0, 41);
        if (fail) throw new Error("power cut");
      });
    expect(() => apply(true)).toThrow("power cut");
    expect([sinkPosition(store, "store", "images", 0), store.all("SELECT * FROM image").length]).toEqual([0, 0]);
    apply(false);
    expect([sinkPosition(store, "store", "images", 0), store.all("SELECT * FROM image").length]).toEqual([41, 1]);
  });

  test("an asynchronous function is refused and nothing of it is kept", () => {
    const late = () =>
      store.transaction(() => {
        recordSinkPosition(store, "store", "images", 0, 1);
        return Promise.resolve();
      });
    expect(late).toThrow("returns a promise");
    expect(sinkPosition(store, "store", "images", 0)).toBe(0);
  });
});

describe("opening", () => {
  test("a store of a later version is refused and left as it is", () => {
    const path = join(dir, "later.db");
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA user_version = ${schemaVersion + 1}`);
    database.close();
    expect(() => openStore(path)).toThrow(`has schema version ${schemaVersion + 1}`);
    expect(() => openReader(path)).toThrow("Nothing was changed");
  });

  test("a file that is no database is named", () => {
    const path = join(dir, "notes.db");
    const text = new TextEncoder().encode(
      "these are notes, not a database, and they are longer than a page header would be ".repeat(20),
    );
    writeFileSync(path, text);
    expect(() => openStore(path)).toThrow("file is not a database");
  });

  test("a reader sees what a writer committed and notices the change", async () => {
    const reader = openReader(store.path);
    const before = reader.version();
    recordRun(store, { id: "R", name: "r", workflow: "w", state: "running", dataDir: "", startedAt: at });
    expect(reader.version()).not.toBe(before);
    expect(await reader.db.selectFrom("run").select("id").execute()).toEqual([{ id: "R" }]);
    await reader.close();
  });
});

test("better plate metrics replace those they name, keep the others, and end the reason why Z′ was missing", () => {
  const plate = { experimentId: "E", plate: "P1" };
  refinePlateMetrics(store, { ...plate, metrics: { zPrime: 0.9 } });
  expect(store.all("SELECT * FROM plate_result")).toEqual([]);
  recordPlate(store, {
    ...plate,
    status: "complete",
    metrics: { zPrime: null, cellCountCv: 0.1 },
    zPrimeMissing: "one plate",
    at,
  });
  refinePlateMetrics(store, { ...plate, metrics: { ssmd: 8 } });
  expect(store.all("SELECT z_prime_missing FROM plate_result")).toEqual([{ z_prime_missing: "one plate" }]);
  refinePlateMetrics(store, { ...plate, metrics: { zPrime: 0.6 } });
  const row = store.all("SELECT metrics, z_prime_missing FROM plate_result")[0];
  expect(JSON.parse(String(row?.metrics))).toEqual({ zPrime: 0.6, cellCountCv: 0.1, ssmd: 8 });
  expect(row?.z_prime_missing).toBe(null);
});
