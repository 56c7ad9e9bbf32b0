import { isDeepStrictEqual } from "node:util";
import { type JsonSchema, keywords, resolveRef, typesOf } from "./json-schema.ts";

/** A change by which records that were sound are no longer. */
export interface SchemaBreak {
  /** Such as `images[].channel`; "the record" for the value itself. */
  path: string;
  /** In words, from the older to the newer. */
  what: string;
}

type Words = { readonly [keyword: string]: unknown };
interface Comparison {
  before: unknown;
  after: unknown;
  /** Pairs under comparison: what refers to itself holds when nothing else speaks against it. */
  open: [unknown, unknown][];
  breaks: SchemaBreak[];
}

/** Keywords that say how values relate to each other; a change around them is taken for a break. */
const notFollowed = [
  "not",
  "if",
  "then",
  "else",
  "dependentRequired",
  "dependentSchemas",
  "dependencies",
  "propertyNames",
  "contains",
  "minContains",
  "maxContains",
  "unevaluatedProperties",
  "unevaluatedItems",
  "patternProperties",
  "$dynamicRef",
];
const annotations = [
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
  "$comment",
  "format",
  "$id",
  "$schema",
  "$defs",
  "definitions",
];

/**
 * Whether records of one schema are sound by another: the backward compatibility of schema registries (Confluent Schema Registry,
 * "BACKWARD"), with every reason why not. Records hold what their schema lists: an object that lists `properties` and says nothing
 * of others has no others.
 */
export function schemaBreaks(before: JsonSchema, after: JsonSchema): SchemaBreak[] {
  const comparison: Comparison = { before, after, open: [], breaks: [] };
  compare(before, after, "", comparison);
  return comparison.breaks;
}

function compare(a: unknown, b: unknown, path: string, run: Comparison): void {
  if (a === false || b === true || run.open.some(([one, other]) => one === a && other === b)) return;
  run.open.push([a, b]);
  compareOpen(a, b, path, run);
  run.open.pop();
}

type Say = (what: string, at?: string) => void;

function sayAt(path: string, { breaks }: Comparison): Say {
  return (what, at = path) => void breaks.push({ path: at === "" ? "the record" : at, what });
}

function compareOpen(a: unknown, b: unknown, path: string, run: Comparison): void {
  const say = sayAt(path, run);
  if (b === false) {
    say("is no longer allowed");
    return;
  }
  const older = flat(a, run.before)?.merged;
  const flattened = flat(b, run.after);
  if (older === undefined || flattened === undefined) {
    say("refers to a schema outside of its document, which is not followed");
    return;
  }
  const { own: newer, parts } = flattened;
  for (const variants of [older.anyOf, older.oneOf]) {
    if (!Array.isArray(variants)) continue;
    const { anyOf: _, oneOf: __, ...others } = older;
    for (const variant of variants) compare({ allOf: [variant, others] }, b, path, run);
    return;
  }
  for (const part of parts) compare(a, part, path, run);
  if (Array.isArray(newer.anyOf)) anyVariant(a, newer.anyOf, path, run);
  if (Array.isArray(newer.oneOf)) {
    if (areDisjoint(newer.oneOf, run.after)) anyVariant(a, newer.oneOf, path, run);
    else if (!isDeepStrictEqual(a, b)) say("has variants (oneOf) that nothing tells apart, which is not followed");
  }
  const odd = notFollowed.filter((word) => word in newer && !isDeepStrictEqual(older[word], newer[word]));
  for (const word of odd) say(`has another "${word}", which is not followed`);
  const isOdd = notFollowed.some((word) => word in newer) && odd.length === 0;
  if (isOdd && !isDeepStrictEqual(withoutAnnotations(older), withoutAnnotations(newer)))
    say(`changes beside "${notFollowed.filter((word) => word in newer).join('", "')}", which is not followed`);
  compareTypes(older, newer, path, run);
}

function withoutAnnotations(words: Words): Words {
  return Object.fromEntries(Object.entries(words).filter(([name]) => !annotations.includes(name)));
}

/** A schema's own words, the parts that must hold besides, and all of them together. Undefined when it refers to another document. */
function flat(schema: unknown, root: unknown): { own: Words; parts: unknown[]; merged: Words } | undefined {
  const words = keywords(schema === true ? {} : schema);
  const { $ref, allOf, ...own } = words;
  const parts: unknown[] = [];
  if (typeof $ref === "string") {
    const target = resolveRef(root, $ref);
    if (target === undefined) return undefined;
    parts.push(target);
  }
  if (Array.isArray(allOf)) parts.push(...allOf);
  const known = parts.map((part) => flat(part, root)?.merged);
  if (known.includes(undefined)) return undefined;
  return { own, parts, merged: [own, ...(known as Words[])].reduce(bothOf) };
}

/** Of two schemas that both hold: what is sure. Where they speak of the same, the first one's word is kept, which allows more. */
function bothOf(a: Words, b: Words): Words {
  const merged: Record<string, unknown> = { ...b, ...a };
  const properties = { ...keywords(b.properties), ...keywords(a.properties) };
  if (Object.keys(properties).length > 0) merged.properties = properties;
  const required = [a.required, b.required].flatMap((one) => (Array.isArray(one) ? one : []));
  if (required.length > 0) merged.required = [...new Set(required)];
  // closed by itself, a part says nothing of the other's fields
  if (a.additionalProperties !== undefined || b.additionalProperties !== undefined) {
    const isSame = isDeepStrictEqual(a.additionalProperties, b.additionalProperties);
    if (!isSame && Object.keys(keywords(a.properties)).length + Object.keys(keywords(b.properties)).length > 0)
      merged.additionalProperties = a.additionalProperties ?? b.additionalProperties;
  }
  return merged;
}

function anyVariant(a: unknown, variants: readonly unknown[], path: string, run: Comparison): void {
  let fewest: SchemaBreak[] | undefined;
  for (const variant of variants) {
    const tried: Comparison = { ...run, breaks: [] };
    compare(a, variant, path, tried);
    if (tried.breaks.length === 0) return;
    if (fewest === undefined || tried.breaks.length < fewest.length) fewest = tried.breaks;
  }
  run.breaks.push(...(fewest ?? [{ path: path === "" ? "the record" : path, what: "has no variant any more" }]));
}

/** Whether no value can be of two variants: by its type, or by a field that each of them requires and that says which it is. */
function areDisjoint(variants: readonly unknown[], root: unknown): boolean {
  const flats = variants.map((variant) => flat(variant, root)?.merged);
  return flats.every((a, index) =>
    flats.slice(index + 1).every((b) => a !== undefined && b !== undefined && areApart(a, b)),
  );
}

function areApart(a: Words, b: Words): boolean {
  const [one, other] = [typesOf(a), typesOf(b)];
  if (one !== undefined && other !== undefined && !one.some((type) => other.some((also) => overlaps(type, also))))
    return true;
  const required = (words: Words): unknown[] => (Array.isArray(words.required) ? words.required : []);
  return required(a).some((name) => {
    if (!required(b).includes(name)) return false;
    const values = [a, b].map((words) => valuesOf(keywords(keywords(words.properties)[String(name)])));
    const [left, right] = values;
    return (
      left !== undefined &&
      right !== undefined &&
      !left.some((value) => right.some((also) => isDeepStrictEqual(value, also)))
    );
  });
}

const overlaps = (a: string, b: string): boolean =>
  a === b || [a, b].every((type) => type === "integer" || type === "number");

function valuesOf(words: Words): unknown[] | undefined {
  if ("const" in words) return [words.const];
  return Array.isArray(words.enum) ? words.enum : undefined;
}

function compareTypes(older: Words, newer: Words, path: string, run: Comparison): void {
  const say = sayAt(path, run);
  const values = valuesOf(older);
  const allowed = valuesOf(newer);
  if (allowed !== undefined) {
    if (values === undefined) {
      say(`must now be one of ${listed(allowed)}`);
      return;
    }
    const refused = values.filter((value) => !allowed.some((one) => isDeepStrictEqual(one, value)));
    if (refused.length > 0) {
      say(`may no longer be ${listed(refused)}`);
      return;
    }
  }
  const before = typesOf(older);
  const after = typesOf(newer);
  if (after !== undefined) {
    const refused = (before ?? ["anything"]).filter(
      (type) => !after.includes(type) && !(type === "integer" && after.includes("number")),
    );
    if (refused.length > 0) {
      say(`was ${inWords(before)}, is now ${inWords(after)}`);
      return;
    }
  }
  const may = (type: string): boolean => before === undefined || before.includes(type);
  if (values !== undefined && allowed !== undefined) return;
  if (may("number") || may("integer")) compareLimits("number", older, newer, say);
  if (may("string")) {
    compareLimits("string", older, newer, say);
    if (typeof newer.pattern === "string" && newer.pattern !== older.pattern)
      say(`must now match ${newer.pattern}${typeof older.pattern === "string" ? `, matched ${older.pattern}` : ""}`);
  }
  if (may("array")) compareArrays(older, newer, path, run, say);
  if (may("object")) compareObjects(older, newer, path, run, say);
}

const listed = (values: readonly unknown[]): string => values.map((value) => JSON.stringify(value)).join(", ");

function inWords(types: readonly string[] | undefined): string {
  return types === undefined ? "anything" : types.map((type) => (type === "string" ? "text" : type)).join(" or ");
}

const higher = (now: number, then: number): boolean => now > then;
const lower = (now: number, then: number): boolean => now < then;
/** Limits by the type that they are of, with what makes one tighter. */
const limits = {
  number: {
    minimum: higher,
    exclusiveMinimum: higher,
    maximum: lower,
    exclusiveMaximum: lower,
    multipleOf: (now: number, then: number): boolean => now !== then,
  },
  string: { minLength: higher, maxLength: lower },
  array: { minItems: higher, maxItems: lower },
  object: { minProperties: higher, maxProperties: lower },
};

function compareLimits(type: keyof typeof limits, older: Words, newer: Words, say: Say): void {
  for (const [word, isTighter] of Object.entries(limits[type])) {
    const [then, now] = [older[word], newer[word]];
    if (typeof now !== "number" || (typeof then === "number" && !isTighter(now, then))) continue;
    say(`has ${word} ${now}${typeof then === "number" ? `, had ${then}` : ", had none"}`);
  }
}

function compareArrays(older: Words, newer: Words, path: string, run: Comparison, say: Say): void {
  compareLimits("array", older, newer, say);
  if (newer.uniqueItems === true && older.uniqueItems !== true) say("must now hold no element twice");
  const prefix = (of: Words): unknown[] => (Array.isArray(of.prefixItems) ? of.prefixItems : []);
  const length = Math.max(prefix(older).length, prefix(newer).length);
  for (let index = 0; index < length; index++)
    compare(
      prefix(older)[index] ?? older.items ?? true,
      prefix(newer)[index] ?? newer.items ?? true,
      `${path}[${index}]`,
      run,
    );
  if ("items" in newer) compare(older.items ?? true, newer.items, `${path}[]`, run);
}

/** What fields that are not listed hold; false for none. */
function restOf(of: Words): unknown {
  if ("patternProperties" in of) return true;
  if ("additionalProperties" in of) return of.additionalProperties;
  return Object.keys(keywords(of.properties)).length === 0;
}

function compareObjects(older: Words, newer: Words, path: string, run: Comparison, say: Say): void {
  compareLimits("object", older, newer, say);
  const at = (name: string): string => (path === "" ? name : `${path}.${name}`);
  const known = new Set(Array.isArray(older.required) ? older.required : []);
  for (const name of Array.isArray(newer.required) ? newer.required : [])
    if (!known.has(name)) say("is now required, and records so far may lack it", at(String(name)));
  const before = keywords(older.properties);
  const after = keywords(newer.properties);
  const rest = restOf(older);
  const added = "additionalProperties" in newer ? newer.additionalProperties : true;
  for (const [name, schema] of Object.entries(after))
    compare(name in before ? before[name] : rest, schema, at(name), run);
  for (const [name, schema] of Object.entries(before)) {
    if (name in after || schema === false) continue;
    if (added === false) say("is no longer a field, and records so far may have it", at(name));
    else compare(schema, added, at(name), run);
  }
  if (rest === false) return;
  if (added === false) say("takes no further fields any more, and records so far may have some");
  else compare(rest, added, at("*"), run);
}
