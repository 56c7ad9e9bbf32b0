import type { ArrayTree } from "@artesian/data";
import { AxisLengthError, MatrixLayoutError, MissingPartError } from "./errors.ts";
import { keptGenes } from "./gene-list.ts";
import type { MatrixSource } from "./matrix.ts";
import { treeSource } from "./tree-source.ts";

/**
 * Opens a feature-barcode matrix in HDF5 as Cell Ranger writes it: version 3 and later have one group `matrix`, version 2 a group for each
 * genome. Features other than gene expression are left out, as in scanpy's read_10x_h5.
 *
 * @param genome of a file of version 2 that holds several
 * @throws MatrixLayoutError (expression/matrix-layout), MissingPartError (expression/missing-part), AxisLengthError (expression/axis-length)
 * @see https://www.10xgenomics.com/support/software/cell-ranger, "Feature-barcode matrices (HDF5)"
 */
export async function open10xMatrix(tree: ArrayTree, key: string, genome?: string): Promise<MatrixSource> {
  const group = await groupOf(tree, key, genome);
  const array = (name: string) => tree.array(`${group}/${name}`);
  const isV3 = (await tree.kind(`${group}/features`)) === "group";
  const at = isV3 ? { ids: "features/id", symbols: "features/name" } : { ids: "genes", symbols: "gene_names" };
  const ids = await (await array(at.ids)).texts();
  const symbols = await (await array(at.symbols)).texts();
  const types = isV3 ? await (await array("features/feature_type")).texts() : undefined;
  const [geneCount = Number.NaN, cellCount = Number.NaN] = await (await array("shape")).numbers();
  const barcodes = await array("barcodes");
  if (ids.length !== geneCount) throw new AxisLengthError(`${key}: ${group}/${at.ids}`, "genes", ids.length, geneCount);
  if (barcodes.shape[0] !== cellCount)
    throw new AxisLengthError(`${key}: ${group}/barcodes`, "cells", barcodes.shape[0] ?? 0, cellCount);
  return treeSource({
    format: "10x-h5",
    key,
    matrix: {
      kind: "csr",
      path: group,
      cellCount,
      geneCount,
      indptr: await array("indptr"),
      indices: await array("indices"),
      data: await array("data"),
    },
    kept: keptGenes(ids, symbols, types),
    columnNames: [],
    column: () => Promise.reject(new MissingPartError(key, "columns about cells", [])),
    names: (range) => barcodes.texts(range),
    warnings: [],
    close: () => tree.close(),
  });
}

/** Whether a file of arrays is laid out as 10x does. */
export async function is10x(tree: ArrayTree): Promise<boolean> {
  return (await groupsOf(tree)).length > 0;
}

async function groupsOf(tree: ArrayTree): Promise<string[]> {
  const names = await tree.keys("");
  const present = await Promise.all(names.map((name) => tree.kind(`${name}/barcodes`)));
  return names.filter((_, i) => present[i] === "array");
}

async function groupOf(tree: ArrayTree, key: string, genome: string | undefined): Promise<string> {
  const groups = await groupsOf(tree);
  const [first] = groups;
  if (first === undefined)
    throw new MatrixLayoutError(key, "no group with barcodes", "a group matrix, or one a genome, as 10x writes");
  if (genome !== undefined && first !== "matrix") {
    if (!groups.includes(genome)) throw new MissingPartError(key, `genome ${genome}`, groups);
    return genome;
  }
  if (groups.length > 1)
    throw new MatrixLayoutError(key, `the genomes ${groups.join(", ")}`, "one, or the name of one of them as genome");
  return first;
}
