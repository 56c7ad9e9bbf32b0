import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { File } from "h5wasm/node";
import { type AnnDataNode, categoricalOf, type DenseAnnData, readAnnData } from "./dense-anndata.ts";
import { AnnDataError } from "./dense-anndata-errors.ts";
import { MissingFileError } from "./errors.ts";
import { found, loadLibrary, reasonOf } from "./hdf5.ts";
import { withoutTimes } from "./hdf5-times.ts";

/**
 * Reads AnnData from an HDF5 file.
 * @param path a real file, see `localFile`
 * @throws AnnDataError (data/anndata), MissingFileError (data/missing-file)
 */
export async function readDenseH5ad(path: string): Promise<DenseAnnData> {
  await refuseOther(path);
  const hdf5 = await loadLibrary();
  let file: File;
  try {
    file = new hdf5.File(path, "r");
  } catch (error) {
    throw new AnnDataError(path, `is a damaged HDF5 file (${reasonOf(error)}). Copy or make it again.`);
  }
  try {
    const nodeAt = async (name: string): Promise<AnnDataNode | undefined> => {
      const node = name === "" ? file : found(() => file.get(name));
      if (!(node instanceof hdf5.Dataset || node instanceof hdf5.Group)) return undefined;
      const attributes = Object.fromEntries(Object.keys(node.attrs).map((key) => [key, node.attrs[key]?.value]));
      if (!(node instanceof hdf5.Dataset)) return { attributes };
      return {
        attributes,
        async array() {
          const { value, shape, metadata } = node;
          const cells: Iterable<unknown> =
            typeof value === "object" && value !== null && Symbol.iterator in value
              ? (value as Iterable<unknown>)
              : [value];
          const members = Object.keys(metadata.enum_type?.members ?? {});
          if (members.length === 2 && members.includes("TRUE"))
            return { shape: shape ?? [], values: Array.from(cells, (cell) => Number(cell) === 1) };
          return { shape: shape ?? [], values: cells };
        },
      };
    };
    const top = await nodeAt("");
    if (top?.attributes["encoding-type"] !== "anndata")
      throw new AnnDataError(path, "is no AnnData: expected an HDF5 file whose encoding-type is anndata.");
    return await readAnnData(nodeAt, path);
  } finally {
    file.close();
  }
}

const SIGNATURE = Buffer.from("\x89HDF\r\n\x1a\n", "latin1");

/** HDF5's signature stands at the beginning, or at 512, 1024, 2048, … behind a user block. */
async function refuseOther(path: string): Promise<void> {
  const file = await open(path).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT")
      throw new MissingFileError(path, "this machine", { cause: error });
    throw error;
  });
  try {
    const found = Buffer.alloc(SIGNATURE.length);
    for (let at = 0; at <= 1 << 20; at = at === 0 ? 512 : 2 * at) {
      const { bytesRead } = await file.read(found, 0, found.length, at);
      if (bytesRead < found.length) break;
      if (found.equals(SIGNATURE)) return;
    }
  } finally {
    await file.close();
  }
  throw new AnnDataError(path, "is no HDF5 file.");
}

/** AnnData as the bytes of an HDF5 file, as anndata 0.7 and later read it; made in a folder of its own below the temporary one. */
export async function writeDenseH5ad({ obs, variables, values }: DenseAnnData): Promise<Uint8Array> {
  const hdf5 = await loadLibrary();
  const folder = await mkdtemp(join(tmpdir(), "artesian-h5ad-"));
  const path = join(folder, "profiles.h5ad");
  try {
    const file = new hdf5.File(path, "w");
    const describe = (name: string, attributes: Record<string, string>): void => {
      const found = name === "" ? file : file.get(name);
      if (!(found instanceof hdf5.Dataset || found instanceof hdf5.Group)) return;
      for (const [key, value] of Object.entries(attributes)) found.create_attribute(key, value);
    };
    const encoding = (type: string, version: string): Record<string, string> => ({
      "encoding-type": type,
      "encoding-version": version,
    });
    const strings = (name: string, cells: string[]): void => {
      file.create_dataset({ name, data: cells, shape: [cells.length], dtype: "S" });
      describe(name, encoding("string-array", "0.2.0"));
    };
    const numbers = (name: string, data: Float64Array | Int8Array | Int16Array | Int32Array, shape: number[]): void => {
      file.create_dataset({ name, data, shape });
      describe(name, encoding("array", "0.2.0"));
    };
    const frame = (name: string, columns: string[]): void => {
      describe(name, { ...encoding("dataframe", "0.2.0"), _index: "_index" });
      const found = file.get(name);
      if (!(found instanceof hdf5.Group)) return;
      if (columns.length === 0) found.create_attribute("column-order", new Float64Array(0), [0]);
      else found.create_attribute("column-order", columns, [columns.length]);
    };
    describe("", encoding("anndata", "0.1.0"));
    numbers("X", values, [obs.rowCount, variables.length]);
    file.create_group("obs");
    strings(
      "obs/_index",
      Array.from({ length: obs.rowCount }, (_, i) => String(i)),
    );
    for (const column of obs.columns) {
      const name = `obs/${column.name}`;
      if (column.kind === "number") {
        numbers(name, column.values, [obs.rowCount]);
        continue;
      }
      const { categories, codes } = categoricalOf(column.values);
      const group = file.create_group(name);
      numbers(`${name}/codes`, codes, [obs.rowCount]);
      strings(`${name}/categories`, categories);
      describe(name, encoding("categorical", "0.2.0"));
      group.create_attribute("ordered", Int8Array.of(0), []);
    }
    frame(
      "obs",
      obs.columns.map(({ name }) => name),
    );
    file.create_group("var");
    strings("var/_index", variables);
    frame("var", []);
    for (const name of ["layers", "obsm", "obsp", "uns", "varm", "varp"]) {
      file.create_group(name);
      describe(name, encoding("dict", "0.1.0"));
    }
    file.close();
    return withoutTimes(await readFile(path));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
