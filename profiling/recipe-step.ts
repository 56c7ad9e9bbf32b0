import type { Place } from "@artesian/data";
import type { FeatureSelectLevel } from "./layout.ts";
import type { NormalizeMethod } from "./normalize.ts";
import type { RecipeTables } from "./recipe-tables.ts";

/** Where a recipe works. */
export interface RecipePlaces {
  /** Metadata, profiles, gct, quality control. */
  project: Place;
  /** CellProfiler's output (analysis/), backends (backend/), load_data_csv/. May be the project. */
  workspace: Place;
}

/** What a step is given besides its description. */
export interface RecipeStepCall {
  signal?: AbortSignal;
  /** How much is done, 0 to 1. */
  onProgress?: (share: number) => void;
  /** Threads that a step may use besides the one that computes it; 0: none. Default 1. */
  threads?: number;
  /** Where files of a bucket that have to be on this machine (SQLite) are copied to. */
  cacheDir?: string;
  /** What the steps before wrote, and where to put what the steps to come read. */
  tables?: RecipeTables;
}

/** A file, or all files below a prefix, that a step reads. */
export interface RecipeInput {
  /** What the step calls it. */
  name: string;
  /** The project holds metadata and profiles, the workspace CellProfiler's output and backends; they may be the same place. */
  place: "project" | "workspace";
  key: string;
  /** The key is a prefix. */
  folder?: true;
}

export interface RecipeOutput {
  name: string;
  key: string;
}

/** Significant digits to round to (`--compat-rounding`); absent or null: full precision. */
interface Rounding {
  digits?: number | null;
}

interface FeatureParameters {
  features: "infer" | string[];
  imageFeatures: boolean;
  compartments: string[];
}

export interface AggregateParameters extends Rounding {
  plate: string;
  source: "sqlite" | "parquet" | "analysis";
  operation: "mean" | "median";
  strata: string[];
  compartments: string[];
  imageFeatures: string[];
  fields: "all" | number[];
  /** Made although the recipe does not aggregate: the handbook's collate. */
  takenOver: boolean;
}

/** Profiles that a backend's CSV holds already, or none at all. */
export interface TakeOverParameters extends Rounding {
  plate: string;
  source: "csv" | "none";
  compartments: string[];
  takenOver: boolean;
}

export interface AnnotateParameters extends Rounding {
  plate: string;
  platemapWellColumn: string;
  wellColumn: string;
  mergeColumn?: string;
  compartments: string[];
  strict: boolean;
}

export interface NormalizeParameters extends Rounding, FeatureParameters {
  plate: string;
  method: NormalizeMethod;
  samples: string;
  /** Added to the scale of mad_robustize. */
  epsilon?: number;
  by?: string[];
}

export interface FeatureSelectParameters extends Rounding, FeatureParameters {
  members: [batch: string, plate: string][];
  level: FeatureSelectLevel;
  operations: string[];
  samples: string;
  varianceThreshold: "pycytominer-1.6" | "pycytominer-1.7";
}

export interface SummaryParameters {
  row: string;
  column: string;
  plates: [batch: string, plate: string][];
}

export interface HeatmapParameters {
  plate: string;
}

interface StepOf<Kind extends string, Parameters> {
  /** Such as `2020_11_04/BR00117006/normalize_negcon`. */
  id: string;
  kind: Kind;
  /** For people: `BR00117006: normalize to negative controls`. */
  title: string;
  batch: string | null;
  plate: string | null;
  inputs: RecipeInput[];
  outputs: RecipeOutput[];
  parameters: Parameters;
  /** Steps whose outputs this one reads. */
  after: string[];
  /** Where the record of how the outputs were made stands. */
  record: string;
  /** Why the step cannot run, found before anything was computed. */
  problem?: { code: string; message: string };
}

export type AggregateStep = StepOf<"aggregate", AggregateParameters | TakeOverParameters>;
export type AnnotateStep = StepOf<"annotate", AnnotateParameters>;
export type NormalizeStep = StepOf<"normalize", NormalizeParameters>;
export type FeatureSelectStep = StepOf<"feature_select", FeatureSelectParameters>;
export type SummaryStep = StepOf<"summary", SummaryParameters>;
export type HeatmapStep = StepOf<"heatmaps", HeatmapParameters>;

/** One step of a recipe: a pure function of its inputs and parameters. A JSON value. */
export type RecipeStep = AggregateStep | AnnotateStep | NormalizeStep | FeatureSelectStep | SummaryStep | HeatmapStep;
