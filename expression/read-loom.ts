import { type ArrayTree, textColumn } from "@artesian/data";
import { AxisLengthError, MatrixLayoutError, MissingPartError } from "./errors.ts";
import { keptGenes } from "./gene-list.ts";
import type { CellColumn, MatrixSource } from "./matrix.ts";
import { treeSource } from "./tree-source.ts";

const ID_ATTRIBUTES = ["Accession", "ensembl_ids", "GeneID", "gene_ids", "var_names"];
const SYMBOL_ATTRIBUTES = ["Gene", "gene_names", "Symbol", "gene_symbols"];
const NAME_ATTRIBUTES = ["CellID", "cell_names", "obs_names", "Barcode", "barcode"];

/**
 * Opens a loom file: genes × cells, dense.
 *
 * @param layer of `layers/`; default the main matrix
 * @throws MatrixLayoutError (expression/matrix-layout), MissingPartError (expression/missing-part), AxisLengthError (expression/axis-length)
 * @see http://linnarssonlab.org/loompy/format
 */
export async function openLoom(tree: ArrayTree, key: string, layer?: string): Promise<MatrixSource> {
  const path = layer === undefined || layer === "matrix" ? "matrix" : `layers/${layer}`;
  if ((await tree.kind(path)) !== "array") {
    const layers = (await tree.kind("layers")) === "group" ? await tree.keys("layers") : [];
    throw new MissingPartError(key, path, layers);
  }
  const values = await tree.array(path);
  const [geneCount, cellCount] = values.shape;
  if (geneCount === undefined || cellCount === undefined || values.shape.length !== 2)
    throw new MatrixLayoutError(key, `a matrix of ${values.shape.length} dimensions`, "two: genes and cells");
  const genes = await attributesOf(tree, "row_attrs");
  const cells = await attributesOf(tree, "col_attrs");
  const texts = async (
    axis: string,
    names: readonly string[],
    present: readonly string[],
  ): Promise<string[] | undefined> => {
    const name = names.find((candidate) => present.includes(candidate));
    if (name === undefined) return undefined;
    const array = await tree.array(`${axis}/${name}`);
    return array.kind === "text" ? array.texts() : Array.from(await array.numbers(), String);
  };
  const numbered = (length: number, word: string): string[] => Array.from({ length }, (_, i) => `${word}${i + 1}`);
  const symbols = await texts("row_attrs", SYMBOL_ATTRIBUTES, genes);
  const ids = (await texts("row_attrs", ID_ATTRIBUTES, genes)) ?? symbols ?? numbered(geneCount, "gene");
  if (ids.length !== geneCount) throw new AxisLengthError(`${key}: row_attrs`, "genes", ids.length, geneCount);
  const nameOf = NAME_ATTRIBUTES.find((candidate) => cells.includes(candidate));
  const names = nameOf === undefined ? undefined : await tree.array(`col_attrs/${nameOf}`);
  if (names !== undefined && names.shape[0] !== cellCount)
    throw new AxisLengthError(`${key}: col_attrs/${nameOf}`, "cells", names.shape[0] ?? 0, cellCount);
  return treeSource({
    format: "loom",
    key,
    matrix: { kind: "dense", path, cellCount, geneCount, values },
    cellAxis: 1,
    kept: keptGenes(ids, symbols ?? ids),
    columnNames: cells.filter((name) => name !== nameOf),
    column: (name) => cellAttribute(tree, name),
    async names([from, to]) {
      if (names === undefined) return Array.from({ length: to - from }, (_, i) => `cell${from + i + 1}`);
      return names.kind === "text" ? names.texts([from, to]) : Array.from(await names.numbers([[from, to]]), String);
    },
    warnings: [],
    close: () => tree.close(),
  });
}

/** Attributes of one dimension: one value a gene or cell. */
async function attributesOf(tree: ArrayTree, group: string): Promise<string[]> {
  if ((await tree.kind(group)) !== "group") return [];
  const names = await tree.keys(group);
  const shapes = await Promise.all(
    names.map(async (name) =>
      (await tree.kind(`${group}/${name}`)) === "array" ? (await tree.array(`${group}/${name}`)).shape : [],
    ),
  );
  return names.filter((_, i) => shapes[i]?.length === 1);
}

async function cellAttribute(tree: ArrayTree, name: string): Promise<CellColumn> {
  const array = await tree.array(`col_attrs/${name}`);
  if (array.kind === "text") return textColumn(name, await array.texts());
  return { kind: "number", name, values: Float64Array.from(await array.numbers()) };
}
