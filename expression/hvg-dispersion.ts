import { type DispersionFlavour, normaliseDispersions } from "./hvg-bins.ts";
import { GeneSelectionError } from "./hvg-errors.ts";
import type { GeneMoments } from "./moments.ts";

/** Open bounds that a gene must lie within. */
export interface DispersionCutoffs {
  /** Default 0.0125. */
  minMean?: number;
  /** Default 3. */
  maxMean?: number;
  /** Of the normalised dispersion. Default 0.5. */
  minDispersion?: number;
  /** Default none. */
  maxDispersion?: number;
}

export interface DispersionOptions extends DispersionCutoffs {
  flavour: DispersionFlavour;
  /** Choose this many genes instead of by bounds; genes that tie with the last one are chosen too when there is one batch. */
  topGenes?: number;
  /** Bins of flavour `seurat`. Default 20. */
  binCount?: number;
  /** Names of shape (genes), which decide between equal genes when batches are merged. Default: order of the genes. */
  names?: readonly string[];
}

/** Per gene, each of shape (genes). */
export interface DispersionGenes {
  kind: "dispersion";
  flavour: DispersionFlavour;
  /** 1 = highly variable. */
  selected: Uint8Array;
  /** log1p of the mean for `seurat`, the mean for `cell_ranger`; averaged over batches. */
  means: Float64Array;
  /** log of variance ÷ mean for `seurat`, the ratio itself for `cell_ranger`; NaN where it is 0 for `seurat`. */
  dispersions: Float64Array;
  normalised: Float64Array;
  /** In how many batches the gene was chosen; only with batches. */
  batches?: Uint16Array;
  /** 1 = chosen in every batch; only with batches. */
  intersection?: Uint8Array;
}

/**
 * Highly variable genes by dispersion, scanpy's `highly_variable_genes` with flavours `seurat` (Satija et al. 2015) and `cell_ranger`
 * (Zheng et al. 2017).
 * @param batches moments of each batch in the order of their names; one of them: no batches. `seurat` takes them of normalised values,
 *   `cell_ranger` of their log1p (`momentsOf`)
 * @param batched whether batches were asked for: a single batch then is merged by the same rules
 * @throws TiedBinsError (expression/tied-bins)
 * @throws GeneSelectionError (expression/gene-selection) without any cells
 * @example selectByDispersion([momentsOf(statistics, "normalised")], { flavour: "seurat", topGenes: 2000 }).selected
 */
export function selectByDispersion(
  batches: readonly GeneMoments[],
  options: DispersionOptions,
  batched = batches.length > 1,
): DispersionGenes {
  if (batches.length === 0 || batches.some(({ cellCount }) => cellCount === 0))
    throw new GeneSelectionError("there are no cells in the matrix or in one of its batches");
  if (!batched) return selectInBatch(batches[0]!, options);
  return mergeBatches(
    batches.map((batch) => selectExpressed(batch, options)),
    options,
  );
}

function selectInBatch(moments: GeneMoments, options: DispersionOptions): DispersionGenes {
  const { flavour } = options;
  const means = moments.mean.map((mean) => (mean === 0 ? 1e-12 : mean));
  const dispersions = moments.variance.map((variance, gene) => variance / means[gene]!);
  if (flavour === "seurat") {
    dispersions.forEach((value, gene) => {
      dispersions[gene] = value === 0 ? Number.NaN : Math.log(value);
      means[gene] = Math.log1p(means[gene]!);
    });
  }
  const normalised = normaliseDispersions(means, dispersions, flavour, options.binCount ?? 20);
  const selected =
    options.topGenes === undefined
      ? withinBounds(means, normalised, options)
      : atLeastNth(normalised, Math.min(options.topGenes, means.length));
  return { kind: "dispersion", flavour, selected, means, dispersions, normalised };
}

/** A batch's own selection among the genes that it expresses; all numbers of the others are 0. */
function selectExpressed(moments: GeneMoments, options: DispersionOptions): DispersionGenes {
  const expressed = Array.from(moments.cells.keys()).filter((gene) => moments.cells[gene]! > 0);
  const take = (values: Float64Array): Float64Array => Float64Array.from(expressed, (gene) => values[gene]!);
  const part = selectInBatch(
    {
      cellCount: moments.cellCount,
      mean: take(moments.mean),
      variance: take(moments.variance),
      cells: Uint32Array.from(expressed, (gene) => moments.cells[gene]!),
    },
    options,
  );
  const geneCount = moments.mean.length;
  const spread = <T extends Float64Array | Uint8Array>(values: T, into: T): T => {
    expressed.forEach((gene, i) => {
      into[gene] = values[i]!;
    });
    return into;
  };
  return {
    ...part,
    selected: spread(part.selected, new Uint8Array(geneCount)),
    means: spread(part.means, new Float64Array(geneCount)),
    dispersions: spread(part.dispersions, new Float64Array(geneCount)),
    normalised: spread(part.normalised, new Float64Array(geneCount)),
  };
}

function mergeBatches(parts: readonly DispersionGenes[], options: DispersionOptions): DispersionGenes {
  const geneCount = parts[0]!.means.length;
  const batches = new Uint16Array(geneCount);
  for (const part of parts)
    part.selected.forEach((flag, gene) => {
      batches[gene] = batches[gene]! + flag;
    });
  const means = meanOfPresent(parts.map((part) => part.means));
  const dispersions = meanOfPresent(parts.map((part) => part.dispersions));
  let normalised = meanOfPresent(parts.map((part) => part.normalised));
  const intersection = Uint8Array.from(batches, (count) => (count === parts.length ? 1 : 0));
  let selected: Uint8Array;
  if (options.topGenes === undefined) {
    normalised = normalised.map((value) => (Number.isNaN(value) ? 0 : value));
    selected = withinBounds(means, normalised, options);
  } else {
    selected = new Uint8Array(geneCount);
    for (const gene of orderMerged(batches, normalised, options.names).slice(0, options.topGenes)) selected[gene] = 1;
  }
  return {
    kind: "dispersion",
    flavour: options.flavour,
    selected,
    means,
    dispersions,
    normalised,
    batches,
    intersection,
  };
}

/** Chosen in most batches first, then the higher normalised dispersion (NaN last), then by name. */
function orderMerged(batches: Uint16Array, normalised: Float64Array, names: readonly string[] | undefined): number[] {
  const order = Array.from(batches.keys());
  if (names !== undefined) order.sort((a, b) => (names[a]! < names[b]! ? -1 : names[a]! > names[b]! ? 1 : 0));
  return order.sort((a, b) => {
    if (batches[a] !== batches[b]) return batches[b]! - batches[a]!;
    const [x, y] = [normalised[a]!, normalised[b]!];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return x === y ? 0 : y > x ? 1 : -1;
  });
}

function meanOfPresent(columns: readonly Float64Array[]): Float64Array {
  return columns[0]!.map((_, gene) => {
    let sum = 0;
    let count = 0;
    for (const column of columns) {
      if (Number.isNaN(column[gene]!)) continue;
      sum += column[gene]!;
      count++;
    }
    return count === 0 ? Number.NaN : sum / count;
  });
}

/** NaN counts as 0 and infinity as the largest number, as numpy's nan_to_num has it. */
function withinBounds(means: Float64Array, normalised: Float64Array, cutoffs: DispersionCutoffs): Uint8Array {
  const { minMean = 0.0125, maxMean = 3, minDispersion = 0.5, maxDispersion = Number.POSITIVE_INFINITY } = cutoffs;
  return Uint8Array.from(means, (mean, gene) => {
    const value = finite(normalised[gene]!, 0);
    return mean > minMean && mean < maxMean && value > minDispersion && value < maxDispersion ? 1 : 0;
  });
}

/** Those not below the n-th highest. Infinite ones fail against an infinite limit, which is scanpy's rule too. */
function atLeastNth(values: Float64Array, n: number): Uint8Array {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  if (n < 1 || sorted.length === 0) return new Uint8Array(values.length);
  const limit = sorted[sorted.length - Math.min(n, sorted.length)]!;
  return Uint8Array.from(values, (value) => (finite(value, Number.NEGATIVE_INFINITY) >= limit ? 1 : 0));
}

function finite(value: number, instead: number): number {
  if (Number.isNaN(value)) return instead;
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
}
