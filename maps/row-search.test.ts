import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupOf } from "./planted-group.test-support.ts";
import { rowSearch } from "./row-search.ts";

const letter = fc.constantFrom("a", "B", "c", "é", "-");
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
const search = await rowSearch(
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
    expect(search.search(text).matches.map(({ row }) => row)).toEqual(expected);
  });

  it("says by which name a row was found", () => {
    expect(search.search("frap1").matches[0]).toEqual({ row: 2, by: "synonym", text: "FRAP1" });
    expect(search.search("mTOR").matches[0]).toEqual({ row: 2, by: "symbol", text: "MTOR" });
  });

  it("stops at the limit, and gives each row once", () => {
    const found = search.search("c").matches.map(({ row }) => row);
    expect(new Set(found).size).toBe(found.length);
    expect(search.search("c", { limit: 2 })).toEqual({
      matches: search.search("c").matches.slice(0, 2),
      total: found.length,
    });
    expect(search.search("c", { offset: 2, limit: 2 }).matches.map(({ row }) => row)).toEqual(found.slice(2, 4));
  });

  it("leaves out what is not shown, also from the count", () => {
    const genes = search.search("tsc", { isShown: ({ symbol }) => symbol !== "TSC2" });
    expect(genes).toMatchObject({ matches: [{ row: 0 }, { row: 7 }], total: 2 });
  });

  it("agrees with looking at every name, whatever the names are", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.string({ unit: letter, minLength: 1 }), fc.array(fc.string({ unit: letter })))),
        fc.string({ unit: letter, minLength: 1 }),
        async (genes, asked) => {
          const { rows: some } = groupOf(
            genes.map(([symbol], i) => ({ row: { perturbation: `gene:${i}`, symbol }, vector: [1] })),
            1,
          );
          const one = await rowSearch(some, (id) => ({ synonyms: genes[Number(id.slice(5))]![1] }));
          const plain = asked.trim().toUpperCase();
          fc.pre(plain !== "");
          const holds = genes.flatMap(([symbol, synonyms], i) =>
            [symbol, `gene:${i}`, ...synonyms].some((name) => name.toUpperCase().trim().includes(plain)) ? [i] : [],
          );
          const found = one.search(asked, { limit: 1000 });
          expect(found.matches.map(({ row }) => row).sort((a, b) => a - b)).toEqual(holds);
          for (const { row, by, text } of found.matches)
            expect(by === "synonym" ? genes[row]![1] : [genes[row]![0], `gene:${row}`]).toContain(text);
          const exact = genes.flatMap(([symbol], i) => (symbol.trim().toUpperCase() === plain ? [i] : []));
          if (exact.length > 0) expect(one.paste(asked).rows).toEqual(exact);
        },
      ),
    );
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
