import { aggregationOf, type Operation, operationName } from "./operations.ts";
import type { PlanInput, PlanNode } from "./plan.ts";
import type { NodeSpec } from "./spec.ts";
import { fieldsTemplate, keyTemplateOf, parseTemplate } from "./template.ts";

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
 * The template by which a node's records lie in partitions. A new key moves no record: after `rekey` they still lie where their source
 * put them, until a topic is written by the new key.
 */
export function placement(id: string, byId: ReadonlyMap<string, PlanNode>): string | undefined {
  const node = byId.get(id);
  if (node === undefined) return undefined;
  const { operation, inputs, spec } = node;
  if (node.type !== "stream-operation") return node.key;
  if (operation !== undefined && keyFields(operation) !== undefined) return node.key;
  const [only, ...others] = new Set(inputs.map((input) => placement(input.node, byId)));
  return only !== undefined && others.length === 0 && keepsFields(spec, operation, only) ? only : undefined;
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
