import { mad, median } from "@artesian/numerics";
import { TiedBinsError } from "./hvg-errors.ts";

/** Φ⁻¹(3/4). */
const UPPER_QUARTILE = 0.6744897501960817;

/** The two flavours that compare a gene's dispersion with that of genes of similar mean. */
export type DispersionFlavour = "seurat" | "cell_ranger";

/**
 * Dispersions in the spread of the genes of their bin of means, of shape (genes).
 *
 * `seurat`: bins of equal width, (dispersion − mean) ÷ sd; a gene alone in its bin gets 1. `cell_ranger`: bins at the percentiles 10, 15
 * … 100, (dispersion − median) ÷ (MAD ÷ 0.6745). NaN dispersions take no part and stay NaN. The numbers are scanpy's.
 * @throws TiedBinsError (expression/tied-bins) when percentiles of the means coincide (`cell_ranger`)
 */
export function normaliseDispersions(
  means: Float64Array,
  dispersions: Float64Array,
  flavour: DispersionFlavour,
  binCount: number,
): Float64Array {
  if (means.length === 0) return new Float64Array(0);
  const edges = flavour === "seurat" ? equalWidthEdges(means, binCount) : percentileEdges(means);
  const bins = Array.from(edges, (): number[] => []);
  means.forEach((mean, gene) => {
    bins[binOf(edges, mean)]!.push(gene);
  });
  const result = new Float64Array(means.length).fill(Number.NaN);
  for (const genes of bins) {
    const values = Float64Array.from(genes, (gene) => dispersions[gene]!).filter((value) => !Number.isNaN(value));
    if (values.length === 0) continue;
    const { centre, spread } = flavour === "seurat" ? meanAndSd(values) : medianAndMad(values);
    for (const gene of genes) result[gene] = (dispersions[gene]! - centre) / spread;
  }
  return result;
}

/** Right-closed bins of equal width; the lowest edge is lowered by 0.1 % of the range, as pandas' `cut` does. */
function equalWidthEdges(values: Float64Array, count: number): Float64Array {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const equal = low === high;
  if (equal) {
    const margin = low === 0 ? 0.001 : 0.001 * Math.abs(low);
    low -= margin;
    high += margin;
  }
  const step = (high - low) / count;
  const edges = Float64Array.from({ length: count + 1 }, (_, i) => i * step + low);
  edges[count] = high;
  if (!equal) edges[0] = low - (high - low) * 0.001;
  return edges;
}

function percentileEdges(values: Float64Array): Float64Array {
  const sorted = Float64Array.from(values).sort();
  const edges = [Number.NEGATIVE_INFINITY];
  for (let percent = 10; percent <= 100; percent += 5) edges.push(percentile(sorted, percent / 100));
  edges.push(Number.POSITIVE_INFINITY);
  edges.forEach((edge, i) => {
    if (i > 0 && edge === edges[i - 1]) throw new TiedBinsError(edge, sorted.filter((value) => value === edge).length);
  });
  return Float64Array.from(edges);
}

/** numpy's linear percentile to the last bit, so that a gene on an edge falls on the same side. */
function percentile(sorted: Float64Array, probability: number): number {
  const position = (sorted.length - 1) * probability;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  const part = position - below;
  return part >= 0.5 ? high - (high - low) * (1 - part) : low + (high - low) * part;
}

/** Index of the first edge that is not below the value. */
function binOf(edges: Float64Array, value: number): number {
  let low = 0;
  let high = edges.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (edges[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Welford's updates, so that equal values have a spread of exactly 0. */
function meanAndSd(values: Float64Array): { centre: number; spread: number } {
  if (values.length === 1) return { centre: 0, spread: values[0]! };
  let centre = 0;
  let squares = 0;
  values.forEach((value, i) => {
    const before = centre;
    centre += (value - before) / (i + 1);
    squares += (value - centre) * (value - before);
  });
  return { centre, spread: Math.sqrt(squares / (values.length - 1)) };
}

function medianAndMad(values: Float64Array): { centre: number; spread: number } {
  const centre = median(values);
  return { centre, spread: mad(values, centre) / UPPER_QUARTILE };
}
