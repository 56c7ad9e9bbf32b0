import { describe, expect, it } from "vitest";
import { buildMap, type MapRecipe } from "./build-map.ts";
import { cosine } from "./similarity.ts";
import { type MapDesign, simulateMap } from "./simulate-map.ts";
import { TRANSFORMATIONS } from "./transform-rows.ts";

const recipe: MapRecipe = {
  filter: { objects: { least: 50 }, replicates: 2 },
  align: { kind: "tvn" },
  aggregate: {},
  transformations: [TRANSFORMATIONS.plain!, TRANSFORMATIONS["proximity-bias-reduced"]!],
  default: "last",
  seed: 1,
};
const design: MapDesign = { seed: 5, genes: 400, armBias: 5, unexpressed: 0.8 };
const vectorOf = ({ rows, dims, vectors }: ReturnType<typeof buildMap>["groups"][number]["group"], symbol: string) => {
  const row = rows.findLastIndex((one) => one.symbol === symbol);
  return vectors.subarray(row * dims, (row + 1) * dims);
};
const meanCosine = (group: ReturnType<typeof buildMap>["groups"][number]["group"], pairs: [string, string][]): number =>
  pairs.reduce((sum, [a, b]) => sum + cosine(vectorOf(group, a), vectorOf(group, b)) / pairs.length, 0);

describe("a built map", () => {
  const { units, truth } = simulateMap(design);
  const built = buildMap(units, recipe, truth);

  it("has a group for each transformation, the last as default", () => {
    expect(built.groups.map(({ transformation, isDefault }) => [transformation.suffix, isDefault])).toEqual([
      ["", false],
      ["_prox_bias_reduced", true],
    ]);
    const [plain, reduced] = built.groups;
    expect(plain!.group.rows).toEqual(reduced!.group.rows);
    expect(plain!.proximityBias).toBeUndefined();
    expect(reduced!.proximityBias!.before.probability).toBeGreaterThan(0.7);
    expect(Math.abs(reduced!.proximityBias!.after.probability - 0.5)).toBeLessThan(0.03);
    expect(buildMap(units, { ...recipe, default: "" }, truth).groups.map(({ isDefault }) => isDefault)).toEqual([
      true,
      false,
    ]);
  });

  it("puts genes of a pathway together, and compounds with or against theirs, ever more with dose", () => {
    const { group } = built.groups[1]!;
    expect(meanCosine(group, truth.relations)).toBeGreaterThan(0.5);
    for (const [compound, { pathway, sign }] of truth.compounds) {
      const pairs = truth.pathways.get(pathway)!.map((gene): [string, string] => [compound, gene]);
      expect(sign * meanCosine(group, pairs)).toBeGreaterThan(0.5);
    }
  });

  it("knows each row's arm, units and agreement", () => {
    const row = built.groups[0]!.group.rows.find(({ symbol }) => symbol === "G0001")!;
    expect(row).toMatchObject({
      perturbation: "gene:G0001",
      type: "gene",
      units: 4,
      experiment: null,
    });
    expect(row.consistencyP).toBeLessThan(0.01);
    expect(row.arm).toBe(truth.arms.get("G0001"));
    expect(built.groups[0]!.group.rows.find(({ type }) => type === "compound")!.arm).toBeNull();
  });

  it("is the same each time, to the bit", () => {
    expect(buildMap(units, recipe, truth)).toEqual(built);
  });

  it("keeps expressed genes only where that is asked for", () => {
    const filter = { expressedAbove: -3 };
    const some = buildMap(units, { ...recipe, filter, transformations: [TRANSFORMATIONS.plain!] }, truth);
    expect(
      some.groups[0]!.group.rows.every(({ type, symbol }) => type !== "gene" || truth.zFpkm.get(symbol)! >= -3),
    ).toBe(true);
    expect(some.dropped.every(({ reason }) => reason === "gene not expressed")).toBe(true);
    expect(some.dropped.length).toBeGreaterThan(100);
  });

  it("may stand on principal components", () => {
    const embedded = buildMap(units, { ...recipe, embed: { components: 16 } }, truth).groups[0]!.group;
    expect(embedded.dims).toBe(16);
    expect(meanCosine(embedded, truth.relations)).toBeGreaterThan(0.4);
  });

  it("centres and scales the rows on request", () => {
    const { group } = buildMap(units, { ...recipe, transformations: [TRANSFORMATIONS["centre-scaled"]!] }, truth)
      .groups[0]!;
    const sums = new Float64Array(group.dims);
    group.vectors.forEach((value, at) => {
      sums[at % group.dims]! += value * group.norms[Math.floor(at / group.dims)]!;
    });
    expect(Math.max(...sums.map(Math.abs))).toBeLessThan(1e-2);
  });

  it("tells how far it is, in order, and stops when it is told to", () => {
    const steps = new Set<string>();
    buildMap(units, recipe, truth, { progress: (step) => steps.add(step) });
    expect([...steps]).toEqual([
      "align: components of the controls",
      "align: turn",
      "align: batches",
      "aggregate",
      "agreement of replicates",
    ]);
    const control = new AbortController();
    const progress = (step: string): void => {
      if (step === "aggregate") control.abort();
    };
    expect(() => buildMap(units, recipe, truth, { progress, signal: control.signal })).toThrow("aborted");
  });

  it("says what left nothing over", () => {
    expect(() => buildMap(units, { ...recipe, filter: { objects: { least: 1000 } } }, truth)).toThrow(
      /No perturbation is left of \d+ units \(dropped: \d+ too few objects/,
    );
  });
});
