import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderPlace, readCsv, rowOf } from "@artesian/data";
import { afterAll, expect, it } from "vitest";
import { sheetOfPlatemaps, withExternal } from "./profiling-sheet.ts";

const root = mkdtempSync(join(tmpdir(), "artesian-sheet-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it("makes one sheet of a batch's plate maps; bar codes keep their zeros", async () => {
  const batch = folderPlace(root);
  await batch.write("barcode_platemap.csv", "Assay_Plate_Barcode,Plate_Map_Name\n0012,M1\n0013,M1\n");
  await batch.write("platemap/M1.txt", "plate_map_name\twell_position\tbroad_sample\nM1\tA01\tBRD-1\nM1\tA02\t\n");
  const sheet = await sheetOfPlatemaps(batch, ["0012", "0013"]);
  const table = readCsv(sheet.text, { text: ["plate"] });
  expect(table.rowCount).toBe(4);
  expect(rowOf(table, 2)).toMatchObject({
    plate: "0013",
    Metadata_well_position: "A01",
    Metadata_broad_sample: "BRD-1",
  });
  await expect(sheetOfPlatemaps(batch, ["0099"])).rejects.toMatchObject({ code: "profiling/plate-metadata" });
  await batch.write("platemap/M1.txt", Buffer.from("well_position\tbroad_sample\nA01\tß\n", "latin1"));
  await expect(sheetOfPlatemaps(batch, ["0012"])).rejects.toThrow(/M1\.txt, line 2: found the byte 0xdf/);
});

it("adds what is known of the perturbations, and says when nothing joins the two", () => {
  const sheet = { text: "plate,well,Metadata_broad_sample\nP,A01,BRD-1\nP,A02,BRD-9\n", source: "map" };
  const joined = withExternal(sheet, { text: "broad_sample\tcontrol_type\tgene\nBRD-1\tnegcon\tX\n", source: "ext" });
  const table = readCsv(joined.text);
  expect([rowOf(table, 0), rowOf(table, 1)]).toMatchObject([
    { control_type: "negcon", gene: "X" },
    { control_type: null },
  ]);
  expect(() => withExternal(sheet, { text: "compound\nx\n", source: "ext" })).toThrow(/shares no column with map/);
});
