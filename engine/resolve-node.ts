import { InvalidSpecError, WrongInputError } from "./errors.ts";
import type { FunctionRegistry } from "./functions.ts";
import type { Operation } from "./operations.ts";
import { keyTemplate, keyType, placement } from "./placement.ts";
import { fullName, isTable, type PlanInput, type PlanNode } from "./plan.ts";
import { checkOperation, resolveOperation } from "./resolve-operation.ts";
import type { DagSpec, NodeSpec } from "./spec.ts";
import { joinSide } from "./topology.ts";

/** Names in a node's document of what it reads, in its order. */
export function inputNames(node: NodeSpec): string[] {
  if (node.type === "stream-operation") return node.inputs;
  if (node.type === "external-task" || node.type === "publish") return [node.stream];
  return [];
}

/** An input as the document names it, taken apart. */
export function splitInput(name: string): { node: string; branch?: string } {
  const colon = name.indexOf(":");
  return colon < 0 ? { node: name } : { node: name.slice(0, colon), branch: name.slice(colon + 1) };
}

/**
 * A node of the plan: its operation, inputs, tables, key and promise, and a repartition topic where records lie by another key.
 * @param byId the nodes that come before it
 * @param functions when given, every name must be among them
 */
export function resolveNode(
  spec: DagSpec,
  id: string,
  byId: ReadonlyMap<string, PlanNode>,
  functions: FunctionRegistry | undefined,
): PlanNode {
  const node = spec.graph[id] as NodeSpec;
  const at = `graph.${id}`;
  const inputs: PlanInput[] = [];
  const tables: string[] = [];
  for (const name of inputNames(node)) {
    const { node: source, branch } = splitInput(name);
    const from = byId.get(source) as PlanNode;
    const branches =
      from.operation !== undefined && "branch" in from.operation ? Object.keys(from.operation.branch) : [];
    if (branch === undefined ? branches.length > 0 : !branches.includes(branch)) {
      const expected =
        branches.length > 0
          ? `one of ${branches.map((one) => `"${source}:${one}"`).join(", ")}`
          : `"${source}", which has no branches`;
      throw new WrongInputError(spec.name, at, `"${name}"`, expected);
    }
    if (from.type === "publish")
      throw new WrongInputError(spec.name, at, `"${name}", which publishes`, "a node with an output");
    const published = node.type === "publish" && from.type !== "topic-table";
    if (isTable(from) && !published) tables.push(source);
    else inputs.push(branch === undefined ? { node: source } : { node: source, branch });
  }
  if (node.type === "external-task" || node.type === "publish") {
    if (inputs.length === 0) throw new WrongInputError(spec.name, `${at}.stream`, "a table", "a stream");
  }
  const operation =
    node.type === "stream-operation" ? resolveOperation(spec.name, id, node.function, functions) : undefined;
  if (operation !== undefined) checkOperation(spec.name, id, operation, { streams: inputs, tables, byId });
  const topic = "topic-name" in node ? node["topic-name"] : undefined;
  const key = keyTemplate(node, operation, inputs, byId);
  const keys = keyType(node, operation, { inputs, tables, template: key?.template }, byId);
  const publishedText = inputs.find((input) => node.type === "publish" && byId.get(input.node)?.keys !== keys);
  if (publishedText !== undefined && keys === "long" && isTable(byId.get(publishedText.node) as PlanNode)) {
    const problem = `"long", yet the keys of table "${publishedText.node}" are text: give the topics that it is made of "key-schema": "long"`;
    throw new InvalidSpecError(spec.name, `${at}.key-schema`, problem);
  }
  for (const input of key?.repartition === true ? inputs : []) {
    const lies = placement(input.node, byId);
    if (lies !== undefined && lies.template === key?.template && lies.keys === keys) continue;
    const side = joinSide(operation, input);
    input.repartition = `${fullName(spec.name, id)}-${side === undefined ? "" : `${side}-`}repartition`;
  }
  return {
    id,
    type: node.type,
    spec: node,
    ...(operation === undefined ? {} : { operation }),
    inputs,
    tables,
    ...(topic === undefined ? {} : { topic }),
    ...(key === undefined ? {} : { key: key.template }),
    ...(keys === undefined ? {} : { keys }),
    promise: promiseOf(node, operation),
  };
}

function promiseOf(node: NodeSpec, operation: Operation | undefined): string {
  if (node.type === "topic-stream") return "in order per key and partition; every offset once";
  if (node.type === "topic-table") return "the last write of a key wins; read before anything that looks it up";
  if (node.type === "external-task") {
    return "in no order; requested exactly once, executed at least once, completed effectively once";
  }
  if (node.type === "publish") return "in order per key; exactly once into the topic";
  if (operation !== undefined && "group-complete" in operation) {
    return "members sorted, whatever order they came in; exactly one completion per generation";
  }
  if (operation !== undefined && "table-join" in operation) {
    return "as new as its sides wherever it is looked up; every change of a row once";
  }
  return "in order per key; exactly once into state and outputs";
}
