import { rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { folderPlace } from "@artesian/data";
import { afterAll, describe, expect, it } from "vitest";
import { folderOf, imageTable, objectTable, plateFiles, SITES } from "./cellprofiler-tables.test-support.ts";
import { collatePlate } from "./collate.ts";
import type { Collated, CollateOptions } from "./ingest-types.ts";

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** The plate of `SITES` with some files replaced (undefined removes one). */
async function collateWith(
  changes: Readonly<Record<string, string | Uint8Array | undefined>>,
  options: CollateOptions = {},
): Promise<Collated> {
  const files: Record<string, string | Uint8Array> = plateFiles(SITES);
  for (const [name, content] of Object.entries(changes)) {
    if (content === undefined) delete files[name];
    else files[name] = content;
  }
  const folder = folderOf(files);
  folders.push(folder);
  return await collatePlate(folderPlace(folder), "", options, { threads: 1 });
}

const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "latin1"));
const utf16 = (text: string): Uint8Array => new Uint8Array(Buffer.from(`\ufeff${text}`, "utf16le"));
const cells = (image: number, count: number): string => objectTable("Cells", image, count);

const BAD: [string, string | Uint8Array, string, number][] = [
  ["no byte", "", "profiling/empty-table", 0],
  ["only a header", cells(3, 0), "profiling/empty-table", 0],
  ["a row that was cut off", cells(3, 7).slice(0, -60), "profiling/ragged-row", 8],
  ["a row of more cells", cells(3, 2).replace("\n3,1,", "\n3,1,9,"), "profiling/ragged-row", 2],
  ["a quote that stays open", cells(3, 2).replace("\n3,1,", '\n3,"1,'), "profiling/unclosed-quote", 2],
  ["UTF-16 text", utf16(cells(3, 2)), "profiling/encoding", 1],
  ["Latin-1 text", latin1(cells(3, 2).replace("AreaShape_Area", "AreaShape_µ")), "profiling/encoding", 1],
  ["a repeated column", cells(3, 2).replace("AreaShape_Area", "Intensity_Mean_DNA"), "profiling/repeated-column", 1],
  ["no image number", cells(3, 2).replace("ImageNumber", "Image"), "profiling/missing-column", 0],
  ["no object number", cells(3, 2).replace("ObjectNumber", "Object"), "profiling/missing-column", 0],
];

describe.each(BAD)("an object table with %s", (_, content, code, line) => {
  it("is left out with its file, line and cause; everything else is used", async () => {
    const { profiles, report } = await collateWith({ "A02-1/Cells.csv": content });
    expect(report.counts).toEqual({ complete: 3, partial: 1, skipped: 0, duplicate: 0 });
    const set = report.sets.find(({ name }) => name === "A02-1");
    expect(set).toMatchObject({ status: "partial", objects: { Cells: 0, Cytoplasm: 7, Nuclei: 7 } });
    expect(set?.problems).toMatchObject([{ file: "A02-1/Cells.csv", code, line }]);
    expect(report.incomplete).toEqual([
      { profile: { Metadata_Plate: "P1", Metadata_Well: "A02" }, missing: ["Cells"] },
    ]);
    expect(profiles.metadata.Metadata_Well).toEqual(["A01", "A02", "B01"]);
    expect(profiles.metadata.Metadata_Object_Count).toEqual([9, 0, 1]);
    const width = profiles.features.length;
    expect(profiles.values[width]).toBeNaN();
    expect(profiles.values[width + 3]).not.toBeNaN();
  });

  it("ends the call when bad files are to fail, unless it is merely empty", async () => {
    const call = collateWith({ "A02-1/Cells.csv": content }, { badFiles: "fail" });
    if (code === "profiling/empty-table") expect((await call).report.counts.partial).toBe(1);
    else
      await expect(call).rejects.toMatchObject({
        code: "profiling/bad-file",
        problem: code,
        file: "A02-1/Cells.csv",
        line,
      });
  });
});

describe.each([
  ["no byte", "", "profiling/empty-table", 0],
  ["only a header", "ImageNumber,Metadata_Plate,Metadata_Well\n", "profiling/empty-table", 0],
  ["a ragged row", "ImageNumber,Metadata_Plate,Metadata_Well\n3,P1\n", "profiling/ragged-row", 2],
  ["UTF-16 text", utf16(imageTable(3, SITES[2]!)), "profiling/encoding", 1],
  ["Latin-1 text", latin1(imageTable(3, SITES[2]!).replace("images", "Bilder für")), "profiling/encoding", 2],
  ["no well", "ImageNumber,Metadata_Plate\n3,P1\n", "profiling/missing-column", 0],
  ["no image number", "Metadata_Plate,Metadata_Well\nP1,A02\n", "profiling/missing-column", 0],
] as [string, string | Uint8Array, string, number][])("an image table with %s", (_, content, code, line) => {
  it("makes its set a skipped one, with file, line and cause", async () => {
    const { profiles, report } = await collateWith({ "A02-1/Image.csv": content });
    expect(report.counts).toEqual({ complete: 3, partial: 0, skipped: 1, duplicate: 0 });
    expect(report.sets.find(({ name }) => name === "A02-1")?.problems).toMatchObject([
      { file: "A02-1/Image.csv", code, line },
    ]);
    expect(profiles.metadata.Metadata_Well).toEqual(["A01", "B01"]);
  });
});

describe("what is told rather than dropped", () => {
  it("counts cells that are no numbers by column, with the first of them, and reads on", async () => {
    const table = cells(3, 7)
      .replace(/\n3,2,[^,]+,/, '\n3,2,"n/a, see\nnotes",')
      .replace(/\n3,5,[^,]+,/, "\n3,5,broken,");
    const { profiles, report } = await collateWith({ "A02-1/Cells.csv": table });
    expect(report.nonNumeric).toEqual([
      { column: "Cells_AreaShape_Area", cells: 2, example: "n/a, see\nnotes", file: "A02-1/Cells.csv", line: 3 },
    ]);
    expect(report.counts.complete).toBe(4);
    expect(profiles.metadata.Metadata_Object_Count).toEqual([9, 7, 1]);
  });

  it("leaves out a column of texts, and names it", async () => {
    const texts = (image: number, count: number): string =>
      `ImageNumber,ObjectNumber,FileName\n${Array.from({ length: count }, (_, i) => `${image},${i + 1},a.tif\n`).join("")}`;
    const { profiles, report } = await collateWith(
      Object.fromEntries(
        SITES.map(({ well, site, cells: count }, i) => [`${well}-${site}/Nuclei.csv`, texts(i + 1, count)]),
      ),
    );
    expect(report.textColumns).toEqual(["Nuclei_FileName"]);
    expect(profiles.features.filter((name) => name.startsWith("Nuclei"))).toEqual([]);
  });

  it("lets infinities and 1e400 through as infinities", async () => {
    const table = cells(4, 1).replace(/(\n4,1),[^,]+,[^,]+,/, "$1,1e400,-inf,");
    const { profiles } = await collateWith({ "B01-1/Cells.csv": table });
    const row = profiles.values.subarray(2 * profiles.features.length);
    expect([row[0], row[1]]).toEqual([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
  });

  it("takes the union of columns when the first table has fewer, in the usual order", async () => {
    const short = objectTable("Cells", 1, 5, ["AreaShape_Area", "Texture_Contrast_ER_3_00_256"]);
    const { profiles, report } = await collateWith({ "A01-1/Cells.csv": short });
    expect(profiles.features.slice(0, 3)).toEqual([
      "Cells_AreaShape_Area",
      "Cells_Intensity_Mean_DNA",
      "Cells_Texture_Contrast_ER_3_00_256",
    ]);
    expect(report.absentColumns).toEqual([{ column: "Cells_Intensity_Mean_DNA", files: 1 }]);
    expect(report.counts.complete).toBe(4);
  });

  it("uses a set once when another has the same image table", async () => {
    const files = plateFiles(SITES);
    const copy = Object.fromEntries(
      Object.entries(files).flatMap(([name, text]) =>
        name.startsWith("A02-1/") ? [[name.replace("A02-1", "copy"), text]] : [],
      ),
    );
    const { profiles, report } = await collateWith(copy);
    expect(report.counts).toEqual({ complete: 4, partial: 0, skipped: 0, duplicate: 1 });
    expect(report.sets.find(({ name }) => name === "copy")).toMatchObject({
      status: "duplicate",
      duplicateOf: "A02-1",
    });
    expect(profiles.metadata.Metadata_Object_Count).toEqual([9, 7, 1]);
  });

  it("counts objects whose image is unknown, and images without a well", async () => {
    const { report } = await collateWith({
      "A02-1/Cells.csv": `${cells(3, 7)}99,1,1,1,1\n`,
      "B01-1/Image.csv": imageTable(4, SITES[3]!).replace(",B01,", ",,"),
    });
    expect(report.orphans).toEqual({ Cells: 1, Cytoplasm: 0, Nuclei: 0 });
    expect(report.unassignedImages).toBe(1);
  });

  it("drops a well without any object, and says so", async () => {
    const { profiles, report } = await collateWith({
      "B01-1/Cells.csv": "",
      "B01-1/Nuclei.csv": undefined,
      "B01-1/Cytoplasm.csv": objectTable("Cytoplasm", 4, 0),
    });
    expect(profiles.metadata.Metadata_Well).toEqual(["A01", "A02"]);
    expect(report.dropped).toEqual([
      { profile: { Metadata_Plate: "P1", Metadata_Well: "B01" }, objects: 0, reason: "no objects" },
    ]);
  });

  it("reports a damaged gzip file", async () => {
    const packed = new Uint8Array(gzipSync(cells(3, 7)));
    const changes = { "A02-1/Cells.csv": undefined, "A02-1/Cells.csv.gz": packed.slice(0, packed.length - 20) };
    const { report } = await collateWith(changes);
    expect(report.sets.find(({ name }) => name === "A02-1")?.problems).toMatchObject([
      { file: "A02-1/Cells.csv.gz", code: "profiling/damaged-gzip" },
    ]);
  });

  it("refuses a folder without tables, and one without a valid image table", async () => {
    const empty = folderOf({ "notes.txt": "nothing" });
    folders.push(empty);
    await expect(collatePlate(folderPlace(empty), "P1")).rejects.toThrow(/there is no Image\.csv, Cells\.csv/);
    const lost = folderOf({ "1/Cells.csv": cells(1, 2) });
    folders.push(lost);
    await expect(collatePlate(folderPlace(lost), "")).rejects.toThrow(
      /none of 1 image sets has a valid image table.*1\/Image\.csv: there is no such file/,
    );
  });

  it.each([
    [{ compartments: [] }, /compartments is empty/],
    [{ strata: ["Metadata_Well", "Metadata_Well"] }, /strata is Metadata_Well, Metadata_Well; expected/],
    [{ subsample: { fraction: 2, seed: 1 } }, /subsample\.fraction is 2/],
    [{ subsample: { count: 0, seed: 1 } }, /subsample\.count is 0/],
    [{ fieldsOfView: [] }, /fieldsOfView is empty/],
    [{ minCells: Number.NaN }, /minCells is NaN/],
  ] as [CollateOptions, RegExp][])("refuses the options %j", async (options, message) => {
    await expect(collateWith({}, options)).rejects.toThrow(message);
  });
});
