import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { InvalidSchemaError, InvalidSpecError, UnknownSchemaError } from "./errors.ts";
import type { JsonSchema, SchemaRegistry } from "./json-schema.ts";
import { nearestName } from "./nearest.ts";
import { checkSchema } from "./schema-check.ts";
import type { DagSpec } from "./spec.ts";

const NAME = /^([A-Za-z][A-Za-z0-9_.-]*)(?:@([1-9]\d*))?$/;

/** A schema's name and version; one without a version is the first. @throws InvalidSchemaError (engine/invalid-schema) */
export function parseSchemaName(text: string): { name: string; version: number } {
  const match = NAME.exec(text);
  if (match === null)
    throw new InvalidSchemaError(text, "a name is letters, digits, dots and hyphens, with a version such as @2");
  return { name: match[1] ?? "", version: Number(match[2] ?? 1) };
}

/**
 * One version of a named schema, described in zod, as an entry of a registry: `{ ...namedSchema("image", 1, imageRecord) }`. What a
 * record may hold is what the description accepts: further fields are let through unless it is a strict object.
 */
export function namedSchema(name: string, version: number, type: z.ZodType): SchemaRegistry {
  const { $schema: _, ...schema } = z.toJSONSchema(type, { io: "input" });
  return { [`${name}@${version}`]: schema as JsonSchema };
}

/**
 * The schemas that a document may name: its own and those of a registry, checked.
 * @throws InvalidSchemaError (engine/invalid-schema); InvalidSpecError for two different schemas of one name
 */
export function schemasOf(spec: DagSpec, registry: SchemaRegistry = {}): SchemaRegistry {
  const own = spec.schemas ?? {};
  for (const name of Object.keys(own)) {
    if (name in registry && !isDeepStrictEqual(own[name], registry[name]))
      throw new InvalidSpecError(
        spec.name,
        `schemas.${name}`,
        "the registry has another schema of this name; give it the next version",
      );
  }
  const all: SchemaRegistry = { ...registry, ...own };
  for (const [name, schema] of Object.entries(all)) checkSchema(name, schema);
  return all;
}

/**
 * The schema that a node names for its records; a name without a version is its newest. Where there are no schemas at all, names are
 * labels.
 * @throws UnknownSchemaError (engine/unknown-schema)
 */
export function schemaOf(spec: DagSpec, id: string, registry: SchemaRegistry): string | undefined {
  const node = spec.graph[id];
  if (node === undefined || Object.keys(registry).length === 0) return undefined;
  const value = node.type === "stream-operation" ? node["value-schema"] : undefined;
  if (value !== undefined && node.schema !== undefined && value !== node.schema)
    throw new InvalidSpecError(spec.name, `graph.${id}`, `"schema" and "value-schema" name different schemas`);
  const key = "key-schema" in node ? node["key-schema"] : undefined;
  if (key !== undefined) {
    if (key !== "long" && key !== "string") resolveSchema(spec.name, `graph.${id}.key-schema`, key, registry);
  }
  const name = node.schema ?? value;
  const at = `graph.${id}.${node.schema === undefined ? "value-schema" : "schema"}`;
  return name === undefined ? undefined : resolveSchema(spec.name, at, name, registry);
}

function resolveSchema(dag: string, path: string, wanted: string, registry: SchemaRegistry): string {
  if (wanted in registry) return wanted;
  const known = Object.keys(registry);
  const versions = wanted.includes("@") ? [] : known.filter((one) => parseSchemaName(one).name === wanted);
  const [newest] = versions.sort((a, b) => parseSchemaName(b).version - parseSchemaName(a).version);
  if (newest !== undefined) return newest;
  throw new UnknownSchemaError(dag, path, wanted, known.sort(), nearestName(wanted, known));
}
