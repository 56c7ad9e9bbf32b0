import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { folderPlace } from "@artesian/data";
import { afterAll, describe, expect, it } from "vitest";
import { compareProfiles, comparisonLines } from "./compare.ts";
import { pythonFloat, significantText } from "./number-text.ts";
import { type Profiles, profilesOf, takeFeatures, takeWells } from "./profiles.ts";
import { readProfiles } from "./read-profiles.ts";
import { writeProfiles } from "./write-profiles.ts";

const folder = mkdtempSync(join(tmpdir(), "artesian-profiles-"));
const place = folderPlace(folder);
afterAll(() => rmSync(folder, { recursive: true }));

function threeWells(): Profiles {
  return profilesOf(
    {
      Metadata_Plate: ["0012", "0012", "0012"],
      Metadata_Well: ["A01", "A02", "A03"],
      Metadata_moa: ['inhibitor, "strong"', null, "a\nb"],
      Metadata_dose: [0, 0.5, 10],
      Metadata_Count: [3, 5, 7],
    },
    ["Cells_A", "Nuclei_B"],
    Float64Array.of(1, 1e-5, -0.30000000000000004, Number.NaN, Number.POSITIVE_INFINITY, 1e22),
  );
}

describe("files of profiles", () => {
  it.each(["p.csv", "p.csv.gz", "p.tsv", "p.parquet", "p.h5ad", "p.zarr"])(
    "come back from %s as they were",
    async (key) => {
      await writeProfiles(place, key, threeWells());
      const found = await readProfiles(place, key);
      expect(found.features).toEqual(["Cells_A", "Nuclei_B"]);
      expect(found.values).toEqual(threeWells().values);
      expect(found.metadata).toEqual(threeWells().metadata);
    },
  );

  it.each(["cut.parquet", "cut.h5ad", "cut.csv.gz"])("are refused by name when %s was cut off", async (key) => {
    await writeProfiles(place, key, threeWells());
    const path = join(folder, key);
    writeFileSync(path, readFileSync(path).subarray(0, -40));
    await expect(readProfiles(place, key)).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:profiling|data)\//),
      message: expect.stringContaining(key),
    });
  });

  it("come back from GCT but for line ends inside of cells and leading zeros", async () => {
    const wells = threeWells();
    wells.metadata.Metadata_moa![2] = "ab";
    wells.metadata.Metadata_Plate = ["P", "P", "P"];
    await writeProfiles(place, "p.gct.gz", wells);
    expect(await readProfiles(place, "p.gct.gz")).toEqual(wells);
  });

  it.each(["q.csv.gz", "q.parquet", "q.zarr/X/0.0", "q.h5ad"])(
    "are the same bytes when written again: %s",
    async (key) => {
      const file = key.replace(/\/.*$/, "");
      await writeProfiles(place, file, threeWells());
      const first = readFileSync(join(folder, key));
      await new Promise((resolve) => setTimeout(resolve, key.endsWith("h5ad") ? 1100 : 0));
      await writeProfiles(place, file, threeWells());
      expect(readFileSync(join(folder, key)).equals(first)).toBe(true);
    },
  );

  it("are written as pandas writes them, with all digits or with as many as asked for", async () => {
    await writeProfiles(place, "r.csv.gz", threeWells(), { floatFormat: "%.3g" });
    await writeProfiles(place, "r.csv", threeWells());
    expect(gunzipSync(readFileSync(join(folder, "r.csv.gz"))).toString()).toBe(
      'Metadata_Plate,Metadata_Well,Metadata_moa,Metadata_dose,Metadata_Count,Cells_A,Nuclei_B\n0012,A01,"inhibitor, ""strong""",0,3,1,1e-05\n0012,A02,,0.5,5,-0.3,\n0012,A03,"a\nb",10,7,inf,1e+22\n',
    );
    expect(readFileSync(join(folder, "r.csv"), "utf8")).toContain('0012,A01,"inhibitor, ""strong""",0.0,3,1.0,1e-05\n');
    await expect(writeProfiles(place, "r.csv", threeWells(), { floatFormat: "5" })).rejects.toMatchObject({
      code: "profiling/operation-option",
    });
  });

  it.each([
    ["text.csv", "Metadata_Well,Cells_A,Cells_B\nA01,1,2\nA02,high,3\n", "profiling/non-numeric-feature", "Cells_A"],
    ["none.csv", "Metadata_Well,Area\nA01,1\n", "profiling/no-features", "Cells, Cytoplasm or Nuclei"],
    ["empty.csv", "", "profiling/empty-table", "no byte"],
    ["header.csv", "Metadata_Well,Cells_A\n", "profiling/empty-table", "no record"],
    ["ragged.csv", "Metadata_Well,Cells_A\nA01,1\nA02\n", "profiling/ragged-row", "line 3"],
    ["twice.csv", "Cells_A,Cells_A\n1,2\n", "profiling/repeated-column", "Cells_A"],
    ["latin.csv", Buffer.from("Metadata_Well,Cells_A\nA\u00e9,1\n", "latin1"), "profiling/profile-format", "UTF-8"],
    ["cut.csv.gz", gzipSync("Metadata_Well,Cells_A\nA01,1\n").subarray(0, 20), "profiling/profile-format", "gzip"],
    ["table.xlsx", "", "profiling/profile-format", "ending"],
    ["bad.gct", "#1.2\n", "profiling/profile-format", "#1.3"],
    ["bad.h5ad", "text", "data/anndata", "HDF5"],
    ["hex.csv", "Metadata_Well,Cells_A\nA01,0x10\n", "profiling/non-numeric-feature", "0x10"],
  ])("that cannot be read say why: %s", async (key, content, code, said) => {
    writeFileSync(join(folder, key), content);
    const error = await readProfiles(place, key).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    expect(String(error)).toContain(said);
    expect(String(error)).toContain(key);
  });

  it("read `nan` and `None` in a feature as missing, and quoted newlines across pieces", async () => {
    const rows = Array.from({ length: 3000 }, (_, i) => `"A\n${i}",${i % 2 === 0 ? "nan" : i}`);
    writeFileSync(join(folder, "many.csv"), `Metadata_Well,Cells_A\r\n${rows.join("\r\n")}`);
    const found = await readProfiles(place, "many.csv");
    expect(found.rowCount).toBe(3000);
    expect(found.metadata.Metadata_Well?.[2999]).toBe("A\n2999");
    expect(found.values[2999]).toBe(2999);
    expect(found.values[2998]).toBeNaN();
  });
});

describe("numbers as text", () => {
  it.each([
    [0.1, "0.1"],
    [100, "100.0"],
    [1e16, "1e+16"],
    [123456789012345680, "1.2345678901234568e+17"],
    [0.0001, "0.0001"],
    [0.00001234, "1.234e-05"],
    [-1.5e-7, "-1.5e-07"],
    [Number.NaN, "nan"],
    [-0, "-0.0"],
  ])("are Python's repr: %s", (value, text) => expect(pythonFloat(value)).toBe(text));

  it.each([
    [123456, 5, "1.2346e+05"],
    [12345.6, 5, "12346"],
    [0.00012345678, 5, "0.00012346"],
    [0.00001, 5, "1e-05"],
    [100, 5, "100"],
    [99999.9, 5, "1e+05"],
    [-2.5, 5, "-2.5"],
  ])("are C's %%.Ng: %s with %i", (value, digits, text) => expect(significantText(value, digits)).toBe(text));
});

describe("comparison", () => {
  it("finds equal what differs only in row order", () => {
    const found = compareProfiles(threeWells(), takeWells(threeWells(), [2, 0, 1]));
    expect(found.equal).toBe(true);
    expect(comparisonLines(found)[0]).toBe("The profiles are equal.");
  });

  it("names rows, features, order, and the worst cell", () => {
    const other = takeFeatures(takeWells(threeWells(), [0, 1]), [1, 0]);
    other.values[1] = 1.5;
    other.values[2] = 3;
    other.metadata.Metadata_moa![0] = "other";
    const found = compareProfiles(threeWells(), other);
    expect(found.rows.onlyLeft).toEqual(["0012 A03"]);
    expect(found.features).toMatchObject({ common: 2, sameOrder: false });
    expect(found.cells).toMatchObject({ different: 3, missingLeft: 1, missingRight: 0 });
    expect(found.cells.byFeature.map(({ feature }) => feature)).toEqual(["Nuclei_B", "Cells_A"]);
    expect(found.cells.worst).toMatchObject({ row: "0012 A02", column: "Nuclei_B", left: null, right: 3 });
    expect(comparisonLines(found).join("\n")).toContain("Metadata_moa: 1 cells");
  });
});
