import { describe, expect, it } from "vitest";
import { buildMap, type MapRecipe } from "./build-map.ts";
import { perturbationMagnitude } from "./energy-distance.ts";
import { projectGroup } from "./group-projection.ts";
import { judgeGroup, judgeUnits } from "./judge-map.ts";
import { replicateAgreement } from "./replicate-agreement.ts";
import { replicateRetrieval } from "./replicate-retrieval.ts";
import { simulateMap } from "./simulate-map.ts";
import { TRANSFORMATIONS } from "./transform-rows.ts";

const recipeOf = (kind: MapRecipe["align"]["kind"]): MapRecipe => ({
  filter: {},
  align: { kind },
  aggregate: {},
  transformations: [TRANSFORMATIONS.plain!],
  default: "last",
  seed: 1,
});

describe("a map of planted compounds", () => {
  const doses = [0.01, 0.1, 1, 10, 100];
  const { units, truth } = simulateMap({ seed: 6, genes: 80, compounds: 8, doses, effect: 12, replicates: 6 });
  const { group } = buildMap(units, recipeOf("tvn")).groups[0]!;

  it.each([...truth.compounds])("has the curve of %s where it was planted: %o", (compound, { pathway, sign }) => {
    const member = truth.pathways.get(pathway)!;
    const queries = group.rows.flatMap(({ symbol }, row) => (symbol === compound ? [row] : []));
    // Seen along each gene of the pathway, and averaged: a gene has a phenotype of its own besides.
    const curves = member.map((gene) => {
      const target = group.rows.findIndex(({ symbol }) => symbol === gene);
      return projectGroup(group, target, queries).series[0]!.points;
    });
    expect(curves[0]!.map(({ concentration }) => concentration)).toEqual(doses);
    const along = doses.map((_, d) => curves.reduce((sum, points) => sum + points[d]!.projection, 0) / curves.length);
    const beside = doses.map((_, d) => curves.reduce((sum, points) => sum + points[d]!.rejection, 0) / curves.length);
    // The lowest dose is as good as none, near (0, 1); the highest lies with or against the target.
    expect(Math.abs(along[0]!)).toBeLessThan(0.45);
    expect(beside[0]!).toBeGreaterThan(0.8);
    expect(sign * along.at(-1)!).toBeGreaterThan(0.7);
    expect(beside.at(-1)!).toBeLessThan(0.65);
    for (const [low, high] of [
      [0, 2],
      [1, 3],
      [2, 4],
    ] as const)
      expect(sign * along[high]!).toBeGreaterThan(sign * along[low]! - 0.03);
  });
});

describe("a shift of batches", () => {
  const recallAt = (batchShift: number, kind: MapRecipe["align"]["kind"]): number => {
    const { units, truth } = simulateMap({ seed: 9, genes: 150, batchShift, replicates: 3 });
    const { group } = buildMap(units, recipeOf(kind)).groups[0]!;
    return judgeGroup(group, { relations: [{ name: "truth", pairs: truth.relations }] }).recall[0]!.recall!;
  };

  it("costs recall without alignment, and next to none with it", () => {
    const shifted = recallAt(20, "none");
    expect(shifted).toBeLessThan(0.2);
    const [aligned, alignedShifted] = [recallAt(0, "tvn"), recallAt(20, "tvn")];
    expect(aligned).toBeGreaterThan(0.9);
    expect(alignedShifted).toBeGreaterThan(aligned - 0.05);
    expect(alignedShifted).toBeGreaterThan(shifted + 0.5);
  });
});

describe("statistics that are sampled", () => {
  const { units } = simulateMap({ seed: 10, genes: 24, pathways: 2, features: 8, controlsPerBatch: 30 });
  const built = buildMap(units, recipeOf("tvn"));
  const { members } = built;
  const draws = 49;
  const statistics: Record<string, (seed: number) => Float64Array> = {
    consistency: (seed) => replicateAgreement(built.units.values, 8, members, { seed, draws }).p,
    magnitude: (seed) => perturbationMagnitude(built.units, members, { seed, draws }).p,
    retrieval: (seed) => replicateRetrieval(built.units, members, { seed, draws }).p,
    "magnitude on a selection of controls": (seed) =>
      perturbationMagnitude(built.units, members, { seed, draws, mostControls: 60 }).p,
    "retrieval on a selection of controls": (seed) =>
      replicateRetrieval(built.units, members, { seed, draws, mostControls: 60 }).p,
  };

  it.each(Object.entries(statistics))("%s repeats with its seed, and has p of (r + 1)/(n + 1)", (_, of) => {
    const once = of(3);
    expect(of(3)).toEqual(once);
    expect(of(4)).not.toEqual(once);
    for (const p of once) {
      expect(p).toBeGreaterThanOrEqual(1 / (draws + 1));
      expect(p).toBeLessThanOrEqual(1);
      expect(Math.abs(p * (draws + 1) - Math.round(p * (draws + 1)))).toBeLessThan(1e-9);
    }
  });

  it("make a benchmark that repeats with its seed", () => {
    expect(judgeUnits(built, 5)).toEqual(judgeUnits(built, 5));
  });
});
