import { rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { folderPlace } from "@artesian/data";
import { mean, median } from "@artesian/numerics";
import { afterAll, describe, expect, it } from "vitest";
import { FEATURES, folderOf, imageTable, objectTable, plateFiles, SITES } from "./cellprofiler-tables.test-support.ts";
import { collatePlate } from "./collate.ts";
import type { CollateCall, Collated, CollateOptions } from "./ingest-types.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

async function collate(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: CollateOptions = {},
  call: CollateCall = {},
): Promise<Collated> {
  const folder = folderOf(files);
  folders.push(folder);
  return await collatePlate(folderPlace(folder), "", options, { threads: 1, ...call });
}

/** A feature's cells over some tables, by our own plain reading. */
function cellsOf(tables: readonly string[], feature: string): number[] {
  return tables.flatMap((table) => {
    const [header = "", ...lines] = table.trimEnd().split("\n");
    const at = header.split(",").indexOf(feature);
    return lines.map((line) => Number(line.split(",")[at]));
  });
}

const value = ({ profiles }: Collated, well: string, feature: string): number =>
  profiles.values[
    profiles.metadata.Metadata_Well!.indexOf(well) * profiles.features.length + profiles.features.indexOf(feature)
  ]!;

describe("collating a plate", () => {
  it("makes a row a well with the columns of collate, in their order", async () => {
    const { profiles, report } = await collate(plateFiles(SITES), { imageFeatures: ["Count", "Granularity"] });
    expect(profiles.metadata).toEqual({
      Metadata_Plate: ["P1", "P1", "P1"],
      Metadata_Well: ["A01", "A02", "B01"],
      Metadata_Site_Count: [2, 1, 1],
      Metadata_Count_Cells: [9, 7, 1],
      Metadata_Object_Count: [9, 7, 1],
    });
    expect(profiles.features).toEqual([
      "Image_Granularity_1_DNA",
      ...["Cells", "Cytoplasm", "Nuclei"].flatMap((name) => FEATURES.map((feature) => `${name}_${feature}`)),
    ]);
    expect(report.counts).toEqual({ complete: 4, partial: 0, skipped: 0, duplicate: 0 });
    const own = cellsOf([objectTable("Cells", 1, 5), objectTable("Cells", 2, 4)], "AreaShape_Area");
    const collated = await collate(plateFiles(SITES));
    expect(value(collated, "A01", "Cells_AreaShape_Area")).toBeCloseTo(mean(own), 14);
    expect(value({ profiles, report }, "A01", "Image_Granularity_1_DNA")).toBeCloseTo(0.5, 14);
  });

  it("takes medians over joined cells by default, and means over compartments", async () => {
    const joined = await collate(plateFiles(SITES), { mode: "joined" });
    const own = cellsOf([objectTable("Nuclei", 1, 5), objectTable("Nuclei", 2, 4)], "Intensity_Mean_DNA");
    expect(value(joined, "A01", "Nuclei_Intensity_Mean_DNA")).toBe(median(own));
    expect(joined.profiles.metadata.Metadata_Object_Count).toEqual([9, 7, 1]);
  });

  it("gives the same bytes whatever the number of threads, and compressed or not", async () => {
    const files = plateFiles(SITES);
    const packed = Object.fromEntries(Object.entries(files).map(([name, text]) => [`${name}.gz`, gzipSync(text)]));
    const one = await collate(files, { mode: "joined" });
    const two = await collate(files, { mode: "joined" }, { threads: 2 });
    const gz = await collate(packed, { mode: "joined" });
    expect(two.profiles).toEqual(one.profiles);
    expect(gz.profiles).toEqual(one.profiles);
    const here = await collate(files, { mode: "joined" }, { threads: 0 });
    expect(here).toEqual(one);
    expect((await collate(packed, { mode: "joined" }, { threads: 0 })).profiles).toEqual(one.profiles);
  });

  it("reads a munged table of all compartments as it reads one a compartment", async () => {
    const files = plateFiles(SITES);
    const munged: Record<string, string> = {};
    for (const set of ["A01-1", "A01-2", "A02-1", "B01-1"]) {
      munged[`${set}/Image.csv`] = files[`${set}/Image.csv`]!;
      const parts = ["Cells", "Cytoplasm", "Nuclei"].map((name) =>
        files[`${set}/${name}.csv`]!.trimEnd()
          .split("\n")
          .map((line) => line.split(",")),
      );
      const own = parts.map((lines, c) => lines.map((cells) => cells.slice(c === 0 ? 1 : 2)));
      const names = ["Cells", "Cytoplasm", "Nuclei"];
      const lines = parts[0]!.map((cells, i) => [cells[0]!, ...own.flatMap((part) => part[i]!)].join(","));
      const first = ["Image", ...own.flatMap((part, c) => part[0]!.map(() => names[c]!))].join(",");
      munged[`${set}/object.csv`] = `${[first, ...lines].join("\n")}\n`;
    }
    expect((await collate(munged)).profiles).toEqual((await collate(files)).profiles);
  });

  it("makes a row a site, sites by number, when sites are strata", async () => {
    const sites = [1, 2, 10].map((site) => ({ well: "A01", site, cells: 2 }));
    const { profiles } = await collate(plateFiles(sites), {
      strata: ["Metadata_Plate", "Metadata_Well", "Metadata_Site"],
    });
    expect(profiles.metadata.Metadata_Site).toEqual([1, 2, 10]);
    expect(profiles.metadata).not.toHaveProperty("Metadata_Site_Count");
  });

  it("keeps only the fields of view asked for, and refuses unknown ones", async () => {
    const { profiles, report } = await collate(plateFiles(SITES), { fieldsOfView: [2] });
    expect(profiles.metadata).toMatchObject({
      Metadata_Well: ["A01"],
      Metadata_Object_Count: [4],
      Metadata_Site_Count: [1],
    });
    expect(report.dropped).toEqual([]);
    expect(report.counts).toEqual({ complete: 4, partial: 0, skipped: 0, duplicate: 0 });
    await expect(collate(plateFiles(SITES), { fieldsOfView: [3] })).rejects.toThrow(
      /fieldsOfView is 3; expected some of 1, 2/,
    );
  });

  it("draws the same subsample for the same seed, and the same objects in every compartment", async () => {
    const options: CollateOptions = { subsample: { count: 3, seed: 1 }, operation: "median" };
    const first = await collate(plateFiles(SITES), options);
    expect(first.profiles.metadata.Metadata_Object_Count).toEqual([3, 3, 1]);
    expect((await collate(plateFiles(SITES), options, { threads: 2 })).profiles).toEqual(first.profiles);
    const joined = await collate(plateFiles(SITES), { ...options, mode: "joined" });
    expect(joined.profiles).toEqual(first.profiles);
    const other = await collate(plateFiles(SITES), { ...options, subsample: { count: 3, seed: 2 } });
    expect(other.profiles.values).not.toEqual(first.profiles.values);
    const half = await collate(plateFiles(SITES), { subsample: { fraction: 0.5, seed: 1 } });
    expect(half.profiles.metadata.Metadata_Object_Count).toEqual([5, 4, 1]);
  });

  it("leaves out wells of fewer cells than asked for, and says so", async () => {
    const { profiles, report } = await collate(plateFiles(SITES), { minCells: 2 });
    expect(profiles.metadata.Metadata_Well).toEqual(["A01", "A02"]);
    expect(report.dropped).toEqual([
      { profile: { Metadata_Plate: "P1", Metadata_Well: "B01" }, objects: 1, reason: "fewer than 2 objects" },
    ]);
  });

  it("takes the plate from another column, or from the caller, where the image table has none", async () => {
    const files = plateFiles([SITES[0]!]);
    files["A01-1/Image.csv"] = files["A01-1/Image.csv"]!.replace("Metadata_Plate", "Metadata_Barcode").replace(
      ",P1,",
      ",0012,",
    );
    await expect(collate(files)).rejects.toThrow(/no column "Metadata_Plate".*Name the column that holds the plate/);
    expect((await collate(files, { plateColumn: "Metadata_Barcode" })).profiles.metadata.Metadata_Plate).toEqual([
      "0012",
    ]);
    expect((await collate(files, { plate: "P9" })).profiles.metadata.Metadata_Plate).toEqual(["P9"]);
  });

  it("reports progress that ends at the whole, and stops when it is told to", async () => {
    const seen: number[] = [];
    await collate(
      plateFiles(SITES),
      {},
      { onProgress: ({ step, doneBytes, totalBytes }) => step === "objects" && seen.push(doneBytes / totalBytes) },
    );
    expect(seen.at(-1)).toBe(1);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    const abort = new AbortController();
    const call = { signal: abort.signal, onProgress: () => abort.abort(new Error("enough")) };
    await expect(collate(plateFiles(SITES), {}, call)).rejects.toThrow("enough");
  });
});

describe("joining cells", () => {
  const one = (
    cytoplasm: string,
    options: CollateOptions = {},
    cells = objectTable("Cells", 1, 3),
  ): Promise<Collated> =>
    collate(
      {
        "A01-1/Image.csv": imageTable(1, SITES[0]!),
        "A01-1/Cells.csv": cells,
        "A01-1/Nuclei.csv": objectTable("Nuclei", 1, 3),
        "A01-1/Cytoplasm.csv": `ImageNumber,ObjectNumber,Parent_Cells,Parent_Nuclei,X\n${cytoplasm}`,
      },
      { mode: "joined", ...options },
    );

  it("follows the parents, whatever the order of objects", async () => {
    const { profiles } = await one("1,1,3,2,5\n1,2,1,1,7\n", { operation: "mean" });
    const cells = cellsOf([objectTable("Cells", 1, 3)], FEATURES[0]!);
    expect(profiles.values[0]).toBeCloseTo((cells[2]! + cells[0]!) / 2, 14);
    expect(profiles.features).not.toContain("Cytoplasm_Parent_Cells");
  });

  it("keeps a cytoplasm without a cell as CytoTable does, or drops it as pycytominer does, and counts it", async () => {
    const kept = await one("1,1,0,1,5\n1,2,2,2,7\n", { operation: "mean" });
    expect(kept.report.unlinked).toEqual({ Cells: 1, Cytoplasm: 0, Nuclei: 0 });
    expect(value(kept, "A01", "Cytoplasm_X")).toBe(6);
    const dropped = await one("1,1,0,1,5\n1,2,2,2,7\n", { operation: "mean", unlinked: "drop" });
    expect(value(dropped, "A01", "Cytoplasm_X")).toBe(7);
    expect(dropped.profiles.metadata.Metadata_Object_Count).toEqual([1]);
  });

  it("joins an object number that is there twice with both, as a join in SQL does", async () => {
    const twice = "ImageNumber,ObjectNumber,Y\n1,1,10\n1,1,20\n";
    const { profiles } = await one("1,1,1,1,5\n", { operation: "mean" }, twice);
    expect(profiles.metadata.Metadata_Object_Count).toEqual([2]);
    expect(profiles.values[profiles.features.indexOf("Cells_Y")]).toBe(15);
  });
});
