import { type GroupNeighbour, type GroupNeighbourOptions, groupNeighbours } from "./group-neighbours.ts";
import { hasDirection } from "./group-rows.ts";
import type { KnownEdge, KnownRelations } from "./known-edges.ts";
import { percentileOf } from "./percentile.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";
import { referenceProducts } from "./vector-products.ts";

/** A published partner of a row, and whether the map shows the relation. */
export interface KnownPartner {
  row: number;
  cosine: number;
  percentile: number;
  /** The cosine lies in one of the tails. */
  recovered: boolean;
  /** Every source that knows of it. */
  edges: readonly KnownEdge[];
}

/** What is known of a row beside what the map says. */
export interface KnownAgainstNovel {
  /** Known partners in the group, the most extreme cosine first. */
  partners: KnownPartner[];
  /** Of each source: known partners in the group, and those recovered. */
  sources: { source: string; known: number; recovered: number }[];
  /** Rows in the tails that no source knows of. */
  novel: { similar: GroupNeighbour[]; opposite: GroupNeighbour[] };
  /** Share of the known partners that chance would recover: both tails. */
  byChance: number;
}

/**
 * Known against novel for one row: do the relations that others have published show, and which strong ones has nobody published.
 * @param options as of `groupNeighbours`; `tail`: percent of all pairs on either side (default 5)
 * @throws UnknownRowError (maps/unknown-row)
 */
export function knownAgainstNovel(
  group: PerturbationGroup,
  row: number,
  known: KnownRelations,
  options: Omit<GroupNeighbourOptions, "known"> & { tail?: number },
): KnownAgainstNovel {
  const { tail = 5, quantiles, among = () => true } = options;
  const inTail = (percentile: number): boolean => percentile <= tail || percentile >= 100 - tail;
  const { similar, opposite } = groupNeighbours(group, row, { ...options, known });
  const isNovel = (one: GroupNeighbour): boolean => one.known?.length === 0 && inTail(one.percentile);
  const partnerRows = hasDirection(group, row)
    ? group.rows.flatMap((other, i) => {
        const edges =
          i !== row && hasDirection(group, i) && among(other, i) ? known.between(group.rows[row]!, other) : [];
        return edges.length > 0 ? [{ i, edges }] : [];
      })
    : [];
  const products = options.products ?? referenceProducts(group.vectors, group.dims);
  const cosines = products.ofRows(
    [row],
    partnerRows.map(({ i }) => i),
  );
  const partners = partnerRows
    .map(({ i, edges }, k): KnownPartner => {
      const percentile = percentileOf(quantiles, cosines[k]!);
      return { row: i, cosine: cosines[k]!, percentile, recovered: inTail(percentile), edges };
    })
    .sort((a, b) => Math.abs(b.cosine) - Math.abs(a.cosine));
  const sources = [...new Set(partners.flatMap(({ edges }) => edges.map(({ source }) => source)))].map((source) => {
    const own = partners.filter(({ edges }) => edges.some((edge) => edge.source === source));
    return { source, known: own.length, recovered: own.filter(({ recovered }) => recovered).length };
  });
  return {
    partners,
    sources,
    novel: { similar: similar.filter(isNovel), opposite: opposite.filter(isNovel) },
    byChance: (2 * tail) / 100,
  };
}
