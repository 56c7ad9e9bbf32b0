import { SchemaMismatchError } from "./errors.ts";
import type { Operation } from "./operations.ts";
import type { PlanNode } from "./plan.ts";
import { fieldsTemplate, parseTemplate } from "./template.ts";

/** The part of a JSON Schema that edges are checked with: the members of a closed object. */
export interface ObjectSchema {
  properties?: Record<string, unknown>;
  additionalProperties?: unknown;
}
export type SchemaRegistry = Readonly<Record<string, ObjectSchema>>;

/** Top-level fields that a stream is known to have; undefined when anything may be there. */
type Known = ReadonlySet<string> | undefined;

/**
 * Follows the fields that closed schemas promise along the edges of a graph.
 * @throws SchemaMismatchError (engine/schema-mismatch) naming producer, consumer and field
 */
export function checkFields(dag: string, nodes: readonly PlanNode[], schemas: SchemaRegistry): void {
  const known = new Map<string, Known>();
  for (const node of nodes) {
    const declared = closedFields(schemas[node.spec.schema ?? ""]);
    const inputs = node.inputs.map((input) => ({ from: input.node, fields: known.get(input.node) }));
    for (const field of fieldsRead(node)) {
      for (const { from, fields } of inputs) {
        if (fields !== undefined && !fields.has(field))
          throw new SchemaMismatchError(dag, from, node.id, field, [...fields].sort());
      }
    }
    known.set(node.id, declared ?? fieldsWritten(node, intersection(inputs.map((input) => input.fields))));
  }
}

function closedFields(schema: ObjectSchema | undefined): Known {
  if (schema?.properties === undefined || schema.additionalProperties !== false) return undefined;
  return new Set(Object.keys(schema.properties));
}

function intersection(sets: readonly Known[]): Known {
  const [first, ...rest] = sets;
  if (first === undefined || rest.includes(undefined)) return undefined;
  return new Set([...first].filter((field) => rest.every((set) => set?.has(field))));
}

const top = (path: string): string => path.split(".")[0] ?? path;

function fieldsRead(node: PlanNode): string[] {
  const { spec, operation } = node;
  if (spec.type === "external-task")
    return spec.cache === undefined || spec.cache === false ? [] : spec.cache.inputs.map(top);
  return operation === undefined ? [] : operationReads(operation).map(top);
}

function operationReads(operation: Operation): string[] {
  if ("group-complete" in operation) {
    const { by, member, carry = [], expect } = operation["group-complete"];
    const expected = "field" in expect && !("table" in expect) ? [expect.field] : [];
    return [...by, ...member, ...carry, ...expected];
  }
  if ("rekey" in operation) {
    return (typeof operation.rekey === "string" ? parseTemplate(operation.rekey) : fieldsTemplate(operation.rekey))
      .paths;
  }
  if ("map" in operation && typeof operation.map !== "string") {
    return [...(operation.map.pick ?? []), ...Object.keys(operation.map.rename ?? {})];
  }
  if ("flat-map" in operation && typeof operation["flat-map"] !== "string") return [operation["flat-map"].field];
  if ("stream-join" in operation) return operation["stream-join"].by ?? [];
  if ("dedupe" in operation) return operation.dedupe.by;
  if ("join" in operation) return parseTemplate(operation.join.key).paths;
  if ("aggregate" in operation) return operation.aggregate.by;
  return "window" in operation ? operation.window.by : [];
}

function fieldsWritten(node: PlanNode, input: Known): Known {
  const { operation } = node;
  if (node.type !== "stream-operation" || operation === undefined) return undefined;
  if ("group-complete" in operation) {
    const { by, carry = [], collect } = operation["group-complete"];
    return new Set([...by.map(top), ...carry, collect, "complete", "expected", "missing", "failed", "generation"]);
  }
  if (input === undefined) return undefined;
  if ("map" in operation && typeof operation.map !== "string") {
    const { pick, drop = [], rename = {}, set = {} } = operation.map;
    const kept = [...input].filter(
      (field) => (pick === undefined || pick.includes(field)) && !drop.includes(field) && !(field in rename),
    );
    return new Set([...kept, ...Object.values(rename), ...Object.keys(set)]);
  }
  if ("join" in operation) return new Set([...input, operation.join.as]);
  const passes =
    "rekey" in operation ||
    "dedupe" in operation ||
    "merge" in operation ||
    "filter" in operation ||
    "branch" in operation;
  return passes ? input : undefined;
}
