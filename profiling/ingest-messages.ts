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

/** From a thread that reads. `taken` answers each piece, `done` each finish and each database. */
export type FromIngest =
  | { kind: "taken" }
  | { kind: "done"; result: JobResult }
  | { kind: "failed"; message: string; code?: string; stack?: string };
