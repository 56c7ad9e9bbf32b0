import { any, eitherOf, type Member, mergedShape, type ScalarType, type Shape } from "./shape.ts";

/** A JSON Schema (draft 2020-12), as data. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown };

/** JSON Schemas by name: `image@2`, or `image` where there is one version only. */
export type SchemaRegistry = Readonly<Record<string, JsonSchema>>;

/** A schema's keywords; what is no object says nothing. */
export function keywords(schema: unknown): { readonly [keyword: string]: unknown } {
  return schema !== null && typeof schema === "object" && !Array.isArray(schema)
    ? (schema as { readonly [keyword: string]: unknown })
    : {};
}

/** The schema that a `$ref` within the same document points to; undefined when it points elsewhere or nowhere. */
export function resolveRef(root: unknown, ref: string): unknown {
  if (!ref.startsWith("#")) return undefined;
  let at: unknown = root;
  for (const step of ref.slice(1).split("/").slice(1)) {
    const name = decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
    at = Array.isArray(at) ? at[Number(name)] : keywords(at)[name];
  }
  return at;
}

/** The types that a schema allows; undefined when it does not say. */
export function typesOf(schema: unknown): string[] | undefined {
  const { type, const: constant, enum: values } = keywords(schema);
  if (typeof type === "string") return [type];
  if (Array.isArray(type)) return type.map(String);
  if (Array.isArray(values)) return [...new Set(values.map(typeOfValue))];
  return "const" in keywords(schema) ? [typeOfValue(constant)] : undefined;
}

/** The JSON Schema type of a value. */
function typeOfValue(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/**
 * What readers may count on in values of a schema. An object that lists `properties` and does not say otherwise by
 * `additionalProperties` is taken to list them all: a reader of another one reads what nobody has promised.
 */
export function shapeOfSchema(schema: unknown): Shape {
  return shapeWithin(schema, schema, []);
}

function shapeWithin(schema: unknown, root: unknown, open: readonly unknown[]): Shape {
  // what refers to itself has no end
  if (open.includes(schema)) return any;
  const words = keywords(schema);
  const inside = (one: unknown): Shape => shapeWithin(one, root, [...open, schema]);
  const parts: Shape[] = [];
  if (typeof words.$ref === "string") parts.push(inside(resolveRef(root, words.$ref)));
  if (Array.isArray(words.allOf)) parts.push(...words.allOf.map(inside));
  for (const name of ["anyOf", "oneOf"] as const) {
    const variants = words[name];
    if (Array.isArray(variants)) parts.push(eitherOf(variants.map(inside)));
  }
  const own = ownShape(words, inside);
  if (own.is !== "any") parts.push(own);
  return parts.reduce((known, part) => together(known, part), any);
}

/** Both hold. */
function together(a: Shape, b: Shape): Shape {
  if (a.is === "any") return b;
  if (b.is === "any") return a;
  if (a.is === "either") return eitherOf(a.of.map((one) => together(one, b)));
  if (b.is === "either") return eitherOf(b.of.map((one) => together(a, one)));
  return a.is === "object" && b.is === "object" ? mergedShape(a, b) : b;
}

function ownShape(words: { readonly [keyword: string]: unknown }, inside: (one: unknown) => Shape): Shape {
  const types = typesOf(words) ?? ("properties" in words ? ["object"] : "items" in words ? ["array"] : undefined);
  if (types === undefined) return any;
  const scalars = types.filter((type): type is ScalarType => type !== "object" && type !== "array");
  const shapes: Shape[] = scalars.length > 0 ? [{ is: "scalar", types: scalars }] : [];
  if (types.includes("array")) {
    const prefix = Array.isArray(words.prefixItems) ? words.prefixItems.map(inside) : [];
    const items = words.items === undefined ? (prefix.length > 0 ? [] : [any]) : [inside(words.items)];
    shapes.push({ is: "array", items: eitherOf([...prefix, ...items]) });
  }
  if (types.includes("object")) shapes.push(objectOf(words, inside));
  return eitherOf(shapes);
}

function objectOf(words: { readonly [keyword: string]: unknown }, inside: (one: unknown) => Shape): Shape {
  const required = new Set(Array.isArray(words.required) ? words.required : []);
  const members = new Map<string, Member>();
  for (const [name, member] of Object.entries(keywords(words.properties)))
    members.set(name, { shape: inside(member), optional: !required.has(name) });
  const { additionalProperties } = words;
  const patterns = Object.values(keywords(words.patternProperties)).map(inside);
  const isListed = additionalProperties === undefined && members.size > 0 && patterns.length === 0;
  if (additionalProperties === false || isListed)
    return patterns.length === 0 ? { is: "object", members } : { is: "object", members, rest: eitherOf(patterns) };
  const rest = additionalProperties === undefined || additionalProperties === true ? any : inside(additionalProperties);
  return { is: "object", members, rest: eitherOf([...patterns, rest]) };
}
