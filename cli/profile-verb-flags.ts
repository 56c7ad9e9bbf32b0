import type { Profiles } from "@artesian/profiling/profiles.ts";
import { type Command, Option } from "commander";
import { UsageError } from "./exit.ts";

/** Flags that every verb has. */
export interface VerbFlags {
  profiles: string;
  outputFile: string;
  outputType?: string;
  floatFormat?: string;
  compressionOptions?: string;
  explain?: true;
  json?: true;
}

/** What a verb made, and what it dropped and why. */
export interface VerbResult {
  profiles: Profiles;
  /** Sentences that a person always sees. */
  notes: string[];
  /** A line for each well, feature or column that was dropped: `--explain`. */
  explained: string[];
  details: Record<string, unknown>;
}

export const OUTPUT_TYPES: Readonly<Record<string, readonly string[]>> = {
  csv: ["csv", "tsv"],
  parquet: ["parquet"],
  anndata_h5ad: ["h5ad"],
  anndata_zarr: ["zarr"],
};

/** A verb that reads profiles and writes profiles; flags are pycytominer's parameters. */
export function profileVerb(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .requiredOption(
      "--profiles <file>",
      "profiles to read: .csv, .csv.gz, .tsv, .parquet, .gct, .h5ad, .zarr; may be on s3://",
    )
    .requiredOption("--output-file <file>", "profiles to write; the ending says how");
}

/** The flags that stand at the end of every verb's help, and pycytominer's spelling with underscores beside each. */
export function withOutputFlags(command: Command): Command {
  command
    .addOption(
      new Option("--output-type <type>", "must agree with the file's ending").choices(Object.keys(OUTPUT_TYPES)),
    )
    .option("--float-format <format>", "digits to write, such as %.5g (default: exact)")
    .addOption(
      new Option("--compression-options <method>", "must agree with the file's ending").choices(["gzip", "none"]),
    )
    .option("--explain", "say of everything that was dropped why")
    .option("--json", "one JSON document on stdout");
  for (const option of [...command.options]) {
    if (option.long === undefined || !option.long.slice(2).includes("-")) continue;
    const flags = option.flags.replace(option.long, `--${option.long.slice(2).replaceAll("-", "_")}`);
    command.addOption(new Option(flags).hideHelp());
  }
  // Either spelling will do, so that neither alone is demanded; flagsOf looks whether one was given.
  for (const option of command.options) if (option.long === "--output-file") option.mandatory = false;
  return command;
}

/** Flags with pycytominer's underscores taken as ours. @throws UsageError when what is needed is missing */
export function flagsOf<T extends VerbFlags>(given: T): T {
  const flags: T = { ...given };
  for (const [name, value] of Object.entries(given))
    Object.assign(flags, { [name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())]: value });
  if (flags.outputFile === undefined) throw new UsageError("--output-file is missing: name the file to write.");
  return flags;
}
