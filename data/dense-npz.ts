import type { DenseAnnData } from "./dense-anndata.ts";
import { NumpyError } from "./format-errors.ts";
import { type NumpyArray, readNpy } from "./npy.ts";
import type { Place } from "./place.ts";
import { type Column, tableOf } from "./table.ts";
import { openZip } from "./zip.ts";

interface Named extends NumpyArray {
  name: string;
}

/**
 * Reads an archive of NumPy arrays (`numpy.savez`, `savez_compressed`) as observations with a matrix: its one array of two dimensions is the matrix,
 * arrays of one dimension with as many entries as it has rows annotate them by their names. An array `features` or `columns` of texts names the
 * matrix's columns; without it they are named after the matrix: `embedding_0`, `embedding_1`, …
 * @throws NumpyError (data/numpy); ZipError (data/zip), MissingFileError (data/missing-file)
 */
export async function readDenseNpz(
  place: Place,
  key: string,
  { signal }: { signal?: AbortSignal } = {},
): Promise<DenseAnnData> {
  const source = `${place.uri.replace(/\/$/, "")}/${key}`;
  const archive = await openZip(place, key);
  try {
    const arrays: Named[] = [];
    for await (const { key: entry } of archive.list()) {
      signal?.throwIfAborted();
      if (!entry.endsWith(".npy")) continue;
      const name = entry.slice(0, -".npy".length);
      arrays.push({ name, ...readNpy(await archive.read(entry), `${source}: ${entry}`) });
    }
    return denseOf(arrays, source);
  } finally {
    archive.close();
  }
}

function denseOf(arrays: readonly Named[], source: string): DenseAnnData {
  const told = arrays.map(({ name, shape }) => `${name} (${shape.join(" × ") || "a number"})`).join(", ") || "none";
  const matrices = arrays.filter(({ shape, values }) => shape.length === 2 && values.kind === "number");
  const [matrix] = matrices;
  if (matrix === undefined || matrices.length > 1 || matrix.values.kind !== "number")
    throw new NumpyError(
      source,
      `its arrays are ${told}; expected one matrix of numbers, with an array a column beside it`,
    );
  const [rows = 0, width = 0] = matrix.shape;
  const named = arrays.find(({ name, shape, values }) => {
    return (name === "features" || name === "columns") && values.kind === "text" && shape[0] === width;
  });
  const columns = arrays.flatMap((one): Column[] => {
    const { name, shape, values } = one;
    if (one === matrix || one === named || shape.length !== 1) return [];
    if (shape[0] !== rows)
      throw new NumpyError(source, `its array ${name} has ${shape[0]} entries, expected one for each of ${rows} rows`);
    return values.kind === "text"
      ? [{ name, kind: "text", values: values.texts }]
      : [{ name, kind: "number", values: values.numbers }];
  });
  const variables =
    named?.values.kind === "text" ? named.values.texts : Array.from({ length: width }, (_, j) => `${matrix.name}_${j}`);
  const obs = columns.length > 0 ? tableOf(columns) : { columns, rowCount: rows };
  return { obs, variables, values: matrix.values.numbers };
}
