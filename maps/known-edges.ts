import type { GroupRow } from "./perturbation-group.ts";

/** One relation that somebody has published: two genes of a complex, a compound and its target. */
export interface KnownEdge {
  /** Symbols ("TSC1") or perturbations ("compound:C4"), in either order. */
  a: string;
  b: string;
  /** Where it is known from: "StringDB", "Reactome", "HuMAP". */
  source: string;
  /** What to look up there: a pathway's id, a paper. */
  reference?: string;
}

/** Known relations by name; symbols count whatever their case. */
export interface KnownRelations {
  /** Each edge between two rows, in the order given; empty when nothing is known. */
  between(a: GroupRow, b: GroupRow): readonly KnownEdge[];
  /** Sources, each with its number of edges. */
  readonly sources: ReadonlyMap<string, number>;
  readonly edges: readonly KnownEdge[];
}

/** Indexes known relations for lookup; edges repeated in either direction by one source count once. */
export function knownRelations(edges: Iterable<KnownEdge>): KnownRelations {
  const byName = new Map<string, Map<string, KnownEdge[]>>();
  const sources = new Map<string, number>();
  const kept: KnownEdge[] = [];
  for (const edge of edges) {
    const [first, second] = [edge.a.toUpperCase(), edge.b.toUpperCase()].sort() as [string, string];
    if (first === second) continue;
    const others = byName.get(first) ?? new Map<string, KnownEdge[]>();
    byName.set(first, others);
    const known = others.get(second) ?? [];
    others.set(second, known);
    if (known.some(({ source, reference }) => source === edge.source && reference === edge.reference)) continue;
    known.push(edge);
    kept.push(edge);
    sources.set(edge.source, (sources.get(edge.source) ?? 0) + 1);
  }
  return {
    sources,
    edges: kept,
    between: (a, b) =>
      namesOf(a).flatMap((nameA) =>
        namesOf(b).flatMap((nameB) => {
          const [first, second] = [nameA, nameB].sort() as [string, string];
          return byName.get(first)?.get(second) ?? [];
        }),
      ),
  };
}

/** Names by which edges may speak of a row. */
export function namesOf(row: GroupRow): string[] {
  return [...new Set([row.symbol.toUpperCase(), row.perturbation.toUpperCase()])];
}

/**
 * Edges from a table of two names a line, as the public benchmarks of maps are written ("entity1,entity2").
 * @param text comma or tab separated; a first line that starts with "entity1" is a header
 */
export function edgesFromText(text: string, source: string): KnownEdge[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [a = "", b = "", reference] = line.split(/[,\t]/).map((cell) => cell.trim());
    if (a === "" || b === "" || a === "entity1") return [];
    return [{ a, b, source, ...(reference && { reference }) }];
  });
}
