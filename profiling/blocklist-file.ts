import { readCsv } from "@artesian/data/csv.ts";
import { parse } from "yaml";
import { ProfileFormatError, UnknownOperationError } from "./statistics-errors.ts";

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
