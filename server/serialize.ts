import type { FastifySerializerCompiler } from "fastify/types/schema.js";
import { ResponseSerializationError } from "fastify-type-provider-zod";
import { z } from "zod";

/** Texts of answers that were checked and written once; an answer that the memo gives again is not checked again. */
const texts = new WeakMap<object, string>();

/** Checks an answer against its schema and writes it as JSON. */
export const answerSerializer: FastifySerializerCompiler<z.ZodType | { properties: z.ZodType }> = ({
  schema,
  method,
  url,
}) => {
  const type = schema instanceof z.ZodType ? schema : schema.properties;
  return (answer: unknown) => {
    const held = typeof answer === "object" && answer !== null ? texts.get(answer) : undefined;
    if (held !== undefined) return held;
    const result = z.safeEncode(type, answer);
    if (!result.success) throw new ResponseSerializationError(method, url, { cause: result.error });
    const text = JSON.stringify(result.data);
    if (typeof answer === "object" && answer !== null) texts.set(answer, text);
    return text;
  };
};
