import { deflateSync } from "node:zlib";
import * as zarr from "zarrita";
import { type AnnDataNode, categoricalOf, type DenseAnnData, readAnnData } from "./dense-anndata.ts";
import { AnnDataError } from "./dense-anndata-errors.ts";
import { MissingFileError } from "./errors.ts";
import type { Place, PlaceCall, PlaceEntry } from "./place.ts";

/**
 * Reads AnnData from a Zarr folder (version 2 or 3) of a place.
 * @param key the folder, for example "profiles.zarr"
 * @throws AnnDataError (data/anndata)
 */
export async function readDenseZarr(place: Place, key: string, call: PlaceCall = {}): Promise<DenseAnnData> {
  const folder = key.replace(/\/+$/, "");
  const source = `${place.uri.replace(/\/$/, "")}/${folder}`;
  const store = {
    async get(path: string): Promise<Uint8Array | undefined> {
      try {
        return await place.read(`${folder}${path}`, call);
      } catch (error) {
        if (error instanceof MissingFileError) return undefined;
        throw error;
      }
    },
  };
  const root = zarr.root(store);
  const open = async (path: string): Promise<AnnDataNode | undefined> => {
    try {
      const found = await zarr.open(root.resolve(path));
      if (found.kind === "group") return { attributes: found.attrs };
      return {
        attributes: found.attrs,
        async array() {
          // Such as the categories of a column of nothing but missing values; zarrita reads no empty array.
          if (found.shape.includes(0)) return { shape: found.shape, values: [] };
          const { data } = await zarr.get(found);
          return { shape: found.shape, values: cellsOf(data) };
        },
      };
    } catch (error) {
      if (error instanceof zarr.NotFoundError) return undefined;
      throw error;
    }
  };
  const top = await open("/");
  if (top === undefined || top.attributes["encoding-type"] !== "anndata")
    throw new AnnDataError(source, "is no AnnData: expected a Zarr group whose encoding-type is anndata.");
  return readAnnData((path) => open(`/${path}`), source);
}

function cellsOf(data: unknown): Iterable<unknown> {
  if (typeof data === "object" && data !== null && Symbol.iterator in data) return data as Iterable<unknown>;
  return [data];
}

/**
 * Writes AnnData as a Zarr version 2 folder (what anndata writes and reads since 0.7); equal content gives equal bytes. The group's
 * attributes come last: without them nobody takes the folder for AnnData.
 */
export async function writeDenseZarr(
  place: Place,
  key: string,
  content: DenseAnnData,
  call: PlaceCall = {},
): Promise<PlaceEntry> {
  const folder = key.replace(/\/+$/, "");
  const put = (path: string, bytes: Uint8Array | string): Promise<PlaceEntry> =>
    place.write(`${folder}/${path}`, bytes, call);
  const json = (path: string, value: unknown): Promise<PlaceEntry> => put(path, `${JSON.stringify(value, null, 1)}\n`);
  const group = async (path: string, attributes: Record<string, unknown>): Promise<void> => {
    await json(`${path}/.zgroup`, { zarr_format: 2 });
    await json(`${path}/.zattrs`, attributes);
  };
  const array = async (
    path: string,
    attributes: Record<string, unknown>,
    dtype: string,
    shape: number[],
    bytes: Uint8Array,
  ): Promise<void> => {
    const texts = dtype === "|O";
    await json(`${path}/.zarray`, {
      chunks: shape.map((length) => Math.max(1, length)),
      compressor: { id: "zlib", level: 5 },
      dtype,
      fill_value: texts ? "" : 0,
      filters: texts ? [{ id: "vlen-utf8" }] : null,
      order: "C",
      shape,
      zarr_format: 2,
    });
    await json(`${path}/.zattrs`, attributes);
    if (shape.every((length) => length > 0)) await put(`${path}/${shape.map(() => 0).join(".")}`, deflateSync(bytes));
  };
  const strings = (path: string, cells: readonly string[]): Promise<void> =>
    array(
      path,
      { "encoding-type": "string-array", "encoding-version": "0.2.0" },
      "|O",
      [cells.length],
      vlenUtf8(cells),
    );
  const numbers = (path: string, dtype: string, shape: number[], values: ArrayBufferView): Promise<void> =>
    array(
      path,
      { "encoding-type": "array", "encoding-version": "0.2.0" },
      dtype,
      shape,
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    );
  const frame = (path: string, columns: string[]): Promise<void> =>
    group(path, {
      _index: "_index",
      "column-order": columns,
      "encoding-type": "dataframe",
      "encoding-version": "0.2.0",
    });

  await place.remove(`${folder}/.zattrs`, call);
  await json(".zgroup", { zarr_format: 2 });
  const { obs, variables, values } = content;
  await numbers("X", "<f8", [obs.rowCount, variables.length], values);
  await strings(
    "obs/_index",
    Array.from({ length: obs.rowCount }, (_, i) => String(i)),
  );
  for (const column of obs.columns) {
    if (column.kind === "number") {
      await numbers(`obs/${column.name}`, "<f8", [obs.rowCount], column.values);
      continue;
    }
    const { categories, codes } = categoricalOf(column.values);
    await group(`obs/${column.name}`, {
      "encoding-type": "categorical",
      "encoding-version": "0.2.0",
      ordered: false,
    });
    await numbers(
      `obs/${column.name}/codes`,
      codes.BYTES_PER_ELEMENT === 1 ? "|i1" : `<i${codes.BYTES_PER_ELEMENT}`,
      [obs.rowCount],
      codes,
    );
    await strings(`obs/${column.name}/categories`, categories);
  }
  await frame(
    "obs",
    obs.columns.map(({ name }) => name),
  );
  await strings("var/_index", variables);
  await frame("var", []);
  for (const path of ["layers", "obsm", "obsp", "uns", "varm", "varp"])
    await group(path, { "encoding-type": "dict", "encoding-version": "0.1.0" });
  return json(".zattrs", { "encoding-type": "anndata", "encoding-version": "0.1.0" });
}

/** numcodecs' vlen-utf8: how many, then each length and its bytes, little-endian. */
function vlenUtf8(cells: readonly string[]): Uint8Array {
  const encoded = cells.map((cell) => new TextEncoder().encode(cell));
  const bytes = new Uint8Array(encoded.reduce((sum, cell) => sum + 4 + cell.length, 4));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, cells.length, true);
  let at = 4;
  for (const cell of encoded) {
    view.setUint32(at, cell.length, true);
    bytes.set(cell, at + 4);
    at += 4 + cell.length;
  }
  return bytes;
}
