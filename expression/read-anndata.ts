import {
  type AnnDataMatrix,
  type AnnDataTable,
  type ArrayTree,
  openAnnDataMatrix,
  openAnnDataTable,
} from "@artesian/data";
import { AxisLengthError, MissingPartError } from "./errors.ts";
import { type KeptGenes, keptGenes } from "./gene-list.ts";
import type { MatrixSource } from "./matrix.ts";
import { treeSource } from "./tree-source.ts";

const ID_COLUMNS = ["gene_ids", "gene_id", "ensembl_id", "ensembl_ids", "feature_id", "ensembl", "accession"];
const SYMBOL_COLUMNS = ["feature_name", "gene_symbols", "gene_symbol", "gene_names", "gene_name", "symbol", "symbols"];
const TYPE_COLUMNS = ["feature_types", "feature_type"];
/** Where raw counts are kept by custom, in the order they are looked for. */
const COUNT_LAYERS = ["layers/counts", "layers/raw_counts", "layers/raw", "raw/X", "raw.X"];
const SAMPLE = 10_000;

/**
 * Opens a matrix of an AnnData file, in HDF5 or Zarr, of any version.
 *
 * Without a layer it takes `X` when its first values are whole numbers, else the first of `layers/counts`, `layers/raw_counts`,
 * `layers/raw` and `raw/X` whose are, else `X`: summaries are about counts.
 *
 * @param layer `X`, `raw`, or a layer's name
 * @throws MissingPartError (expression/missing-part), AxisLengthError (expression/axis-length), ArrayTreeError (data/array-tree)
 */
export async function openAnnData(
  tree: ArrayTree,
  key: string,
  format: "h5ad" | "zarr",
  layer?: string,
): Promise<MatrixSource> {
  const path = layer === undefined ? await countsPath(tree, key) : await layerPath(tree, key, layer);
  const matrix = await openAnnDataMatrix(tree, path);
  const varPath = path === "raw/X" ? "raw/var" : path === "raw.X" ? "raw.var" : "var";
  const genes = await openAnnDataTable(tree, varPath);
  const cells = await openAnnDataTable(tree, "obs");
  if (genes.rowCount !== matrix.geneCount)
    throw new AxisLengthError(`${key}: ${varPath}`, "genes", genes.rowCount, matrix.geneCount);
  if (cells.rowCount !== matrix.cellCount)
    throw new AxisLengthError(`${key}: obs`, "cells", cells.rowCount, matrix.cellCount);
  return treeSource({
    format,
    key,
    matrix,
    kept: await genesOf(genes),
    columnNames: cells.columnNames,
    column: (name) => cells.column(name),
    names: (range) => cells.index(range),
    warnings: [],
    close: () => tree.close(),
  });
}

async function layerPath(tree: ArrayTree, key: string, layer: string): Promise<string> {
  const paths = layer === "X" ? ["X"] : layer === "raw" ? ["raw/X", "raw.X"] : [layer, `layers/${layer}`];
  for (const path of paths) if ((await tree.kind(path)) !== undefined) return path;
  throw new MissingPartError(key, `layer "${layer}"`, await layersOf(tree));
}

async function layersOf(tree: ArrayTree): Promise<string[]> {
  const layers = (await tree.kind("layers")) === "group" ? await tree.keys("layers") : [];
  const raw = (await tree.kind("raw/X")) ?? (await tree.kind("raw.X"));
  return ["X", ...(raw === undefined ? [] : ["raw"]), ...layers];
}

async function countsPath(tree: ArrayTree, key: string): Promise<string> {
  const hasX = (await tree.kind("X")) !== undefined;
  if (hasX && (await beginsWithCounts(await openAnnDataMatrix(tree, "X")))) return "X";
  for (const path of COUNT_LAYERS)
    if ((await tree.kind(path)) !== undefined && (await beginsWithCounts(await openAnnDataMatrix(tree, path))))
      return path;
  if (hasX) return "X";
  throw new MissingPartError(key, "matrix X", (await layersOf(tree)).slice(1));
}

/** Whether the first stored values are whole numbers ≥ 0. */
async function beginsWithCounts(matrix: AnnDataMatrix): Promise<boolean> {
  const { kind, cellCount, geneCount } = matrix;
  const rows = Math.min(cellCount, Math.max(1, Math.floor(SAMPLE / Math.max(1, geneCount))));
  const values =
    kind === "dense"
      ? await matrix.values.numbers([
          [0, rows],
          [0, geneCount],
        ])
      : await matrix.data.numbers([[0, Math.min(SAMPLE, matrix.data.shape[0] ?? 0)]]);
  return values.every((value) => value >= 0 && Number.isInteger(value));
}

async function genesOf(table: AnnDataTable): Promise<KeptGenes> {
  const index = await table.index();
  const column = async (names: readonly string[]): Promise<string[] | undefined> => {
    const name = table.columnNames.find((candidate) => names.includes(candidate.toLowerCase()));
    if (name === undefined) return undefined;
    const found = await table.column(name);
    return found.kind === "text" ? Array.from(found.codes, (code) => found.levels[code] ?? "") : undefined;
  };
  const ids = await column(ID_COLUMNS);
  const symbols = await column(SYMBOL_COLUMNS);
  const types = await column(TYPE_COLUMNS);
  return keptGenes(ids ?? index, symbols ?? index, types);
}
