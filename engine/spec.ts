import { z } from "zod";
import { deepestIssue } from "./deepest-issue.ts";
import { InlineFunction, readEdn } from "./edn.ts";
import { InvalidSpecError } from "./errors.ts";
import { readJson } from "./json.ts";
import { type Operation, operationSchema } from "./operations.ts";

const common = {
  version: z.union([z.string(), z.number()]).optional(),
  schema: z.string().optional(),
  description: z.string().optional(),
  label: z.string().optional(),
};
const topicStream = z.strictObject({
  type: z.literal("topic-stream"),
  "topic-name": z.string().min(1),
  key: z.string().optional(),
  "key-schema": z.string().optional(),
  ...common,
});
const topicTable = z.strictObject({
  type: z.literal("topic-table"),
  "topic-name": z.string().min(1),
  key: z.string().optional(),
  "key-schema": z.string().optional(),
  ...common,
});
const streamOperation = z.strictObject({
  type: z.literal("stream-operation"),
  inputs: z.array(z.string()).min(1),
  function: z.union([z.string().min(1), operationSchema]),
  "key-schema": z.string().optional(),
  "value-schema": z.string().optional(),
  ...common,
});
const retrySchema = z.strictObject({
  attempts: z.int().min(1).default(3),
  delayMs: z.number().min(0).default(1000),
  factor: z.number().min(1).default(2),
  maxDelayMs: z.number().min(0).default(60_000),
});
const externalTask = z.strictObject({
  type: z.literal("external-task"),
  stream: z.string(),
  "task-name": z.string().min(1),
  parameters: z.record(z.string(), z.json()).optional(),
  retry: retrySchema.optional(),
  timeout: z.number().positive().optional(),
  concurrency: z.int().min(1).optional(),
  exclusive: z.literal("key").optional(),
  priority: z.number().optional(),
  cache: z.union([z.literal(false), z.strictObject({ inputs: z.array(z.string().min(1)).min(1) })]).optional(),
  executor: z.string().min(1).optional(),
  resources: z.record(z.string(), z.json()).optional(),
  ...common,
});
const publish = z.strictObject({
  type: z.literal("publish"),
  "topic-name": z.string().min(1),
  stream: z.string(),
  "key-schema": z.string().optional(),
  ...common,
});

const nodeSchema = z.discriminatedUnion("type", [topicStream, topicTable, streamOperation, externalTask, publish]);
const dagSchema = z.strictObject({
  name: z.string().min(1),
  version: z.union([z.string(), z.number()]).optional(),
  description: z.string().optional(),
  partitions: z.int().min(1).max(1024).optional(),
  schemas: z.record(z.string().min(1), z.union([z.boolean(), z.record(z.string(), z.json())])).optional(),
  graph: z.record(z.string().min(1), nodeSchema),
});

export type DagSpec = z.infer<typeof dagSchema>;
export type NodeSpec = z.infer<typeof nodeSchema>;
export type ExternalTaskSpec = z.infer<typeof externalTask>;
export type RetryPolicy = z.infer<typeof retrySchema>;
/** What may be written: a JSON document in which defaults are still open. */
export type DagDocument = z.input<typeof dagSchema>;
export type NodeDocument = z.input<typeof nodeSchema>;
export type { Operation };

export const defaultRetry: RetryPolicy = { attempts: 3, delayMs: 1000, factor: 2, maxDelayMs: 60_000 };

/**
 * Reads a workflow document, the text or the value of one, with its defaults filled in.
 * @param document JSON or EDN text (which, its first key tells: `"name"` or `:name`), or a parsed value
 * @throws DocumentSyntaxError (engine/syntax) with line and column
 * @throws InvalidSpecError (engine/invalid-spec) with the path of the first problem
 */
export function parseSpec(document: unknown): DagSpec {
  const value = typeof document === "string" ? readDocument(document) : document;
  const parsed = dagSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const name = z.looseObject({ name: z.string() }).safeParse(value);
  const issue = deepestIssue(parsed.error.issues);
  const path = issue?.path.map(String).join(".") || "document";
  throw new InvalidSpecError(name.success ? name.data.name : "?", path, issue?.message ?? "is not a workflow");
}

/** The value of a document's text. An inline function of EDN becomes the name `dag/node`, by which the registry holds it. */
function readDocument(text: string): unknown {
  if (!/^(?:[\s,]|;[^\n]*)*(?:;|#|\{(?:[\s,]|;[^\n]*)*[:;#])/.test(text)) return readJson(text);
  const value = readEdn(text);
  const document = z.looseObject({ name: z.string(), graph: z.record(z.string(), z.unknown()) }).safeParse(value);
  if (document.success) {
    for (const [id, node] of Object.entries(document.data.graph)) {
      if (isFunctionNode(node) && node.function instanceof InlineFunction)
        node.function = `${document.data.name}/${id}`;
    }
  }
  return value;
}

function isFunctionNode(node: unknown): node is { function: unknown } {
  return node !== null && typeof node === "object" && "function" in node;
}
