import type { FilePiece } from "./file-pieces.ts";
import type { IngestJob, JobResult, JobSettings } from "./ingest-job.ts";

/** One job of a database: its objects are rows whose image is one of these. */
export interface DatabaseJob {
  path: string;
  /** For each compartment: its table, and row numbers to read for each set, as first and last of each run. */
  tables: { compartment: string; table: string; runs: { set: number; first: number; last: number }[] }[];
}

/** From the calling thread to a thread that reads. */
export type ToIngest =
  | { kind: "job"; settings: JobSettings; job: IngestJob }
  | { kind: "piece"; piece: FilePiece }
  | { kind: "finish" }
  | { kind: "database"; settings: JobSettings; job: IngestJob; database: DatabaseJob };

/** A result whose lists of names are told once, before the first result that has them, and stand here by number: a plate has a thousand results. */
export type NumberedResult = Omit<JobResult, "columns" | "headers"> & {
  columns: number[];
  headers: (Omit<JobResult["headers"][number], "names"> & { names: number })[];
};

/** From a thread that reads. `names` gives the next number to a list; `taken` answers each piece, with its buffer when that is pooled, `done` each finish and each database. */
export type FromIngest =
  | { kind: "taken"; buffer?: ArrayBuffer }
  | { kind: "names"; names: string[] }
  | { kind: "done"; result: NumberedResult }
  | { kind: "failed"; message: string; code?: string; stack?: string };
