import type { GeneList, MatrixWarning } from "./matrix.ts";
import { uniqueNames } from "./unique-names.ts";

/** The genes of a file, and which of its features they are. */
export interface KeptGenes {
  genes: GeneList;
  /** Gene of each feature of the file, −1 where it is no gene; undefined when all are genes. */
  geneOf?: Int32Array;
  warnings: MatrixWarning[];
}

/** What 10x calls the features that are genes. */
const GENES = "Gene Expression";

/**
 * Takes features that are no genes (antibodies, guides) out, as scanpy's readers do, and makes identifiers unique.
 *
 * @param types what each feature is; without them, or when none is a gene, all are kept
 */
export function keptGenes(
  ids: readonly string[],
  symbols: readonly string[],
  types?: readonly (string | undefined)[],
): KeptGenes {
  const isGene = ids.map((_, i) => types === undefined || types[i] === GENES);
  const others = isGene.reduce((sum, gene) => sum + (gene ? 0 : 1), 0);
  if (others === 0 || others === ids.length) return named(ids, symbols);
  const geneOf = new Int32Array(ids.length).fill(-1);
  let next = 0;
  isGene.forEach((gene, i) => {
    if (gene) geneOf[i] = next++;
  });
  const { genes, warnings } = named(
    ids.filter((_, i) => isGene[i]),
    symbols.filter((_, i) => isGene[i]),
  );
  const message = `${others} features are no genes (antibodies, guides and the like); they were left out.`;
  return { genes, geneOf, warnings: [{ code: "other-features", count: others, message }, ...warnings] };
}

function named(ids: readonly string[], symbols: readonly string[]): KeptGenes {
  const { names, changed } = uniqueNames(ids);
  const warnings: MatrixWarning[] = [];
  if (changed > 0)
    warnings.push({
      code: "duplicate-genes",
      count: changed,
      message: `${changed} gene identifiers occur again; they got a number, as in ID-1.`,
    });
  const genes = { ids: names, symbols: symbols.map((symbol, i) => (symbol === "" ? (ids[i] ?? "") : symbol)) };
  return { genes, warnings };
}

/** The warning of barcodes that occur again, if there are any. */
export function barcodeWarnings(duplicates: number): MatrixWarning[] {
  if (duplicates === 0) return [];
  const message = `${duplicates} barcodes occur again; they got a number, as in BARCODE-1.`;
  return [{ code: "duplicate-barcodes", count: duplicates, message }];
}
