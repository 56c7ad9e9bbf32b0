import { checkRow, hasDirection, vectorOf } from "./group-rows.ts";
import type { KnownEdge, KnownRelations } from "./known-edges.ts";
import { percentileOf } from "./percentile.ts";
import type { GroupRow, PerturbationGroup } from "./perturbation-group.ts";
import { referenceProducts, type VectorProducts } from "./vector-products.ts";

/** Another row of the group as seen from one. */
export interface GroupNeighbour {
  row: number;
  cosine: number;
  /** Of the cosine among all pairs of the group, 0 to 100. */
  percentile: number;
  /** Published relations of the two; null when none were given to compare with. */
  known: readonly KnownEdge[] | null;
}

export interface GroupNeighbours {
  /** Most similar first, cosines above 0. */
  similar: GroupNeighbour[];
  /** Most opposite first, cosines below 0. */
  opposite: GroupNeighbour[];
}

export interface GroupNeighbourOptions {
  /** The group's 1,001 cosine quantiles. */
  quantiles: ArrayLike<number>;
  /** At most so many a tail. Default 20. */
  count?: number;
  /** Leaves rows out, for example all but genes, or the compound's own other doses. */
  among?: (row: GroupRow, index: number) => boolean;
  /** Marks what is known; a neighbour with an empty list is novel. */
  known?: KnownRelations;
  /** The group's vectors in a kernel (`fastProducts`); default plain TypeScript. */
  products?: VectorProducts;
}

/**
 * Neighbours of a row in both tails. Equal cosines come in the order of rows; rows without length are nobody's neighbours.
 * @throws UnknownRowError (maps/unknown-row)
 */
export function groupNeighbours(
  group: PerturbationGroup,
  row: number,
  options: GroupNeighbourOptions,
): GroupNeighbours {
  checkRow(group, row);
  const { quantiles, count = 20, among = () => true, known } = options;
  if (!hasDirection(group, row)) return { similar: [], opposite: [] };
  const products = options.products ?? referenceProducts(group.vectors, group.dims);
  const cosines = products.ofQuery(vectorOf(group, row));
  const isOther = (other: number): boolean =>
    other !== row && hasDirection(group, other) && among(group.rows[other]!, other);
  const seen = (other: number): GroupNeighbour => ({
    row: other,
    cosine: within1(cosines[other]!),
    percentile: percentileOf(quantiles, cosines[other]!),
    known: known === undefined ? null : known.between(group.rows[row]!, group.rows[other]!),
  });
  return {
    similar: bestOf(cosines, count, 1, isOther).map(seen),
    opposite: bestOf(cosines, count, -1, isOther).map(seen),
  };
}

/** Rounding may leave a product of unit vectors a hair beyond 1. */
function within1(cosine: number): number {
  return Math.max(-1, Math.min(1, cosine));
}

/**
 * Indices of the largest (sign 1) or smallest (sign −1) values on that side of 0, best first, equal ones by index.
 * @param accept leaves indices out; it is asked only about values that would be among the best
 */
export function bestOf(
  values: ArrayLike<number>,
  count: number,
  sign: 1 | -1,
  accept: (index: number) => boolean = () => true,
): number[] {
  const best: number[] = [];
  const bestValues: number[] = [];
  if (count < 1) return best;
  for (let i = 0; i < values.length; i++) {
    const value = sign * values[i]!;
    if (!(value > 0) || (best.length === count && value <= bestValues[count - 1]!) || !accept(i)) continue;
    let at = best.length;
    while (at > 0 && bestValues[at - 1]! < value) at--;
    best.splice(at, 0, i);
    bestValues.splice(at, 0, value);
    if (best.length > count) {
      best.pop();
      bestValues.pop();
    }
  }
  return best;
}
