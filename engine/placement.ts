import { isDeepStrictEqual } from "node:util";
import { aggregationOf, type Operation, operationName } from "./operations.ts";
import type { KeyType } from "./partition.ts";
import type { PlanInput, PlanNode } from "./plan.ts";
import type { NodeSpec } from "./spec.ts";
import { fieldsTemplate, keyTemplateOf, parseTemplate } from "./template.ts";

/** How records lie in partitions: by what is made of their fields, and as which bytes it is hashed. */
export interface Placement {
  template: string;
  keys: KeyType | undefined;
}

/** The template of a node's keys, where it is known, and whether records must lie in partitions by it before the node sees them. */
export function keyTemplate(
  node: NodeSpec,
  operation: Operation | undefined,
  inputs: readonly PlanInput[],
  byId: ReadonlyMap<string, PlanNode>,
): { template: string; repartition: boolean } | undefined {
  if (node.type === "topic-stream" || node.type === "topic-table") {
    return node.key === undefined ? undefined : { template: node.key, repartition: false };
  }
  if (operation !== undefined) {
    if ("stream-join" in operation && operation["stream-join"].by === undefined) {
      const own = byId.get(inputs[0]?.node ?? "")?.key;
      return own === undefined ? undefined : { template: own, repartition: true };
    }
    const by = keyFields(operation);
    if (by !== undefined) return { template: fieldsTemplate(by).source, repartition: true };
    if ("rekey" in operation) return { template: keyTemplateOf(operation.rekey).source, repartition: false };
  }
  const templates = new Set(inputs.map((input) => byId.get(input.node)?.key));
  const [only] = templates;
  const inherits = templates.size === 1 && only !== undefined && keepsFields(node, operation, only);
  return inherits ? { template: only, repartition: false } : undefined;
}

/**
 * How a node's keys lie on Kafka: as its `key-schema` says, or as those that it passes on. An operation that gathers records by fields goes on
 * with long keys where all that it reads lies by them.
 * @param template of the node's own keys, where it is known
 */
export function keyType(
  node: NodeSpec,
  operation: Operation | undefined,
  {
    inputs,
    tables,
    template,
  }: { inputs: readonly PlanInput[]; tables: readonly string[]; template: string | undefined },
  byId: ReadonlyMap<string, PlanNode>,
): KeyType | undefined {
  const declared = "key-schema" in node ? node["key-schema"] : undefined;
  if (declared !== undefined) return declared === "long" ? "long" : undefined;
  const gathers = operation !== undefined && keyFields(operation) !== undefined;
  if (operation !== undefined && !gathers && !keepsKey(operation)) return undefined;
  const sides = operation !== undefined && "table-join" in operation ? tables : inputs.map((input) => input.node);
  const isLong = (id: string): boolean => {
    if (!gathers) return byId.get(id)?.keys === "long";
    const lies = placement(id, byId);
    return lies?.keys === "long" && lies.template === template;
  };
  return sides.length > 0 && sides.every(isLong) ? "long" : undefined;
}

/** Whether an operation leaves the key of a record as it is. */
export function keepsKey(operation: Operation): boolean {
  if ("flat-map" in operation)
    return typeof operation["flat-map"] !== "string" && operation["flat-map"].key === undefined;
  return !("rekey" in operation) && keyFields(operation) === undefined;
}

/**
 * How a node's records lie in partitions. A new key moves no record: after `rekey` they still lie where their source
 * put them, until a topic is written by the new key.
 */
export function placement(id: string, byId: ReadonlyMap<string, PlanNode>): Placement | undefined {
  const node = byId.get(id);
  if (node === undefined) return undefined;
  const { operation, inputs, spec } = node;
  const { key: template, keys } = node;
  const own = template === undefined ? undefined : { template, keys };
  if (node.type !== "stream-operation") return own;
  if (operation !== undefined && keyFields(operation) !== undefined) return own;
  const [first, ...others] = inputs.map((input) => placement(input.node, byId));
  const isOne = first !== undefined && others.every((other) => isDeepStrictEqual(other, first));
  return isOne && keepsFields(spec, operation, first.template) ? first : undefined;
}

/** The fields by which an operation gathers records, which become its key. */
export function keyFields(operation: Operation): string[] | undefined {
  if ("group-complete" in operation) return operation["group-complete"].by;
  if ("stream-join" in operation) return operation["stream-join"].by;
  return aggregationOf(operation)?.by;
}

function keepsFields(node: NodeSpec, operation: Operation | undefined, key: string): boolean {
  if (node.type !== "stream-operation") return true;
  if (operation === undefined) return false;
  const name = operationName(operation);
  if (name !== "map") return name !== "flat-map";
  if (!("map" in operation) || typeof operation.map === "string") return false;
  const { pick, drop = [], rename = {}, set = {} } = operation.map;
  return parseTemplate(key).paths.every((path) => {
    const top = path.split(".")[0] ?? path;
    const touched = drop.includes(top) || top in rename || Object.values(rename).includes(top) || top in set;
    return !touched && (pick === undefined || pick.includes(top));
  });
}
