import { expect, test } from "vitest";
import {
  cosine,
  DISEASE_PHENOTYPE,
  directionBeside,
  hillShare,
  magnitude,
  pathwayGenes,
  rescueAt,
  rescueCompounds,
  treatedPhenotype,
} from "./simulate-phenotype.ts";
import { randomStream } from "./simulate-random.ts";

test("half of the effect is reached at the EC50, whatever the Hill slope", () => {
  for (const hill of [0.7, 1, 2.5]) expect(hillShare(0.8, 0.8, hill)).toBeCloseTo(0.5, 12);
  expect(hillShare(0, 0.8, 1)).toBe(0);
});

test("genes are most like the genes of their own pathway, for any seed", () => {
  for (const seed of [1, 2, 3, 99, 12345]) {
    const genes = pathwayGenes(seed);
    for (const gene of genes) {
      const others = genes.filter(({ name }) => name !== gene.name);
      const nearest = others.reduce((best, other) =>
        cosine(gene.phenotype, other.phenotype) > cosine(gene.phenotype, best.phenotype) ? other : best,
      );
      expect(nearest.pathway).toBe(gene.pathway);
    }
    expect(cosine(genes[0]!.phenotype, DISEASE_PHENOTYPE)).toBeCloseTo(0.8, 6);
    expect(cosine(genes[1]!.phenotype, DISEASE_PHENOTYPE)).toBeCloseTo(0.95, 6);
  }
});

test("a rescuing compound walks from disease to healthy and its side effect lies beside that way", () => {
  const compound = rescueCompounds(5).find(({ name }) => name === "C4")!;
  expect(Math.abs(cosine(compound.sideEffect, DISEASE_PHENOTYPE))).toBeLessThan(1e-9);
  const none = treatedPhenotype(compound, 0, DISEASE_PHENOTYPE);
  expect(none).toEqual(DISEASE_PHENOTYPE);
  const much = treatedPhenotype(compound, 1000, DISEASE_PHENOTYPE);
  expect(magnitude(much)).toBeLessThan(0.12 * magnitude(DISEASE_PHENOTYPE));
  expect(rescueAt(compound, 0.8)).toBeCloseTo(0.5, 12);
});

test("a direction beside others has length 1, nothing in common with them and leaves the density alone", () => {
  const known = [DISEASE_PHENOTYPE, pathwayGenes(2)[2]!.phenotype];
  const direction = directionBeside(known, randomStream(4, "direction"));
  expect(magnitude(direction)).toBeCloseTo(1, 12);
  for (const phenotype of known) expect(Math.abs(cosine(direction, phenotype))).toBeLessThan(1e-9);
  expect(direction.at(-1)).toBe(0);
});
