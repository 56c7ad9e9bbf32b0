import { ConditionError } from "./errors.ts";

/** A test on a metadata row: the named column holds the value. */
export interface Condition {
  column: string;
  value: string;
}

/**
 * Reads `COLUMN=VALUE`.
 * @throws ConditionError (workflows/condition) when it has another form or the column is not among `columns`
 * @example parseCondition("SBS_Controls=1", ["SBS_Controls"]) // { column: "SBS_Controls", value: "1" }
 */
export function parseCondition(text: string, columns: readonly string[]): Condition {
  const at = text.indexOf("=");
  if (at < 1) throw new ConditionError(text, "there is no COLUMN before an equals sign.");
  const column = text.slice(0, at).trim();
  const value = text
    .slice(at + 1)
    .trim()
    .replace(/^(["'])(.*)\1$/, "$2");
  if (!columns.includes(column)) {
    throw new ConditionError(text, `the metadata has no column "${column}"; it has ${columns.join(", ") || "none"}.`);
  }
  return { column, value };
}

/** Whether a row meets a condition; numbers are compared as numbers (1, 1.0 and "1" are equal), text exactly. */
export function meets(row: Readonly<Record<string, string | null>>, condition: Condition): boolean {
  const found = row[condition.column] ?? null;
  if (found === null) return false;
  if (found === condition.value) return true;
  const wanted = Number(condition.value);
  return condition.value !== "" && found !== "" && !Number.isNaN(wanted) && Number(found) === wanted;
}
