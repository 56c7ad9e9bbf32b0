import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fillAnswers } from "./fixtures/screen-answers.ts";
import { fixtureScreen } from "./fixtures/screen-design.ts";
import { fillScreen } from "./fixtures/screen-rows.ts";
import {
  experimentById,
  experimentState,
  findingsOf,
  hitsOf,
  imageToSiteP99Ms,
  layoutWells,
  listExperiments,
  listPerturbations,
  listRuns,
  metricNames,
  metricValues,
  openReader,
  openStore,
  plateOverview,
  postVerdict,
  recordHits,
  recordPhenoprint,
  recordRun,
  type Store,
  type StoreReader,
  search,
  sentenceText,
  undoVerdict,
  upsertExperiment,
  upsertPlateLayout,
  wellRecord,
  wellsPerMinute,
} from "./index.ts";
import { counted } from "./words.ts";

let dir = "";
let store: Store;
let reader: StoreReader;
const at = "2026-11-19T10:00:00.000Z";
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "artesian-store-"));
  store = openStore(join(dir, "store.db"), { clock: () => Date.parse("2026-11-19T09:40:00.400Z") });
  reader = openReader(store.path);
});
afterEach(async () => {
  await reader.close();
  store.close();
  rmSync(dir, { recursive: true });
});
const sentences = async (id: string, severity: string) =>
  (await findingsOf(reader.db, id)).filter((finding) => finding.severity === severity).map(sentenceText);

describe("a finished screen", () => {
  beforeEach(() => {
    const screen = fixtureScreen({ experimentId: "E", seed: 4 });
    fillScreen(store, screen);
    fillAnswers(store, screen, at);
  });

  test("says what needs a person, by plate and fault, with what to do", async () => {
    expect(await sentences("E", "attention")).toEqual([
      "Plate P3 is out of focus in nine wells: re-image",
      "Plate P3 has a bubble in one well (G06): left out of the analysis",
      "Plate P3 has channels swapped in one well (F10): check the filter order",
      "Plate P3 has a dark channel in one well (G11): check the lamp and re-image",
      "Plate P3 has debris in one well (B09): look before you trust it",
      "Plate P3 has no cells in one well (F03): left out of the analysis",
      "Plate P3 is saturated in one well (B03): lower the exposure and re-image",
    ]);
  });

  test("says what was found: rescue with EC50, interval and side effect, the disease gene's likeness, the phenoprint", async () => {
    expect(await sentences("E", "finding")).toEqual([
      "Compound C4 restores the healthy phenotype from 0.8 µM (0.53–1.2), with little side effect",
      "Compound C3 restores the healthy phenotype from 2.4 µM (1.6–3.6), with some side effect",
      "Compound C2 partly restores the healthy phenotype (55 % of the way) from 0.3 µM (0.2–0.45), with little side effect",
      "Compound C6 does not restore the healthy phenotype; up to 10 µM it is toxic or causes another phenotype",
      "Compound C1 does not restore the healthy phenotype up to 10 µM",
      "Compound C5 only begins to restore the healthy phenotype at 10 µM (18 % of the way)",
      "The disease gene looks like G2 and opposite to C4",
      "Healthy and disease cells can be told apart: AUC 1.00 (0.98–1.00), cross-validated by plate",
    ]);
  });

  test("links every sentence to its evidence", async () => {
    const found = await findingsOf(reader.db, "E");
    const hrefs = (id: string) =>
      found.find((finding) => finding.id === id)?.sentence.flatMap((part) => part.href ?? []);
    expect(hrefs("E/P3/defocus")).toEqual([
      "/experiments/E/plates?plate=P3",
      "/experiments/E/plates?plate=P3&well=C05&metric=PowerLogLogSlope",
    ]);
    expect(found.find((finding) => finding.id === "E/hit/C4")?.sentence).toEqual([
      { text: "Compound " },
      { text: "C4", href: "/perturbations/compound%3AC4" },
      { text: " restores the healthy phenotype from " },
      { text: "0.8 µM (0.53–1.2)", href: "/experiments/E/hits?compound=C4" },
      { text: ", with little side effect" },
    ]);
    expect(hrefs("E/map")).toEqual([
      "/experiments/E/map?column=gene%3AG2&row=gene%3ADG",
      "/experiments/E/map?column=compound%3AC4&row=gene%3ADG",
    ]);
    expect(hrefs("E/hit/C4")).toEqual(["/perturbations/compound%3AC4", "/experiments/E/hits?compound=C4"]);
    expect(found.every((finding) => finding.sentence.some((part) => part.href !== undefined))).toBe(true);
    expect(new Set(found.map((finding) => finding.id)).size).toBe(found.length);
  });

  test("lists its plates in run order with counts, flags and metrics", async () => {
    const experiment = (await experimentById(reader.db, "E"))!;
    const plates = await plateOverview(reader.db, experiment);
    expect(
      plates.map((plate) => [plate.plate, plate.status, plate.wells.done, plate.images.seen, plate.format.rows]),
    ).toEqual([
      ["P1", "complete", 60, 720, 8],
      ["P2", "complete", 60, 720, 8],
      ["P3", "complete", 60, 720, 8],
    ]);
    expect(plates[2]?.flagged[0]).toMatchObject({
      label: "defocus",
      wells: ["C05", "C06", "C07", "D05", "D06", "D07", "E05", "E06", "E07"],
    });
    expect(experimentState(plates, ["done"], true)).toBe("complete");
    expect(experimentState(plates, ["running"], false)).toBe("analysing");
    const unimaged = plates.map((plate) => ({ ...plate, images: { seen: 0, expected: 0, failed: 0 } }));
    expect(experimentState(unimaged, ["done"], true)).toBe("incomplete");
    expect(experimentState(unimaged, ["done"], true, false)).toBe("complete");
    expect(experimentState(unimaged, ["running"], false, false)).toBe("analysing");
    expect(experimentState(unimaged, ["done"], true, false, unimaged.length + 1)).toBe("incomplete");
    expect(experimentState([], ["running"], false, false)).toBe("waiting");
  });

  test("gives a metric's values by channel, by site, and by well", async () => {
    const focus = await metricValues(reader.db, "E", { id: "PowerLogLogSlope", level: "image" }, "DNA");
    expect(focus.length).toBe(360);
    expect(focus.find((value) => value.plate === "P3" && value.well === "D06")?.value).toBeLessThan(-2.6);
    expect((await metricValues(reader.db, "E", { id: "nuclei", level: "site" }, null, "P1")).length).toBe(120);
    expect((await metricValues(reader.db, "E", { id: "score", level: "well" }, null)).length).toBe(180);
    const names = await metricNames(reader.db, "E", ["DNA", "ER"]);
    expect(names.image.get("FocusScore")).toEqual(["DNA", "ER"]);
    expect([names.site, names.well]).toEqual([["nuclei", "cells", "largestBrightBlobUm"], ["score"]]);
  });

  test("knows a well: images, sites, flags, and the verdict that stands after an undo", async () => {
    const record = await wellRecord(reader.db, "E", "P3", "B03");
    expect([record.images.length, record.sites.length, record.flags[0]?.label, record.flags[0]?.site]).toEqual([
      12,
      2,
      "saturation",
      2,
    ]);
    postVerdict(store, {
      id: "v1",
      experimentId: "E",
      plate: "P3",
      well: "B03",
      site: null,
      verdict: "pass",
      by: "ann",
      at,
    });
    postVerdict(store, {
      id: "v2",
      experimentId: "E",
      plate: "P3",
      well: "B03",
      site: null,
      verdict: "fail",
      by: "ann",
      at: `${at}1`,
    });
    undoVerdict(store, { experimentId: "E", id: "v2", by: "ann", at });
    const well = (await layoutWells(reader.db, "E", "P3")).find((candidate) => candidate.well === "B03");
    expect(well).toMatchObject({ verdict: "pass", flags: ["saturation"], status: "complete" });
  });

  test("orders hits by strength, and finds things by what people call them", async () => {
    expect((await hitsOf(reader.db, "E")).map((hit) => hit.name)).toEqual(["C4", "C3", "C2", "C6", "C1", "C5"]);
    const found = async (q: string) =>
      (await search(reader.db, q, 5)).map(
        (item) =>
          `${item.kind} ${"name" in item ? item.name : "well" in item ? `${item.plate} ${item.well}` : item.plate}`,
      );
    expect(await found("c4")).toEqual(["perturbation C4", "well P1 C04", "well P2 C04", "well P3 C04"]);
    expect(await found("everolimus")).toEqual(["perturbation C4"]);
    expect(await found("p3 c5")).toEqual(["well P3 C05"]);
    expect(await found("100%")).toEqual([]);
    const { perturbations, total } = await listPerturbations(reader.db, { limit: 3, offset: 0, type: "compound" });
    expect([total, perturbations.map((row) => [row.name, row.wells, row.doses])]).toEqual([
      6,
      [
        ["C1", 18, 6],
        ["C2", 18, 6],
        ["C3", 18, 6],
      ],
    ]);
    expect((await listExperiments(reader.db, { limit: 10, offset: 0, q: "rescue" })).total).toBe(1);
    expect((await wellsPerMinute(reader.db, "E")).reduce((sum, minute) => sum + minute.wells, 0)).toBe(180);
    // All were stored at 9:40:00.4; the slowest site of a hundred is of the second well, which came at 9:00:24.
    expect(await imageToSiteP99Ms(reader.db, "E")).toBe(2_376_400);
  });
});

test("the dose of a screen in dose steps is linked too, and its controls are called positive and negative", async () => {
  upsertPlateLayout(store, {
    experimentId: "S",
    plate: "P",
    order: 1,
    formatWells: 96,
    wells: [{ well: "B02", role: "positive" }],
  });
  upsertExperiment(store, { id: "S", workflow: "phenomics", channels: ["DNA"], sitesPerWell: 1, at });
  const hit = {
    verdict: "restores" as const,
    doses: [1],
    points: [],
    fit: null,
    ec50: null,
    maxRescue: null,
    sideEffect: null,
  };
  const sentence =
    "Compound treatment reaches the positive control's phenotype from dose step 3.9 (3.8–4), with little side effect.";
  recordHits(store, { experimentId: "S", at, hits: [{ ...hit, name: "treatment", sentence }] });
  const phenoprint = {
    crossValidation: "within plate",
    healthyWells: 4,
    diseaseWells: 8,
    falsePositiveRate: 0,
    scores: [],
  };
  recordPhenoprint(store, {
    experimentId: "S",
    at,
    phenoprint: { ...phenoprint, auc: { value: 1, low: 0.66, high: 1 } },
  });
  expect(await sentences("S", "finding")).toEqual([
    sentence.slice(0, -1),
    "Positive and negative controls can be told apart: AUC 1.00 (0.66–1.00), cross-validated within plate",
  ]);
  const [first] = await findingsOf(reader.db, "S");
  expect(first?.sentence.filter((part) => part.href !== undefined).map((part) => part.text)).toEqual([
    "treatment",
    "dose step 3.9 (3.8–4)",
  ]);
});

test("many compounds without effect are told as one", async () => {
  const hit = {
    verdict: "no effect" as const,
    doses: [1],
    points: [],
    fit: null,
    ec50: null,
    maxRescue: null,
    sideEffect: null,
  };
  fillScreen(store, fixtureScreen({ experimentId: "E", seed: 4 }), { imagedWells: 0 });
  const hits = ["A", "B", "C", "D"].map((name) => ({
    ...hit,
    name,
    sentence: `Compound ${name} does not restore it.`,
  }));
  recordHits(store, { experimentId: "E", at, hits });
  expect(await sentences("E", "finding")).toEqual(["Four compounds do not restore the healthy phenotype"]);
});

describe("a screen that is being imaged", () => {
  test("tells how far each plate is, and what could not be read", async () => {
    fillScreen(store, fixtureScreen({ experimentId: "E", seed: 4 }), {
      imagedWells: 101,
      brokenImage: "P2/B04/1/Mito",
    });
    recordRun(store, {
      id: "R",
      name: "r",
      experimentId: "E",
      workflow: "phenomics",
      state: "running",
      dataDir: "",
      startedAt: at,
    });
    expect(await sentences("E", "progress")).toEqual([
      expect.stringMatching(/^Plate P1 is complete: 60 wells imaged, all in focus, Z′ 0\.\d\d$/),
      "Plate P2: 41 of 60 wells imaged",
    ]);
    expect(await sentences("E", "attention")).toEqual([
      "One image of plate P2 cannot be used: P2_B04_s1_Mito.tif: TIFF ends at strip 41 of 68",
    ]);
    expect((await listRuns(reader.db, { limit: 5, offset: 0 })).runs[0]?.state).toBe("running");
  });

  test("waits in words before the first image, and is incomplete when its runs ended early", async () => {
    fillScreen(store, fixtureScreen({ experimentId: "E", seed: 4 }), { imagedWells: 0 });
    expect(await sentences("E", "progress")).toEqual(["rescue screen waits for its first image: three plates planned"]);
    fillScreen(store, fixtureScreen({ experimentId: "E", seed: 4 }), { imagedWells: 59 });
    recordRun(store, {
      id: "R",
      name: "r",
      experimentId: "E",
      workflow: "phenomics",
      state: "failed",
      dataDir: "",
      startedAt: at,
    });
    expect((await sentences("E", "attention")).slice(0, 2)).toEqual([
      "Plate P1 is incomplete: one well is not fully imaged",
      "Plate P2 is incomplete: 60 wells are not fully imaged",
    ]);
  });
});

describe("wording", () => {
  test("counts are words up to nine", () => {
    expect([
      counted(0, "well"),
      counted(1, "well"),
      counted(9, "well"),
      counted(10, "well"),
      counted(1240, "well"),
    ]).toEqual(["no wells", "one well", "nine wells", "10 wells", "1,240 wells"]);
  });
});
