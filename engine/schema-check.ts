import { createRequire } from "node:module";
import type { Ajv2020, ErrorObject } from "ajv/dist/2020.js";
import { InvalidSchemaError } from "./errors.ts";
import type { JsonSchema } from "./json-schema.ts";

/** Where a value breaks its schema, and how. */
export interface SchemaViolation {
  /** Such as `images[0].channel`; "the record" for the value itself. */
  path: string;
  problem: string;
}
export type SchemaCheck = (value: unknown) => SchemaViolation | undefined;

let validator: Ajv2020 | undefined;

/** Loaded on first use: most commands never check a record. */
function ajv(): Ajv2020 {
  if (validator === undefined) {
    const require = createRequire(import.meta.url);
    const { Ajv2020: Validator } = require("ajv/dist/2020.js") as typeof import("ajv/dist/2020.js");
    // formats annotate (JSON Schema 2020-12, 7.2.1); unknown keywords are mistakes
    validator = new Validator({
      strict: true,
      strictTypes: false,
      strictTuples: false,
      strictRequired: false,
      validateFormats: false,
      verbose: true,
    });
  }
  return validator;
}

/** @throws InvalidSchemaError (engine/invalid-schema) for what is no JSON Schema */
export function checkSchema(name: string, schema: JsonSchema): void {
  compiled(name, schema);
}

const known = new WeakMap<object, ReturnType<Ajv2020["compile"]>>();

function compiled(name: string, schema: JsonSchema): ReturnType<Ajv2020["compile"]> {
  const found = typeof schema === "object" ? known.get(schema) : undefined;
  if (found !== undefined) return found;
  try {
    // an $id would be kept by the validator for good: equal ones of two versions would clash
    const { $id: _, ...anonymous } = typeof schema === "object" ? schema : { $id: undefined };
    const made = ajv().compile(typeof schema === "boolean" ? schema : anonymous);
    if (typeof schema === "object") known.set(schema, made);
    return made;
  } catch (error) {
    throw new InvalidSchemaError(name, error instanceof Error ? error.message : String(error));
  }
}

/**
 * A check of values against a schema; the first thing that is wrong counts.
 * @throws InvalidSchemaError (engine/invalid-schema)
 */
export function schemaCheck(name: string, schema: JsonSchema): SchemaCheck {
  const validate = compiled(name, schema);
  return (value) => {
    if (validate(value) === true) return undefined;
    // of variants none of which holds, the one that came furthest says most
    const errors = [...(validate.errors ?? [])].sort((a, b) => depth(b) - depth(a));
    const [first] = errors;
    return first === undefined ? { path: "the record", problem: "is not what the schema says" } : violationOf(first);
  };
}

function depth(error: ErrorObject): number {
  return error.instancePath.split("/").length;
}

function violationOf({ instancePath, keyword, params, message, data }: ErrorObject): SchemaViolation {
  const steps = instancePath
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const given = params as { missingProperty?: string; additionalProperty?: string; allowedValues?: unknown[] };
  if (keyword === "required") return { path: pathText([...steps, given.missingProperty ?? ""]), problem: "is missing" };
  if (keyword === "additionalProperties")
    return {
      path: pathText([...steps, given.additionalProperty ?? ""]),
      problem: "is not among the fields of the schema",
    };
  const expected =
    keyword === "enum"
      ? `must be one of ${(given.allowedValues ?? []).map((one) => JSON.stringify(one)).join(", ")}`
      : message;
  return { path: pathText(steps), problem: `${expected}, found ${shortText(data)}` };
}

/** `images[0].channel` for its steps. */
function pathText(steps: readonly string[]): string {
  const text = steps.map((step) => (/^\d+$/.test(step) ? `[${step}]` : `.${step}`)).join("");
  return text === "" ? "the record" : text.replace(/^\./, "");
}

function shortText(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
