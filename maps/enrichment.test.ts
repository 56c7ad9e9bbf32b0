import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { enrichment } from "./enrichment.ts";
import { parseGmt, setsByGene } from "./gene-sets.ts";

describe("gene sets of a GMT file", () => {
  it("is read from EFAAR's lists too", () => {
    expect(parseGmt("A\thttp://a\tG1\tG2\t\r\n\nB\tG1 G3\n").map(({ name, genes }) => [name, genes])).toEqual([
      ["A", ["G1", "G2"]],
      ["B", ["G1", "G3"]],
    ]);
  });

  it("are read with name, description and genes once each, with or without carriage returns and weights", () => {
    expect(parseGmt("mTORC1\thttp://x\tTSC1\tTSC2\tTSC1\t\r\n\nTCA (GO:1)\t\tIDH1,1.0\tCS")).toEqual([
      { name: "mTORC1", description: "http://x", genes: ["TSC1", "TSC2"] },
      { name: "TCA (GO:1)", description: "", genes: ["IDH1", "CS"] },
    ]);
  });

  it.each([
    ["a line", 'sets.gmt, line 1 has no tabs: "a line"'],
    ["A\t\tX\n\tB\tC", "sets.gmt, line 2 has no name"],
    ["A\tabout\t", 'sets.gmt, line 1 names no gene of the set "A"'],
    ["A\t\tX\n\nA\t\tY", 'sets.gmt, line 3 repeats the set "A" of line 1'],
    ["\n\n", "sets.gmt, line 1 and all others hold no gene set"],
  ])("are refused with the line named: %j", (text, message) => {
    expect(() => parseGmt(text, "sets.gmt")).toThrow(message);
    expect(() => parseGmt(text)).toThrowError(expect.objectContaining({ code: "maps/gene-set" }));
  });

  it("are found by gene, whatever its case", () => {
    const sets = parseGmt("A\t\tTsc1\tTSC1\tX\nB\t\ttsc1");
    expect(setsByGene(sets).get("TSC1")).toEqual([0, 1]);
  });
});

describe("enrichment", () => {
  const background = Array.from({ length: 50 }, (_, i) => `G${i}`);
  const sets = [
    { name: "planted", description: "", genes: ["G0", "G1", "G2", "G3", "G4", "G5", "G6", "ELSEWHERE"] },
    { name: "other", description: "", genes: ["G40", "G41", "G42", "G0"] },
    { name: "untouched", description: "", genes: ["G20", "G21", "G22"] },
    { name: "small", description: "", genes: ["G0", "G1"] },
  ];

  it("finds the planted set, counting only genes of the group", () => {
    const found = enrichment(["g0", "G1", "G2", "G9", "G10", "G11", "G12", "G13", "G14", "G15"], background, sets);
    expect(found.map(({ set }) => set)).toEqual(["planted", "other"]);
    expect(found[0]).toMatchObject({ genes: ["G1", "G2", "g0"], setSize: 7, chosen: 10, background: 50 });
    expect(found[0]?.p).toBeCloseTo(0.13262010884582576, 12); // scipy.stats.hypergeom.sf(2, 50, 7, 10)
    expect(found[0]?.fold).toBeCloseTo(3 / 10 / (7 / 50), 12);
    expect(found[0]?.q).toBeCloseTo(0.13262010884582576 * 3, 12);
  });

  it("does not change when genes outside of the group are added to sets", () => {
    const wider = sets.map((set) => ({ ...set, genes: [...set.genes, "NOT1", "NOT2"] }));
    expect(enrichment(["G0", "G1"], background, wider)).toEqual(enrichment(["G0", "G1"], background, sets));
  });

  it("has p above 0, q at least p and at most 1, and names the genes", () => {
    fc.assert(
      fc.property(fc.subarray(background, { minLength: 1 }), (chosen) => {
        for (const { p, q, genes } of enrichment(chosen, background, sets)) {
          expect(p).toBeGreaterThan(0);
          expect(q).toBeGreaterThan(p * (1 - 1e-12));
          expect(q).toBeLessThanOrEqual(1);
          expect(genes.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  it("tests sets of the sizes asked for only", () => {
    const found = enrichment(["G0"], background, sets, { minimumSize: 2, maximumSize: 4 });
    expect(found.map(({ set }) => set).sort()).toEqual(["other", "small"]);
  });

  it("refuses genes that are not in the group, and none", () => {
    expect(() => enrichment(["G0", "TP53"], background, sets)).toThrow("Not among the genes of the group: TP53");
    expect(() => enrichment([], background, sets)).toThrowError(expect.objectContaining({ code: "maps/enrichment" }));
  });
});
