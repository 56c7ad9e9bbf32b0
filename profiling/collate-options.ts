import type { ImageWish } from "./image-table.ts";
import { CollateOptionError } from "./ingest-errors.ts";
import type { JobSettings } from "./ingest-job.ts";
import type { CollateOptions } from "./ingest-types.ts";

/** Options with every default filled in. */
export interface CollateSettings {
  job: JobSettings;
  image: ImageWish;
  fieldsOfView: "all" | readonly number[];
  minCells: number;
  badFiles: "report" | "fail";
  objectFile: string;
}

/** Fills in defaults and refuses contradictions. @throws CollateOptionError (profiling/collate-option) */
export function collateSettings(options: CollateOptions): CollateSettings {
  const mode = options.mode ?? "compartments";
  const compartments = options.compartments ?? ["Cells", "Cytoplasm", "Nuclei"];
  const strata = options.strata ?? ["Metadata_Plate", "Metadata_Well"];
  const list = (names: readonly string[]): string => (names.length === 0 ? "empty" : names.join(", "));
  if (compartments.length === 0 || new Set(compartments).size < compartments.length)
    throw new CollateOptionError("compartments", list(compartments), "at least one, each once");
  if (strata.length === 0 || new Set(strata).size < strata.length)
    throw new CollateOptionError("strata", list(strata), "at least one column, each once");
  const { subsample, fieldsOfView = "all", minCells = 0 } = options;
  if (subsample !== undefined && "fraction" in subsample && !(subsample.fraction > 0 && subsample.fraction <= 1))
    throw new CollateOptionError("subsample.fraction", String(subsample.fraction), "a number above 0, at most 1");
  if (subsample !== undefined && "count" in subsample && !(Number.isInteger(subsample.count) && subsample.count > 0))
    throw new CollateOptionError("subsample.count", String(subsample.count), "a whole number above 0");
  if (fieldsOfView !== "all" && fieldsOfView.length === 0)
    throw new CollateOptionError("fieldsOfView", "empty", "all, or at least one field of view");
  if (!(minCells >= 0)) throw new CollateOptionError("minCells", String(minCells), "0 or more");
  return {
    job: {
      mode,
      operation: options.operation ?? (mode === "joined" ? "median" : "mean"),
      compartments,
      unlinked: options.unlinked ?? "keep",
      ...(subsample !== undefined && { subsample }),
      keepObjects: options.keep?.parquet !== undefined || options.keep?.sqlite !== undefined,
    },
    image: {
      strata,
      fieldOfViewColumn: options.fieldOfViewColumn ?? "Metadata_Site",
      categories: options.imageFeatures ?? [],
      plateColumn: options.plateColumn,
      plate: options.plate,
    },
    fieldsOfView,
    minCells,
    badFiles: options.badFiles ?? "report",
    objectFile: options.objectFile ?? "object.csv",
  };
}
