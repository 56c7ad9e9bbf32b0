import { constants, createGzip, type Gzip } from "node:zlib";
import type { DenseAnnData, Place, PlaceEntry } from "@artesian/data";
import { tableOf } from "@artesian/data/table.ts";
import { gctBytes } from "./gct.ts";
import { profileCsvBytes } from "./profile-csv-bytes.ts";
import { profileFormatOf } from "./profile-format.ts";
import { type Profiles, profilesToTable } from "./profiles.ts";
import { OperationOptionError, ProfileFormatError } from "./statistics-errors.ts";

export interface WriteProfilesOptions {
  /** Numbers of text files with so many significant digits, or as `%.5g` says it; default exact. */
  floatFormat?: string;
  signal?: AbortSignal;
}

/**
 * Writes profiles, by the file's ending, so that equal profiles give equal bytes: .csv, .csv.gz (no time inside), .tsv, .gct,
 * .parquet, .h5ad, .zarr. AnnData has features in X and all metadata in obs.
 * @returns the file's entry; for a .zarr, which is a folder, that of its .zattrs
 * @throws ProfileFormatError (profiling/profile-format), OperationOptionError (profiling/operation-option) for a float format
 */
export async function writeProfiles(
  place: Place,
  key: string,
  profiles: Profiles,
  options: WriteProfilesOptions = {},
): Promise<PlaceEntry> {
  const { format, gzip } = profileFormatOf(key);
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const digits = significantDigits(options.floatFormat);
  const write = (text: Iterable<Uint8Array>): Promise<PlaceEntry> => place.write(key, bytesOf(text, gzip), call);
  switch (format) {
    case "csv":
      return write(profileCsvBytes(profiles, digits));
    case "tsv":
      return write(profileCsvBytes(profiles, digits, "\t"));
    case "gct":
      return write(gctBytes(profiles));
    // What writes binary formats is large: it is loaded where such a file is asked for.
    case "parquet": {
      const { writeParquet } = await import("@artesian/data/parquet.ts");
      return place.write(key, writeParquet(profilesToTable(profiles)), call);
    }
    case "h5ad": {
      const { writeDenseH5ad } = await import("@artesian/data/dense-h5ad.ts");
      return place.write(key, await writeDenseH5ad(annDataOf(profiles)), call);
    }
    case "npz":
      throw new ProfileFormatError(key, "archives of NumPy arrays are read, not written. Write .parquet or .h5ad.");
    case "zarr": {
      const { writeDenseZarr } = await import("@artesian/data/dense-zarr.ts");
      return writeDenseZarr(place, key, annDataOf(profiles), call);
    }
  }
}

/**
 * The N of a float format `%.Ng`.
 * @throws OperationOptionError (profiling/operation-option)
 */
export function significantDigits(floatFormat: string | undefined): number | undefined {
  if (floatFormat === undefined) return undefined;
  const digits = Number(/^%\.(\d+)g$/.exec(floatFormat)?.[1]);
  if (!(digits >= 1 && digits <= 100))
    throw new OperationOptionError(
      "Writing profiles",
      "float_format",
      `"${floatFormat}"`,
      "%.Ng with N from 1 to 100, such as %.5g",
    );
  return digits;
}

function annDataOf(profiles: Profiles): DenseAnnData {
  const { columns } = profilesToTable({ ...profiles, features: [], values: new Float64Array(0) });
  return { obs: tableOf(columns), variables: profiles.features, values: profiles.values };
}

const ZIPPED_BYTES = 1 << 18;

async function* bytesOf(text: Iterable<Uint8Array>, gzip: boolean): AsyncGenerator<Uint8Array> {
  if (!gzip) {
    yield* text;
    return;
  }
  // Digits of measurements repeat by chance only: searching for repeats beyond runs makes files no smaller and takes twice as long.
  const zip = createGzip({ level: 1, strategy: constants.Z_RLE, chunkSize: ZIPPED_BYTES });
  const fed = feed(zip, text).catch((error: unknown) => {
    zip.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  let first = true;
  try {
    for await (const piece of zip) yield withoutSystem(piece);
    await fed;
  } finally {
    zip.destroy();
  }

  /** The header's byte 9 names the operating system: 255 says unknown, on every machine. */
  function withoutSystem(piece: Uint8Array): Uint8Array {
    if (first && piece.length > 9) piece[9] = 255;
    first = false;
    return piece;
  }
}

/** Gives text to a compressor that works on one piece while the next is made. */
async function feed(zip: Gzip, text: Iterable<Uint8Array>): Promise<void> {
  let taken: Promise<void> = Promise.resolve();
  for (const piece of text) {
    await taken;
    taken = new Promise((resolve, reject) => {
      zip.write(piece, (error) => (error ? reject(error) : resolve()));
    });
    taken.catch(() => undefined); // heard with the next piece
  }
  await taken;
  zip.end();
}
