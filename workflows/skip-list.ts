import { type Column, cellText, columnOf, readCsv } from "@artesian/data";
import { SkipListError } from "./errors.ts";
import type { SkipEntry } from "./expression.schemas.ts";

/**
 * Reads a list of projects that nobody summarises. One project a line, as the original's blacklist had them; an owner may follow after a
 * comma, the reason after `#`. A line that begins with `#` is a remark. With a first line that names the columns `project`, `reason`
 * and `owner` it is a CSV.
 *
 * ```
 * 4a95101c-9ffc-4f30-a809-f04518a23803
 * P7, Ada   # not public before June
 * ```
 * @param name the file, for errors
 * @throws SkipListError (workflows/skip-list), CsvError (data/csv)
 */
export function readSkipList(text: string, name: string): Map<string, SkipEntry> {
  const lines = text.split(/\r?\n/);
  const header = (lines[0] ?? "").split(",").map((cell) => cell.trim().toLowerCase());
  if (header.includes("project")) return readTable(text, name);
  const found = new Map<string, SkipEntry>();
  for (const [index, line] of lines.entries()) {
    const hash = line.indexOf("#");
    const [project = "", owner = "", ...rest] = (hash < 0 ? line : line.slice(0, hash)).split(",");
    if (project.trim() === "") {
      if ([owner, ...rest].join("").trim() !== "") throw new SkipListError(name, index + 1, "there is no project");
      continue;
    }
    if (rest.length > 0) throw new SkipListError(name, index + 1, "there is more than a project and an owner");
    if (/[\s/]/.test(project.trim()))
      throw new SkipListError(name, index + 1, `"${project.trim()}" is no project's name`);
    found.set(project.trim(), {
      reason: (hash < 0 ? "" : line.slice(hash + 1).trim()) || "on the skip list",
      owner: owner.trim() || null,
    });
  }
  return found;
}

function readTable(text: string, name: string): Map<string, SkipEntry> {
  const table = readCsv(text);
  const column = (wanted: string): Column | undefined =>
    table.columns.find((one) => one.name.trim().toLowerCase() === wanted) ?? columnOf(table, wanted);
  const [projects, reasons, owners] = [column("project"), column("reason"), column("owner")];
  const found = new Map<string, SkipEntry>();
  const cell = (of: Column | undefined, row: number): string | null =>
    of === undefined ? null : cellText(of, row)?.trim() || null;
  for (let row = 0; row < table.rowCount; row++) {
    const project = cell(projects, row);
    if (project === null) throw new SkipListError(name, row + 2, "there is no project");
    found.set(project, { reason: cell(reasons, row) ?? "on the skip list", owner: cell(owners, row) });
  }
  return found;
}
