import { benjaminiHochberg, kolmogorovSmirnov } from "@artesian/numerics";
import type { GeneSet } from "./gene-sets.ts";
import { geneRows } from "./known-relations.ts";
import type { BuildCall } from "./map-units.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";

/** How cosines within a set differ from those between it and all other genes. */
export interface ClusterSeparation {
  set: string;
  /** Genes of it that are in the map. */
  genes: number;
  within: number;
  between: number;
  /** Of Kolmogorov and Smirnov. */
  statistic: number;
  p: number;
  /** Benjamini–Hochberg adjusted over the sets. */
  q: number;
}

/**
 * Benchmark by known clusters (Celik et al. 2024): cosines within each set of genes against those to all other genes of the map.
 * @param options least fewest genes of a set in the map; default 10
 */
export function clusterSeparation(
  group: PerturbationGroup,
  sets: readonly Pick<GeneSet, "name" | "genes">[],
  { least = 10 }: { least?: number } = {},
  call: BuildCall = {},
): ClusterSeparation[] {
  const bySymbol = geneRows(group);
  const everyone = [...bySymbol.values()];
  const { dims, vectors } = group;
  const cosine = (a: number, b: number): number => {
    let sum = 0;
    for (let j = 0; j < dims; j++) sum += vectors[a * dims + j]! * vectors[b * dims + j]!;
    return sum;
  };
  const found = sets.flatMap(({ name, genes }, done) => {
    call.signal?.throwIfAborted();
    call.progress?.("clusters", done, sets.length);
    const members = [...new Set(genes)].flatMap((gene) => bySymbol.get(gene) ?? []);
    if (members.length < Math.max(2, least)) return [];
    const inside = new Set(members);
    const within = Float64Array.from(members.flatMap((a, i) => members.slice(i + 1).map((b) => cosine(a, b))));
    const others = everyone.filter((row) => !inside.has(row));
    const between = new Float64Array(members.length * others.length);
    members.forEach((a, i) => {
      for (let k = 0; k < others.length; k++) between[i * others.length + k] = cosine(a, others[k]!);
    });
    const means = { within: meanOf(within), between: meanOf(between) };
    return [{ set: name, genes: members.length, ...means, ...kolmogorovSmirnov(within, between) }];
  });
  const q = benjaminiHochberg(found.map(({ p }) => p));
  return found.map((one, i) => ({ ...one, q: q[i]! }));
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
