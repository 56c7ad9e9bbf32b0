import { ProfileFormatError } from "./statistics-errors.ts";

export type ProfileFormat = "csv" | "tsv" | "parquet" | "gct" | "h5ad" | "zarr" | "npz";

/**
 * How a file of profiles is written, by its name: `.csv`, `.tsv` or `.txt`, `.gct` (each also `.gz`), `.parquet`, `.h5ad`, `.zarr`, `.npz`.
 * @throws ProfileFormatError (profiling/profile-format)
 */
export function profileFormatOf(key: string): { format: ProfileFormat; gzip: boolean } {
  const gzip = /\.gz$/i.test(key);
  const name = key.replace(/\/+$/, "").replace(/\.gz$/i, "").toLowerCase();
  const ending = /\.([a-z0-9]+)$/.exec(name)?.[1] ?? "";
  const format = (
    {
      csv: "csv",
      tsv: "tsv",
      txt: "tsv",
      parquet: "parquet",
      gct: "gct",
      h5ad: "h5ad",
      zarr: "zarr",
      npz: "npz",
    } as const
  )[ending as "csv"];
  if (format === undefined || (gzip && !["csv", "tsv", "gct"].includes(format)))
    throw new ProfileFormatError(
      key,
      "its name does not say how it is written. Expected an ending .csv, .tsv, .gct (also .gz), .parquet, .h5ad, .zarr or .npz.",
    );
  return { format, gzip };
}
