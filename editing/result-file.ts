import type { BatchDocument } from "./batch.ts";
import { ComparisonError } from "./design-errors.ts";
import type { EditingResult } from "./result.ts";

/**
 * Reads the document of a result, `editing.json`.
 * @param what named in the error
 * @throws ComparisonError ("editing/comparison") when it is none, or of another version
 */
export function readResult(text: string, what: string): EditingResult {
  return documentOf<EditingResult>(text, what, "artesian editing");
}

/** Reads the document of a batch or pool, `batch.json`. @throws ComparisonError ("editing/comparison") */
export function readBatch(text: string, what: string): BatchDocument {
  return documentOf<BatchDocument>(text, what, "artesian editing batch");
}

function documentOf<T extends { format: string; formatVersion: number }>(
  text: string,
  what: string,
  format: string,
): T {
  let value: unknown;
  try {
    value = JSON.parse(text, asNumber);
  } catch (error) {
    throw new ComparisonError(what, `it is no JSON (${error instanceof Error ? error.message : String(error)}).`);
  }
  const { format: found, formatVersion } = (value ?? {}) as Partial<T>;
  if (found !== format || formatVersion !== 1)
    throw new ComparisonError(
      what,
      `it is ${found === undefined ? "no result" : `"${found}" of version ${formatVersion}`}, expected "${format}" of version 1. Make it again with this version.`,
    );
  return value as T;
}

/** JSON has no word for a rate of no reads: it is written as null. */
function asNumber(key: string, value: unknown): unknown {
  return value === null && ["value", "lower", "upper"].includes(key) ? Number.NaN : value;
}
