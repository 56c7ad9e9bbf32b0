import { columnOf, readCsv } from "@artesian/data";
import { type CosineDistribution, cosineDistribution } from "./cosine-distribution.ts";
import { RelationsError } from "./errors.ts";
import type { BuildCall } from "./map-units.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";

/** Pairs of genes that a source says belong together; each once, never a gene with itself. */
export interface RelationSet {
  /** "StringDB". */
  name: string;
  pairs: readonly (readonly [string, string])[];
}

/** How many of the known relations a map finds in its tails. */
export interface RelationRecall {
  source: string;
  /** Relations of which both genes are in the map. */
  relations: number;
  /** Share of them in either tail; 0.1 by chance with tails of 5 %; null without relations. */
  recall: number | null;
  /** Share in the tail of similar, and of opposite ones. */
  similar: number | null;
  opposite: number | null;
}

/**
 * Reads relations as EFAAR's benchmark annotations have them: a table with columns `entity1` and `entity2`; A–B and B–A are one.
 * @throws RelationsError (maps/relations) without these columns; CsvError (data/csv)
 */
export function readRelations(text: string, name: string): RelationSet {
  const table = readCsv(text, { source: name, text: ["entity1", "entity2"] });
  const [first, second] = [columnOf(table, "entity1"), columnOf(table, "entity2")];
  if (first?.kind !== "text" || second?.kind !== "text")
    throw new RelationsError(name, table.columns.map((column) => column.name).join(", "));
  const pairs = new Map<string, [string, string]>();
  first.values.forEach((a, row) => {
    const b = second.values[row] ?? null;
    if (a === null || b === null || a === b) return;
    const pair: [string, string] = a < b ? [a, b] : [b, a];
    pairs.set(pair.join("\t"), pair);
  });
  return { name, pairs: [...pairs.values()] };
}

/** Rows that stand for one gene each, all experiments together: the first of a symbol. */
export function geneRows({ rows, norms }: PerturbationGroup): Map<string, number> {
  const bySymbol = new Map<string, number>();
  rows.forEach(({ type, symbol, experiment }, row) => {
    if (type === "gene" && experiment === null && norms[row]! > 0 && !bySymbol.has(symbol)) bySymbol.set(symbol, row);
  });
  return bySymbol;
}

/**
 * Recall of known relations (Celik et al. 2024): a relation is found when its cosine is among the lowest or highest 5 % of all pairs of genes in the map.
 * Equal to efaar_benchmarking's recall_0.05_0.95, to bins of 2 millionths of cosine.
 * @param options tail default 0.05; distribution that of `geneRows`, when it is known already
 */
export function relationRecall(
  group: PerturbationGroup,
  sets: readonly RelationSet[],
  options: { tail?: number; distribution?: CosineDistribution } = {},
  call: BuildCall = {},
): RelationRecall[] {
  const genes = geneRows(group);
  const { tail = 0.05, distribution = cosineDistribution(group, [...genes.values()], call) } = options;
  const { dims, vectors } = group;
  return sets.map(({ name, pairs }) => {
    let [relations, similar, opposite] = [0, 0, 0];
    for (const [a, b] of pairs) {
      const [rowA, rowB] = [genes.get(a), genes.get(b)];
      if (rowA === undefined || rowB === undefined) continue;
      let cosine = 0;
      for (let j = 0; j < dims; j++) cosine += vectors[rowA * dims + j]! * vectors[rowB * dims + j]!;
      relations++;
      if (distribution.upTo(cosine) / distribution.pairs <= tail) opposite++;
      else if (distribution.below(cosine) / distribution.pairs >= 1 - tail) similar++;
    }
    const share = (count: number): number | null => (relations === 0 ? null : count / relations);
    return {
      source: name,
      relations,
      recall: share(similar + opposite),
      similar: share(similar),
      opposite: share(opposite),
    };
  });
}
