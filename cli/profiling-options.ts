import { NORMALIZE_METHODS } from "@artesian/profiling/normalize.ts";
import type { Command } from "commander";

/** What is said of an experiment over CellProfiler's tables. */
export interface ProfilingFlags {
  metadata?: string;
  external?: string;
  positive?: string;
  negative?: string;
  dose?: string;
  experiment?: string;
  name?: string;
  readout?: string;
  mode: string;
  operation?: string;
  imageFeatures?: string;
  normalize?: string;
}

/** Adds the options that describe an experiment over CellProfiler's tables. */
export function withProfilingOptions(command: Command): Command {
  return command
    .option(
      "--metadata <file|dir>",
      "sheet with one row a well, or a batch's folder with barcode_platemap.csv and platemap/",
    )
    .option("--external <file>", "what is known of the perturbations (TSV or CSV), joined on the column that both have")
    .option("--negative <COLUMN=VALUE>", "untreated wells (negative control)")
    .option("--positive <COLUMN=VALUE>", "wells with a known effect (positive control)")
    .option("--dose <column>", "column that holds the dose")
    .option("--experiment <id>", "identity of the experiment; default: the folder's name")
    .option("--name <text>", "its name on pages")
    .option("--readout <feature>", "feature whose Z′ is reported; default: the phenoprint")
    .option(
      "--mode <mode>",
      "compartments: each over all its objects; joined: objects linked cell by cell first",
      "compartments",
    )
    .option("--operation <mean|median>", "how objects become a well; default: mean, of joined cells median")
    .option(
      "--image-features <list>",
      "image features to add, by category: Count,Granularity,Texture,ImageQuality,Threshold",
    )
    .option("--normalize <method>", `${NORMALIZE_METHODS.join(", ")}; default: mad_robustize`);
}
