import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { cellText, folderPlace, readCsv } from "@artesian/data";
import { describe, expect, it } from "vitest";
import { collatePlate } from "./collate.ts";
import { collateBackend } from "./collate-backend.ts";
import type { CollateOptions } from "./ingest-types.ts";
import type { Profiles } from "./profiles.ts";
import { profilesToTable } from "./profiles.ts";

const folder = new URL("../../shared/data/profiles/", import.meta.url);
const present = existsSync(folder);
const pathOf = (name: string): string => fileURLToPath(new URL(name, folder));

/** Largest relative difference from a published table, which must have the same columns in the same order. */
function difference(found: Profiles, golden: string): { worst: number; columns: string[]; expected: string[] } {
  const table = profilesToTable(found);
  const text = gunzipSync(readFileSync(pathOf(golden))).toString("utf8");
  const expected = readCsv(text, { source: golden, text: ["Metadata_Plate", "Metadata_Well"] });
  let worst = 0;
  table.columns.forEach((column, j) => {
    const other = expected.columns[j];
    for (let row = 0; row < table.rowCount; row++) {
      const a = cellText(column, row);
      const b = other === undefined ? "absent" : cellText(other, row);
      if (a === b) continue;
      const apart = Math.abs(Number(a) - Number(b)) / Math.abs(Number(b));
      if (!(apart <= worst)) worst = apart;
    }
  });
  return { worst, columns: table.columns.map(({ name }) => name), expected: expected.columns.map(({ name }) => name) };
}

describe.skipIf(!present)(
  `against pycytominer on real tables ${present ? "" : "(SKIPPED: ../shared/data/profiles is absent)"}`,
  () => {
    const place = (name: string) => folderPlace(pathOf(name));
    const categories = ["Granularity", "Texture", "ImageQuality", "Count", "Threshold"];
    it.each([
      ["collate/A02_mean.csv.gz", {}],
      ["collate/A02_median.csv.gz", { operation: "median" }],
      ["collate/A02_mean_image.csv.gz", { imageFeatures: categories }],
    ] as [string, CollateOptions][])(
      "%s: the same columns in the same order, numbers within 1e-12",
      async (golden, options) => {
        const { profiles, report } = await collatePlate(place("collate"), "", options, { threads: 1 });
        const { worst, columns, expected } = difference(profiles, golden);
        expect(columns).toEqual(expected);
        expect(worst).toBeLessThan(1e-12);
        // the second site's object tables are not published
        expect(report.counts).toEqual({ complete: 1, partial: 1, skipped: 0, duplicate: 0 });
      },
    );

    it("data_a: folders with munged tables and the database made of them agree, exactly", async () => {
      const options: CollateOptions = { plateColumn: "Metadata_Barcode", operation: "median" };
      const tables = await collatePlate(place("cytominer-database/data_a"), "", options);
      const database = await collateBackend(place("cytotable"), "data_a.sqlite", options);
      expect(database.profiles).toEqual(tables.profiles);
      expect(tables.profiles.metadata).toMatchObject({
        Metadata_Well: ["A01", "A02", "A10", "A11"],
        Metadata_Object_Count: [10, 10, 10, 10],
      });
    });

    it("data_a_munged: a compartment's own table gives what the munged table gives", async () => {
      const munged = await collatePlate(place("cytominer-database/data_a"), "1", {
        plate: "P",
        strata: ["ImageNumber"],
      });
      for (const compartment of ["Cells", "Cytoplasm", "Nuclei"]) {
        const text = readFileSync(pathOf(`cytominer-database/data_a_munged/1/${compartment}.csv`), "utf8");
        const { columns, rowCount } = readCsv(text);
        const images = columns.find(({ name }) => name === "ImageNumber")!.values;
        const rows = Array.from({ length: rowCount }, (_, i) => i).filter((i) => images[i] === 1);
        const area = columns.find(({ name }) => name === "AreaShape_Area")!.values;
        const mean = rows.reduce((sum, i) => sum + Number(area[i]), 0) / rows.length;
        const at = munged.profiles.features.indexOf(`${compartment}_AreaShape_Area`);
        expect(munged.profiles.values[at]).toBeCloseTo(mean, 9);
      }
    });

    it("data_b: sets that failed quality control load with a report, and lose nothing of the others", async () => {
      const { profiles, report } = await collatePlate(place("cytominer-database/data_b"), "", {});
      expect(report.counts).toEqual({ complete: 4, partial: 2, skipped: 1, duplicate: 0 });
      expect(
        Object.fromEntries(
          report.sets.map(({ name, status, problems }) => [name, [status, ...problems.map(({ code }) => code)]]),
        ),
      ).toMatchObject({
        "A01-1": ["complete"],
        "E17-4": ["partial", "profiling/empty-table", "profiling/empty-table"],
        "J21-2": ["partial", "profiling/ragged-row"],
        "N23-5": ["skipped", "profiling/empty-table"],
      });
      expect(profiles.metadata.Metadata_Well).toEqual(["A01", "B01", "E17", "J21"]);
      expect(report.incomplete.map(({ missing }) => missing)).toEqual([["Cells", "Nuclei"], ["Cells"]]);
    });

    it("data_c: images without any object give a report and no profile", async () => {
      const { profiles, report } = await collatePlate(place("cytominer-database/data_c"), "", {
        plateColumn: "Metadata_Barcode",
      });
      expect(profiles.rowCount).toBe(0);
      expect(report.dropped.map(({ reason }) => reason)).toEqual([
        "no objects",
        "no objects",
        "no objects",
        "no objects",
      ]);
    });

    it("Cell Health: joined cells of a database are those that pycytominer merges", async () => {
      const text = gunzipSync(readFileSync(pathOf("pycytominer/test_SQ00014613.csv.gz"))).toString("utf8");
      const cells = readCsv(text);
      const { profiles } = await collateBackend(place("pycytominer"), "test_SQ00014613.sqlite", {
        mode: "joined",
        operation: "mean",
        strata: ["Metadata_Plate", "Metadata_Well", "ImageNumber"],
      });
      expect(profiles.metadata.ImageNumber).toEqual([1, 2]);
      let compared = 0;
      profiles.features.forEach((name, j) => {
        const golden = cells.columns.find((column) => column.name === name);
        if (golden?.kind !== "number") return;
        for (let i = 0; i < 2; i++) {
          const found = profiles.values[i * profiles.features.length + j]!;
          const wanted = golden.values[i]!;
          if (Number.isNaN(found) && Number.isNaN(wanted)) continue;
          compared++;
          expect(Math.abs(found - wanted)).toBeLessThanOrEqual(1e-12 * Math.abs(wanted));
        }
      });
      expect(compared).toBeGreaterThan(3000);
    });

    it.each(["cytotable/test-SQ00014613.sqlite", "pycytominer/test_SQ00014613.sqlite"])(
      "%s: compartments and joined cells count the same objects",
      async (name) => {
        const [dir = "", file = ""] = name.split("/");
        const apart = await collateBackend(place(dir), file, {});
        const joined = await collateBackend(place(dir), file, { mode: "joined" });
        expect(joined.profiles.metadata).toEqual(apart.profiles.metadata);
        expect(joined.report.unlinked).toEqual({ Cells: 0, Cytoplasm: 0, Nuclei: 0 });
      },
    );

    it("a database that holds nothing but texts is read as numbers", async () => {
      const { profiles, report } = await collateBackend(place("pycytominer"), "test_BR00126114.sqlite", {
        compartments: ["Nuclei"],
      });
      expect(profiles.metadata).toEqual({
        Metadata_Plate: ["BR00126114"],
        Metadata_Well: ["A01"],
        Metadata_Site_Count: [2],
        Metadata_Object_Count: [20],
      });
      expect([...profiles.values].every(Number.isFinite)).toBe(true);
      expect(report.nonNumeric).toEqual([]);
    });

    it("ExampleHuman: tables in one folder, compressed, with compartments that nobody asked for", async () => {
      const { profiles, report } = await collatePlate(place("cytotable"), "ExampleHuman", {
        plate: "ExampleHuman",
        strata: ["Metadata_Plate", "ImageNumber"],
        mode: "joined",
      });
      expect(profiles.metadata).toMatchObject({
        Metadata_Plate: ["ExampleHuman"],
        ImageNumber: [1],
        Metadata_Object_Count: [289],
      });
      expect(report.sets).toMatchObject([
        { name: ".", status: "complete", objects: { Cells: 289, Cytoplasm: 289, Nuclei: 289 } },
      ]);
    });
  },
);
