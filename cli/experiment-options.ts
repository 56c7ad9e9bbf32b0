import { readFileSync } from "node:fs";
import { basename } from "node:path";
import type { ChannelChoice, ExperimentOptions } from "@artesian/workflows";
import type { Command } from "commander";
import { UsageError } from "./exit.ts";

/** What `run` and `watch` are told about an experiment. */
export interface ExperimentFlags {
  metadata?: string;
  pattern?: string;
  positive?: string;
  negative?: string;
  dose?: string;
  experiment?: string;
  name?: string;
  plate?: string;
  channels?: string;
  sites?: string;
  nuclei?: string;
  cells?: string;
  readout?: string;
  pixelSize?: string;
}

/** Adds the options that describe an experiment. */
export function withExperimentOptions(command: Command): Command {
  return command
    .option("--metadata <file>", "sheet with one row a well (CSV or TSV): well, what is in it, dose")
    .option(
      "--pattern <name|regex>",
      "file names: a built-in layout, or a regular expression with named groups well, channel, site, plate, row, column",
    )
    .option("--negative <COLUMN=VALUE>", "wells that look healthy (negative control)")
    .option("--positive <COLUMN=VALUE>", "wells with the effect: the disease model (positive control)")
    .option("--dose <column>", "column that holds the dose")
    .option("--experiment <id>", "identity of the experiment; default: the folder's name")
    .option("--name <text>", "its name on pages")
    .option("--plate <id>", "plate of images whose names carry none; default: their folder's name")
    .option(
      "--channels <list>",
      "channels in order, with names of your own if you like: DNA,ER or ch5=DNA,ch2=ER; others are left out",
    )
    .option("--sites <n>", "sites a well, when they cannot be counted yet")
    .option("--nuclei <channel>", "channel that shows nuclei; default: by its name")
    .option("--cells <channel>", "channel that shows cell bodies; default: all but the nuclei together")
    .option(
      "--readout <feature>",
      "feature whose Z′ is reported; default: the phenoprint, or with two channels the nucleus/cytoplasm ratio",
    )
    .option("--pixel-size <um>", "size of a pixel in µm, for scale bars");
}

/**
 * The flags as the planner takes them.
 * @param folder of the images; its name is the experiment's default identity
 * @throws UsageError when a flag's value is of the wrong form or the sheet cannot be read
 */
export function experimentOptions(flags: ExperimentFlags, folder: string): ExperimentOptions {
  const choice = channelChoice(flags.channels);
  const sites = wholeNumber("--sites", flags.sites);
  const pixelSizeUm = positiveNumber("--pixel-size", flags.pixelSize);
  return {
    experiment: identity(flags.experiment ?? basename(folder)),
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(flags.metadata === undefined ? {} : { metadata: { text: readSheet(flags.metadata), source: flags.metadata } }),
    ...(flags.positive === undefined ? {} : { positive: flags.positive }),
    ...(flags.negative === undefined ? {} : { negative: flags.negative }),
    ...(flags.dose === undefined ? {} : { dose: flags.dose }),
    ...(choice === undefined ? {} : { channels: choice.map(({ name }) => name) }),
    ...(sites === undefined ? {} : { sites }),
    ...(flags.nuclei === undefined ? {} : { nuclei: flags.nuclei }),
    ...(flags.cells === undefined ? {} : { cells: flags.cells }),
    ...(flags.readout === undefined ? {} : { readout: flags.readout }),
    ...(pixelSizeUm === undefined ? {} : { pixelSizeUm }),
  };
}

/** @example channelChoice("ch5=DNA,ER") // [{ file: "ch5", name: "DNA" }, { file: "ER", name: "ER" }] */
export function channelChoice(text: string | undefined): ChannelChoice[] | undefined {
  if (text === undefined) return undefined;
  const choice = text.split(",").map((part) => {
    const [file = "", name = file] = part.split("=").map((word) => word.trim());
    if (file === "" || name === "")
      throw new UsageError(`--channels ${text}: "${part}" is not a channel. Write DNA,ER or ch5=DNA,ch2=ER.`);
    return { file, name };
  });
  const twice = choice.find(({ name }, index) => choice.findIndex((other) => other.name === name) !== index);
  if (twice !== undefined) throw new UsageError(`--channels ${text}: channel ${twice.name} is named twice.`);
  return choice;
}

function identity(text: string): string {
  const clean = text
    .trim()
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, "-")
    .replaceAll(/^-+|-+$/g, "");
  if (clean === "")
    throw new UsageError(`"${text}" cannot be an experiment's identity. Give --experiment ID with letters and digits.`);
  return clean;
}

/**
 * The text of a metadata sheet.
 * @throws UsageError when it cannot be read, or is not UTF-8: letters such as µ would come out wrong without a word
 */
export function readSheet(path: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new UsageError(
      `--metadata ${path}: ${(error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : String(error)}.`,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError(
      `--metadata ${path}: this is not text in UTF-8. Save the sheet as "CSV UTF-8", or convert it: iconv -f WINDOWS-1252 -t UTF-8.`,
    );
  }
}

/** @throws UsageError unless it is a whole number of at least 1 */
export function wholeNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]\d*$/.test(text)) throw new UsageError(`${flag} ${text}: expected a whole number of at least 1.`);
  return Number(text);
}

/** @throws UsageError unless it is a port; 0 stands for any free one */
export function portNumber(text: string | undefined): number | undefined {
  if (text === undefined || text === "0") return text === undefined ? undefined : 0;
  const port = wholeNumber("--port", text);
  if (port !== undefined && port > 65_535) throw new UsageError(`--port ${text}: expected at most 65535.`);
  return port;
}

/** @throws UsageError unless it is a number above 0 */
export function positiveNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`${flag} ${text}: expected a number above 0.`);
  return value;
}
