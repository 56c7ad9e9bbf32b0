import type { Schema } from "avsc";
import { AvroSchemaError } from "../errors.ts";
import { keywords, resolveRef, typesOf } from "../json-schema.ts";

/**
 * The Avro schema of records that a JSON Schema describes: objects are records, or maps where only `additionalProperties` says what they hold; integers are
 * longs, numbers doubles; what is not required, or may be null, is a union with null, null by default. Fields that the schema does not list are not written.
 * @param name of the record; those within are named after their path
 * @throws AvroSchemaError (engine/avro-schema) with the path of what Avro has no type for
 */
export function avroOfJsonSchema(schema: unknown, name: string): Schema {
  return avroAt(schema, { root: schema, name: avroName(name), path: "", open: [] });
}

interface Around {
  root: unknown;
  name: string;
  path: string;
  /** Schemas that this one lies within: Avro as JSON has no end where they refer to themselves. */
  open: readonly unknown[];
}

function avroAt(schema: unknown, around: Around): Schema {
  const { root, path, open } = around;
  const words = keywords(schema);
  const refuse = (problem: string): never => {
    throw new AvroSchemaError(path || "/", problem);
  };
  if (open.includes(schema)) refuse("it holds itself");
  const inner = { ...around, open: [...open, schema] };
  if (typeof words.$ref === "string") return avroAt(resolveRef(root, words.$ref), inner);
  const variants = (["anyOf", "oneOf"] as const).flatMap((word) => (Array.isArray(words[word]) ? words[word] : []));
  if (variants.length > 0) {
    const others = variants.filter((one) => typesOf(one)?.join() !== "null");
    const [only] = others;
    if (others.length !== 1) return refuse(`it is one of ${others.length} kinds of values`);
    return others.length < variants.length ? orNull(avroAt(only, inner)) : avroAt(only, inner);
  }
  if ("allOf" in words) refuse("it is all of several schemas");
  const types = typesOf(schema) ?? ("properties" in words ? ["object"] : []);
  const others = types.filter((type) => type !== "null");
  const [type] = others.includes("number") ? ["number"] : others;
  if (type === undefined || (others.length > 1 && others.some((one) => one !== "number" && one !== "integer")))
    return refuse(types.length === 0 ? "it does not say its type" : `it is one of ${types.join(", ")}`);
  const avro = avroOf(type, words, inner);
  return types.length > others.length ? orNull(avro) : avro;
}

function avroOf(type: string, words: ReturnType<typeof keywords>, around: Around): Schema {
  switch (type) {
    case "string":
      return "string";
    case "boolean":
      return "boolean";
    case "integer":
      return "long";
    case "number":
      return "double";
    case "array":
      return { type: "array", items: avroAt(words.items, within(around, "items", "item")) };
    default: {
      const { properties, additionalProperties, required } = words;
      if (properties === undefined)
        return { type: "map", values: avroAt(additionalProperties, within(around, "additionalProperties", "value")) };
      const needed = new Set(Array.isArray(required) ? required : []);
      const fields = Object.entries(keywords(properties)).map(([field, schema]) => {
        const at = within(around, `properties/${field}`, field);
        if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(field))
          throw new AvroSchemaError(at.path, "its name is none in Avro: letters, digits and _ only");
        const type = avroAt(schema, at);
        return needed.has(field) && !isOrNull(type)
          ? { name: field, type }
          : { name: field, type: orNull(type), default: null };
      });
      return { type: "record", name: around.name, fields } as Schema;
    }
  }
}

function within(around: Around, step: string, name: string): Around {
  return { ...around, path: `${around.path}/${step}`, name: `${around.name}_${avroName(name)}` };
}

function orNull(type: Schema): Schema {
  return isOrNull(type) ? type : (["null", type] as Schema);
}

function isOrNull(type: Schema): boolean {
  return Array.isArray(type) && type[0] === "null";
}

function avroName(text: string): string {
  const plain = text.replaceAll(/[^A-Za-z0-9_]/g, "_");
  return /^[0-9]/.test(plain) ? `_${plain}` : plain;
}
