import { AnnDataError } from "./dense-anndata-errors.ts";
import { type Column, type Table, tableOf } from "./table.ts";

/** The part of AnnData that profiles need (scverse's on-disk format): observations with their annotations, and one dense matrix. */
export interface DenseAnnData {
  /** Annotations of shape (observations). */
  obs: Table;
  /** Names of the columns of X, of shape (variables). */
  variables: string[];
  /** X of shape (observations, variables), row-major; missing is NaN. */
  values: Float64Array;
}

/** A group or array of an HDF5 or Zarr file. */
export interface AnnDataNode {
  attributes: Record<string, unknown>;
  /** Undefined for a group. */
  array?: () => Promise<{ shape: number[]; values: Iterable<unknown> }>;
}

/** Reads AnnData through a way to open its groups and arrays by path; undefined is one that is not there. */
export async function readAnnData(
  open: (path: string) => Promise<AnnDataNode | undefined>,
  source: string,
): Promise<DenseAnnData> {
  const node = async (path: string): Promise<AnnDataNode> => {
    const found = await open(path);
    if (found === undefined)
      throw new AnnDataError(source, `has no "${path}". It may have been cut off, or is no AnnData.`);
    return found;
  };
  const list = async (path: string): Promise<unknown[]> => {
    const { array } = await node(path);
    if (array === undefined) throw new AnnDataError(source, `"${path}" is a group, expected an array.`);
    return [...(await array()).values];
  };
  const frame = async (path: string): Promise<{ index: string[]; columns: string[] }> => {
    const { attributes, array } = await node(path);
    if (array !== undefined)
      throw new AnnDataError(
        source,
        `"${path}" is a table of anndata before 0.7. Open it with a current anndata and save it again.`,
      );
    const name = typeof attributes._index === "string" ? attributes._index : "_index";
    const order = attributes["column-order"];
    const columns = order === undefined ? [] : typeof order === "string" ? [order] : [...iterable(order)].map(String);
    return { index: (await texts(`${path}/${name}`)).map((cell) => cell ?? ""), columns };
  };
  const texts = async (path: string): Promise<(string | null)[]> => {
    const column = await columnAt(path, "");
    return column.kind === "text" ? column.values : Array.from(column.values, String);
  };
  const columnAt = async (path: string, name: string): Promise<Column> => {
    const { attributes, array } = await node(path);
    const encoding = attributes["encoding-type"];
    if (encoding === "categorical") {
      const categories = await texts(`${path}/categories`);
      const codes = (await list(`${path}/codes`)).map(Number);
      return { name, kind: "text", values: codes.map((code) => (code < 0 ? null : (categories[code] ?? null))) };
    }
    if (array === undefined) {
      const values = await list(`${path}/values`);
      const mask = (await list(`${path}/mask`)).map(Boolean);
      return columnOfCells(
        name,
        values.map((value, i) => (mask[i] ? null : value)),
      );
    }
    return columnOfCells(name, await list(path));
  };
  const obs = await frame("obs");
  const variables = (await frame("var")).index;
  const columns: Column[] = [];
  for (const name of obs.columns) columns.push(await columnAt(`obs/${name}`, name));
  const values = await denseMatrix(open, node, list, source, obs.index.length, variables.length);
  const table = columns.length > 0 ? tableOf(columns) : { columns, rowCount: obs.index.length };
  return { obs: table, variables, values };
}

async function denseMatrix(
  open: (path: string) => Promise<AnnDataNode | undefined>,
  node: (path: string) => Promise<AnnDataNode>,
  list: (path: string) => Promise<unknown[]>,
  source: string,
  rows: number,
  columns: number,
): Promise<Float64Array> {
  const found = await open("X");
  if (found === undefined && columns === 0) return new Float64Array(0);
  const { attributes, array } = await node("X");
  if (array !== undefined) {
    const { shape, values } = await array();
    if (shape[0] !== rows || shape[1] !== columns)
      throw new AnnDataError(
        source,
        `X has the shape ${shape.join(" × ")}, expected ${rows} × ${columns} by obs and var.`,
      );
    return Float64Array.from(values, Number);
  }
  const encoding = attributes["encoding-type"];
  if (encoding !== "csr_matrix" && encoding !== "csc_matrix")
    throw new AnnDataError(source, `X is a "${String(encoding)}", expected a dense array, csr_matrix or csc_matrix.`);
  const [data, indices, starts] = [
    (await list("X/data")).map(Number),
    (await list("X/indices")).map(Number),
    (await list("X/indptr")).map(Number),
  ];
  const dense = new Float64Array(rows * columns);
  for (let outer = 0; outer + 1 < starts.length; outer++)
    for (let at = starts[outer]!; at < starts[outer + 1]!; at++) {
      const [row, column] = encoding === "csr_matrix" ? [outer, indices[at]!] : [indices[at]!, outer];
      dense[row * columns + column] = data[at]!;
    }
  return dense;
}

function columnOfCells(name: string, cells: readonly unknown[]): Column {
  if (cells.every((cell) => cell === null || typeof cell === "number" || typeof cell === "bigint"))
    return {
      name,
      kind: "number",
      values: Float64Array.from(cells, (cell) => (cell === null ? Number.NaN : Number(cell))),
    };
  return {
    name,
    kind: "text",
    values: cells.map((cell) => {
      if (typeof cell === "boolean") return cell ? "True" : "False";
      return cell === null || cell === undefined ? null : String(cell);
    }),
  };
}

function iterable(value: unknown): Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value ? (value as Iterable<unknown>) : [];
}

/** A text column as anndata's categorical: sorted categories, −1 for missing, codes as small as pandas makes them. */
export function categoricalOf(cells: readonly (string | null)[]): {
  categories: string[];
  codes: Int8Array | Int16Array | Int32Array;
} {
  const categories = [...new Set(cells.filter((cell) => cell !== null))].sort((a, b) => (a < b ? -1 : 1));
  const place = new Map(categories.map((category, index) => [category, index]));
  const codes = cells.map((cell) => (cell === null ? -1 : (place.get(cell) ?? -1)));
  if (categories.length <= 127) return { categories, codes: Int8Array.from(codes) };
  return { categories, codes: categories.length <= 32_767 ? Int16Array.from(codes) : Int32Array.from(codes) };
}
