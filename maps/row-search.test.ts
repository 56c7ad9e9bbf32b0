import { describe, expect, it } from "vitest";
import { groupOf } from "./planted-group.test-support.ts";
import { rowSearch } from "./row-search.ts";

const gene = (symbol: string) => ({ row: { perturbation: `gene:${symbol}`, symbol }, vector: [1] });
const compound = (id: string, symbol: string, concentration: number) => ({
  row: { perturbation: `compound:${id}`, type: "compound" as const, symbol, concentration },
  vector: [1],
});
const { rows } = groupOf(
  [
    gene("TSC1"),
    gene("TSC2"),
    gene("MTOR"),
    compound("C4", "C4", 10),
    compound("C4", "C4", 0.3),
    compound("C4", "C4", 3),
    compound("C5", "C5", 3),
    gene("FRAP2"),
  ],
  1,
);
const search = rowSearch(
  rows,
  (perturbation) =>
    ({
      "gene:MTOR": { synonyms: ["FRAP1", "RAFT1"] },
      "gene:FRAP2": { synonyms: ["TSC1"] },
      "compound:C4": { name: "Sirolimus", synonyms: ["rapamycin"], inchiKey: "QFJCIRLUMZQUOT-HPLJOQBZSA-N" },
      "compound:C5": { name: "Compound 5", synonyms: ["rapamycin"] },
    })[perturbation],
);

describe("search over rows", () => {
  it.each([
    ["tsc1", [0, 7]],
    ["TSC", [0, 1, 7]],
    ["raft1", [2]],
    ["gene:MTOR", [2]],
    ["sirolimus", [4, 5, 3]],
    ["QFJCIRLUMZQUOT-HPLJOQBZSA-N", [4, 5, 3]],
    ["qfjcirlumzquot", [4, 5, 3]],
    ["sirolimus 3", [5]],
    ["Sirolimus @ 300 nM", [4]],
    ["sirolimus at 0.01 mM", [3]],
    ["siro 10 µM", [3]],
    ["Compound 5", [6]],
    ["limus", [4, 5, 3]],
    ["nothing", []],
    ["  ", []],
  ])("finds %j", (text, expected) => {
    expect(search.search(text).map(({ row }) => row)).toEqual(expected);
  });

  it("says by which name a row was found", () => {
    expect(search.search("frap1")[0]).toEqual({ row: 2, by: "synonym", text: "FRAP1" });
    expect(search.search("mTOR")[0]).toEqual({ row: 2, by: "symbol", text: "MTOR" });
  });

  it("stops at the limit, and gives each row once", () => {
    expect(search.search("c", 2)).toHaveLength(2);
    const found = search.search("c", 50).map(({ row }) => row);
    expect(new Set(found).size).toBe(found.length);
  });
});

describe("a pasted list", () => {
  it("becomes rows in its order, with what was not found", () => {
    expect(search.paste("TSC2\n tsc1;mtor\tTSC2, TP53\n\nsirolimus 3")).toEqual({
      rows: [1, 0, 2, 5],
      notFound: ["TP53"],
      ambiguous: [],
    });
  });

  it("takes a symbol before another gene's synonym, and tells when a name means several perturbations", () => {
    expect(search.paste("TSC1").rows).toEqual([0]);
    expect(search.paste("rapamycin")).toEqual({
      rows: [3, 4, 5, 6],
      notFound: [],
      ambiguous: [{ entry: "rapamycin", perturbations: ["compound:C4", "compound:C5"] }],
    });
  });

  it("wants whole names, and an existing concentration", () => {
    expect(search.paste("TS\nsirolimus 7").notFound).toEqual(["TS", "sirolimus 7"]);
    expect(search.paste("")).toEqual({ rows: [], notFound: [], ambiguous: [] });
  });
});
