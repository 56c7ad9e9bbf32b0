import type { Command } from "commander";
import type { CommandContext } from "./command.ts";
import type { CollateFlags } from "./profile-collate-run.ts";

const examples = `
Examples:
  $ artesian profile collate 2026_01_10_Batch1 ingest_config.ini BR00117001 --base .
  $ artesian profile collate 2026_01_10_Batch1 ingest_config.ini BR00117001 --base . --aggregate-only

CONFIG is cytominer-database's ini file, or - for none: it names the tables' files.`;

/** `artesian profile collate`, with the arguments of pycytominer's collate. */
export function registerCollate(profile: Command, context: CommandContext): void {
  profile
    .command("collate")
    .description(
      "CellProfiler's CSVs of a plate to profiles, backend/BATCH/PLATE/PLATE.csv; each image set is accounted for.",
    )
    .argument("<batch>", "batch")
    .argument("<config>", "cytominer-database's configuration (.ini), or -")
    .argument("<plate>", "plate")
    .option("--base <dir>", "folder (or s3://) with analysis/ and backend/", "../..")
    .option("--column <name>", "image column to use as Metadata_Plate where that is missing")
    .option("--munge", "image sets hold one object.csv of all compartments")
    .option("--csv-dir <name>", "folder of the CSVs below analysis/BATCH/PLATE/", "analysis")
    .option("--aws-remote <s3>", "work there instead: CSVs are read from it, results written to it")
    .option("--tmp-dir <dir>", "where the SQLite backend of a bucket is copied to (default: the system's)")
    .option("--aggregate-only", "aggregate the SQLite backend that is there")
    .option("--sqlite", "also write PLATE.sqlite as cytominer-database does")
    .option("--overwrite", "replace a PLATE.sqlite that exists")
    .option("--dont-add-image-features", "leave image features out")
    .option(
      "--image-feature-categories <names>",
      "image features to add",
      "Granularity,Texture,ImageQuality,Count,Threshold",
    )
    .option("--dont-print", "say nothing while it works")
    .option("--threads <n>", "reading threads", "2")
    .option("--explain", "say of every image set and well why it was left out")
    .option("--json", "one JSON document on stdout")
    .addHelpText("after", examples)
    .action(async (batch: string, config: string, plate: string, flags: CollateFlags) => {
      const { collateCommand } = await import("./profile-collate-run.ts");
      await collateCommand({ batch, config, plate }, flags, context);
    });
}
