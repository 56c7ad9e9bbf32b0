import { statSync } from "node:fs";
import { locate } from "@artesian/data";
import { chooseFeatures, type FeatureChoice, isFeatureOf } from "@artesian/profiling/feature-columns.ts";
import { profileFormatOf } from "@artesian/profiling/profile-format.ts";
import type { Profiles } from "@artesian/profiling/profiles.ts";
import { readProfiles } from "@artesian/profiling/read-profiles.ts";
import { writeProfiles } from "@artesian/profiling/write-profiles.ts";
import type { CommandContext } from "./command.ts";
import { EXIT, UsageError } from "./exit.ts";
import { OUTPUT_TYPES, type VerbFlags, type VerbResult } from "./profile-verb-flags.ts";

/** "infer", or names separated by commas. */
export function namesOf(text: string | undefined): "infer" | string[] {
  if (text === undefined || text === "infer") return "infer";
  return text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
}

/** @throws UsageError unless it is a number in the range */
export function numberOf(flag: string, text: string | undefined, least = Number.NEGATIVE_INFINITY): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() !== "" && value >= least) return value;
  throw new UsageError(`${flag} ${text}: expected a number${Number.isFinite(least) ? ` from ${least} up` : ""}.`);
}

/** pycytominer's booleans: true and false, in any case. */
export function booleanOf(flag: string, value: string | boolean | undefined, otherwise: boolean): boolean {
  if (value === undefined || typeof value === "boolean") return value ?? otherwise;
  if (/^(?:true|1|yes)$/i.test(value)) return true;
  if (/^(?:false|0|no)$/i.test(value)) return false;
  throw new UsageError(`${flag} ${value}: expected true or false.`);
}

/** Reads the profiles of a verb; columns that are no features stay with the metadata. */
export async function readVerbProfiles(
  file: string,
  choice: FeatureChoice,
  env: Record<string, string | undefined>,
): Promise<Profiles> {
  const { place, key } = locate(file, env);
  if (place.path !== undefined && statSync(place.path(key), { throwIfNoEntry: false }) === undefined)
    throw new UsageError(`${file}: there is no such file.`);
  return readProfiles(place, key, { isFeature: isFeatureOf(choice) });
}

/** The same with the chosen features and Metadata_ columns alone. */
export async function readChosenProfiles(
  file: string,
  choice: FeatureChoice,
  env: Record<string, string | undefined>,
): Promise<{ profiles: Profiles; leftOut: string[] }> {
  return chooseFeatures(await readVerbProfiles(file, choice, env), choice);
}

/** Writes what a verb made and tells of it. */
export async function finishVerb(
  verb: string,
  flags: VerbFlags,
  result: VerbResult,
  env: Record<string, string | undefined>,
  { output, exit }: CommandContext,
): Promise<void> {
  const { place, key } = locate(flags.outputFile, env);
  const { format, gzip } = profileFormatOf(key);
  const types = flags.outputType === undefined ? undefined : OUTPUT_TYPES[flags.outputType];
  if (types !== undefined && !types.includes(format))
    throw new UsageError(
      `--output-type ${flags.outputType}: ${flags.outputFile} ends as ${format}. Let both say the same.`,
    );
  if (flags.compressionOptions !== undefined && (flags.compressionOptions === "gzip") !== gzip)
    throw new UsageError(
      `--compression-options ${flags.compressionOptions}: ${flags.outputFile} ${gzip ? "ends" : "does not end"} in .gz. Let both say the same.`,
    );
  await writeProfiles(
    place,
    key,
    result.profiles,
    flags.floatFormat === undefined ? {} : { floatFormat: flags.floatFormat },
  );
  const { rowCount, features } = result.profiles;
  if (flags.json)
    output.json({
      verb,
      output: flags.outputFile,
      rows: rowCount,
      features: features.length,
      notes: result.notes,
      ...(flags.explain ? { explained: result.explained } : {}),
      ...result.details,
    });
  else {
    for (const note of result.notes) output.data(note);
    if (flags.explain) for (const line of result.explained) output.data(line);
  }
  output.say(`${flags.outputFile}: ${rowCount} rows, ${features.length} features.`);
  exit(EXIT.done);
}
