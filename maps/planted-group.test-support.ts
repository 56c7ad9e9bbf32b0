import { seededRandom } from "@artesian/numerics";
import type { KnownEdge } from "./known-edges.ts";
import type { GroupRow, PerturbationGroup } from "./perturbation-group.ts";

/** A group whose truth is known: genes of pathways, compounds along or against a pathway with rising dose, and inert ones. */
export interface PlantedGroup {
  group: PerturbationGroup;
  /** The same perturbations, one row an experiment. */
  split: PerturbationGroup;
  /** Pathway of each gene; genes 0 … perPathway − 1 are pathway 0. */
  pathwayOf: ReadonlyMap<string, number>;
  /** Symbols of each pathway. */
  pathways: string[][];
  /** Compounds against (−1), along (1) a pathway, or inert (0). */
  compounds: { perturbation: string; pathway: number; sign: -1 | 0 | 1 }[];
  /** Relations of the first two genes of each pathway. */
  known: KnownEdge[];
  doses: readonly number[];
}

export const PLANTED_DOSES = [0.1, 0.3, 1, 3, 10, 30] as const;

/** @param options noise: of a gene's vector beside a pathway's direction of length 1 */
export function plantedGroup(
  options: {
    pathways?: number;
    perPathway?: number;
    inertGenes?: number;
    dims?: number;
    noise?: number;
    seed?: number;
  } = {},
): PlantedGroup {
  const { pathways: count = 6, perPathway = 4, inertGenes = 12, dims = 48, noise = 0.06, seed = 1 } = options;
  const random = seededRandom(seed);
  const experiments = ["E1", "E2", "E3"];
  const gaussian = (scale: number): Float64Array => Float64Array.from({ length: dims }, () => scale * random.normal());
  const directions = Array.from({ length: count }, () => {
    const raw = gaussian(1);
    const length = Math.hypot(...raw);
    return raw.map((value) => value / length);
  });
  const whole: { row: GroupRow; vector: Float64Array }[] = [];
  const parts: { row: GroupRow; vector: Float64Array }[] = [];
  const add = (
    row: Pick<GroupRow, "perturbation" | "type" | "symbol" | "concentration" | "arm">,
    base: Float64Array,
  ) => {
    const replicates = experiments.map((experiment) => {
      const vector = gaussian(noise).map((value, k) => value + base[k]!);
      parts.push({ row: { ...row, units: 4, experiment, consistencyP: null }, vector });
      return vector;
    });
    const vector = base.map((_, k) => replicates.reduce((sum, replicate) => sum + replicate[k]!, 0) / 3);
    const isPlanted = Math.hypot(...base) > 0.3;
    whole.push({ row: { ...row, units: 12, experiment: null, consistencyP: isPlanted ? 0.001 : 0.6 }, vector });
  };
  const pathwayOf = new Map<string, number>();
  const pathways = directions.map((direction, pathway) =>
    Array.from({ length: perPathway }, (_, k) => {
      const symbol = `G${pathway}${"ABCDEFGHIJ"[k]}`;
      pathwayOf.set(symbol, pathway);
      const arm = `${pathway + 1}${k % 2 === 0 ? "p" : "q"}`;
      add({ perturbation: `gene:${symbol}`, type: "gene", symbol, concentration: null, arm }, direction);
      return symbol;
    }),
  );
  for (let k = 0; k < inertGenes; k++)
    add(
      { perturbation: `gene:N${k}`, type: "gene", symbol: `N${k}`, concentration: null, arm: `${1 + (k % 20)}q` },
      new Float64Array(dims),
    );
  const compounds = directions.flatMap((direction, pathway) =>
    ([-1, 0, 1] as const).map((sign) => {
      const symbol = `${sign === -1 ? "AGAINST" : sign === 0 ? "INERT" : "ALONG"}${pathway}`;
      const perturbation = `compound:${symbol}`;
      for (const dose of PLANTED_DOSES) {
        const strength = (sign * dose) / (dose + 1);
        add(
          { perturbation, type: "compound", symbol, concentration: dose, arm: null },
          direction.map((value) => strength * value),
        );
      }
      return { perturbation, pathway, sign };
    }),
  );
  const known = pathways.map(([a = "", b = ""]) => ({ a, b, source: "planted", reference: "R-1" }));
  return {
    group: groupOf(whole, dims),
    split: groupOf(parts, dims),
    pathwayOf,
    pathways,
    compounds,
    known,
    doses: PLANTED_DOSES,
  };
}

/** A group from raw vectors: unit vectors and norms. */
export function groupOf(
  entries: readonly { row: Partial<GroupRow>; vector: ArrayLike<number> }[],
  dims: number,
): PerturbationGroup {
  const vectors = new Float32Array(entries.length * dims);
  const norms = new Float32Array(entries.length);
  const rows = entries.map(({ row, vector }, i): GroupRow => {
    const length = Math.sqrt(Array.from(vector).reduce((sum, value) => sum + value * value, 0));
    norms[i] = length;
    if (length > 0) for (let k = 0; k < dims; k++) vectors[i * dims + k] = vector[k]! / length;
    return {
      perturbation: `gene:R${i}`,
      type: "gene",
      symbol: `R${i}`,
      concentration: null,
      units: 4,
      experiment: null,
      arm: null,
      consistencyP: null,
      ...row,
    };
  });
  return { rows, dims, vectors, norms };
}

/** 1,001 quantiles of a group's pairs, by sorting all of them. */
export function sortedQuantiles({ rows, dims, vectors, norms }: PerturbationGroup): Float64Array {
  const cosines: number[] = [];
  for (let a = 0; a < rows.length; a++) {
    for (let b = a + 1; b < rows.length; b++) {
      if (!(norms[a]! > 0 && norms[b]! > 0)) continue;
      let sum = 0;
      for (let k = 0; k < dims; k++) sum += vectors[a * dims + k]! * vectors[b * dims + k]!;
      cosines.push(sum);
    }
  }
  const sorted = Float64Array.from(cosines).sort();
  return Float64Array.from({ length: 1001 }, (_, k) => sorted[Math.round((k / 1000) * (sorted.length - 1))]!);
}
