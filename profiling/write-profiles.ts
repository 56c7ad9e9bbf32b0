import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import {
  type DenseAnnData,
  type Place,
  type PlaceEntry,
  tableOf,
  writeDenseH5ad,
  writeDenseZarr,
  writeParquet,
} from "@artesian/data";
import { writeGct } from "./gct.ts";
import { profileCsvPieces } from "./profile-csv.ts";
import { profileFormatOf } from "./profile-format.ts";
import { type Profiles, profilesToTable } from "./profiles.ts";
import { OperationOptionError } from "./statistics-errors.ts";

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
  const write = (text: Iterable<string>): Promise<PlaceEntry> => place.write(key, bytesOf(text, gzip), call);
  switch (format) {
    case "csv":
      return write(profileCsvPieces(profiles, digits));
    case "tsv":
      return write(profileCsvPieces(profiles, digits, "\t"));
    case "gct":
      return write([writeGct(profiles)]);
    case "parquet":
      return place.write(key, writeParquet(profilesToTable(profiles)), call);
    case "h5ad":
      return place.write(key, await writeDenseH5ad(annDataOf(profiles)), call);
    case "zarr":
      return writeDenseZarr(place, key, annDataOf(profiles), call);
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

const PIECE_BYTES = 1 << 20;

async function* bytesOf(text: Iterable<string>, gzip: boolean): AsyncGenerator<Uint8Array> {
  if (!gzip) {
    yield* encoded(text);
    return;
  }
  // Digits of measurements hardly compress: level 1 gives files 4 % larger than level 6 in a third of the time.
  const zip = createGzip({ level: 1 });
  let first = true;
  const input = Readable.from(encoded(text));
  input.on("error", (error) => zip.destroy(error));
  try {
    for await (const piece of input.pipe(zip)) yield withoutSystem(piece);
  } finally {
    input.destroy();
    zip.destroy();
  }

  /** The header's byte 9 names the operating system: 255 says unknown, on every machine. */
  function withoutSystem(piece: Uint8Array): Uint8Array {
    if (first && piece.length > 9) piece[9] = 255;
    first = false;
    return piece;
  }
}

function* encoded(text: Iterable<string>): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let held: string[] = [];
  let length = 0;
  for (const line of text) {
    held.push(line);
    length += line.length;
    if (length < PIECE_BYTES) continue;
    yield encoder.encode(held.join(""));
    [held, length] = [[], 0];
  }
  if (held.length > 0) yield encoder.encode(held.join(""));
}
