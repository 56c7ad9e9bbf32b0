import { describe, expect, it } from "vitest";
import { aggregateUnits } from "./aggregate-units.ts";
import { alignUnits } from "./align-units.ts";
import { armsOfLocations, armsOfMapLocations, centromereMidpoints } from "./chromosome-arms.ts";
import { efaar, efaarUnits, largestDifference } from "./efaar.test-support.ts";
import { intraArmScore, reduceArmBias } from "./proximity-bias.ts";
import { simulateMap } from "./simulate-map.ts";

describe("arms of genes", () => {
  const cytobands = `#chrom\tchromStart\tchromEnd\tname\tgieStain
chr1\t0\t100\tp36\tgneg
chr1\t100\t200\tp11\tacen
chr1\t200\t300\tq11\tacen
chr1\t300\t900\tq12\tgneg
chrX\t50\t70\tp11\tacen
chrUn_1\t0\t9\t\tgneg
`;
  it("come from cytobands: q when the end lies past the middle of the centromere", () => {
    const midpoints = centromereMidpoints(cytobands, "bands.tsv");
    expect([...midpoints]).toEqual([
      ["1", 200],
      ["X", 60],
    ]);
    const genes = [
      { symbol: "A", chromosome: "chr1", end: 200 },
      { symbol: "B", chromosome: "1", end: 201 },
      { symbol: "C", chromosome: "x", end: 10 },
      { symbol: "D", chromosome: "MT", end: 10 },
    ];
    expect([...armsOfLocations(genes, midpoints)]).toEqual([
      ["A", "1p"],
      ["B", "1q"],
      ["C", "Xp"],
    ]);
  });

  it("come from centromeres, several parts each", () => {
    const text = "#bin\tchrom\tchromStart\tchromEnd\tname\n23\tchr1\t150\t300\ta\n1\tchr1\t100\t140\tb\n";
    expect([...centromereMidpoints(text, "centromeres.tsv")]).toEqual([["1", 200]]);
  });

  it("come from map locations; genes on two arms have none", () => {
    const text = `#tax_id\tSymbol\tmap_location
9606\tTSC2\t16p13.3
9606\tA\t1q21.1-q21.2
9606\tSHOX\tXp22.33 and Yp11.32
9606\tLOC\t-
9606\tXIST\tXq13.2
`;
    expect([...armsOfMapLocations(text, "gene_info")]).toEqual([
      ["TSC2", "16p"],
      ["A", "1q"],
      ["XIST", "Xq"],
    ]);
  });

  it("need the columns that say it", () => {
    expect(() => centromereMidpoints("#chrom\tstart\nchr1\t5\n", "f.tsv")).toThrow(
      "f.tsv: found chrom, start, expected a column chromStart",
    );
    expect(() => centromereMidpoints("chrom\tchromStart\tchromEnd\nscaffold\t1\t2\n", "f.tsv")).toThrow(
      "no centromere",
    );
    expect(() => armsOfMapLocations("a\tb\n", "g")).toThrow(
      "g: found a, b, expected the columns Symbol and map_location",
    );
  });
});

describe("proximity bias", () => {
  it("is taken off as proxbias centres arms", () => {
    const means = aggregateUnits(efaarUnits(efaar.tvn));
    const arms = new Map(Object.entries(efaar.arms));
    const zFpkm = new Map(efaar.genes.map((gene) => [gene, efaar.unexpressed.includes(gene) ? -4 : 1]));
    const { vectors, corrected, uncorrected } = reduceArmBias(means, { arms, zFpkm, moreThan: 10 });
    expect(largestDifference(vectors, efaar.armCentred.flat())).toBeLessThan(1e-7);
    expect([...corrected]).toEqual([["1q", 13]]);
    expect(uncorrected).toBe(14);
  });

  const aligned = (armBias: number) => {
    const simulated = simulateMap({ seed: 4, genes: 400, armBias, unexpressed: 0.8, batches: 4, compounds: 1 });
    return { ...simulated.truth, rows: aggregateUnits(alignUnits(simulated.units, { kind: "tvn" })) };
  };

  it("is seen where it was planted, and is gone after the correction", () => {
    const { rows, arms, zFpkm } = aligned(4);
    const before = intraArmScore(rows, arms);
    const { vectors } = reduceArmBias(rows, { arms, zFpkm });
    const after = intraArmScore({ ...rows, vectors }, arms);
    expect(before.probability).toBeGreaterThan(0.7);
    expect(before.p).toBeLessThan(1e-6);
    expect(Math.abs(after.probability - 0.5)).toBeLessThan(0.03);
    expect(after.pairsWithin + after.pairsBetween).toBe((400 * 399) / 2);
  });

  it("is not seen where there is none", () => {
    const { rows, arms } = aligned(0);
    expect(Math.abs(intraArmScore(rows, arms).probability - 0.5)).toBeLessThan(0.02);
  });

  it("is judged on a selection of very many genes, the same each time", () => {
    const { rows, arms } = aligned(4);
    const some = intraArmScore(rows, arms, { mostGenes: 200 });
    expect(some).toEqual(intraArmScore(rows, arms, { mostGenes: 200 }));
    expect(some.genes).toBe(200);
    expect(Math.abs(some.probability - intraArmScore(rows, arms).probability)).toBeLessThan(0.05);
  });

  it("is not corrected from a handful of genes, and says what is there", () => {
    const means = aggregateUnits(efaarUnits(efaar.tvn));
    const arms = new Map(Object.entries(efaar.arms));
    expect(() => reduceArmBias(means, { arms, zFpkm: new Map() })).toThrow(
      "of 40 genes 40 have a known arm, and the arm with most unexpressed genes has 0; expected more than 20",
    );
  });
});
