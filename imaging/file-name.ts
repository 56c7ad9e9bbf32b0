import { FileNameError, FileNamePatternError } from "./errors.ts";
import { FILE_NAME_PATTERNS, type FileNamePattern } from "./file-name-patterns.ts";
import { parseWell, plateFormat, wellName } from "./well.ts";

/** What the name of an image file says about the image. */
export interface ImageName {
  /** The file's name, without folders. */
  readonly file: string;
  /** Absent when the pattern has no plate: take it from the folder. */
  readonly plate?: string;
  /** As in "C05". */
  readonly well: string;
  /** From 1, whatever the microscope counts from. */
  readonly site: number;
  /** As written: a stain's name, or the number or letter that the microscope gives. */
  readonly channel: string;
  /** Focus plane, as the microscope counts. */
  readonly z?: number;
  /** Time point, as the microscope counts. */
  readonly time?: number;
}

export interface FileNameOptions {
  /** Wells of the plate, for layouts that only number them row by row (ScanR). Default 96. */
  wellCount?: number;
}

/**
 * Reads an image's file name with a pattern; without one, with the first built-in pattern that fits.
 * @param name file name; folders before it are ignored
 * @param pattern a built-in's id ("phenix"), a pattern of {@link customPattern}, or nothing
 * @returns undefined when the name does not fit
 * @throws FileNamePatternError (imaging/file-name-pattern) for an id that does not exist
 * @throws FileNameError (imaging/file-name) when the name fits but names an impossible well or site
 * @example
 * parseFileName("r03c03f03p01-ch6sk1fk1fl1.tiff"); // { well: "C03", site: 3, channel: "6", z: 1, time: 1, … }
 */
export function parseFileName(
  name: string,
  pattern?: string | FileNamePattern,
  options: FileNameOptions = {},
): ImageName | undefined {
  const file = name.split(/[\\/]/).at(-1) ?? name;
  const candidates = pattern === undefined ? FILE_NAME_PATTERNS : [patternOf(pattern)];
  for (const candidate of candidates) {
    const groups = candidate.regex.exec(file)?.groups;
    if (groups !== undefined) return imageName(file, candidate, groups, options);
  }
  return undefined;
}

export interface DetectedPattern {
  readonly pattern: FileNamePattern;
  readonly matched: number;
  /** Names that do not fit the pattern, in the order given. */
  readonly unmatched: readonly string[];
}

/** Finds the built-in pattern that fits most of the names; undefined when none fits any. */
export function detectPattern(names: readonly string[]): DetectedPattern | undefined {
  let best: DetectedPattern | undefined;
  for (const pattern of FILE_NAME_PATTERNS) {
    const unmatched = names.filter((name) => !pattern.regex.test(name.split(/[\\/]/).at(-1) ?? name));
    const matched = names.length - unmatched.length;
    if (matched > (best?.matched ?? 0)) best = { pattern, matched, unmatched };
  }
  return best;
}

/**
 * Makes a pattern from a laboratory's own regular expression with named groups: `well` (C05), or `row` (letters or a number) and `column`;
 * `plate`, `site`, `channel`, `z` and `time` when the names have them. Without `site` every image is site 1; without `channel` it is "1".
 * @param firstSite the number that the first site of a well has in the names. Default 1
 * @throws FileNamePatternError (imaging/file-name-pattern)
 * @example
 * customPattern(String.raw`^(?<plate>\w+)-(?<well>[A-P]\d\d)-(?<channel>\w+)\.tif$`)
 */
export function customPattern(expression: string, firstSite: 0 | 1 = 1): FileNamePattern {
  let regex: RegExp;
  try {
    regex = new RegExp(expression, "i");
  } catch (cause) {
    throw new FileNamePatternError(expression, cause instanceof Error ? cause.message : String(cause));
  }
  const groups = new Set([...expression.matchAll(/\(\?<([A-Za-z]\w*)>/g)].map((match) => match[1] ?? ""));
  const known = new Set(["well", "row", "column", "plate", "site", "channel", "z", "time"]);
  const unknown = [...groups].filter((group) => !known.has(group));
  if (unknown.length > 0) throw new FileNamePatternError(expression, `the group ${unknown.join(", ")} has no meaning`);
  if (!groups.has("well") && !(groups.has("row") && groups.has("column"))) {
    throw new FileNamePatternError(expression, "nothing in it names the well");
  }
  return { id: "custom", title: "the laboratory's own", regex, firstSite };
}

function patternOf(pattern: string | FileNamePattern): FileNamePattern {
  if (typeof pattern !== "string") return pattern;
  const found = FILE_NAME_PATTERNS.find((candidate) => candidate.id === pattern);
  if (found === undefined) {
    const ids = FILE_NAME_PATTERNS.map((candidate) => candidate.id).join(", ");
    throw new FileNamePatternError(pattern, `there is no built-in pattern of this name (there are ${ids})`);
  }
  return found;
}

function imageName(
  file: string,
  pattern: FileNamePattern,
  groups: Record<string, string | undefined>,
  options: FileNameOptions,
): ImageName {
  const fail = (problem: string): never => {
    throw new FileNameError(file, pattern.id, problem);
  };
  const site = groups.site === undefined ? 1 : Number(groups.site) + 1 - pattern.firstSite;
  if (!Number.isInteger(site) || site < 1) fail(`its site "${groups.site}" is not a number from ${pattern.firstSite}`);
  return {
    file,
    ...(groups.plate !== undefined && { plate: groups.plate }),
    well: wellOf(groups, options.wellCount ?? 96) ?? fail(`its well is not on a plate (${wellText(groups)})`),
    site,
    channel: groups.channel ?? "1",
    ...(groups.z !== undefined && { z: Number(groups.z) }),
    ...(groups.time !== undefined && { time: Number(groups.time) }),
  };
}

function wellOf(groups: Record<string, string | undefined>, wellCount: number): string | undefined {
  const { well, row, column, number } = groups;
  try {
    if (number !== undefined) {
      const { rows, columns } = plateFormat(wellCount);
      const index = Number(number) - 1;
      return index >= 0 && index < rows * columns ? wellName(Math.floor(index / columns), index % columns) : undefined;
    }
    if (row !== undefined && /^\d+$/.test(row)) return wellName(Number(row) - 1, Number(column) - 1);
    const place = parseWell(well ?? `${row}${column}`);
    return wellName(place.row, place.column);
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "imaging/well-name") return undefined;
    throw cause;
  }
}

function wellText(groups: Record<string, string | undefined>): string {
  if (groups.number !== undefined) return `well number ${groups.number}`;
  return groups.well ?? `row ${groups.row}, column ${groups.column}`;
}
