import { z } from "zod";
import { deepestIssue } from "./deepest-issue.ts";
import { InvalidTestError } from "./errors.ts";

const units: Record<string, number> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const duration = z.union([
  z.number().min(0),
  z
    .string()
    .regex(/^\d+(?:\.\d+)? ?(?:ms|s|min|h|d)$/, 'a time such as 500 (ms), "30 s", "5 min", "2 h", "1 d"')
    .transform((text) => Number.parseFloat(text) * (units[text.replace(/^[\d. ]+/, "")] ?? 1)),
]);
const instant = z.union([
  z.number(),
  z
    .string()
    .refine((text) => !Number.isNaN(Date.parse(text)), "a time such as 2026-01-01T00:00:00Z, or ms since 1970")
    .transform((text) => Date.parse(text)),
]);
const value = z.record(z.string(), z.json());

const expectedRecord = z.strictObject({
  key: z.string().optional(),
  /** The whole value. */
  value: value.optional(),
  /** Fields that the value has, among others. */
  includes: value.optional(),
  /** The code of its failure. */
  failure: z.string().optional(),
});
export type ExpectedRecord = z.infer<typeof expectedRecord>;

const expectations = z.union([
  z.strictObject({
    topic: z.string(),
    records: z.array(expectedRecord).optional(),
    count: z.int().min(0).optional(),
    /** `by-key`: each key's records in order; `log`: by partition and offset; `set`: in any order. */
    order: z.enum(["by-key", "log", "set"]).default("by-key"),
  }),
  z.strictObject({ store: z.string(), entries: z.record(z.string(), z.json()) }),
  z.strictObject({
    "dead-letters": z.array(
      z.strictObject({
        node: z.string(),
        code: z.string(),
        key: z.string().optional(),
        message: z.string().optional(),
      }),
    ),
  }),
  z.strictObject({ "open-tasks": z.array(z.strictObject({ task: z.string(), key: z.string().optional() })) }),
]);
export type Expectation = z.infer<typeof expectations>;

const step = z.union([
  z.strictObject({
    push: z.string(),
    value: value.nullable(),
    key: z.string().optional(),
    time: instant.optional(),
    /** The code by which it is to be refused. */
    refused: z.string().optional(),
  }),
  z.strictObject({ advance: duration }),
  z.strictObject({ task: z.string(), key: z.string().optional(), result: value }),
  z.strictObject({
    task: z.string(),
    key: z.string().optional(),
    error: z.strictObject({ code: z.string().optional(), message: z.string(), retryable: z.boolean().optional() }),
  }),
  z.strictObject({ "run-tasks": z.literal(true) }),
  z.strictObject({ "close-input": z.literal(true) }),
  z.strictObject({ redrive: z.literal("all") }),
  z.strictObject({ crash: z.literal(true) }),
  z.strictObject({ expect: expectations }),
]);
export type TestStep = z.infer<typeof step>;

const steps = z.array(step).min(1);
const testDocument = z.strictObject({
  description: z.string().optional(),
  /** A file beside this one, or the document itself. */
  dag: z.union([z.string().min(1), z.record(z.string(), z.json())]),
  schemas: z.string().optional(),
  functions: z.string().optional(),
  tasks: z.string().optional(),
  start: instant.optional(),
  cases: z.record(
    z.string().min(1),
    z.union([steps, z.strictObject({ "crash-everywhere": z.boolean().optional(), steps })]),
  ),
});
/** A script of cases for a workflow, read. */
export type DagTest = z.infer<typeof testDocument>;

/**
 * Reads a test's document.
 * @throws InvalidTestError (engine/invalid-test) with the path of the first problem
 */
export function parseDagTest(name: string, document: unknown): DagTest {
  const parsed = testDocument.safeParse(document);
  if (parsed.success) return parsed.data;
  const issue = deepestIssue(parsed.error.issues);
  throw new InvalidTestError(name, issue?.path.map(String).join(".") || "document", issue?.message ?? "is no test");
}
