import { benjaminiHochberg, hypergeometricTail } from "@artesian/numerics";
import { EnrichmentError } from "./errors.ts";
import { type GeneSet, setsByGene } from "./gene-sets.ts";

/** A gene set that holds more of the chosen genes than chance would give. */
export interface Enrichment {
  set: string;
  description: string;
  /** Chosen genes of the set, as written in the choice. */
  genes: string[];
  /** Genes of the set among all of the group. */
  setSize: number;
  chosen: number;
  background: number;
  /** Share of the chosen in the set over the share of all in it. */
  fold: number;
  /** Chance of as many or more (hypergeometric), and Benjamini–Hochberg adjusted over all sets that could have been found. */
  p: number;
  q: number;
}

/**
 * Over-representation of gene sets among chosen genes, against the genes that the group holds: a gene that was not screened can be neither
 * found nor missed. Symbols count whatever their case.
 * @param chosen symbols, such as a cluster or the neighbours of a row
 * @param background symbols of all genes in the group
 * @param options sets with fewer (default 3) or more (default 500) genes in the group are not tested
 * @returns all tested sets with at least one chosen gene, smallest p first
 * @throws EnrichmentError (maps/enrichment) when a chosen gene is not in the background, or nothing is chosen
 */
export function enrichment(
  chosen: Iterable<string>,
  background: Iterable<string>,
  sets: readonly GeneSet[],
  options: { minimumSize?: number; maximumSize?: number } = {},
): Enrichment[] {
  const { minimumSize = 3, maximumSize = 500 } = options;
  const all = new Set(Array.from(background, (symbol) => symbol.toUpperCase()));
  const picked = new Map(Array.from(chosen, (symbol) => [symbol.toUpperCase(), symbol]));
  const strangers = [...picked].filter(([symbol]) => !all.has(symbol)).map(([, written]) => written);
  if (picked.size === 0 || strangers.length > 0) throw new EnrichmentError(strangers);

  const sizes = new Int32Array(sets.length);
  const hits = sets.map((): string[] => []);
  const byGene = setsByGene(sets);
  for (const symbol of all) {
    for (const set of byGene.get(symbol) ?? []) {
      sizes[set]!++;
      const written = picked.get(symbol);
      if (written !== undefined) hits[set]!.push(written);
    }
  }
  const tested = sets.flatMap((_, i) => (sizes[i]! >= minimumSize && sizes[i]! <= maximumSize ? [i] : []));
  const p = tested.map((i) => hypergeometricTail(hits[i]!.length, picked.size, sizes[i]!, all.size));
  const q = benjaminiHochberg(p);
  return tested
    .map((set, k) => ({
      set: sets[set]!.name,
      description: sets[set]!.description,
      genes: hits[set]!.sort(),
      setSize: sizes[set]!,
      chosen: picked.size,
      background: all.size,
      fold: hits[set]!.length / picked.size / (sizes[set]! / all.size),
      p: p[k]!,
      q: q[k]!,
    }))
    .filter(({ genes }) => genes.length > 0)
    .sort((a, b) => a.p - b.p || b.fold - a.fold);
}
