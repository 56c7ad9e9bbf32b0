import { parseExpression } from "./expression.ts";
import { aggregationOf, fieldRule, type GroupComplete, type Operation, type Predicate } from "./operations.ts";
import type { PlanNode } from "./plan.ts";
import type { Want } from "./shape.ts";
import { keyTemplateOf, parseTemplate } from "./template.ts";

/** A field that a node's document says it reads. */
export interface FieldRead {
  path: string;
  /** Where the document says so, below the node. */
  at: string;
  wants: Want;
  /** The record, the fields a group is made by, a table's row, or either of the latter two. */
  of: "record" | "group" | { table: string } | { tableOrGroup: string };
  /** Without it a record is set aside, so that every input must have it; else it is enough that one has. */
  needed: boolean;
}

/** Every field that a node is known to read. What a registered function reads is its own affair. */
export function readsOf(node: PlanNode): FieldRead[] {
  const { spec, operation } = node;
  if (spec.type === "external-task") {
    const inputs = spec.cache === undefined || spec.cache === false ? [] : spec.cache.inputs;
    return inputs.map((path) => ({ path, at: "cache.inputs", wants: "any", of: "record", needed: false }));
  }
  return operation === undefined ? [] : operationReads(operation);
}

function operationReads(operation: Operation): FieldRead[] {
  const [name = ""] = Object.keys(operation);
  const record = (
    paths: readonly string[],
    wants: Want,
    key?: string,
    needed = wants === "scalar" || wants === "array",
  ): FieldRead[] =>
    paths.map((path) => ({
      path,
      at: key === undefined ? `function.${name}` : `function.${name}.${key}`,
      wants,
      of: "record",
      needed,
    }));
  if ("group-complete" in operation) return groupReads(operation["group-complete"], record);
  if ("rekey" in operation) return record(keyTemplateOf(operation.rekey).paths, "scalar");
  if ("map" in operation) {
    if (typeof operation.map === "string") return [];
    const { pick = [], rename = {}, set = {} } = operation.map;
    const rules = Object.entries(set).flatMap(([field, rule]): FieldRead[] => {
      if (typeof rule === "string") return record(parseTemplate(rule).paths, "scalar", `set.${field}`, false);
      const source = fieldRule(rule);
      return source === undefined ? [] : record([source], "any", `set.${field}`);
    });
    return [...record(pick, "any", "pick"), ...record(Object.keys(rename), "any", "rename"), ...rules];
  }
  if ("flat-map" in operation) {
    const flattening = operation["flat-map"];
    return typeof flattening === "string" ? [] : record([flattening.field], "array", "field");
  }
  if ("filter" in operation)
    return typeof operation.filter === "string" ? [] : predicateReads(operation.filter, `function.${name}`);
  if ("branch" in operation)
    return Object.entries(operation.branch).flatMap(([branch, predicate]) =>
      predicateReads(predicate, `function.branch.${branch}`),
    );
  if ("stream-join" in operation) return record(operation["stream-join"].by ?? [], "scalar", "by");
  if ("dedupe" in operation) return record(operation.dedupe.by, "scalar", "by");
  if ("join" in operation) {
    const { table, key, fields = [] } = operation.join;
    const columns = fields.map(
      (path): FieldRead => ({ path, at: "function.join.fields", wants: "any", of: { table }, needed: true }),
    );
    return [...record(parseTemplate(key).paths, "scalar", "key"), ...columns];
  }
  const aggregation = aggregationOf(operation);
  if (aggregation === undefined) return [];
  const { by, sum = {}, min = {}, max = {}, last = [] } = aggregation;
  const numbers = (rule: Readonly<Record<string, string>>, key: string): FieldRead[] =>
    record(Object.values(rule), "number", key);
  return [
    ...record(by, "scalar", "by"),
    ...numbers(sum, "sum"),
    ...numbers(min, "min"),
    ...numbers(max, "max"),
    ...record(last, "any", "last"),
  ];
}

function groupReads(
  { by, member, carry = [], expect }: GroupComplete,
  record: (paths: readonly string[], wants: Want, key: string) => FieldRead[],
): FieldRead[] {
  const at = "function.group-complete.expect";
  const reads = [
    ...record(by, "scalar", "by"),
    ...record(member, "scalar", "member"),
    ...record(carry, "any", "carry"),
  ];
  const ofGroup = (template: string): FieldRead[] =>
    parseTemplate(template).paths.map((path) => ({ path, at, wants: "scalar", of: "group", needed: true }));
  if ("table" in expect && expect.table !== undefined) reads.push(...ofGroup(expect.key ?? ""));
  if ("expression" in expect) {
    const of = expect.table === undefined ? "group" : { tableOrGroup: expect.table };
    for (const path of parseExpression(expect.expression).fields)
      reads.push({ path, at, wants: "count", of, needed: true });
  } else if ("table" in expect) {
    reads.push(...ofGroup(expect.field));
    // a step that a field fills may be any member
    const path = expect.field.replaceAll(/\{[^{}]*\}/g, "*");
    reads.push({ path, at, wants: "members", of: { table: expect.table }, needed: true });
  } else if ("field" in expect) reads.push(...record([expect.field], "count", "expect"));
  return reads;
}

function predicateReads(predicate: Predicate, at: string): FieldRead[] {
  if (typeof predicate === "boolean") return [];
  if ("not" in predicate) return predicateReads(predicate.not, at);
  if ("all" in predicate) return predicate.all.flatMap((one) => predicateReads(one, at));
  if ("any" in predicate) return predicate.any.flatMap((one) => predicateReads(one, at));
  const { field, above, below } = predicate;
  return [{ path: field, at, wants: (above ?? below) === undefined ? "any" : "number", of: "record", needed: false }];
}
