import { type ArrayTree, localFile, openHdf5, openZarr, openZip, type Place, type ReadablePlace } from "@artesian/data";
import { discoverMatrices, type FoundMatrix } from "./discover.ts";
import { MatrixLayoutError, MissingPartError } from "./errors.ts";
import type { MatrixSource, ReadCall } from "./matrix.ts";
import { is10x, open10xMatrix } from "./read-10x.ts";
import { openAnnData } from "./read-anndata.ts";
import { type LineAxis, openCsvMatrix } from "./read-csv.ts";
import { openLoom } from "./read-loom.ts";
import { openMtxMatrix } from "./read-mtx.ts";

export interface OpenMatrixOptions extends ReadCall {
  /** For copies of HDF5 files that lie in a bucket; files of a folder are read where they are. */
  cacheDir: string;
  /** Layer of an AnnData or loom file; `X` and `raw` are layers too. */
  layer?: string;
  /** Genome of a 10x file of version 2 that holds several. */
  genome?: string;
  /** What a line of a text matrix is about. */
  lines?: LineAxis;
}

/**
 * Opens a matrix that `discoverMatrices` found. What the file is, its content says: an `.h5` with AnnData inside is AnnData.
 *
 * @throws what the reader of the format throws, see read-*.ts
 */
export async function openMatrix(place: Place, found: FoundMatrix, options: OpenMatrixOptions): Promise<MatrixSource> {
  const layer = options.layer ?? found.layer;
  switch (found.format) {
    case "mtx":
      return found.zipped ? openZipped(place, found, options) : openMtxMatrix(place, trioOf(found), options);
    case "zarr":
      return openStore(place, found, layer);
    case "csv":
      return openCsvMatrix(place, found.key, options);
    case "10x-h5":
    case "h5ad":
    case "loom": {
      const path = await localFile(place, found.key, options.cacheDir, options.signal);
      return closingOnError(await openHdf5(path, found.key), (tree) =>
        openTree(tree, found.key, layer, options.genome),
      );
    }
  }
}

/** An HDF5 file by what is in it. */
async function openTree(
  tree: ArrayTree,
  key: string,
  layer: string | undefined,
  genome: string | undefined,
): Promise<MatrixSource> {
  if ((await tree.kind("obs")) !== undefined && (await tree.kind("var")) !== undefined)
    return openAnnData(tree, key, "h5ad", layer);
  if ((await tree.kind("matrix")) === "array") return openLoom(tree, key, layer);
  if (await is10x(tree)) return open10xMatrix(tree, key, genome);
  const names = await tree.keys("");
  throw new MatrixLayoutError(
    key,
    names.length === 0 ? "an HDF5 file without content" : `an HDF5 file with ${names.slice(0, 12).join(", ")}`,
    "AnnData (obs, var, X), 10x (matrix/barcodes) or loom (matrix, row_attrs)",
  );
}

async function openStore(place: Place, found: FoundMatrix, layer: string | undefined): Promise<MatrixSource> {
  if (!found.zipped)
    return closingOnError(await openZarr(place, found.key, found.key), (tree) =>
      openAnnData(tree, found.key, "zarr", layer),
    );
  const zip = await openZip(place, found.key);
  try {
    const prefix = await storePrefix(zip, found.key);
    const source = await openAnnData(await openZarr(zip, prefix, found.key), found.key, "zarr", layer);
    return closedWith(source, () => zip.close());
  } catch (error) {
    zip.close();
    throw error;
  }
}

/** The store lies at the archive's root, or in its only folder. */
async function storePrefix(zip: ReadablePlace, key: string): Promise<string> {
  const roots: string[] = [];
  for await (const entry of zip.list()) {
    const root = /^([^/]*\/)?(?:zarr\.json|\.zgroup)$/.exec(entry.key);
    if (root !== null) roots.push(root[1] ?? "");
  }
  const prefix = roots.includes("") ? "" : roots[0];
  if (prefix === undefined) throw new MissingPartError(key, "Zarr store: neither zarr.json nor .zgroup", []);
  return prefix;
}

async function openZipped(place: Place, found: FoundMatrix, options: OpenMatrixOptions): Promise<MatrixSource> {
  const zip = await openZip(place, found.key);
  try {
    const inside = await Array.fromAsync(zip.list());
    const { matrices, problems } = discoverMatrices(inside.filter(({ key }) => !key.startsWith("__MACOSX/")));
    const trios = matrices.filter(({ format, zipped }) => format === "mtx" && !zipped);
    const [trio] = trios;
    if (trio === undefined)
      throw new MissingPartError(
        found.key,
        "Matrix Market file with its lists of genes and cells",
        problems.slice(0, 5).map(({ key, reason }) => `${key} (${reason})`),
      );
    if (trios.length > 1)
      throw new MatrixLayoutError(
        found.key,
        `${trios.length} matrices in one archive`,
        "one; unpack it, or pack each alone",
      );
    const source = await openMtxMatrix(zip, trioOf(trio), options);
    return closedWith({ ...source, key: found.key }, () => zip.close());
  } catch (error) {
    zip.close();
    throw error;
  }
}

function trioOf({ key, genes, cells }: FoundMatrix): { matrix: string; genes: string; cells: string } {
  if (genes === undefined || cells === undefined)
    throw new MissingPartError(key, genes === undefined ? "list of genes" : "list of cells", []);
  return { matrix: key, genes, cells };
}

function closedWith(source: MatrixSource, close: () => void): MatrixSource {
  return {
    ...source,
    async close() {
      await source.close();
      close();
    },
  };
}

async function closingOnError(tree: ArrayTree, use: (tree: ArrayTree) => Promise<MatrixSource>): Promise<MatrixSource> {
  try {
    return await use(tree);
  } catch (error) {
    await tree.close();
    throw error;
  }
}
