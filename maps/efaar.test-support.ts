/** Test-only: a small planted map with what the published code makes of it (fixtures/README.md). */
import { readFileSync } from "node:fs";
import { type MapUnits, mapUnits } from "./map-units.ts";

export interface EfaarFixture {
  genes: string[];
  batches: string[];
  values: number[][];
  centreScaled: number[][];
  tvn: number[][];
  embedded: number[][];
  means: { genes: string[]; vectors: number[][] };
  medians: number[][];
  unexpressed: string[];
  arms: Record<string, string>;
  consistency: { genes: string[]; meanCosine: number[]; p: number[] };
  magnitude: { genes: string[]; distance: number[]; p: number[] };
  relations: string[];
  recall: Record<string, number>;
  clusters: { sets: Record<string, string[]>; statistic: number[]; p: number[]; within: number[]; between: number[] };
  armCentred: number[][];
  averagePrecision: { genes: string[]; values: number[] };
}

export const efaar = JSON.parse(readFileSync(new URL("fixtures/efaar.json", import.meta.url), "utf8")) as EfaarFixture;

/** The fixture's wells, as they were before alignment, or with other values. */
export function efaarUnits(values: readonly (readonly number[])[] = efaar.values): MapUnits {
  const units = efaar.genes.map((gene, i) => ({
    id: `well ${i}`,
    perturbation: `gene:${gene}`,
    type: "gene" as const,
    symbol: gene,
    concentration: null,
    batch: efaar.batches[i]!,
    experiment: efaar.batches[i]!,
    control: gene === "control",
    objects: null,
    flags: [],
    intensities: [],
  }));
  const features = Array.from({ length: values[0]!.length }, (_, j) => `F${j}`);
  return mapUnits(units, features, Float64Array.from(values.flat()));
}

/** Largest difference of two arrays. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!));
  return largest;
}
