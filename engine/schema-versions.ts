import { isDeepStrictEqual } from "node:util";
import type { JsonSchema, SchemaRegistry } from "./json-schema.ts";
import { type SchemaBreak, schemaBreaks } from "./schema-evolution.ts";
import { parseSchemaName } from "./schema-registry.ts";

/** Breaks within and between registries, by the schema's name. */
export interface RegistryBreak extends SchemaBreak {
  schema: string;
}

/** Who reads what: the next version older records, older readers records of the next, or both. */
export type Compatibility = "backward" | "forward" | "full";

/** Breaks between two versions, from both sides where that is asked for. */
export function versionBreaks(before: JsonSchema, after: JsonSchema, mode: Compatibility): SchemaBreak[] {
  const backward = mode === "forward" ? [] : schemaBreaks(before, after);
  const forward = mode === "backward" ? [] : schemaBreaks(after, before);
  return [
    ...backward,
    ...forward.map(({ path, what }) => ({ path, what: `for readers of the older version: ${what}` })),
  ];
}

/**
 * Whether a registry may take another's place: published versions stay what they are, and neighbouring versions can be read as `mode` says.
 * @param before undefined: the registry by itself
 */
export function registryBreaks(
  before: SchemaRegistry | undefined,
  after: SchemaRegistry,
  mode: Compatibility = "backward",
): RegistryBreak[] {
  const breaks: RegistryBreak[] = [];
  for (const [schema, published] of Object.entries(before ?? {})) {
    const now = after[schema];
    if (now === undefined)
      breaks.push({ schema, path: "the record", what: "is gone, and records of it may still be there" });
    else if (!isDeepStrictEqual(plain(published), plain(now))) {
      const found = schemaBreaks(published, now);
      const what = "has changed under its version: give the change the next version";
      breaks.push({ schema, path: "the record", what }, ...found.map((one) => ({ schema, ...one })));
    }
  }
  const byName = new Map<string, { schema: string; version: number }[]>();
  for (const schema of Object.keys(after)) {
    const { name, version } = parseSchemaName(schema);
    byName.set(name, [...(byName.get(name) ?? []), { schema, version }]);
  }
  for (const versions of byName.values()) {
    versions.sort((a, b) => a.version - b.version);
    for (const [index, { schema }] of versions.entries()) {
      const previous = versions[index - 1];
      if (previous === undefined) continue;
      const found = versionBreaks(after[previous.schema] as JsonSchema, after[schema] as JsonSchema, mode);
      breaks.push(...found.map((one) => ({ schema, ...one })));
    }
  }
  return breaks;
}

/** A schema without what only annotates it. */
function plain(schema: unknown): unknown {
  if (schema === null || typeof schema !== "object" || Array.isArray(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).filter(([name]) => !["title", "description", "$comment", "examples"].includes(name)),
  );
}
