import type { FileProblem } from "./ingest-types.ts";

/** What is the same for all jobs of a plate. */
export interface JobSettings {
  mode: "compartments" | "joined";
  operation: "mean" | "median";
  /** The first one's objects are counted. */
  compartments: readonly string[];
  unlinked: "keep" | "drop";
  subsample?: { fraction: number; seed: number } | { count: number; seed: number };
  /** Whether the objects themselves are wanted back. */
  keepObjects: boolean;
}

/** An image set as a job sees it. */
export interface JobSet {
  name: string;
  /** Image numbers of shape (images). */
  images: Float64Array;
  /** Stratum of each image within the job, -1 when it is left out on purpose; of shape (images). */
  strata: Int32Array;
}

export interface JobFile {
  /** Index of the set. */
  set: number;
  /** Name in messages. */
  file: string;
  /** Undefined for a munged file, whose columns say it. */
  compartment?: string;
}

/** The objects of some strata that belong together: usually the image sets of one well. */
export interface IngestJob {
  /** Name of each stratum, which seeds its subsample. */
  strata: string[];
  sets: JobSet[];
  files: JobFile[];
}

/** What became of the objects of one stratum. */
export interface StratumResult {
  /** Objects of the first compartment that have an object number, after subsampling. */
  objects: number;
  /** Objects by compartment. */
  counts: number[];
  /** Aggregates by compartment, each of shape (columns of that compartment). */
  values: Float64Array[];
}

/** Objects as they were read, for those who keep them; of shape (rows, width). */
export interface KeptObjects {
  set: number;
  compartment: string;
  names: string[];
  values: Float64Array;
  rowCount: number;
}

export interface JobResult {
  strata: StratumResult[];
  /** Names of aggregated columns by compartment, without its prefix. */
  columns: string[][];
  /** Distinct headers with the number of files that have each. */
  headers: { compartment: string; names: string[]; files: number }[];
  /** Objects of shape (sets, compartments). */
  setObjects: number[][];
  /** Problems of files; a file with one is not used. */
  problems: { set: number; compartment: string | undefined; problem: FileProblem }[];
  /** By compartment: objects whose image is not in the image table. */
  orphans: number[];
  /** By compartment: joined objects without this partner. */
  unlinked: number[];
  nonNumeric: { column: string; cells: number; example: string; file: string; line: number }[];
  kept: KeptObjects[];
}

/** Name of the column that links an object to its partner in another compartment. */
export function linkColumn(partner: string): string {
  return `Parent_${partner}`;
}

/** The compartment whose objects the others are linked to. */
export function baseCompartment(compartments: readonly string[]): string {
  return compartments.includes("Cytoplasm") ? "Cytoplasm" : (compartments[0] ?? "Cells");
}

/** Columns that name objects and are not measured: they are never aggregated. */
export function isKeyColumn(compartment: string, name: string, compartments: readonly string[]): boolean {
  if (name === "ImageNumber" || name === "ObjectNumber" || name === "TableNumber") return true;
  return (
    compartment === baseCompartment(compartments) &&
    compartments.some((partner) => partner !== compartment && name === linkColumn(partner))
  );
}
