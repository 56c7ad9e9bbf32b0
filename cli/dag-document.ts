import { readFileSync, statSync } from "node:fs";
import { compile, type JsonSchema, openReader, type Plan, type SchemaRegistry } from "@artesian/engine";
import { readJson } from "@artesian/engine/json.ts";
import { dataFolder } from "@artesian/workflows";
import { UsageError } from "./exit.ts";

/** The text of a file. @throws UsageError when there is none */
export function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new UsageError(`${file}: ${code === "ENOENT" ? "there is no such file" : String(error)}.`);
  }
}

/**
 * A workflow's plan, compiled from its file.
 * @param schemasFile a registry beside the document's own schemas
 * @throws UsageError when there is no such file; what `compile` throws
 */
export function planOf(file: string, schemasFile?: string): Plan {
  const text = textOf(file);
  return compile(text, schemasFile === undefined ? {} : { schemas: registryOf(schemasFile) });
}

/** The plan of a document, or the one that a data folder last ran under a workflow's name. @throws UsageError */
export function planOfFileOrFolder(place: string, dag: string, schemasFile?: string): Plan {
  if (statSync(place, { throwIfNoEntry: false })?.isDirectory() !== true) return planOf(place, schemasFile);
  const plan = planInFolder(place, dag);
  if (plan === undefined) throw new UsageError(`${place}: no workflow "${dag}" has run in this data folder.`);
  return plan;
}

/** The plan that a data folder last ran; undefined when it ran none of this name. */
export function planInFolder(dir: string, dag: string): Plan | undefined {
  using reader = openReader(dataFolder(dir, dag).engine);
  return reader?.inspector.plans().find((plan) => plan.dag === dag);
}

/**
 * The schemas of a file: `{ "image@1": …, "image@2": … }`, a workflow with `schemas`, or one JSON Schema, which is named after its file.
 * @throws UsageError
 */
export function registryOf(file: string): SchemaRegistry {
  const value = readJson(textOf(file));
  if (value === null || typeof value !== "object" || Array.isArray(value))
    throw new UsageError(`${file}: expected an object of schemas by name, such as {"image@1": {…}}.`);
  if ("graph" in value) return ("schemas" in value ? value.schemas : {}) as SchemaRegistry;
  if (isOneSchema(value)) return { schema: value as JsonSchema };
  return value as SchemaRegistry;
}

const schemaWords = ["$schema", "$ref", "type", "properties", "anyOf", "oneOf", "allOf", "enum", "const"];

function isOneSchema(value: object): boolean {
  const first = schemaWords.find((word) => word in value);
  const one: unknown = first === undefined ? undefined : (value as Record<string, unknown>)[first];
  // a registry may well hold a schema of the name "type"
  return first !== undefined && (typeof one !== "object" || first === "properties" || Array.isArray(one));
}
