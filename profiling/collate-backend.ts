import type { Place } from "@artesian/data";
import { withLocalFile } from "@artesian/data/local-file.ts";
import { collateSqlite } from "./backend-sqlite.ts";
import { collateSettings } from "./collate-options.ts";
import { BackendError } from "./ingest-errors.ts";
import type { CollateCall, Collated, CollateOptions } from "./ingest-types.ts";

/**
 * Makes a profile of each well from single cells that are in one file already: an SQLite database of cytominer-database (tables Image, Cells,
 * Cytoplasm, Nuclei, linked by TableNumber and ImageNumber) or of CellProfiler's ExportToDatabase (`Per_Image`, `Per_Cells`, …, or
 * `Per_Object`), or a Parquet file of joined cells as CytoTable writes. Image columns may carry the prefix `Image_`. A database is read
 * stratum by stratum, a Parquet file column by column: memory does not grow with the file. For Parquet the cells are joined already, so
 * that `mode` has no effect; the default operation then is the median.
 * @param key the file within the place
 * @returns as `collatePlate` does
 * @throws BackendError (profiling/backend), MissingColumnError (profiling/missing-column), CollateOptionError (profiling/collate-option)
 * @example const { profiles } = await collateBackend(openPlace("backend/B1/P1"), "P1.sqlite", { operation: "median" })
 */
export async function collateBackend(
  place: Place,
  key: string,
  options: CollateOptions = {},
  call: CollateCall = {},
): Promise<Collated> {
  call.signal?.throwIfAborted();
  const entry = await place.stat(key, call.signal === undefined ? {} : { signal: call.signal });
  const where = `${place.uri}/${key}`;
  if (entry === undefined) throw new BackendError(where, "there is no such file. Give an SQLite or Parquet file.");
  const range = { start: 0, end: 16, ...(call.signal !== undefined && { signal: call.signal }) };
  const magic = Buffer.from(await place.read(key, range)).toString("latin1");
  if (magic.startsWith("SQLite format 3")) {
    const settings = collateSettings(options);
    const { cacheDir, signal } = call;
    if (cacheDir !== undefined && place.path === undefined)
      return await withLocalFile(place, key, { cacheDir, ...(signal !== undefined && { signal }) }, (copy) =>
        collateSqlite(copy, settings, call),
      );
    const path = place.path?.(key);
    if (path === undefined)
      throw new BackendError(
        where,
        "an SQLite database is read from a file on this machine. Give a folder that it may be copied to (cacheDir).",
      );
    return await collateSqlite(path, settings, call);
  }
  if (magic.startsWith("PAR1")) {
    const settings = collateSettings({ ...options, mode: "joined" });
    const { collateParquet } = await import("./backend-parquet.ts");
    return await collateParquet(place, entry, settings, call);
  }
  throw new BackendError(
    where,
    `it begins with ${JSON.stringify(magic.slice(0, 8))}; expected an SQLite or a Parquet file.`,
  );
}
