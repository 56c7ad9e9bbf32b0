import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPlace, type PlaceEntry, sha256 } from "@artesian/data";
import { openEmbedded } from "@artesian/engine";
import { seededRandom } from "@artesian/numerics";
import { openReader, openStore, profilesOfExperiment } from "@artesian/store";
import { afterAll, describe, expect, it } from "vitest";
import { dataFolder } from "./data-folder.ts";
import { planGraph } from "./plan-graph.ts";
import { profilingRows } from "./profiling.sinks.ts";
import { placeOfTable, planProfiling, platesIn } from "./profiling-plan.ts";
import { runtimeOptions } from "./runtime.ts";
import { planOf } from "./workflow.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-profiling-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const collate = { mode: "compartments" as const, operation: "mean" as const, imageFeatures: [] };

describe("finding plates", () => {
  it.each([
    ["B1/P1/analysis/A01-1/Image.csv", { plate: "P1", prefix: "B1/P1/analysis", file: "A01-1/Image.csv" }],
    ["P1/A01-1/Cells.csv.gz", { plate: "P1", prefix: "P1", file: "A01-1/Cells.csv.gz" }],
    ["A01-1/Nuclei.csv", { plate: "whole", prefix: "", file: "A01-1/Nuclei.csv" }],
    ["P1/A01-1/Experiment.csv", undefined],
    ["Image.csv", undefined],
  ])("reads %s", (key, expected) => {
    expect(placeOfTable(key, "whole")).toEqual(expected);
  });
  it("refuses one plate's name in two batches", () => {
    const entry = (key: string): PlaceEntry => ({ key, sizeBytes: 1, etag: "e", modifiedMs: 0 });
    expect(() => platesIn([entry("B1/P1/s/Image.csv"), entry("B2/P1/s/Image.csv")], "x")).toThrow(
      /P1 lies in B1\/P1 and in B2\/P1/,
    );
  });
});

it("has a topic for every sink, and draws one box a thing that people wait for", () => {
  const plan = planOf("profiling");
  const topics = new Set(plan.topics.map(({ name }) => name));
  expect(Object.keys(profilingRows().topics).filter((topic) => !topics.has(topic))).toEqual([]);
  expect(planGraph(plan).nodes.map(({ label }) => label)).toMatchInlineSnapshot(`
    [
      "CellProfiler files",
      "plates",
      "collate",
      "plate maps",
      "annotate",
      "normalize",
      "plate features",
      "experiment",
      "all plates",
      "experiment profiles",
      "phenoprint",
      "hits",
      "map",
      "select features",
      "profile summary",
    ]
  `);
});

/** Two plates of 12 wells with one compound that changes five of eight features with its dose; one well's set is broken. */
function writePlates(folder: string): string {
  const random = seededRandom(7);
  const rows = ["plate,well,control_type,compound,dose_uM"];
  for (const plate of ["P1", "P2"])
    for (let column = 1; column <= 12; column++) {
      const well = `B${String(column).padStart(2, "0")}`;
      const dose = column <= 6 ? null : [0.1, 0.3, 1, 3, 10, 30][column - 7]!;
      rows.push(`${plate},${well},${dose === null ? "negcon" : ""},${dose === null ? "" : "C1"},${dose ?? ""}`);
      const set = join(folder, plate, "analysis", `${well}-1`);
      mkdirSync(set, { recursive: true });
      const broken = plate === "P2" && well === "B03";
      writeFileSync(
        join(set, "Image.csv"),
        broken ? "" : `ImageNumber,Metadata_Plate,Metadata_Well,Metadata_Site,Count_Cells\n1,${plate},${well},1,20\n`,
      );
      const shift = dose === null ? 0 : (6 * dose) / (dose + 1);
      for (const compartment of ["Cells", "Cytoplasm", "Nuclei"]) {
        const lines = Array.from({ length: 20 }, (_, cell) => {
          const values = Array.from({ length: 8 }, (_, j) => 10 + random.normal() + (j < 5 ? shift : 0));
          return `1,${cell + 1},${values.join(",")}`;
        });
        const names = Array.from({ length: 8 }, (_, j) => `Intensity_F${j}`);
        writeFileSync(
          join(set, `${compartment}.csv`),
          `ImageNumber,ObjectNumber,${names.join(",")}\n${lines.join("\n")}\n`,
        );
      }
    }
  return `${rows.join("\n")}\n`;
}

it("says when no well is the control that was named", () => {
  const entry = { key: "P1/A01-1/Image.csv", sizeBytes: 1, etag: "", modifiedMs: 0 };
  const text = "plate,well,control_type\nP1,A01,negcon\n";
  const warningsOf = (negative: string): string[] =>
    planProfiling(platesIn([entry], "whole"), {
      experiment: "E",
      place: "analysis",
      metadata: { text, source: "wells.csv" },
      negative,
      collate,
    }).warnings;
  expect(warningsOf("control_type=negcon")).toEqual([]);
  expect(warningsOf("control_type=DMSO")).toEqual([
    "No well is a negative control: control_type=DMSO is nowhere in wells.csv. Profiles are normalised by all wells.",
  ]);
});

describe("two plates of CellProfiler tables", () => {
  const analysis = join(root, "analysis");
  const text = writePlates(analysis);
  const data = join(root, "data");

  async function run(
    sheet: string,
  ): Promise<Awaited<ReturnType<Awaited<ReturnType<typeof openEmbedded>>["closeInput"]>>> {
    const place = folderPlace(analysis);
    const entries = await Array.fromAsync(place.list());
    const plates = platesIn(entries, "whole");
    const plan = planProfiling(plates, {
      experiment: "E",
      place: analysis,
      metadata: { text: sheet, source: "wells.csv" },
      collate,
    });
    const runtime = await openEmbedded(runtimeOptions({ workflow: "profiling", dir: data, runId: "R", workers: 1 }));
    const json = (value: unknown) => JSON.parse(JSON.stringify(value)) as Record<string, never>;
    await runtime.append("profiling_experiments", [{ value: json(plan.document) }]);
    await runtime.append(
      "cellprofiler_plates",
      plan.plates.map((plate) => ({ value: json(plate) })),
    );
    await runtime.append(
      "plate_layouts",
      plan.layouts.map((layout) => ({ value: json(layout) })),
    );
    for (const { plate, files } of plates)
      for (const { file, entry } of files)
        await runtime.append("cellprofiler_files", [
          {
            value: {
              experiment: "E",
              plate,
              file,
              digest: sha256(await place.read(entry.key)),
              sizeBytes: entry.sizeBytes,
            },
          },
        ]);
    const summary = await runtime.closeInput();
    await runtime.stop();
    return summary;
  }

  it("become profiles, plates and wells; a set without an image table is reported and the rest goes on", async () => {
    expect(await run(text)).toMatchObject({ complete: true, failedTasks: 0, deadLetters: 0 });
    const folder = dataFolder(data, "profiling");
    const store = openStore(folder.store);
    const reader = openReader(folder.store);
    const scopes = await profilesOfExperiment(reader.db, "E");
    expect(scopes.map(({ plate }) => plate)).toEqual([null, "P1", "P2"]);
    expect(scopes[1]).toMatchObject({
      measured: 24,
      normalizedBy: { method: "mad_robustize", samples: "Metadata_Role == 'negative'", wells: 6 },
    });
    expect(scopes[2]?.normalizedBy?.wells).toBe(5);
    expect(store.all("SELECT plate, status, missing FROM plate_result ORDER BY plate")).toEqual([
      { plate: "P1", status: "complete", missing: "[]" },
      { plate: "P2", status: "incomplete", missing: '["B03"]' },
    ]);
    expect(store.all("SELECT role, perturbation_id, dose_um FROM well WHERE plate = 'P1' AND well = 'B09'")).toEqual([
      { role: "compound", perturbation_id: "compound:C1", dose_um: 1 },
    ]);
    expect(store.all("SELECT count(*) AS wells, min(cells) AS cells FROM well_profile")).toEqual([
      { wells: 23, cells: 20 },
    ]);
    expect(store.all("SELECT kind FROM experiment_result ORDER BY kind").map((row) => row.kind)).toEqual([
      "hits",
      "map",
      "phenoprint",
      "projection",
    ]);
    await reader.close();
    store.close();
  });

  it("are not read again when only the sheet has changed", async () => {
    const folder = dataFolder(data, "profiling");
    const before = openReader(folder.store);
    const [, first] = await profilesOfExperiment(before.db, "E");
    await before.close();
    expect(await run(text.replaceAll(",C1,", ",C2,"))).toMatchObject({ complete: true });
    const store = openStore(folder.store);
    expect(store.all("SELECT DISTINCT perturbation_id FROM well WHERE role = 'compound'")).toEqual([
      { perturbation_id: "compound:C2" },
    ]);
    const reader = openReader(folder.store);
    const [, second] = await profilesOfExperiment(reader.db, "E");
    expect(second?.reportUri).toBe(first?.reportUri);
    expect(second?.rawUri).not.toBe(first?.rawUri);
    await reader.close();
    store.close();
  });
});
