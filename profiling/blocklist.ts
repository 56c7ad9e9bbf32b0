import { readCsv } from "@artesian/data";
import { parse } from "yaml";
import { ProfileFormatError, UnknownOperationError } from "./statistics-errors.ts";

const CHANNELS = ["AGP", "DNA", "ER", "Mito", "RNA"];

/**
 * Features known to be noisy in Cell Painting: Manders and RWC coefficients in nuclei, granularity at the largest scales (Way 2019,
 * Blacklist Features – Cell Profiler, figshare, doi:10.6084/m9.figshare.10255811). It is what "blocklist" means when no list is named.
 */
export const DEFAULT_BLOCKLIST: readonly string[] = [
  ...["Manders", "RWC"].flatMap((coefficient) =>
    CHANNELS.flatMap((one) =>
      CHANNELS.filter((other) => other !== one).map((other) => `Nuclei_Correlation_${coefficient}_${one}_${other}`),
    ),
  ),
  ...[14, 15, 16].flatMap((scale) => CHANNELS.map((channel) => `Nuclei_Granularity_${scale}_${channel}`)),
];

/**
 * Reads a blocklist: a delimited text with the column `blocklist`, or a YAML registry of named lists.
 * @param name which list of a registry; default "default", or the only one there is
 * @throws ProfileFormatError (profiling/profile-format), UnknownOperationError (profiling/unknown-operation) for a name that is not there
 */
export function parseBlocklist(text: string, source: string, name?: string): string[] {
  if (/\.ya?ml$/i.test(source)) return fromRegistry(text, source, name);
  const table = readCsv(text, { source, text: ["blocklist"] });
  const column = table.columns.find((one) => one.name === "blocklist");
  if (column?.kind !== "text")
    throw new ProfileFormatError(
      source,
      `has the columns ${table.columns.map((one) => one.name).join(", ")}, expected one named "blocklist" with a feature a row.`,
    );
  return column.values.filter((value) => value !== null);
}

function fromRegistry(text: string, source: string, name?: string): string[] {
  let lists: unknown;
  try {
    lists = parse(text);
  } catch (error) {
    throw new ProfileFormatError(source, error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
  }
  if (typeof lists !== "object" || lists === null || Array.isArray(lists))
    throw new ProfileFormatError(source, "is not a registry: expected names with a list of features each.");
  const entries = new Map(Object.entries(lists));
  const chosen = name ?? (entries.has("default") || entries.size !== 1 ? "default" : [...entries.keys()][0]!);
  if (!entries.has(chosen)) throw new UnknownOperationError("blocklist", chosen, [...entries.keys()]);
  const list: unknown = entries.get(chosen);
  if (!Array.isArray(list)) throw new ProfileFormatError(source, `"${chosen}" is not a list of feature names.`);
  return list.map(String);
}
