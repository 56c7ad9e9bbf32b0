import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { columnOf, readCsv, tableFromRows } from "@artesian/data";
import { describe, expect, it } from "vitest";
import { annotate, annotationNotes, noWellMatches, strictlyWrong } from "./annotate.ts";
import { readExternalMetadata } from "./external-metadata.ts";
import { platemapOf, readBarcodePlatemap, readPlatemap } from "./platemap.ts";
import { profilesFromTable, profilesOf } from "./profiles.ts";

const plate = () =>
  profilesOf(
    { Metadata_Plate: ["P", "P", "P"], Metadata_Well: ["A01", "A02", "A03"], Metadata_dose: [9, 9, 9] },
    ["Cells_A"],
    Float64Array.of(1, 2, 3),
  );

describe("annotate", () => {
  it("joins the plate map in its order, metadata first, with a suffix for what both have", () => {
    const map = readPlatemap("well_position\tbroad_sample\tdose\nA02\tBRD-1\t2\nA01\t\t1\nH12\tBRD-3\t4\n", "map.txt");
    const found = annotate(plate(), map);
    expect(found.profiles.metadata).toEqual({
      Metadata_broad_sample: ["BRD-1", null],
      Metadata_dose_platemap: [2, 1],
      Metadata_Plate: ["P", "P"],
      Metadata_Well: ["A02", "A01"],
      Metadata_dose: [9, 9],
    });
    expect([...found.profiles.values]).toEqual([2, 1]);
    expect(found.unmatchedWells).toEqual(["A03"]);
    expect(found.unusedWells).toEqual(["H12"]);
    expect(annotationNotes(found)).toEqual([
      "1 well is left out, the plate map does not name it: A03",
      "1 well of the plate map has no profile: H12",
    ]);
  });

  it("adds external metadata by perturbation; a missing sample finds the row without a sample", () => {
    const map = readPlatemap("well_position,broad_sample\nA01,BRD-1\nA02,\nA03,BRD-9\n", "map.csv");
    const table = readExternalMetadata(
      "broad_sample\tcontrol_type\tMetadata_Plate\nBRD-1\ttrt\tx\n\tnegcon\ty\n\tnegcon\ty\n",
      "external.tsv",
      "broad_sample",
    );
    const external = { table, joinLeft: "broad_sample", joinRight: "Metadata_broad_sample" };
    const found = annotate(plate(), map, { external });
    expect(found.profiles.metadata.Metadata_control_type).toEqual(["trt", "negcon", null]);
    expect(found.profiles.metadata.Metadata_Plate_external).toEqual(["x", "y", null]);
    expect(found.unmatchedExternal).toEqual(["BRD-9"]);
    expect(strictlyWrong(found)).toEqual(["external metadata lacks 1 perturbation: BRD-9"]);
  });

  it("doubles wells that are named twice, as a join does, and says so", () => {
    const map = readPlatemap("well_position\tgene\nA01\tx\nA01\ty\n", "map.txt");
    const found = annotate(plate(), map);
    expect([...found.profiles.values]).toEqual([1, 1]);
    expect(found.repeatedWells).toEqual(["A01"]);
    expect(strictlyWrong(found).length).toBe(2);
  });

  it("takes over CellProfiler's names and adds constants", () => {
    const wells = profilesOf(
      { Image_Metadata_Well: ["A01"], Image_Metadata_Plate: ["P"], ImageNumber: [3] },
      ["Cells_A"],
      Float64Array.of(1),
    );
    const map = readPlatemap("well_position\tgene\nA01\tx\n", "map.txt");
    const found = annotate(wells, map, { constants: { cell_line: "U2OS" } });
    expect(Object.keys(found.profiles.metadata)).toEqual([
      "Metadata_gene",
      "Metadata_Well",
      "Metadata_Plate",
      "Metadata_cell_line",
      "ImageNumber",
    ]);
  });

  it("says why no well matches", () => {
    const found = annotate(plate(), readPlatemap("well_position\tgene\nA1\tx\nA2\ty\n", "map.txt"));
    expect(noWellMatches(found)).toMatch(/none of 3 wells of the profiles \(A01, …\).*write A01 in the plate map/);
  });

  it("refuses to join on a column that is not there", () => {
    const map = tableFromRows([{ well: "A01" }]);
    expect(() => annotate(plate(), map)).toThrowError(expect.objectContaining({ code: "profiling/unknown-column" }));
  });
});

describe("barcode_platemap.csv", () => {
  const text = "Assay_Plate_Barcode,Plate_Map_Name\n00117006,map one\n117007,map two\n";
  it("keeps leading zeros of bar codes", () => {
    expect(platemapOf(readBarcodePlatemap(text, "b.csv"), "00117006")).toBe("map one");
  });
  it("says where zeros were lost, and what is meant by a name that is not listed", () => {
    const read = readBarcodePlatemap(text, "b.csv");
    expect(() => platemapOf(read, "00117007")).toThrow(/b\.csv, line 3: plate 00117007 is written 117007/);
    expect(() => platemapOf(read, "00117806")).toThrow(/not listed.*Did you mean "00117006"/);
  });
  it("names the line of an empty, a contradicting and a missing entry", () => {
    expect(() => readBarcodePlatemap(`${text}\nX,\n`, "b.csv")).toThrow(/b\.csv, line 5: Plate_Map_Name is empty/);
    expect(() => readBarcodePlatemap(`${text}00117006,other\n`, "b.csv")).toThrow(/line 4: .*but map one on line 2/);
    expect(() => readBarcodePlatemap("Assay_Plate_Barcode;Plate_Map_Name\n1;2\n", "b.csv")).toThrow(
      /no column Assay_Plate_Barcode.*separated/,
    );
    expect(() => readBarcodePlatemap("Assay_Plate_Barcod,Plate_Map_Name\n1,2\n", "b.csv")).toThrow(/Did you mean/);
  });
});

describe("a plate map", () => {
  it("is refused without its well column, with the name that may be meant", () => {
    expect(() => readPlatemap("well_positon\tgene\nA01\tx\n", "m.txt")).toThrow(
      /m\.txt, line 1: there is no column Metadata_well_position\. Did you mean "Metadata_well_positon"/,
    );
    expect(() => readPlatemap("well_position\tgene\n\tx\n", "m.txt")).toThrow(/names no well/);
    expect(() => readExternalMetadata("a\tb\n1\t2\n", "e.tsv", "broad_sample")).toThrow(
      /no column Metadata_broad_sample/,
    );
  });
});

const shared = new URL("../../shared/data/profiles/", import.meta.url);
const present = existsSync(shared);
describe.skipIf(!present)(`published metadata ${present ? "" : "(SKIPPED: ../shared/data/profiles is absent)"}`, () => {
  const text = (name: string): string => readFileSync(new URL(name, shared), "utf8");

  it("gives the Connectivity Map's columns of a published plate", () => {
    const golden = readCsv(
      gunzipSync(readFileSync(new URL("lincs/SQ00015054_normalized_feature_select.csv.gz", shared))).toString("utf8"),
    );
    const whole = profilesFromTable(golden);
    const bare = {
      ...whole,
      metadata: {
        Metadata_Plate: whole.metadata.Metadata_Plate!,
        Metadata_Well: whole.metadata.Metadata_Well!,
      },
    };
    const map = readPlatemap(text("lincs/C-7161-01-LM6-027.txt"), "C-7161-01-LM6-027.txt");
    const found = annotate(bare, map, { cmap: { cellId: "A549", perturbationMode: "chemical" } });
    expect(found.unmatchedWells).toEqual([]);
    expect(found.profiles.rowCount).toBe(384);
    let compared = 0;
    for (const [name, cells] of Object.entries(found.profiles.metadata)) {
      const column = columnOf(golden, name);
      if (column === undefined) throw new Error(`the published plate lacks ${name}`);
      cells.forEach((cell, row) => {
        const expected = column.values[row];
        if (typeof cell === "number")
          expect(Math.abs(cell - Number(expected))).toBeLessThanOrEqual(1e-4 * Math.abs(cell));
        else expect(cell, `${name} of row ${row}`).toBe(expected);
        compared++;
      });
    }
    expect(compared).toBe(384 * 15);
  });

  it("finds a negative control type for every DMSO well of a JUMP plate map", () => {
    const map = readPlatemap(text("jump/JUMP-Target-1_compound_platemap.txt"), "platemap.txt");
    const table = readExternalMetadata(text("jump/JUMP-Target-1_compound_metadata.tsv"), "m.tsv", "broad_sample");
    const wells = columnOf(map, "Metadata_well_position")!.values as string[];
    const found = annotate(profilesOf({ Metadata_Well: [...wells] }, [], new Float64Array(0)), map, {
      external: { table, joinLeft: "broad_sample", joinRight: "broad_sample" },
    });
    expect(found.profiles.rowCount).toBe(384);
    const controls = found.profiles.metadata.Metadata_control_type!.filter((cell) => cell === "negcon");
    expect(controls).toHaveLength(64);
    expect(strictlyWrong(found)).toEqual([]);
  });

  it("knows the plate map of every plate of the JUMP configurations", () => {
    const read = readBarcodePlatemap(text("jump/barcode_platemap.csv"), "barcode_platemap.csv");
    expect(platemapOf(read, "BR00118041")).toBe("JUMP-Target-1_crispr_platemap");
    expect(read.platemaps.size).toBeGreaterThan(40);
  });
});
