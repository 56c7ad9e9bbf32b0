import { type Column, type Table, tableOf } from "@artesian/data";
import type { DispersionGenes } from "./hvg-dispersion.ts";
import type { VarianceGenes } from "./hvg-variance.ts";
import type { GeneList } from "./matrix.ts";
import type { GeneMeans } from "./moments.ts";

export interface GeneSummaryInput {
  genes: GeneList;
  /** Of all cells, and of those kept. */
  all: GeneMeans;
  kept: GeneMeans;
  /** Shape (genes), 1 = takes part in normalisation and selection. */
  keepGenes: Uint8Array;
  selection?: DispersionGenes | VarianceGenes;
  /** The genes that the selection is about, in its order. */
  selected: readonly number[];
}

/**
 * One row a gene, in the order of the matrix: in how many cells it is seen, its mean counts and mean share of a cell's counts, and what
 * the choice of highly variable genes found. Missing where a gene took no part.
 */
export function geneTable(input: GeneSummaryInput): Table {
  const { genes, all, kept, selection } = input;
  const number = (name: string, values: ArrayLike<number>): Column => ({
    name,
    kind: "number",
    values: Float64Array.from(values),
  });
  const columns: Column[] = [
    { name: "gene_id", kind: "text", values: genes.ids },
    { name: "gene", kind: "text", values: genes.symbols },
    number("cells", all.cells),
    number("cells_kept", kept.cells),
    number(
      "percent_of_cells_kept",
      Float64Array.from(kept.cells, (cells) => (cells * 100) / kept.cellCount),
    ),
    number("mean_counts", all.mean),
    number("mean_counts_kept", kept.mean),
    number("mean_percent_of_counts", all.sharePercent),
    number("mean_percent_of_counts_kept", kept.sharePercent),
    number("used", input.keepGenes),
  ];
  if (selection !== undefined) {
    const spread = (values: ArrayLike<number>): Float64Array => {
      const full = new Float64Array(genes.ids.length).fill(Number.NaN);
      input.selected.forEach((gene, i) => {
        full[gene] = values[i]!;
      });
      return full;
    };
    columns.push(number("selection_mean", spread(selection.means)));
    if (selection.kind === "dispersion") {
      columns.push(number("dispersion", spread(selection.dispersions)));
      columns.push(number("normalised_dispersion", spread(selection.normalised)));
    } else {
      columns.push(number("variance", spread(selection.variances)));
      columns.push(number("normalised_variance", spread(selection.normalised)));
      columns.push(number("rank", spread(selection.rank)));
    }
    columns.push(number("highly_variable", spread(selection.selected)));
    if (selection.batches !== undefined) columns.push(number("batches", spread(selection.batches)));
  }
  return tableOf(columns);
}
