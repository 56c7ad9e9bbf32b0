import { z } from "zod";

const field = z.string().min(1);
const fields = z.array(field).min(1);
const name = z.string().min(1);

const comparison = z.strictObject({
  field,
  equals: z.json().optional(),
  in: z.array(z.json()).optional(),
  exists: z.boolean().optional(),
  above: z.number().optional(),
  below: z.number().optional(),
});
/** A condition over a record's value, as data. */
export type Predicate =
  | z.infer<typeof comparison>
  | { not: Predicate }
  | { all: Predicate[] }
  | { any: Predicate[] }
  | boolean;
const predicateSchema: z.ZodType<Predicate> = z.lazy(() =>
  z.union([
    z.boolean(),
    comparison,
    z.strictObject({ not: predicateSchema }),
    z.strictObject({ all: z.array(predicateSchema) }),
    z.strictObject({ any: z.array(predicateSchema) }),
  ]),
);

const mapping = z.strictObject({
  pick: fields.optional(),
  drop: fields.optional(),
  rename: z.record(field, field).optional(),
  set: z.record(field, z.json()).optional(),
});
const flattening = z.strictObject({ field, as: field.optional(), key: z.string().optional() });
const aggregation = {
  by: fields,
  count: field.optional(),
  sum: z.record(field, field).optional(),
  min: z.record(field, field).optional(),
  max: z.record(field, field).optional(),
  last: fields.optional(),
  function: name.optional(),
};
const span = z.strictObject({
  wallClockMs: z.number().positive().optional(),
  eventTimeMs: z.number().positive().optional(),
});
const expectation = z.union([
  z.strictObject({ constant: z.int().min(1) }),
  z.strictObject({ table: name, key: z.string().min(1), field }),
  z.strictObject({ expression: z.string().min(1), table: name.optional(), key: z.string().min(1).optional() }),
  z.strictObject({ field }),
]);
const week = 7 * 24 * 3600 * 1000;
const groupComplete = z.strictObject({
  by: fields,
  member: fields,
  expect: expectation,
  collect: field.default("members"),
  carry: fields.optional(),
  gap: span.optional(),
  deadline: span.optional(),
  onIncomplete: z.enum(["emit", "dead-letter", "wait"]).default("emit"),
  late: z.enum(["revise", "dead-letter"]).default("revise"),
  allowFailed: z.int().min(0).default(0),
  retentionMs: z.number().positive().default(week),
});

export const operationSchema = z.union([
  z.strictObject({ map: z.union([name, mapping]) }),
  z.strictObject({ filter: z.union([name, predicateSchema]) }),
  z.strictObject({ "flat-map": z.union([name, flattening]) }),
  z.strictObject({ rekey: z.union([z.string().min(1), fields]) }),
  z.strictObject({ branch: z.record(name, predicateSchema) }),
  z.strictObject({ merge: z.strictObject({}) }),
  z.strictObject({ dedupe: z.strictObject({ by: fields, retentionMs: z.number().positive().default(week) }) }),
  z.strictObject({ aggregate: z.strictObject(aggregation) }),
  z.strictObject({
    window: z.strictObject({ ...aggregation, sizeMs: z.number().positive(), graceMs: z.number().min(0).default(0) }),
  }),
  z.strictObject({
    join: z.strictObject({
      table: name,
      key: z.string().min(1),
      as: field,
      fields: fields.optional(),
      wait: z.boolean().default(false),
    }),
  }),
  z.strictObject({
    "stream-join": z.strictObject({
      left: name,
      right: name,
      by: fields.optional(),
      as: field,
      beforeMs: z.number().min(0),
      afterMs: z.number().min(0),
      graceMs: z.number().min(0).default(0),
      kind: z.enum(["inner", "left"]).default("inner"),
    }),
  }),
  z.strictObject({
    "table-join": z.strictObject({
      left: name,
      right: name,
      as: field,
      kind: z.enum(["inner", "left"]).default("inner"),
    }),
  }),
  z.strictObject({ "group-complete": groupComplete }),
]);

/** One declarative operation with its defaults. */
export type Operation = z.infer<typeof operationSchema>;
export type OperationDocument = z.input<typeof operationSchema>;
export type GroupComplete = z.infer<typeof groupComplete>;
export type Expectation = z.infer<typeof expectation>;
export type Mapping = z.infer<typeof mapping>;
export type Flattening = z.infer<typeof flattening>;
export type Aggregation = Extract<Operation, { aggregate: unknown }>["aggregate"];
export type Windowing = Extract<Operation, { window: unknown }>["window"];
export type Join = Extract<Operation, { join: unknown }>["join"];
export type TableJoin = Extract<Operation, { "table-join": unknown }>["table-join"];
export type StreamJoin = Extract<Operation, { "stream-join": unknown }>["stream-join"];

/** The operation's name, its one key. */
export function operationName(operation: Operation): string {
  return Object.keys(operation)[0] ?? "";
}

/** What an operation gathers into one value: by key, or by key and window. */
export function aggregationOf(operation: Operation): Aggregation | undefined {
  if ("aggregate" in operation) return operation.aggregate;
  return "window" in operation ? operation.window : undefined;
}

/** The registered function that an operation names, if it names one. */
export function functionOf(operation: Operation): string | undefined {
  if ("map" in operation) return typeof operation.map === "string" ? operation.map : undefined;
  if ("filter" in operation) return typeof operation.filter === "string" ? operation.filter : undefined;
  if ("flat-map" in operation) return typeof operation["flat-map"] === "string" ? operation["flat-map"] : undefined;
  return aggregationOf(operation)?.function;
}

/** The field that a rule of `set` copies, when it is such a rule. */
export function fieldRule(rule: unknown): string | undefined {
  const isRule =
    rule !== null &&
    typeof rule === "object" &&
    "field" in rule &&
    typeof rule.field === "string" &&
    Object.keys(rule).length === 1;
  return isRule ? (rule as { field: string }).field : undefined;
}
