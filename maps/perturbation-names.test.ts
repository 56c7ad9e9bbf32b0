import { describe, expect, it } from "vitest";
import { namesFile, namesFromFile, namesInCells, readPerturbationNames } from "./perturbation-names.ts";
import { groupOf } from "./planted-group.test-support.ts";

describe("names in a row of metadata", () => {
  it("are found under the columns of the field, with and without prefix", () => {
    const cells = {
      Metadata_pert_iname: "sirolimus",
      Metadata_broad_sample: "BRD-K84937637-001-27-1",
      Metadata_InChIKey: "QFJCIRLUMZQUOT-HPLJOQBZSA-N",
      SMILES: "CCO",
      "Standard InChI Key": "other",
      Metadata_Plate: "P1",
    };
    expect(namesInCells(cells)).toEqual({
      name: "sirolimus",
      synonyms: ["BRD-K84937637-001-27-1"],
      inchiKey: "QFJCIRLUMZQUOT-HPLJOQBZSA-N",
      smiles: "CCO",
    });
    expect(namesInCells(cells, "sirolimus")).not.toHaveProperty("name");
  });

  it("are none where cells are empty, and a column called name may hold anything", () => {
    expect(namesInCells({ smiles: " ", synonyms: "; |", InChIKey: null, name: "well 3" })).toEqual({});
  });
});

describe("a table of names", () => {
  it("of HGNC gives genes their earlier and other symbols", () => {
    const text =
      "symbol\tname\talias_symbol\tprev_symbol\nMTOR\tmechanistic target\tRAFT1|FLJ44809\tFRAP1|FRAP2\nTP53\t\t\t\n";
    expect([...readPerturbationNames(text, "hgnc.tsv")]).toEqual([
      ["MTOR", { name: "mechanistic target", synonyms: ["RAFT1", "FLJ44809", "FRAP1", "FRAP2"] }],
    ]);
  });

  it("of compounds is read by identity or by symbol; lines of one compound add up", () => {
    const text =
      'perturbation,name,synonyms,smiles\ncompound:C4,rapamycin,"sirolimus; AY-22989",CCO\ncompound:C4,,Rapamune,\n';
    expect(readPerturbationNames(text, "c.csv").get("compound:C4")).toEqual({
      name: "rapamycin",
      synonyms: ["sirolimus", "AY-22989", "Rapamune"],
      smiles: "CCO",
    });
    expect([...readPerturbationNames("compound,inchikey\n007,ABC\n", "c.csv")]).toEqual([["007", { inchiKey: "ABC" }]]);
  });

  it("from a spreadsheet may have semicolons between columns", () => {
    const text = "compound;synonyms\nC4;rapamycin|sirolimus\n";
    expect([...readPerturbationNames(text, "c.csv")]).toEqual([["C4", { synonyms: ["rapamycin", "sirolimus"] }]]);
  });

  it.each([
    ["name,smiles\nrapamycin,CCO\n", "name, smiles"],
    ["symbol,score\nMTOR,3\n", "symbol, score"],
  ])("from which nothing can be learnt is refused: %j", (text, found) => {
    expect(() => readPerturbationNames(text, "c.csv")).toThrow(`c.csv: found columns ${found}, expected`);
  });
});

describe("names of a group", () => {
  const { rows } = groupOf(
    [
      { row: { perturbation: "gene:MTOR", symbol: "MTOR" }, vector: [1] },
      { row: { perturbation: "gene:TSC2", symbol: "TSC2" }, vector: [1] },
    ],
    1,
  );

  it("are those of its own perturbations, the last source with the last word", () => {
    const first = new Map([
      ["MTOR", { name: "target", synonyms: ["FRAP1"] }],
      ["TP53", { synonyms: ["p53"] }],
    ]);
    const second = new Map([["gene:MTOR", { name: "mechanistic target", synonyms: ["RAFT1"] }]]);
    const bytes = namesFile(rows, [first, second]).get("names.json")!;
    expect([...namesFromFile(new TextDecoder().decode(bytes), "names.json")]).toEqual([
      ["gene:MTOR", { name: "mechanistic target", synonyms: ["FRAP1", "RAFT1"] }],
    ]);
  });

  it("make no file where there are none", () => {
    expect(namesFile(rows, [new Map([["TP53", { synonyms: ["p53"] }]])]).size).toBe(0);
  });
});
