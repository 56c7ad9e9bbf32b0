import { createHash } from "node:crypto";

/**
 * SHA-256 of bytes or of a string's UTF-8 bytes, as 64 lower-case hexadecimal digits.
 * @example sha256("abc").slice(0, 8) // "ba7816bf"
 */
export function sha256(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}

/**
 * JSON with object keys sorted by code unit, no spaces: equal values give equal text, so that a digest of it names the value.
 * `undefined` members are left out as JSON.stringify does. Follows RFC 8785 except for its number formatting of non-finite
 * numbers, which become null.
 * @throws TypeError on a bigint or a cycle.
 * @example canonicalJson({ b: 1, a: [true] }) // '{"a":[true],"b":1}'
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, sortKeys) ?? "null";
}

function sortKeys(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const record = value as Record<string, unknown>;
  // Without a prototype, so that a member named __proto__ is a member like any other.
  const sorted: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(record).sort()) sorted[key] = record[key];
  return sorted;
}

/** Digest of any JSON value: SHA-256 of its canonical text. */
export function digestOf(value: unknown): string {
  return sha256(canonicalJson(value));
}
