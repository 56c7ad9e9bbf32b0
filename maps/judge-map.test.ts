import { describe, expect, it } from "vitest";
import { aggregateUnits } from "./aggregate-units.ts";
import { alignUnits } from "./align-units.ts";
import { buildMap, type MapRecipe } from "./build-map.ts";
import { clusterSeparation } from "./cluster-separation.ts";
import { cosineDistribution } from "./cosine-distribution.ts";
import { efaar, efaarUnits, largestDifference } from "./efaar.test-support.ts";
import { perturbationMagnitude } from "./energy-distance.ts";
import { judgeGroup, judgeUnits } from "./judge-map.ts";
import { readRelations, relationRecall } from "./known-relations.ts";
import { unitsBy } from "./map-units.ts";
import { relateRows } from "./relate-rows.ts";
import { replicateRetrieval } from "./replicate-retrieval.ts";
import { cosineMatrix, sortedPairs } from "./similarity.ts";
import { simulateMap } from "./simulate-map.ts";
import { TRANSFORMATIONS } from "./transform-rows.ts";

const aligned = efaarUnits(efaar.tvn);
const group = relateRows(aggregateUnits(aligned));
const setsOf = (genes: readonly string[]): number[][] =>
  genes.map((gene) => efaar.genes.flatMap((other, i) => (other === gene ? [i] : [])));

describe("recall of known relations", () => {
  const planted = readRelations(efaar.relations.join("\n"), "planted");

  it("equals EFAAR's at both pairs of thresholds", () => {
    const at = (tail: number) => relationRecall(group, [planted], { tail })[0]!;
    expect(at(0.05).relations).toBe(efaar.recall.query_distribution_size);
    expect(at(0.05).recall).toBeCloseTo(efaar.recall["recall_0.05_0.95"]!, 12);
    expect(at(0.1).recall).toBeCloseTo(efaar.recall["recall_0.1_0.9"]!, 12);
    expect(at(0.1).similar! + at(0.1).opposite!).toBeCloseTo(at(0.1).recall!, 12);
  });

  it("counts each relation once, whichever way round, and none of a gene with itself", () => {
    expect(readRelations("entity1,entity2\nB,A\nA,B\nA,A\nA,\nB,C\n", "x").pairs).toEqual([
      ["A", "B"],
      ["B", "C"],
    ]);
    expect(() => readRelations("a,b\n1,2\n", "mine.csv")).toThrow("mine.csv: found columns a, b, expected entity1");
  });

  it("is null where the map has no relation, and a tenth by chance", () => {
    expect(relationRecall(group, [{ name: "none", pairs: [["X", "Y"]] }])[0]).toMatchObject({
      relations: 0,
      recall: null,
    });
    const genes = group.rows.map(({ symbol }) => symbol);
    const all = genes.flatMap((a, i) => genes.slice(i + 1).map((b): [string, string] => [a, b]));
    expect(relationRecall(group, [{ name: "all", pairs: all }])[0]!.recall).toBeCloseTo(0.1, 2);
  });
});

describe("the distribution of cosines", () => {
  it("counts every pair once, to a bin", () => {
    const distribution = cosineDistribution(group);
    const rows = group.rows.map((_, i) => group.vectors.subarray(i * group.dims, (i + 1) * group.dims));
    const pairs = sortedPairs(cosineMatrix(rows), rows.length);
    expect(distribution.pairs).toBe(pairs.length);
    for (const share of [0, 0.05, 0.5, 0.95, 1])
      expect(distribution.quantile(share)).toBeCloseTo(
        pairs[Math.min(pairs.length - 1, Math.floor(share * pairs.length))]!,
        5,
      );
    expect(distribution.below(0)).toBe(pairs.filter((cosine) => cosine < 0).length);
    expect(distribution.upTo(1)).toBe(pairs.length);
  });

  it("leaves rows without length out, and has nothing of one row", () => {
    const none = { ...group, norms: group.norms.map((norm, i) => (i < 38 ? 0 : norm)) };
    expect(cosineDistribution(none).pairs).toBe(1);
    expect(cosineDistribution(group, [0]).quantile(0.5)).toBeNaN();
  });
});

describe("magnitude", () => {
  it("equals EFAAR's energy distance, with one added to both sides of p", () => {
    const genes = efaar.magnitude.genes.filter((gene) => gene !== "control");
    const nullSets = efaar.unexpressed.map((_, i) => genes.length + i);
    const found = perturbationMagnitude(aligned, setsOf([...genes, ...efaar.unexpressed]), { nullSets });
    const at = genes.map((gene) => efaar.magnitude.genes.indexOf(gene));
    expect(
      largestDifference(
        found.distance.subarray(0, genes.length),
        at.map((i) => efaar.magnitude.distance[i]!),
      ),
    ).toBeLessThan(2e-4);
    const n = efaar.unexpressed.length;
    const expected = at.map((i) => (efaar.magnitude.p[i]! * n + 1) / (n + 1));
    expect(largestDifference(found.p.subarray(0, genes.length), expected)).toBeLessThan(1e-8);
  });

  it("has p-values that are uniform for perturbations without effect, and small for those with one", () => {
    const design = { seed: 6, genes: 300, pathways: 4, unexpressed: 1, compounds: 0, batchShift: 0 };
    const { units } = simulateMap({ ...design, controlsPerBatch: 100, effect: 25 });
    const sets = [...unitsBy(units.units, (unit) => (unit.control ? null : unit.perturbation)).values()];
    const { p, q } = perturbationMagnitude(units, sets);
    const [planted, silent] = [p.subarray(0, 32), Float64Array.from(p.subarray(32)).sort()];
    expect(Math.max(...planted)).toBeLessThan(0.05);
    expect(q.subarray(0, 32).filter((value) => value < 0.05).length).toBeGreaterThan(28);
    for (const [i, value] of silent.entries()) expect(Math.abs(value - (i + 0.5) / silent.length)).toBeLessThan(0.09);
  });

  it("says nothing of few units, or without controls", () => {
    expect(perturbationMagnitude(aligned, [[100, 101]]).distance[0]).toBeNaN();
    const without = { ...aligned, units: aligned.units.map((unit) => ({ ...unit, control: false })) };
    expect(perturbationMagnitude(without, [[100, 101, 102]]).p[0]).toBeNaN();
  });
});

describe("retrieval of replicates", () => {
  it("equals the mean of copairs' average precisions", () => {
    const genes = [...new Set(efaar.averagePrecision.genes)];
    const { meanAveragePrecision } = replicateRetrieval(aligned, setsOf(genes));
    const expected = genes.map((gene) => {
      const own = efaar.averagePrecision.values.filter((_, i) => efaar.averagePrecision.genes[i] === gene);
      return own.reduce((sum, value) => sum + value, 0) / own.length;
    });
    expect(largestDifference(meanAveragePrecision, expected)).toBeLessThan(1e-6);
  });

  it("is small in p for what stands apart from controls", () => {
    const { units } = simulateMap({ seed: 6, genes: 60, pathways: 4, unexpressed: 1, compounds: 0 });
    const sets = [...unitsBy(units.units, (unit) => (unit.control ? null : unit.perturbation)).values()];
    const { p } = replicateRetrieval(alignUnits(units, { kind: "tvn" }), sets);
    expect(Math.max(...p.subarray(0, 32))).toBeLessThan(0.01);
    expect(p.subarray(32).filter((value) => value < 0.05).length).toBeLessThan(8);
  });
});

describe("separation of clusters", () => {
  it("has EFAAR's statistic and means, and p to some percent", () => {
    const { sets, statistic, p, within, between } = efaar.clusters;
    const named = Object.entries(sets).map(([name, genes]) => ({ name, genes }));
    const found = clusterSeparation(group, named, { least: 3 });
    expect(
      largestDifference(
        found.map((one) => one.statistic),
        statistic,
      ),
    ).toBeLessThan(1e-8);
    expect(
      largestDifference(
        found.map((one) => one.within),
        within,
      ),
    ).toBeLessThan(1e-6);
    expect(
      largestDifference(
        found.map((one) => one.between),
        between,
      ),
    ).toBeLessThan(1e-6);
    // Six cosines against 144: few enough for the asymptotic p to be off by some.
    for (const [i, one] of found.entries()) expect(Math.abs(one.p - p[i]!)).toBeLessThan(0.03);
    expect(clusterSeparation(group, named)).toEqual([]);
    expect(clusterSeparation(group, named, { least: 2, most: 3 })).toEqual([]);
  });
});

describe("the benchmark of a map", () => {
  const { units, truth } = simulateMap({ seed: 11, genes: 240, genesPerPathway: 12, batchShift: 12 });
  const recipe: Omit<MapRecipe, "align"> = {
    filter: {},
    aggregate: {},
    transformations: [TRANSFORMATIONS.plain!],
    default: "last",
    seed: 1,
  };
  const known = {
    relations: [{ name: "truth", pairs: truth.relations }],
    clusters: [{ source: "pathways", sets: [...truth.pathways].map(([name, genes]) => ({ name, genes })) }],
  };

  it("finds what was planted, and tells an aligned map from one with batches in it", () => {
    const tvn = buildMap(units, { ...recipe, align: { kind: "tvn" } });
    const raw = buildMap(units, { ...recipe, align: { kind: "none" } });
    const good = judgeGroup(tvn.groups[0]!.group, known);
    expect(good).toMatchObject({ rows: 252, perturbations: 244, genes: 240 });
    expect(good.recall[0]!.recall).toBeGreaterThan(0.9);
    expect(good.clusters).toMatchObject([{ source: "pathways", tested: 8, significant: 8 }]);
    expect(judgeGroup(raw.groups[0]!.group, known).recall[0]!.recall).toBeLessThan(good.recall[0]!.recall!);
    const { consistency, magnitude, retrieval } = judgeUnits(tvn, 1);
    for (const { tested, significant } of [consistency, magnitude, retrieval]) {
      expect(tested).toBe(252);
      expect(significant).toBeGreaterThan(96);
    }
    expect(judgeUnits(tvn, 1)).toEqual({ consistency, magnitude, retrieval });
  });

  it("says what it cannot say", () => {
    const { groups } = buildMap(units, { ...recipe, align: { kind: "none" } });
    expect(judgeGroup(groups[0]!.group, {})).toMatchObject({ recall: [], clusters: [] });
  });
});
