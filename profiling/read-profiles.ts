import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { DenseAnnData, Place, Table } from "@artesian/data";
import { readCsv } from "@artesian/data/csv.ts";
import { withLocalFile } from "@artesian/data/local-file.ts";
import { readGct } from "./gct.ts";
import { type IsFeature, isCompartmentFeature, readProfileCsv } from "./profile-csv.ts";
import { profileFormatOf } from "./profile-format.ts";
import { type MetadataCell, type Profiles, profilesFromTable, profilesOf } from "./profiles.ts";
import { NoFeaturesError, NonNumericFeatureError, ProfileFormatError } from "./statistics-errors.ts";

export interface ReadProfilesOptions {
  /** Which columns are features, by name. Default: those of Cells, Cytoplasm and Nuclei, as pycytominer infers them. */
  isFeature?: IsFeature;
  /** Where an .h5ad of a bucket is copied to, since HDF5 needs a real file; a folder's files are read in place. */
  cacheDir?: string;
  signal?: AbortSignal;
}

/**
 * Reads profiles, whatever they are written in, by the file's ending: delimited text (also gzip), Parquet, GCT #1.3, AnnData as .h5ad or
 * .zarr (obs and X side by side, as pycytominer reads them), archives of NumPy arrays as .npz.
 * @throws ProfileFormatError (profiling/profile-format), NonNumericFeatureError (profiling/non-numeric-feature), NoFeaturesError
 * (profiling/no-features), MissingFileError (data/missing-file), and for text what `readProfileCsv` throws
 */
export async function readProfiles(place: Place, key: string, options: ReadProfilesOptions = {}): Promise<Profiles> {
  const { format, gzip } = profileFormatOf(key);
  const isFeature = options.isFeature ?? isCompartmentFeature;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const source = `${place.uri.replace(/\/$/, "")}/${key}`;
  switch (format) {
    case "csv":
      return readProfileCsv(unzipped(place.stream(key, call), gzip, source), source, isFeature);
    case "tsv":
      return profilesOfTable(
        readCsv(await textOf(place.stream(key, call), gzip, source), { source }),
        source,
        isFeature,
      );
    case "gct":
      return readGct(await textOf(place.stream(key, call), gzip, source), source);
    case "parquet":
      return profilesOfTable(await tableOfParquet(await place.read(key, call), source), source, isFeature);
    // What reads binary formats is large: it is loaded where such a file is.
    case "h5ad": {
      const { readDenseH5ad } = await import("@artesian/data/dense-h5ad.ts");
      if (place.path === undefined && options.cacheDir === undefined)
        throw new ProfileFormatError(source, "HDF5 is read from a real file; give a folder for copies (cacheDir).");
      return withLocalFile(place, key, { ...call, cacheDir: options.cacheDir ?? "" }, async (path) =>
        profilesOfAnnData(await readDenseH5ad(path), source, isFeature),
      );
    }
    case "npz": {
      const { readDenseNpz } = await import("@artesian/data/dense-npz.ts");
      return profilesOfAnnData(await readDenseNpz(place, key, call), source, isFeature);
    }
    case "zarr": {
      const { readDenseZarr } = await import("@artesian/data/dense-zarr.ts");
      return profilesOfAnnData(await readDenseZarr(place, key, call), source, isFeature);
    }
  }
}

/** @throws ProfileFormatError (profiling/profile-format) when the bytes are no whole Parquet file */
async function tableOfParquet(bytes: Uint8Array, source: string): Promise<Table> {
  const { readParquet } = await import("@artesian/data/parquet.ts");
  try {
    return await readParquet(bytes);
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    throw new ProfileFormatError(source, `does not read as Parquet (${found}). Copy it or make it again.`);
  }
}

/** @throws NonNumericFeatureError (profiling/non-numeric-feature), NoFeaturesError (profiling/no-features) */
export function profilesOfTable(table: Table, source: string, isFeature: IsFeature = isCompartmentFeature): Profiles {
  const texts = table.columns.filter(
    (column) => column.kind === "text" && isFeature(column.name) && column.values.some((cell) => cell !== null),
  );
  const [first] = texts;
  if (first?.kind === "text") {
    const row = first.values.findIndex((cell) => cell !== null && Number.isNaN(Number(cell)));
    throw new NonNumericFeatureError(
      source,
      texts.map(({ name }) => name),
      row + 1,
      first.values[Math.max(0, row)] ?? "",
    );
  }
  const columns = table.columns.map((column) =>
    column.kind === "text" && isFeature(column.name)
      ? { name: column.name, kind: "number" as const, values: new Float64Array(table.rowCount).fill(Number.NaN) }
      : column,
  );
  const profiles = profilesFromTable({ columns, rowCount: table.rowCount }, isFeature);
  if (profiles.features.length === 0)
    throw new NoFeaturesError(
      source,
      table.columns.map(({ name }) => name),
    );
  return profiles;
}

function profilesOfAnnData(found: DenseAnnData, source: string, isFeature: IsFeature): Profiles {
  const metadata: Record<string, MetadataCell[]> = {};
  for (const column of found.obs.columns)
    metadata[column.name] =
      column.kind === "text"
        ? column.values
        : Array.from(column.values, (value) => (Number.isNaN(value) ? null : value));
  const width = found.variables.length;
  const kept: number[] = [];
  found.variables.forEach((name, j) => {
    if (isFeature(name)) kept.push(j);
    else
      metadata[name] = Array.from({ length: found.obs.rowCount }, (_, i) => {
        const value = found.values[i * width + j]!;
        return Number.isNaN(value) ? null : value;
      });
  });
  if (kept.length === 0) throw new NoFeaturesError(source, found.variables);
  const values = new Float64Array(found.obs.rowCount * kept.length);
  for (let i = 0; i < found.obs.rowCount; i++)
    for (let k = 0; k < kept.length; k++) values[i * kept.length + k] = found.values[i * width + kept[k]!]!;
  return profilesOf(
    metadata,
    kept.map((j) => found.variables[j]!),
    values,
  );
}

async function* unzipped(pieces: AsyncIterable<Uint8Array>, gzip: boolean, source: string): AsyncGenerator<Uint8Array> {
  if (!gzip) {
    yield* pieces;
    return;
  }
  const unzip = createGunzip();
  const input = Readable.from(pieces);
  input.on("error", (error) => unzip.destroy(error));
  input.pipe(unzip);
  try {
    for await (const piece of unzip) yield piece;
  } catch (error) {
    if (error instanceof Error && "code" in error && String(error.code).startsWith("Z_"))
      throw new ProfileFormatError(source, `is not whole gzip data (${error.message}). Make it again.`);
    throw error;
  } finally {
    input.destroy();
    unzip.destroy();
  }
}

async function textOf(pieces: AsyncIterable<Uint8Array>, gzip: boolean, source: string): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  try {
    for await (const piece of unzipped(pieces, gzip, source)) text += decoder.decode(piece, { stream: true });
    return text + decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw new ProfileFormatError(source, "is not UTF-8 text. Save it again as UTF-8.");
    throw error;
  }
}
