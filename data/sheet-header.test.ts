import { describe, expect, it } from "vitest";
import { plainColumn, sheetHeader } from "./sheet-header.ts";

describe("a table's header", () => {
  it.each([
    ["Well,Dose\nA01,1", ",", ["Well", "Dose"]],
    ["Well;Dose\r\nA01;1,5", ";", ["Well", "Dose"]],
    ['\uFEFF"Well, in words"\tDose\n', "\t", ["Well, in words", "Dose"]],
    ["Well", ",", ["Well"]],
    ["", ",", [""]],
  ])("says what divides its columns, and their names: %j", (text, delimiter, columns) => {
    expect(sheetHeader(text)).toEqual({ delimiter, columns });
  });

  it("is compared without case, prefix and what stands between words", () => {
    const names = ["Metadata_Pert iname", "image_metadata_plate", " Well-ID "].map(plainColumn);
    expect(names).toEqual(["pert_iname", "plate", "well_id"]);
  });
});
