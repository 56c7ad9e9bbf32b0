import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonSchema } from "./json-schema.ts";
import { schemaCheck } from "./schema-check.ts";
import { schemaBreaks } from "./schema-evolution.ts";
import { registryBreaks } from "./schema-versions.ts";

const object = (properties: Record<string, unknown>, more: Record<string, unknown> = {}): JsonSchema => ({
  type: "object",
  properties,
  ...more,
});
const text = { type: "string" };
const whole = { type: "integer" };

describe("what breaks records so far", () => {
  test.each<[string, JsonSchema, JsonSchema, string]>([
    [
      "a field that is required now",
      object({ a: text }),
      object({ a: text }, { required: ["a"] }),
      "a: is now required, and records so far may lack it",
    ],
    [
      "another type, deep",
      object({ a: { type: "array", items: object({ b: whole }) } }),
      object({ a: { type: "array", items: object({ b: text }) } }),
      "a[].b: was integer, is now text",
    ],
    ["a number that must be whole", { type: "number" }, whole, "the record: was number, is now integer"],
    ["a value that is gone", { enum: ["a", "b"] }, { enum: ["a"] }, 'the record: may no longer be "b"'],
    ["values that are listed now", text, { enum: ["a"] }, 'the record: must now be one of "a"'],
    [
      "a field that a closed object lost",
      object({ a: text, b: text }),
      object({ a: text }, { additionalProperties: false }),
      "b: is no longer a field, and records so far may have it",
    ],
    [
      "a tighter limit",
      { type: "integer", minimum: 0 },
      { type: "integer", minimum: 1 },
      "the record: has minimum 1, had 0",
    ],
    [
      "a limit where there was none",
      { type: "array", items: text },
      { type: "array", items: text, maxItems: 3 },
      "the record: has maxItems 3, had none",
    ],
    [
      "another pattern",
      { type: "string", pattern: "^a" },
      { type: "string", pattern: "^b" },
      "the record: must now match ^b, matched ^a",
    ],
    [
      "a variant that is gone",
      { anyOf: [text, whole, { type: "null" }] },
      { anyOf: [text, { type: "null" }] },
      "the record: was integer, is now text",
    ],
    [
      "a definition that changed",
      { $ref: "#/$defs/a", $defs: { a: text } },
      { $ref: "#/$defs/a", $defs: { a: whole } },
      "the record: was text, is now integer",
    ],
    [
      "further fields that are not taken",
      object({}, { additionalProperties: text }),
      object({}, { additionalProperties: false }),
      "the record: takes no further fields any more, and records so far may have some",
    ],
    ["a condition nobody follows", {}, { not: text }, 'the record: has another "not", which is not followed'],
  ])("%s", (_, before, after, said) => {
    expect(schemaBreaks(before, after).map(({ path, what }) => `${path}: ${what}`)).toContain(said);
  });

  test.each<[string, JsonSchema, JsonSchema]>([
    ["a new optional field", object({ a: text }), object({ a: text, b: whole })],
    [
      "a new one in a closed object",
      object({ a: text }, { additionalProperties: false }),
      object({ a: text, b: whole }, { additionalProperties: false }),
    ],
    ["a field that need not be there any more", object({ a: text }, { required: ["a"] }), object({ a: text })],
    ["a wider type", object({ a: whole }), object({ a: { type: ["number", "null"] } })],
    ["a further variant", { anyOf: [text, whole] }, { anyOf: [text, whole, { type: "null" }] }],
    ["a field left out of an open object", object({ a: text, b: text }), object({ a: text })],
    ["words for people", object({ a: text }), object({ a: { ...text, title: "A", description: "…", format: "uri" } })],
    ["a tree that refers to itself", object({ up: { $ref: "#" } }), object({ up: { $ref: "#" }, name: text })],
    [
      "variants told apart by a field",
      { oneOf: [object({ k: { const: 1 } }, { required: ["k"] })] },
      { oneOf: [object({ k: { const: 1 } }, { required: ["k"] }), object({ k: { const: 2 } }, { required: ["k"] })] },
    ],
  ])("is not: %s", (_, before, after) => {
    expect(schemaBreaks(before, after)).toEqual([]);
  });
});

test("a registry: a published version stays what it is, and each version reads records of the one before", () => {
  const v1 = object({ a: text });
  const v2 = object({ a: text, b: whole });
  const v3 = object({ a: text, b: whole }, { required: ["b"] });
  expect(registryBreaks(undefined, { "r@1": v1, "r@2": v2 })).toEqual([]);
  expect(registryBreaks({ "r@1": v1 }, { "r@1": v1, "r@2": v2 })).toEqual([]);
  expect(registryBreaks({ "r@1": v1 }, { "r@1": v3 })).toMatchObject([
    { schema: "r@1", what: "has changed under its version: give the change the next version" },
    { schema: "r@1", path: "b", what: "is now required, and records so far may lack it" },
  ]);
  expect(registryBreaks({ "r@1": v1 }, {})).toMatchObject([
    { schema: "r@1", what: "is gone, and records of it may still be there" },
  ]);
  expect(registryBreaks(undefined, { "r@2": v2, "r@10": v3 })).toMatchObject([{ schema: "r@10", path: "b" }]);
});

/** Schemas of a small language, and values that are sound by them. */
const leaf: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  fc.constant({ type: "string" }),
  fc.record({ type: fc.constant("integer"), minimum: fc.integer({ min: -2, max: 2 }) }),
  fc.constant({ type: "number" }),
  fc.constant({ type: ["string", "null"] }),
  fc.subarray(["a", "b", 1], { minLength: 1 }).map((values) => ({ enum: values })),
);
const schema: fc.Arbitrary<Record<string, unknown>> = fc.letrec<{ node: Record<string, unknown> }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthIdentifier: "schema" },
    leaf,
    fc
      .record({
        properties: fc.dictionary(fc.constantFrom("a", "b", "c"), tie("node"), { noNullPrototype: true }),
        required: fc.subarray(["a", "b"]),
        closed: fc.constantFrom(undefined, false, true),
      })
      .map(({ properties, required, closed }) => ({
        type: "object",
        properties,
        required: required.filter((name) => name in properties),
        ...(closed === undefined ? {} : { additionalProperties: !closed }),
      })),
    fc
      .record({ items: tie("node"), maxItems: fc.integer({ min: 0, max: 2 }) })
      .map((one) => ({ type: "array", ...one })),
    fc.array(tie("node"), { minLength: 1, maxLength: 2 }).map((anyOf) => ({ anyOf })),
    fc.array(tie("node"), { minLength: 1, maxLength: 2 }).map((allOf) => ({ allOf })),
  ),
})).node;

/** Something sound by a schema, fields only where they are listed or allowed; of parts that cannot hold together nothing is sure. */
function soundBy(one: Record<string, unknown>): fc.Arbitrary<unknown> {
  if (Array.isArray(one.enum)) return fc.constantFrom(...(one.enum as unknown[]));
  if (Array.isArray(one.anyOf)) return fc.oneof(...(one.anyOf as Record<string, unknown>[]).map(soundBy));
  if (Array.isArray(one.allOf)) return soundBy((one.allOf as Record<string, unknown>[])[0] as Record<string, unknown>);
  if (one.type === "integer") return fc.integer({ min: one.minimum as number, max: 4 });
  if (one.type === "number") return fc.constantFrom(0, 1.5, -3);
  if (one.type === "string") return fc.constantFrom("", "a", "b", "x");
  if (Array.isArray(one.type)) return fc.constantFrom("a", null);
  if (one.type === "array")
    return fc.array(soundBy(one.items as Record<string, unknown>), { maxLength: one.maxItems as number });
  const properties = one.properties as Record<string, Record<string, unknown>>;
  const members = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, soundBy(inner)])),
    { requiredKeys: one.required as never[], noNullPrototype: true },
  );
  if (one.additionalProperties !== true) return members;
  return fc
    .tuple(members, fc.dictionary(fc.constantFrom("a", "d"), fc.constantFrom(1, "a"), { noNullPrototype: true }))
    .map(([known, others]) => ({ ...others, ...known }));
}

test("property: where nothing is said to break, every record of the older schema is sound by the newer", () => {
  let compatible = 0;
  const pair = schema.chain((before) =>
    fc
      .oneof(schema, fc.constant(before), fc.constant({ anyOf: [before, { type: "null" }] }))
      .map((after) => ({ before, after })),
  );
  fc.assert(
    fc.property(
      pair.chain(({ before, after }) =>
        fc.record({ before: fc.constant(before), after: fc.constant(after), value: soundBy(before) }),
      ),
      ({ before, after, value }) => {
        if (schemaBreaks(before, after).length > 0 || schemaCheck("before", before)(value) !== undefined) return;
        compatible++;
        expect(schemaCheck("after", after)(value)).toBeUndefined();
      },
    ),
    { numRuns: 1500 },
  );
  expect(compatible).toBeGreaterThan(300);
});
