import type { Place } from "@artesian/data";
import type { Profiles } from "./profiles.ts";

/** How the objects of a well become one profile. */
export interface CollateOptions {
  /**
   * `compartments`: each compartment over all its objects (as pycytominer's collate). `joined`: objects linked cell by cell first (as
   * CytoTable). Default compartments.
   */
  mode?: "compartments" | "joined";
  /** Default mean for compartments (collate's), median for joined cells (CytoTable and pycytominer's). */
  operation?: "mean" | "median";
  /** Columns of the image table that name a profile. Default `Metadata_Plate`, `Metadata_Well`; add `Metadata_Site` for sites. */
  strata?: readonly string[];
  /** Default Cells, Cytoplasm, Nuclei. The first one's objects are counted in `Metadata_Object_Count`. */
  compartments?: readonly string[];
  /** Categories of image features to add, by prefix: Granularity, Texture, ImageQuality, Count, Threshold. Default none. */
  imageFeatures?: readonly string[];
  /** A column of the image table that stands in for a missing `Metadata_Plate` (collate's `--column`). */
  plateColumn?: string;
  /** The plate's name where the image table names none. */
  plate?: string;
  /** Fields of view to keep. Default all. */
  fieldsOfView?: "all" | readonly number[];
  /** Default `Metadata_Site`. */
  fieldOfViewColumn?: string;
  /** Draws some objects of each profile, without replacement; equal seeds give equal draws. Default all objects. */
  subsample?: { fraction: number; seed: number } | { count: number; seed: number };
  /** Profiles of fewer objects are left out, and reported. Default 0. */
  minCells?: number;
  /** Joined cells: what becomes of an object whose partner is missing. `keep` it with missing values (CytoTable; default), or `drop` it (pycytominer). */
  unlinked?: "keep" | "drop";
  /** `report` (default) leaves out a file that cannot be read and says so; `fail` throws its error. */
  badFiles?: "report" | "fail";
  /** File of image sets' objects when compartments are not files of their own. Default `object.csv`. */
  objectFile?: string;
  /** Also keeps the objects: Parquet a compartment, or an SQLite file as cytominer-database makes. Default neither. */
  keep?: KeepCells;
}

/** Where the objects themselves are written. */
export interface KeepCells {
  /** Objects as `PREFIX/Image.parquet`, `PREFIX/Cells.parquet`, … in this place. */
  parquet?: { place: Place; prefix: string };
  /** Path of an SQLite file as cytominer-database 0.3.4 makes; it appears when it is complete. */
  sqlite?: { path: string };
}

/** What a long call is given besides its data. */
export interface CollateCall {
  signal?: AbortSignal;
  onProgress?: (progress: CollateProgress) => void;
  /** Worker threads; 0 reads in the thread that calls. Default 2. */
  threads?: number;
  /** Where a database of a bucket is copied to, since it is read from a real file. Without it such a database is refused. */
  cacheDir?: string;
}

export interface CollateProgress {
  /** Reading the image tables, or the objects. */
  step: "images" | "objects";
  doneBytes: number;
  totalBytes: number;
  /** Image sets (step images) or profiles (step objects). */
  done: number;
  total: number;
}

/** Why a file, or a part of it, was not used. */
export interface FileProblem {
  file: string;
  /** Line in the file, counted from 1; 0 when it concerns the whole file. */
  line: number;
  code: string;
  message: string;
}

/** What became of one image set. */
export interface ImageSetReport {
  /** Name of the set's folder below the prefix; `.` for the prefix itself. */
  name: string;
  /**
   * complete; partial: a compartment is empty, missing or unreadable, the others are used; skipped: there is no valid image table;
   * duplicate: its image table is byte for byte that of `duplicateOf`.
   */
  status: "complete" | "partial" | "skipped" | "duplicate";
  duplicateOf?: string;
  /** Rows of its image table. */
  images: number;
  /** Objects by compartment. */
  objects: Record<string, number>;
  problems: FileProblem[];
}

/** What was read, used, left out, and why. */
export interface IngestReport {
  sets: ImageSetReport[];
  counts: { complete: number; partial: number; skipped: number; duplicate: number };
  /** Profiles that lack a compartment: kept, with missing values there. */
  incomplete: { profile: Record<string, string | number>; missing: string[] }[];
  /** Profiles left out, with the reason: no objects at all, or fewer than `minCells`. */
  dropped: { profile: Record<string, string | number>; objects: number; reason: string }[];
  /** Image rows that name no plate or no well. */
  unassignedImages: number;
  /** Objects whose image is not in the image table, by compartment. */
  orphans: Record<string, number>;
  /** Joined cells: objects without a partner, by the partner's compartment. */
  unlinked: Record<string, number>;
  /** Columns with cells that are no numbers; those cells are missing values. `example` is the first. */
  nonNumeric: { column: string; cells: number; example: string; file: string; line: number }[];
  /** Columns without a single number, left out of the features. */
  textColumns: string[];
  /** Columns that some files lack; missing values there. */
  absentColumns: { column: string; files: number }[];
  bytes: number;
}

export interface Collated {
  /** One row a stratum, sorted by its values. */
  profiles: Profiles;
  report: IngestReport;
}
