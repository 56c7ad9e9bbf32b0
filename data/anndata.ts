/** AnnData's layout on disk, in HDF5 and Zarr: https://anndata.readthedocs.io, "On-disk format", and what versions before 0.7 wrote. */
import type { ArrayTree, AxisRange, NumberArray, TreeArray } from "./array-tree.ts";
import { ArrayTreeError } from "./format-errors.ts";

/** One column of a table: text as codes into its levels, numbers as they are. Missing is code −1 or NaN. */
export type AnnDataColumn =
  | { kind: "text"; name: string; levels: string[]; codes: Int32Array }
  | { kind: "number"; name: string; values: Float64Array };

/** `obs` or `var`. */
export interface AnnDataTable {
  readonly path: string;
  readonly rowCount: number;
  /** Without the index. */
  readonly columnNames: readonly string[];
  /** Names of the rows. */
  index(range?: AxisRange): Promise<string[]>;
  /** @throws ArrayTreeError (data/array-tree) when there is no such column, or one in an unknown encoding */
  column(name: string): Promise<AnnDataColumn>;
}

/** A matrix of cells × genes, its entries still in the file. `csr` stores cells one after the other, `csc` genes. */
export type AnnDataMatrix =
  | { kind: "dense"; path: string; cellCount: number; geneCount: number; values: TreeArray }
  | {
      kind: "csr" | "csc";
      path: string;
      cellCount: number;
      geneCount: number;
      indptr: TreeArray;
      indices: TreeArray;
      data: TreeArray;
    };

/**
 * A table of an AnnData file: a group of columns, or one array of records as before version 0.7. Categorical columns of all three
 * encodings are understood.
 *
 * @param path `obs`, `var` or `raw/var`
 * @throws ArrayTreeError (data/array-tree)
 */
export async function openAnnDataTable(tree: ArrayTree, path: string): Promise<AnnDataTable> {
  const kind = await tree.kind(path);
  if (kind === undefined) throw new ArrayTreeError(tree.name, path, "absent", "a table of AnnData");
  return kind === "group" ? columnTable(tree, path) : recordTable(tree, path);
}

async function columnTable(tree: ArrayTree, path: string): Promise<AnnDataTable> {
  const attributes = await tree.attributes(path);
  const indexName = typeof attributes._index === "string" ? attributes._index : await guessIndex(tree, path);
  const order = attributes["column-order"];
  const names = isTexts(order) ? order : (await tree.keys(path)).filter((name) => name !== "__categories");
  const columnNames = names.filter((name) => name !== indexName);
  const index = await textsOf(tree, `${path}/${indexName}`);
  return {
    path,
    rowCount: index.length,
    columnNames,
    index: index.read,
    async column(name) {
      const at = `${path}/${name}`;
      if (!columnNames.includes(name)) throw new ArrayTreeError(tree.name, at, "absent", "a column");
      if ((await tree.kind(at)) === "group") return groupColumn(tree, at, name);
      const array = await tree.array(at);
      const levels = await oldLevels(tree, path, name);
      if (levels !== undefined) return { kind: "text", name, levels, codes: codesOf(await array.numbers()) };
      return plainColumn(array, name);
    },
  };
}

async function guessIndex(tree: ArrayTree, path: string): Promise<string> {
  for (const name of ["_index", "index"]) if ((await tree.kind(`${path}/${name}`)) !== undefined) return name;
  throw new ArrayTreeError(tree.name, path, "a table without an index", "an attribute _index, or a column index");
}

/** Texts that are stored plainly, or as categories, or with a mask. */
async function textsOf(
  tree: ArrayTree,
  path: string,
): Promise<{ length: number; read(range?: AxisRange): Promise<string[]> }> {
  if ((await tree.kind(path)) === "group") {
    const column = await groupColumn(tree, path, path);
    const texts =
      column.kind === "text"
        ? Array.from(column.codes, (code) => column.levels[code] ?? "")
        : Array.from(column.values, String);
    return { length: texts.length, read: async (range) => (range ? texts.slice(...range) : texts) };
  }
  const array = await tree.array(path);
  const read = async (range?: AxisRange): Promise<string[]> =>
    array.kind === "text" ? array.texts(range) : Array.from(await array.numbers(range && [range]), String);
  return { length: array.shape[0] ?? 0, read };
}

/** `__categories/NAME` beside the codes, as versions 0.7 and 0.8 wrote them. */
async function oldLevels(tree: ArrayTree, path: string, name: string): Promise<string[] | undefined> {
  const at = `${path}/__categories/${name}`;
  if ((await tree.kind(at)) === undefined) return undefined;
  return (await textsOf(tree, at)).read();
}

async function groupColumn(tree: ArrayTree, path: string, name: string): Promise<AnnDataColumn> {
  const encoding = (await tree.attributes(path))["encoding-type"];
  if ((await tree.kind(`${path}/codes`)) !== undefined) {
    const codes = codesOf(await (await tree.array(`${path}/codes`)).numbers());
    return { kind: "text", name, levels: await (await textsOf(tree, `${path}/categories`)).read(), codes };
  }
  if ((await tree.kind(`${path}/mask`)) === undefined)
    throw new ArrayTreeError(tree.name, path, `in encoding ${String(encoding)}`, "a categorical or nullable column");
  const mask = await (await tree.array(`${path}/mask`)).numbers();
  const column = await plainColumn(await tree.array(`${path}/values`), name);
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    if (column.kind === "text") column.codes[i] = -1;
    else column.values[i] = Number.NaN;
  }
  return column;
}

async function plainColumn(array: TreeArray, name: string): Promise<AnnDataColumn> {
  if (array.kind === "text") return textColumn(name, await array.texts());
  if (array.kind === "boolean") {
    const values = await array.numbers();
    return {
      kind: "text",
      name,
      levels: ["False", "True"],
      codes: Int32Array.from(values, (value) => (value === 0 ? 0 : 1)),
    };
  }
  return { kind: "number", name, values: Float64Array.from(await array.numbers()) };
}

/** Texts as codes into their levels, levels in the order of their first row. */
export function textColumn(name: string, texts: readonly string[]): AnnDataColumn {
  const known = new Map<string, number>();
  const codes = Int32Array.from(texts, (text) => {
    const code = known.get(text) ?? known.size;
    known.set(text, code);
    return code;
  });
  return { kind: "text", name, levels: [...known.keys()], codes };
}

function codesOf(values: NumberArray): Int32Array {
  return Int32Array.from(values);
}

/** One array of records, with categories in `uns/NAME_categories`. */
async function recordTable(tree: ArrayTree, path: string): Promise<AnnDataTable> {
  const array = await tree.array(path);
  const records = await array.records?.();
  if (records === undefined) throw new ArrayTreeError(tree.name, path, `an array of ${array.kind}`, "a table");
  const names = [...records.keys()];
  const indexName = names.find((name) => name === "index" || name === "_index") ?? names[0] ?? "";
  const texts = Array.from(records.get(indexName) ?? [], String);
  const columnNames = names.filter((name) => name !== indexName);
  return {
    path,
    rowCount: texts.length,
    columnNames,
    index: async (range) => (range ? texts.slice(...range) : texts),
    async column(name) {
      const values = columnNames.includes(name) ? records.get(name) : undefined;
      if (values === undefined) throw new ArrayTreeError(tree.name, `${path}/${name}`, "absent", "a column");
      if (Array.isArray(values)) return textColumn(name, values);
      const at = `uns/${name}_categories`;
      if ((await tree.kind(at)) === undefined) return { kind: "number", name, values: Float64Array.from(values) };
      return { kind: "text", name, levels: await (await textsOf(tree, at)).read(), codes: codesOf(values) };
    },
  };
}

/**
 * A matrix of an AnnData file: `X`, `layers/NAME` or `raw/X`, sparse in either orientation or dense.
 *
 * @throws ArrayTreeError (data/array-tree) when it is not there, or in an encoding that is not known
 */
export async function openAnnDataMatrix(tree: ArrayTree, path: string): Promise<AnnDataMatrix> {
  const kind = await tree.kind(path);
  if (kind === undefined) throw new ArrayTreeError(tree.name, path, "absent", "a matrix");
  if (kind === "array") {
    const values = await tree.array(path);
    const [cellCount, geneCount] = values.shape;
    if (values.shape.length !== 2 || cellCount === undefined || geneCount === undefined)
      throw new ArrayTreeError(
        tree.name,
        path,
        `an array of ${values.shape.length} dimensions`,
        "two: cells and genes",
      );
    return { kind: "dense", path, cellCount, geneCount, values };
  }
  const attributes = await tree.attributes(path);
  const encoding = attributes["encoding-type"] ?? attributes.h5sparse_format;
  const layout = typeof encoding === "string" ? /^(cs[rc])(?:_matrix)?$/.exec(encoding)?.[1] : undefined;
  if (layout !== "csr" && layout !== "csc")
    throw new ArrayTreeError(tree.name, path, `in encoding ${String(encoding)}`, "csr_matrix, csc_matrix or an array");
  const shape = attributes.shape ?? attributes.h5sparse_shape;
  const [cellCount = Number.NaN, geneCount = Number.NaN] = Array.from((shape ?? []) as ArrayLike<number>, Number);
  if (!Number.isSafeInteger(cellCount) || !Number.isSafeInteger(geneCount))
    throw new ArrayTreeError(tree.name, path, `of shape ${JSON.stringify(shape)}`, "an attribute shape of two numbers");
  const [indptr, indices, data] = await Promise.all(
    ["indptr", "indices", "data"].map((part) => tree.array(`${path}/${part}`)),
  );
  return { kind: layout, path, cellCount, geneCount, indptr: indptr!, indices: indices!, data: data! };
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === "string");
}
