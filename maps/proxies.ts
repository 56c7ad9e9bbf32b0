import { type GeneSet, setsByGene } from "./gene-sets.ts";
import { checkRow, hasDirection, rowLabel } from "./group-rows.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";
import { consistencyPs, TRUST_RULES, type TrustRules, trustedRows } from "./trust.ts";
import { referenceProducts, type VectorProducts } from "./vector-products.ts";

/** A gene that can stand for one whose own phenoprint is not trusted. */
export interface Proxy {
  row: number;
  label: string;
  /** Gene sets that hold both, the smallest (most specific) first, with their size among the genes of the group. */
  sets: { name: string; size: number }[];
  arm: string | null;
  /** True when both arms are known and differ; false when one is unknown, so that proximity is not excluded. */
  otherArm: boolean;
  /** p of consistency as the trust rules want it. */
  consistencyP: number;
  /** Cosine with the gene that it stands for; null when that has no length. */
  cosine: number | null;
}

/**
 * Proxies of a gene: trusted genes of the same pathways, never of the same chromosome arm (neighbours on an arm look alike whatever they do,
 * Lazar et al. 2024). Ranked by the size of the smallest shared set, then known other arms first, then by p of consistency.
 * @param sets pathways (see `parseGmt`)
 * @param options sets with more than `maximumSize` (default 200) genes of the group say too little; `count` proxies at most (default 20)
 * @throws UnknownRowError (maps/unknown-row)
 */
export function proxiesOf(
  group: PerturbationGroup,
  row: number,
  sets: readonly GeneSet[],
  options: { rules?: TrustRules; maximumSize?: number; count?: number; products?: VectorProducts } = {},
): Proxy[] {
  checkRow(group, row);
  const { rules = TRUST_RULES, maximumSize = 200, count = 20 } = options;
  const own = group.rows[row]!;
  const trusted = trustedRows(group, rules);
  const ps = consistencyPs(group.rows, rules);
  const products = options.products ?? referenceProducts(group.vectors, group.dims);
  const byGene = setsByGene(sets);
  const present = new Map<number, Set<string>>();
  for (const { type, symbol } of group.rows)
    for (const set of type === "gene" ? (byGene.get(symbol.toUpperCase()) ?? []) : [])
      present.set(set, (present.get(set) ?? new Set()).add(symbol.toUpperCase()));
  const ownSets = (byGene.get(own.symbol.toUpperCase()) ?? []).filter(
    (set) => (present.get(set)?.size ?? 0) <= maximumSize,
  );
  const candidates = group.rows.flatMap((other, i): Proxy[] => {
    if (trusted[i] === 0 || other.type !== "gene" || other.experiment !== own.experiment) return [];
    if (other.perturbation === own.perturbation || (own.arm !== null && other.arm === own.arm)) return [];
    const shared = ownSets
      .filter((set) => present.get(set)?.has(other.symbol.toUpperCase()))
      .map((set) => ({ name: sets[set]!.name, size: present.get(set)!.size }))
      .sort((a, b) => a.size - b.size);
    if (shared.length === 0) return [];
    return [
      {
        row: i,
        label: rowLabel(other),
        sets: shared,
        arm: other.arm,
        otherArm: own.arm !== null && other.arm !== null,
        consistencyP: ps[i]!,
        cosine: hasDirection(group, row) ? products.ofRows([row], [i])[0]! : null,
      },
    ];
  });
  return candidates
    .sort(
      (a, b) =>
        a.sets[0]!.size - b.sets[0]!.size ||
        Number(b.otherArm) - Number(a.otherArm) ||
        a.consistencyP - b.consistencyP ||
        a.row - b.row,
    )
    .slice(0, count);
}
