import { type DispersionGenes, selectByDispersion } from "./hvg-dispersion.ts";
import { GeneSelectionError } from "./hvg-errors.ts";
import { fitVarianceTrend, selectByVariance, type VarianceGenes } from "./hvg-variance.ts";
import { type GeneMoments, momentsOf, type Scale } from "./moments.ts";
import type { ClippedSums, GeneStatistics, ValueKind } from "./pass.ts";
import type { GeneSelection } from "./presets.ts";

/** What a selection needs. */
export interface SelectionInput {
  /** Over the kept cells and genes, one group a batch in the order of the batches' names. */
  statistics: GeneStatistics;
  /** Indices of the kept genes, ascending: only they are compared with each other. */
  genes: readonly number[];
  /** Identifiers of all genes; they decide between equal genes. */
  ids: readonly string[];
  valueKind: ValueKind;
  /** Whether batches were asked for. */
  batched: boolean;
  /** For `seurat_v3`: the sums of values clipped at `clip`, of shape (batches, all genes). */
  clippedSums: (clip: Float64Array) => Promise<ClippedSums>;
}

/**
 * Highly variable genes in any flavour; the result's arrays are of shape (kept genes).
 * @throws GeneSelectionError (expression/gene-selection) when the values are not what the flavour needs, or there are no genes
 * @throws LoessError (expression/loess), TiedBinsError (expression/tied-bins)
 */
export async function selectGenes(
  input: SelectionInput,
  selection: GeneSelection,
): Promise<DispersionGenes | VarianceGenes> {
  const { statistics, genes } = input;
  if (genes.length === 0) throw new GeneSelectionError("no gene is left after filtering");
  const scale = scaleFor(selection.flavour, input.valueKind);
  const groups = Array.from({ length: statistics.groupCount }, (_, group) => group);
  const batches = groups.map((group) => takeGenes(momentsOf(statistics, scale, [group]), genes));
  if (selection.flavour === "seurat" || selection.flavour === "cell_ranger") {
    const names = genes.map((gene) => input.ids[gene]!);
    return selectByDispersion(batches, { ...selection, flavour: selection.flavour, names }, input.batched);
  }
  const trend = fitVarianceTrend(batches, selection.span);
  const clip = new Float64Array(statistics.groupCount * statistics.geneCount);
  const each = (visit: (full: number, part: number) => void): void => {
    for (const group of groups)
      genes.forEach((gene, i) => {
        visit(group * statistics.geneCount + gene, group * genes.length + i);
      });
  };
  each((full, part) => {
    clip[full] = trend.clip[part]!;
  });
  const sums = await input.clippedSums(clip);
  const clipped: ClippedSums = {
    sum: new Float64Array(trend.clip.length),
    sumSquares: new Float64Array(trend.clip.length),
  };
  each((full, part) => {
    clipped.sum[part] = sums.sum[full]!;
    clipped.sumSquares[part] = sums.sumSquares[full]!;
  });
  return selectByVariance(takeGenes(momentsOf(statistics, scale), genes), batches, trend, clipped, {
    flavour: selection.flavour,
    ...(selection.topGenes !== undefined && { topGenes: selection.topGenes }),
  });
}

/** The values that a flavour compares, when the matrix has them. */
function scaleFor(flavour: GeneSelection["flavour"], kind: ValueKind): Scale {
  const given = {
    counts: "counts",
    normalised: "normalised values",
    "log-normalised": "logarithms",
    scaled: "scaled values",
  };
  const refuse = (needed: string): never => {
    throw new GeneSelectionError(
      `flavour "${flavour}" needs ${needed}, and the matrix holds ${given[kind]}; give the raw counts (a layer, or raw) or another flavour`,
    );
  };
  if (flavour === "seurat_v3" || flavour === "seurat_v3_paper") return kind === "counts" ? "raw" : refuse("counts");
  if (kind === "scaled") return refuse("values that are not below zero");
  if (flavour === "cell_ranger") return kind === "log-normalised" ? "raw" : "log";
  return kind === "log-normalised" ? refuse("counts or normalised values") : "normalised";
}

function takeGenes(moments: GeneMoments, genes: readonly number[]): GeneMoments {
  return {
    cellCount: moments.cellCount,
    mean: Float64Array.from(genes, (gene) => moments.mean[gene]!),
    variance: Float64Array.from(genes, (gene) => moments.variance[gene]!),
    cells: Uint32Array.from(genes, (gene) => moments.cells[gene]!),
  };
}
