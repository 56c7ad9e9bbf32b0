import { BINS } from "./cosine-quantiles.ts";
import type { FunnelSettings } from "./funnel-settings.ts";
import type { PerturbationGroup } from "./perturbation-group.ts";
import { type ScanOptions, scanVectors } from "./scan-vectors.ts";
import type { VectorProducts } from "./vector-products.ts";
import { binOf } from "./vector-reference.ts";

/** Whether a row, over all experiments, is of the kinds asked for. */
export function isOfKind(group: PerturbationGroup, row: number, between: FunnelSettings["between"]): boolean {
  const { type, experiment } = group.rows[row]!;
  if (experiment !== null) return false;
  if (between === "genes") return type === "gene";
  if (between === "compounds") return type === "compound";
  return between === "all" || type === "gene" || type === "compound";
}

/** All rows of the kinds asked for. */
export function wholeRows(group: PerturbationGroup, between: FunnelSettings["between"]): number[] {
  return group.rows.flatMap((_, i) => (isOfKind(group, i, between) ? [i] : []));
}

/** Number of pairs of rows of different perturbations, of the kinds asked for. */
export function pairCount(
  group: PerturbationGroup,
  rows: readonly number[],
  between: FunnelSettings["between"],
): number {
  if (between === "gene-compound") {
    const genes = rows.filter((row) => group.rows[row]!.type === "gene").length;
    return genes * (rows.length - genes);
  }
  const pairsAmong = (count: number): number => (count < 2 ? 0 : (count * (count - 1)) / 2);
  const sizes = Map.groupBy(rows, (row) => group.rows[row]!.perturbation);
  return [...sizes.values()].reduce((left, { length }) => left - pairsAmong(length), pairsAmong(rows.length));
}

/** Vectors of chosen rows, on memory that threads share. */
export function gathered(group: PerturbationGroup, rows: readonly number[]): Float32Array {
  const { dims, vectors } = group;
  const chosen = new Float32Array(new SharedArrayBuffer(4 * rows.length * dims));
  for (const [i, row] of rows.entries()) chosen.set(vectors.subarray(row * dims, (row + 1) * dims), i * dims);
  return chosen;
}

/** Counts of the cosines of all pairs of different perturbations among the rows; of a gene and a compound, also those of one kind. */
export async function countPairs(
  group: PerturbationGroup,
  rows: readonly number[],
  products: VectorProducts,
  scan: ScanOptions,
): Promise<Float64Array> {
  const counts = new Float64Array(BINS);
  const vectors = gathered(group, rows);
  for await (const { answer } of scanVectors(vectors, group.dims, { bins: BINS }, scan))
    for (let bin = 0; bin < BINS; bin++) counts[bin]! += answer.counts![bin]!;
  for (const same of Map.groupBy(rows, (row) => group.rows[row]!.perturbation).values()) {
    if (same.length < 2) continue;
    const cosines = products.ofRows(same, same);
    for (let i = 0; i < same.length; i++)
      for (let j = i + 1; j < same.length; j++) {
        const bin = binOf(cosines[i * same.length + j]!, BINS);
        counts[bin] = Math.max(0, counts[bin]! - 1);
      }
  }
  return counts;
}
