import { benjaminiHochberg, kolmogorovSmirnov } from "@artesian/numerics";
import { rowProduct } from "@artesian/numerics/panel-product.ts";
import { ClustersError } from "./errors.ts";
import { geneRows } from "./known-relations.ts";
import type { BuildCall } from "./map-units.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";

/** Genes that a source says belong together: a complex, a pathway. */
export interface GeneCluster {
  name: string;
  genes: readonly string[];
}

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
 * Reads sets of genes: GMT (name, description, then a gene a column), or EFAAR's clusters (name, then genes separated by spaces).
 * @throws ClustersError (maps/clusters) with the line that is neither
 */
export function readClusters(text: string, source: string): GeneCluster[] {
  return text.split(/\r?\n/).flatMap((line, at) => {
    if (line.trim() === "") return [];
    const [name = "", ...cells] = line.split("\t").map((cell) => cell.trim());
    const genes = cells.length === 1 ? cells[0]!.split(/\s+/) : cells.slice(1);
    const known = genes.filter((gene) => gene !== "");
    if (name === "" || known.length === 0) throw new ClustersError(source, at + 1, line.slice(0, 60));
    return [{ name, genes: known }];
  });
}

/**
 * Benchmark by known clusters (Celik et al. 2024): cosines within each set of genes against those to all other genes of the map.
 * @param options least and most genes of a set in the map; default 10 and 500
 */
export function clusterSeparation(
  group: PerturbationGroup,
  sets: readonly GeneCluster[],
  { least = 10, most = 500 }: { least?: number; most?: number } = {},
  call: BuildCall = {},
): ClusterSeparation[] {
  const bySymbol = geneRows(group);
  const everyone = [...bySymbol.values()];
  const place = new Map(everyone.map((row, at) => [row, at]));
  const { dims, vectors } = group;
  const turned = new Float32Array(dims * everyone.length);
  everyone.forEach((row, at) => {
    for (let j = 0; j < dims; j++) turned[j * everyone.length + at] = vectors[row * dims + j]!;
  });
  const product = rowProduct(turned, dims, everyone.length, 32);
  const found = sets.flatMap(({ name, genes }, done) => {
    call.signal?.throwIfAborted();
    call.progress?.("clusters", done, sets.length);
    const members = [...new Set(genes)].flatMap((gene) => bySymbol.get(gene) ?? []);
    if (members.length < Math.max(2, least) || members.length > most) return [];
    const inside = new Set(members.map((row) => place.get(row)!));
    const within: number[] = [];
    const between = new Float64Array(members.length * (everyone.length - members.length));
    let count = 0;
    for (let from = 0; from < members.length; from += product.blockRows) {
      const block = members.slice(from, from + product.blockRows);
      block.forEach((row, i) => {
        product.input.set(vectors.subarray(row * dims, (row + 1) * dims), i * dims);
      });
      product.multiply(block.length);
      block.forEach((row, i) => {
        const own = place.get(row)!;
        const cosines = product.output.subarray(i * product.stride, i * product.stride + everyone.length);
        for (let at = 0; at < everyone.length; at++) {
          if (!inside.has(at)) between[count++] = cosines[at]!;
          else if (at < own) within.push(cosines[at]!);
        }
      });
    }
    const inner = Float64Array.from(within);
    const means = { within: meanOf(inner), between: meanOf(between) };
    return [{ set: name, genes: members.length, ...means, ...kolmogorovSmirnov(inner, between) }];
  });
  const q = benjaminiHochberg(found.map(({ p }) => p));
  return found.map((one, i) => ({ ...one, q: q[i]! }));
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
