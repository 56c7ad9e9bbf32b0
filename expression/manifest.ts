import { columnOf, readCsv } from "@artesian/data";
import { ManifestError } from "./errors.ts";

/** One matrix of a portal as its manifest lists it. Keys are those of the place. */
export interface ManifestRow {
  project: string;
  /** Key of the matrix's file, or of a Zarr store's folder. */
  matrix: string;
  /** Keys of the lists beside a Matrix Market file, when they cannot be told from its name. */
  genes?: string;
  cells?: string;
  /** Name of the matrix; default: from its key. */
  name?: string;
  title?: string;
  species?: string;
  layer?: string;
}

const FIELDS = ["project", "matrix", "genes", "cells", "name", "title", "species", "layer"] as const;

/**
 * Reads the list of a portal's matrices: a CSV with a header, or a JSON array of objects, with `project` and `matrix` and, if wanted,
 * `genes`, `cells`, `name`, `title`, `species` and `layer`. Other columns are left alone.
 *
 * @param name the file's name: `.json` is JSON, anything else CSV (or TSV)
 * @throws ManifestError (expression/manifest), CsvError (data/csv)
 */
export function readManifest(text: string, name: string): ManifestRow[] {
  const rows = /\.json$/i.test(name) ? jsonRows(text, name) : csvRows(text, name);
  return rows.map((row, i) => {
    const known: Partial<Record<(typeof FIELDS)[number], string>> = {};
    for (const field of FIELDS) {
      const value = row[field];
      if (typeof value === "string" && value.trim() !== "") known[field] = value.trim();
      else if (value !== undefined && value !== null && typeof value !== "string")
        throw new ManifestError(name, i + 1, `${field} is no text`);
    }
    const { project, matrix, ...others } = known;
    if (project === undefined) throw new ManifestError(name, i + 1, "there is no project");
    if (matrix === undefined) throw new ManifestError(name, i + 1, "there is no matrix");
    if (/[/\\]|^\.+$/.test(project))
      throw new ManifestError(name, i + 1, `the project "${project}" is a path, expected a name`);
    return { project, matrix, ...others };
  });
}

function jsonRows(text: string, name: string): Record<string, unknown>[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new ManifestError(name, 0, (error as Error).message);
  }
  if (!Array.isArray(parsed)) throw new ManifestError(name, 0, "it is no array of objects");
  return parsed.map((row: unknown, i) => {
    if (typeof row !== "object" || row === null) throw new ManifestError(name, i + 1, "it is no object");
    return row as Record<string, unknown>;
  });
}

function csvRows(text: string, name: string): Record<string, unknown>[] {
  const table = readCsv(text, { source: name });
  return Array.from({ length: table.rowCount }, (_, i) =>
    Object.fromEntries(
      FIELDS.flatMap((field) => {
        const column = columnOf(table, field);
        if (column === undefined) return [];
        const value = column.values[i];
        return [[field, typeof value === "number" ? (Number.isNaN(value) ? null : String(value)) : value]];
      }),
    ),
  );
}
