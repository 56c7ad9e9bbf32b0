import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { folderPlace, readParquet, writeParquet } from "@artesian/data";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FEATURES, folderOf, imageTable, objectTable, plateFiles, SITES } from "./cellprofiler-tables.test-support.ts";
import { collatePlate } from "./collate.ts";
import { collateBackend } from "./collate-backend.ts";
import type { Collated, CollateOptions } from "./ingest-types.ts";

let folder = "";
beforeAll(async () => {
  folder = folderOf(plateFiles(SITES));
  const kept = folderPlace(join(folder, "kept"));
  const keep = { sqlite: { path: join(folder, "P1.sqlite") }, parquet: { place: kept, prefix: "P1" } };
  await collatePlate(folderPlace(folder), "", { keep }, { threads: 2 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const fromTables = (options: CollateOptions = {}): Promise<Collated> => collatePlate(folderPlace(folder), "", options);

describe("keeping objects", () => {
  it("writes a database as cytominer-database does", () => {
    const database = new DatabaseSync(join(folder, "P1.sqlite"), { readOnly: true });
    const columns = (table: string): string[] =>
      database
        .prepare(`SELECT * FROM ${table}`)
        .columns()
        .map(({ name }) => name);
    expect(columns("Cells")).toEqual([
      "TableNumber",
      "ImageNumber",
      "ObjectNumber",
      ...FEATURES.map((name) => `Cells_${name}`),
    ]);
    expect(columns("Cytoplasm").slice(0, 5)).toEqual([
      "TableNumber",
      "ImageNumber",
      "ObjectNumber",
      "Cytoplasm_Parent_Cells",
      "Cytoplasm_Parent_Nuclei",
    ]);
    expect(database.prepare("SELECT count(*) AS n FROM Cells").get()).toEqual({ n: 17 });
    expect(
      database
        .prepare("SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY name")
        .all()
        .map(({ name }) => name),
    ).toEqual([
      "plate_well_image_idx",
      "table_image_idx",
      "table_image_object_cells_idx",
      "table_image_object_cytoplasm_idx",
      "table_image_object_nuclei_idx",
    ]);
    // zlib's CRC-32 of A01-1/Image.csv, as Python gives it
    expect(
      database
        .prepare("SELECT TableNumber, Metadata_Well, Metadata_Site, PathName_DNA FROM Image WHERE ImageNumber = 1")
        .get(),
    ).toEqual({
      TableNumber: 3660227747,
      Metadata_Well: "A01",
      Metadata_Site: 1,
      PathName_DNA: "/images/a, b",
    });
    database.close();
  });

  it("writes Parquet with every object and image, and leaves nothing unfinished", async () => {
    const place = folderPlace(join(folder, "kept"));
    const cells = await readParquet(await place.read("P1/Cells.parquet"));
    expect(cells.rowCount).toBe(17);
    expect(cells.columns.map(({ name }) => name)).toEqual([
      "Metadata_ImageSet",
      "ImageNumber",
      "ObjectNumber",
      ...FEATURES.map((name) => `Cells_${name}`),
    ]);
    const expected = objectTable("Cells", 3, 7).split("\n")[1]!.split(",").map(Number);
    const row = cells.columns[0]!.values.indexOf("A02-1" as never);
    expect(cells.columns.slice(1).map(({ values }) => values[row])).toEqual(expected);
    const images = await readParquet(await place.read("P1/Image.parquet"));
    expect(images.columns.find(({ name }) => name === "Metadata_Well")?.values).toEqual(["A01", "A01", "A02", "B01"]);
    expect(readdirSync(join(folder, "kept/P1")).sort()).toEqual([
      "Cells.parquet",
      "Cytoplasm.parquet",
      "Image.parquet",
      "Nuclei.parquet",
    ]);
  });

  it("refuses more columns than SQLite holds before it writes, and leaves nothing", async () => {
    const names = Array.from({ length: 2000 }, (_, i) => `F${i}`);
    const own = folderOf({ "1/Image.csv": imageTable(1, SITES[0]!), "1/Cells.csv": objectTable("Cells", 1, 1, names) });
    const keep = { sqlite: { path: join(own, "out/wide.sqlite") } };
    const call = collatePlate(folderPlace(own), "", { keep, compartments: ["Cells"] });
    await expect(call).rejects.toMatchObject({
      code: "profiling/too-many-columns",
      table: "Cells",
      found: 2003,
      expected: 2000,
    });
    expect(existsSync(join(own, "out"))).toBe(false);
    rmSync(own, { recursive: true });
  });

  it("leaves nothing behind when it is stopped", async () => {
    const abort = new AbortController();
    const out = folderPlace(join(folder, "stopped"));
    const keep = { sqlite: { path: join(folder, "stopped.sqlite") }, parquet: { place: out, prefix: "" } };
    const onProgress = ({ step, done }: { step: string; done: number }): void => {
      if (step === "objects" && done === 2) abort.abort(new Error("enough"));
    };
    const call = collatePlate(folderPlace(folder), "", { keep }, { signal: abort.signal, onProgress, threads: 1 });
    await expect(call).rejects.toThrow("enough");
    expect(readdirSync(folder).filter((name) => name.startsWith("stopped.sqlite"))).toEqual([]);
    const left = [];
    for await (const { key } of out.list()) left.push(key);
    expect(left).toEqual([]);
  });
});

/** A database in another style, made of the kept one. */
function rewritten(name: string, statements: string): string {
  const path = join(folder, name);
  rmSync(path, { force: true });
  const database = new DatabaseSync(path);
  database.exec(`ATTACH '${join(folder, "P1.sqlite")}' AS kept; ${statements}`);
  database.close();
  return name;
}

const plain = (table: string): string => `SELECT * FROM kept.${table}`;

describe("collating a database", () => {
  const options: CollateOptions = { imageFeatures: ["Count", "Granularity"], operation: "median" };

  it.each(["compartments", "joined"] as const)("gives the profiles of the tables it was made of: %s", async (mode) => {
    const found = await collateBackend(folderPlace(folder), "P1.sqlite", { ...options, mode });
    expect(found.profiles).toEqual((await fromTables({ ...options, mode })).profiles);
    expect(found.report.counts).toEqual({ complete: 4, partial: 0, skipped: 0, duplicate: 0 });
  });

  it.each([
    [
      "with a write-ahead log, through SQL",
      () =>
        rewritten(
          "wal.sqlite",
          `PRAGMA journal_mode = WAL; ${["Image", "Cells", "Cytoplasm", "Nuclei"].map((table) => `CREATE TABLE ${table} AS ${plain(table)}`).join("; ")}`,
        ),
    ],
    [
      "with pages of 512 bytes, objects out of order and texts for numbers",
      () =>
        rewritten(
          "text.sqlite",
          `PRAGMA page_size = 512; VACUUM; CREATE TABLE Image AS ${plain("Image")}; ${["Cells", "Cytoplasm", "Nuclei"].map((table) => `CREATE TABLE ${table} AS SELECT TableNumber, CAST(ImageNumber AS TEXT) AS ImageNumber, ObjectNumber, ${(table === "Cytoplasm" ? ["Parent_Cells", "Parent_Nuclei", ...FEATURES] : FEATURES).map((name) => `printf('%!.17g', ${table}_${name}) AS ${table}_${name}`).join(", ")} FROM kept.${table} ORDER BY ObjectNumber, ImageNumber`).join("; ")}`,
        ),
    ],
    [
      "with the prefix Image_",
      () =>
        rewritten(
          "prefix.sqlite",
          `CREATE TABLE Image AS SELECT TableNumber, ImageNumber, Metadata_Plate AS Image_Metadata_Plate, Metadata_Well AS Image_Metadata_Well, Metadata_Site AS Image_Metadata_Site, Count_Cells AS Image_Count_Cells, Granularity_1_DNA AS Image_Granularity_1_DNA FROM kept.Image; ${["Cells", "Cytoplasm", "Nuclei"].map((table) => `CREATE TABLE ${table} AS ${plain(table)}`).join("; ")}`,
        ),
    ],
    [
      "of CellProfiler's, Per_Image and so on",
      () =>
        rewritten(
          "per.sqlite",
          `CREATE TABLE Per_Image AS SELECT ImageNumber, Metadata_Plate AS Image_Metadata_Plate, Metadata_Well AS Image_Metadata_Well, Metadata_Site AS Image_Metadata_Site, Count_Cells AS Image_Count_Cells, Granularity_1_DNA AS Image_Granularity_1_DNA FROM kept.Image; ${["Cells", "Cytoplasm", "Nuclei"].map((table) => `CREATE TABLE Per_${table} AS SELECT ImageNumber, ObjectNumber AS ${table}_Number_Object_Number, ${(table === "Cytoplasm" ? ["Parent_Cells", "Parent_Nuclei", ...FEATURES] : FEATURES).map((name) => `${table}_${name}`).join(", ")} FROM kept.${table}`).join("; ")}`,
        ),
    ],
    [
      "of one table for all compartments, Per_Object",
      () =>
        rewritten(
          "object.sqlite",
          `CREATE TABLE Per_Image AS SELECT ImageNumber, Metadata_Plate, Metadata_Well, Metadata_Site, Count_Cells, Granularity_1_DNA FROM kept.Image; CREATE TABLE Per_Object AS SELECT c.ImageNumber AS ImageNumber, c.ObjectNumber AS ObjectNumber, ${["Cells", "Cytoplasm", "Nuclei"].flatMap((table) => (table === "Cytoplasm" ? ["Parent_Cells", "Parent_Nuclei", ...FEATURES] : FEATURES).map((name) => `${table}_${name}`)).join(", ")} FROM kept.Cells c JOIN kept.Cytoplasm y USING (TableNumber, ObjectNumber) JOIN kept.Nuclei n USING (TableNumber, ObjectNumber) ORDER BY 1, 2`,
        ),
    ],
  ])("reads one %s", async (_, make) => {
    const expected = await fromTables(options);
    const found = await collateBackend(folderPlace(folder), make(), options);
    const features = expected.profiles.features;
    const kept = found.profiles.features.flatMap((name, j) => (features.includes(name) ? [j] : []));
    expect(kept.map((j) => found.profiles.features[j])).toEqual(features);
    const width = found.profiles.features.length;
    const values = expected.profiles.metadata.Metadata_Well!.flatMap((_w, i) =>
      kept.map((j) => found.profiles.values[i * width + j]!),
    );
    expect(values).toEqual([...expected.profiles.values]);
    expect(found.profiles.metadata).toEqual(expected.profiles.metadata);
  });

  it("counts objects of unknown images, and wells that lack a compartment", async () => {
    const name = rewritten(
      "holes.sqlite",
      `CREATE TABLE Image AS ${plain("Image")}; CREATE TABLE Cells AS SELECT * FROM kept.Cells WHERE ImageNumber <> 4; CREATE TABLE Nuclei AS ${plain("Nuclei")}; UPDATE Nuclei SET ImageNumber = 77 WHERE ImageNumber = 1`,
    );
    const { profiles, report } = await collateBackend(folderPlace(folder), name, { compartments: ["Cells", "Nuclei"] });
    expect(report.orphans).toEqual({ Cells: 0, Nuclei: 5 });
    expect(report.incomplete).toEqual([
      { profile: { Metadata_Plate: "P1", Metadata_Well: "B01" }, missing: ["Cells"] },
    ]);
    expect(profiles.metadata.Metadata_Object_Count).toEqual([9, 7, 0]);
  });

  it("reads in the thread that calls as in threads of its own, also a file that was replaced meanwhile", async () => {
    const place = folderPlace(folder);
    const here = { threads: 0 };
    expect(await collateBackend(place, "P1.sqlite", {}, here)).toEqual(await collateBackend(place, "P1.sqlite"));
    const name = rewritten(
      "replaced.sqlite",
      `CREATE TABLE Image AS ${plain("Image")}; CREATE TABLE Cells AS ${plain("Cells")}`,
    );
    const options = { compartments: ["Cells"] };
    const first = await collateBackend(place, name, options, here);
    rmSync(join(folder, name));
    rewritten(
      name,
      `CREATE TABLE Other AS ${plain("Nuclei")}; CREATE TABLE Cells AS ${plain("Cells")}; CREATE TABLE Image AS ${plain("Image")}`,
    );
    expect((await collateBackend(place, name, options, here)).profiles).toEqual(first.profiles);
  });

  it("stops when it is told to", async () => {
    const abort = new AbortController();
    const call = { signal: abort.signal, onProgress: () => abort.abort(new Error("enough")), threads: 1 };
    await expect(collateBackend(folderPlace(folder), "P1.sqlite", options, call)).rejects.toThrow("enough");
    await expect(collateBackend(folderPlace(folder), "P1.sqlite", options, call)).rejects.toThrow("enough");
  });

  it("copies a bucket's database to read it, or says that it needs a folder for that", async () => {
    const { path: _, ...bucket } = folderPlace(folder);
    const found = await collateBackend(bucket, "P1.sqlite", options, { cacheDir: join(folder, "cache") });
    expect(found.profiles).toEqual((await fromTables(options)).profiles);
    await expect(collateBackend(bucket, "P1.sqlite")).rejects.toThrow(/Give a folder that it may be copied to/);
  });

  it("says what is wrong with a file that is none", async () => {
    writeFileSync(join(folder, "notes.sqlite"), "not a database at all");
    await expect(collateBackend(folderPlace(folder), "notes.sqlite")).rejects.toThrow(
      /begins with "not a da"; expected an SQLite or a Parquet file/,
    );
    await expect(collateBackend(folderPlace(folder), "absent.sqlite")).rejects.toThrow(/there is no such file/);
    rewritten("other.sqlite", "CREATE TABLE Wells (x)");
    await expect(collateBackend(folderPlace(folder), "other.sqlite")).rejects.toThrow(
      /no table Image or Per_Image; found Wells/,
    );
    rewritten("images.sqlite", `CREATE TABLE Image AS ${plain("Image")}`);
    await expect(collateBackend(folderPlace(folder), "images.sqlite")).rejects.toThrow(
      /there is no table Cells, Cytoplasm, Nuclei/,
    );
    rewritten(
      "numberless.sqlite",
      `CREATE TABLE Image AS ${plain("Image")}; CREATE TABLE Cells AS SELECT TableNumber, ImageNumber, Cells_AreaShape_Area FROM kept.Cells`,
    );
    await expect(collateBackend(folderPlace(folder), "numberless.sqlite")).rejects.toMatchObject({
      code: "profiling/backend",
    });
  });
});

describe("collating a Parquet file of joined cells", () => {
  /** As CytoTable writes it: image columns, linking columns as metadata, then the measurements of a cell. */
  function joined(): void {
    const columns = new Map<string, (string | number)[]>();
    const put = (name: string, cell: string | number): void => {
      const list = columns.get(name);
      if (list === undefined) columns.set(name, [cell]);
      else list.push(cell);
    };
    SITES.forEach(({ well, site, cells }, i) => {
      const tables = ["Cells", "Cytoplasm", "Nuclei"].map((name) =>
        objectTable(name, i + 1, cells)
          .trimEnd()
          .split("\n")
          .map((line) => line.split(",")),
      );
      for (let cell = 1; cell <= cells; cell++) {
        put("Metadata_ImageNumber", i + 1);
        put("Image_Metadata_Plate", "P1");
        put("Image_Metadata_Well", well);
        put("Image_Metadata_Site", site);
        put("Metadata_ObjectNumber", cell);
        tables.forEach(([names, ...rows], t) => {
          names!.forEach((name, j) => {
            const compartment = ["Cells", "Cytoplasm", "Nuclei"][t]!;
            if (FEATURES.includes(name)) put(`${compartment}_${name}`, Number(rows[cell - 1]![j]));
          });
        });
      }
    });
    const table = [...columns].map(([name, cells]) =>
      typeof cells[0] === "number"
        ? { name, kind: "number" as const, values: Float64Array.from(cells, Number) }
        : { name, kind: "text" as const, values: cells.map(String) },
    );
    writeFileSync(join(folder, "cells.parquet"), writeParquet({ columns: table, rowCount: 17 }));
  }

  it("gives the medians of the tables that were joined", async () => {
    joined();
    const found = await collateBackend(folderPlace(folder), "cells.parquet");
    expect(found.profiles).toEqual((await fromTables({ mode: "joined" })).profiles);
  });

  it("keeps fields of view, subsamples and leaves out small wells as the others do", async () => {
    joined();
    const options: CollateOptions = { subsample: { count: 3, seed: 5 }, minCells: 2, mode: "joined" };
    const found = await collateBackend(folderPlace(folder), "cells.parquet", options);
    expect(found.profiles).toEqual((await fromTables(options)).profiles);
    const second = await collateBackend(folderPlace(folder), "cells.parquet", { fieldsOfView: [2] });
    expect(second.profiles.metadata.Metadata_Object_Count).toEqual([4]);
  });

  it("refuses a file without measurements", async () => {
    writeFileSync(
      join(folder, "none.parquet"),
      writeParquet({
        columns: [
          { name: "Metadata_Plate", kind: "text", values: ["P"] },
          { name: "Metadata_Well", kind: "text", values: ["A01"] },
        ],
        rowCount: 1,
      }),
    );
    await expect(collateBackend(folderPlace(folder), "none.parquet")).rejects.toThrow(
      /no column of Cells_, Cytoplasm_, Nuclei_/,
    );
  });
});
