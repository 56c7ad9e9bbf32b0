import { digestOf } from "@artesian/data";
import {
  CycleError,
  InvalidSpecError,
  NotCoPartitionedError,
  ReservedNameError,
  UnknownFunctionError,
  UnknownNodeError,
  UnreachableNodeError,
  WrongInputError,
} from "./errors.ts";
import { parseExpression } from "./expression.ts";
import { checkFields } from "./fields.ts";
import type { FunctionRegistry } from "./functions.ts";
import type { SchemaRegistry } from "./json-schema.ts";
import { type Operation, operationName, operationSchema, type StreamJoin } from "./operations.ts";
import {
  fullName,
  inputName,
  isTable,
  type Plan,
  type PlanInput,
  type PlanNode,
  type PlanStore,
  type PlanTopic,
  type SubTopology,
} from "./plan.ts";
import { schemaOf, schemasOf } from "./schema-registry.ts";
import { type DagSpec, type NodeSpec, parseSpec } from "./spec.ts";
import { fieldsTemplate, parseTemplate } from "./template.ts";

export interface CompileOptions {
  /** When given, every name in the graph must be registered; when absent, unregistered names are taken for `map` functions. */
  functions?: FunctionRegistry;
  /** JSON Schemas by name, beside those of the document. Where there are any, every schema that a node names must be among them. */
  schemas?: SchemaRegistry;
}

const NODE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]*$/;
const TOPIC_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,248}$/;

/**
 * Compiles a workflow document to a plan: parse, resolve names, check fields along edges, insert repartitions, split into
 * sub-topologies, assign stores and topics. Pure: equal documents give equal plans, and the plan's `sha256` names it.
 * @param document a parsed document or JSON text
 * @throws InvalidSpecError, UnknownNodeError, CycleError, WrongInputError, UnreachableNodeError, ReservedNameError,
 *   UnknownFunctionError, UnknownSchemaError, InvalidSchemaError, SchemaMismatchError, FieldTypeError, InvalidExpressionError
 */
export function compile(document: unknown, options: CompileOptions = {}): Plan {
  const spec = parseSpec(document);
  checkNames(spec);
  const registry = schemasOf(spec, options.schemas);
  const order = topologicalOrder(spec);
  const nodes: PlanNode[] = [];
  const byId = new Map<string, PlanNode>();
  for (const id of order) {
    const node = resolveNode(spec, id, byId, options);
    const schema = schemaOf(spec, id, registry);
    if (schema !== undefined) node.schema = schema;
    nodes.push(node);
    byId.set(id, node);
  }
  checkReachable(spec.name, nodes);
  checkFields(spec.name, nodes, registry);
  materialise(spec.name, nodes);
  const partitions = spec.partitions ?? 8;
  const body = {
    format: 1 as const,
    dag: spec.name,
    version: String(spec.version ?? 1),
    partitions,
    nodes,
    topics: topicsOf(nodes, partitions),
    stores: storesOf(spec.name, nodes),
    subTopologies: subTopologiesOf(nodes),
    ...usedSchemas(nodes, registry),
  };
  return { ...body, sha256: digestOf(body) };
}

/** The schemas that the plan's nodes name; nothing when they name none, so that such plans stay what they were. */
function usedSchemas(nodes: readonly PlanNode[], registry: SchemaRegistry): { schemas?: SchemaRegistry } {
  const names = [...new Set(nodes.flatMap(({ schema }) => schema ?? []))].sort();
  return names.length === 0 ? {} : { schemas: Object.fromEntries(names.map((name) => [name, registry[name] ?? true])) };
}

function checkNames(spec: DagSpec): void {
  if (!NODE_NAME.test(spec.name)) throw new ReservedNameError(spec.name, "name", spec.name);
  const writers = new Map<string, string>();
  for (const [id, node] of Object.entries(spec.graph)) {
    if (!NODE_NAME.test(id)) throw new ReservedNameError(spec.name, `graph.${id}`, id);
    if (!("topic-name" in node)) continue;
    const topic = node["topic-name"];
    const path = `graph.${id}.topic-name`;
    if (!TOPIC_NAME.test(topic) || topic.startsWith(`${spec.name}.`) || topic === "run-events") {
      throw new ReservedNameError(spec.name, path, topic);
    }
    if (writers.has(topic)) throw new ReservedNameError(spec.name, path, topic);
    writers.set(topic, id);
  }
}

function inputNames(node: NodeSpec): string[] {
  if (node.type === "stream-operation") return node.inputs;
  if (node.type === "external-task" || node.type === "publish") return [node.stream];
  return [];
}

function splitInput(name: string): { node: string; branch?: string } {
  const colon = name.indexOf(":");
  return colon < 0 ? { node: name } : { node: name.slice(0, colon), branch: name.slice(colon + 1) };
}

function topologicalOrder(spec: DagSpec): string[] {
  const ids = Object.keys(spec.graph).sort();
  const order: string[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (id: string, trail: string[]): void => {
    if (state.get(id) === "done") return;
    if (state.get(id) === "open") throw new CycleError(spec.name, [...trail.slice(trail.indexOf(id)), id]);
    state.set(id, "open");
    const node = spec.graph[id];
    if (node !== undefined) {
      for (const input of inputNames(node)) {
        const source = splitInput(input).node;
        if (!(source in spec.graph)) throw new UnknownNodeError(spec.name, `graph.${id}`, source, ids);
        visit(source, [...trail, id]);
      }
    }
    state.set(id, "done");
    order.push(id);
  };
  for (const id of ids) visit(id, []);
  return order;
}

function resolveNode(
  spec: DagSpec,
  id: string,
  byId: ReadonlyMap<string, PlanNode>,
  options: CompileOptions,
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
  const operation = node.type === "stream-operation" ? resolveOperation(spec, id, node.function, options) : undefined;
  if (operation !== undefined) checkOperation(spec.name, id, operation, tables);
  if (operation !== undefined && "stream-join" in operation)
    checkStreams(spec.name, id, operation["stream-join"], inputs, byId);
  if (operation !== undefined && "table-join" in operation)
    checkSides(spec.name, id, operation["table-join"], "table", tables, inputs.map(inputName));
  const topic = "topic-name" in node ? node["topic-name"] : undefined;
  const key = keyTemplate(node, operation, inputs, byId);
  if (key?.repartition === true) {
    for (const input of inputs) {
      if (placement(input.node, byId) !== key.template) input.repartition = `${fullName(spec.name, id)}-repartition`;
    }
  }
  if (operation !== undefined && "stream-join" in operation) {
    for (const input of inputs) {
      const side = inputName(input) === operation["stream-join"].left ? "left" : "right";
      if (input.repartition !== undefined) input.repartition = `${fullName(spec.name, id)}-${side}-repartition`;
    }
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
    promise: promiseOf(node, operation),
  };
}

function resolveOperation(
  spec: DagSpec,
  id: string,
  given: string | Operation,
  options: CompileOptions,
): Operation | undefined {
  const at = `graph.${id}.function`;
  const { functions } = options;
  const known = Object.keys(functions ?? {}).sort();
  const registered = (name: string): unknown => {
    const found = functions?.[name];
    if (functions !== undefined && found === undefined) throw new UnknownFunctionError(spec.name, at, name, known);
    return found;
  };
  if (typeof given !== "string") {
    for (const name of functionNames(given)) registered(name);
    return given;
  }
  const found = registered(given);
  if (found === undefined || typeof found === "function") return undefined;
  const parsed = operationSchema.safeParse(found);
  if (!parsed.success)
    throw new InvalidSpecError(spec.name, at, `registered "${given}" is neither a function nor an operation`);
  return parsed.data;
}

function functionNames(operation: Operation): string[] {
  if ("map" in operation && typeof operation.map === "string") return [operation.map];
  if ("filter" in operation && typeof operation.filter === "string") return [operation.filter];
  if ("flat-map" in operation && typeof operation["flat-map"] === "string") return [operation["flat-map"]];
  const aggregation =
    "aggregate" in operation ? operation.aggregate : "window" in operation ? operation.window : undefined;
  return aggregation?.function === undefined ? [] : [aggregation.function];
}

function checkOperation(dag: string, id: string, operation: Operation, tables: readonly string[]): void {
  const needTable = (table: string, path: string): void => {
    if (!tables.includes(table)) {
      const found = tables.length > 0 ? `tables ${tables.join(", ")}` : "no table";
      throw new WrongInputError(dag, `graph.${id}.inputs`, found, `table "${table}", which ${path} reads`);
    }
  };
  if ("join" in operation) needTable(operation.join.table, "join");
  if (!("group-complete" in operation)) return;
  const { expect } = operation["group-complete"];
  if ("expression" in expect) {
    parseExpression(expect.expression);
    if ((expect.table === undefined) !== (expect.key === undefined)) {
      throw new InvalidSpecError(dag, `graph.${id}.function.group-complete.expect`, "table and key belong together");
    }
  }
  if ("table" in expect && expect.table !== undefined) needTable(expect.table, "expect");
}

/** A join has exactly its two sides as inputs. */
function checkSides(
  dag: string,
  id: string,
  { left, right }: { left: string; right: string },
  kind: "stream" | "table",
  sides: readonly string[],
  others: readonly string[],
): void {
  const isSound = left !== right && sides.length === 2 && sides.includes(left) && sides.includes(right);
  if (isSound && others.length === 0) return;
  const found = [...sides.map((name) => `${kind} ${name}`), ...others].join(", ");
  throw new WrongInputError(
    dag,
    `graph.${id}.inputs`,
    found === "" ? `no ${kind}` : found,
    `the two ${kind}s "${left}" and "${right}" that ${kind}-join names`,
  );
}

/** Without `by` the own keys of two joined streams must lie in the same partitions. */
function checkStreams(
  dag: string,
  id: string,
  join: StreamJoin,
  inputs: readonly PlanInput[],
  byId: ReadonlyMap<string, PlanNode>,
): void {
  const names = inputs.map(inputName);
  checkSides(dag, id, join, "stream", names, []);
  if (join.by !== undefined) return;
  const [a, b] = inputs.map((input) => byId.get(input.node));
  const producersKeys = a?.type === "topic-stream" && b?.type === "topic-stream" && a.key === undefined;
  if (a?.key === b?.key && (a?.key !== undefined || producersKeys)) return;
  throw new NotCoPartitionedError(
    dag,
    id,
    names.map((name, index) => ({ name, key: (index === 0 ? a : b)?.key })),
  );
}

function keyTemplate(
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
    if ("rekey" in operation) {
      const template =
        typeof operation.rekey === "string" ? parseTemplate(operation.rekey) : fieldsTemplate(operation.rekey);
      return { template: template.source, repartition: false };
    }
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
function keyFields(operation: Operation): string[] | undefined {
  if ("group-complete" in operation) return operation["group-complete"].by;
  if ("aggregate" in operation) return operation.aggregate.by;
  if ("window" in operation) return operation.window.by;
  if ("stream-join" in operation) return operation["stream-join"].by;
  return undefined;
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

function checkReachable(dag: string, nodes: readonly PlanNode[]): void {
  const reached = new Set<string>();
  for (const node of nodes) {
    const source = node.type === "topic-stream" || isTable(node);
    if (source || node.inputs.some((input) => reached.has(input.node))) reached.add(node.id);
    else throw new UnreachableNodeError(dag, node.id);
  }
}

/** Gives every node whose output must outlive its step a topic: tasks and groups always, others when a task reads them. */
function materialise(dag: string, nodes: readonly PlanNode[]): void {
  const read = new Set(
    nodes.flatMap((node) => (node.type === "external-task" ? node.inputs.map((input) => input.node) : [])),
  );
  for (const node of nodes) {
    if (node.topic !== undefined) continue;
    const grouped = node.operation !== undefined && "group-complete" in node.operation;
    if (node.type === "external-task" || grouped || read.has(node.id)) node.topic = fullName(dag, node.id);
  }
}

function topicsOf(nodes: readonly PlanNode[], partitions: number): PlanTopic[] {
  const topics: PlanTopic[] = [];
  const joined = new Set(nodes.filter(isTable).map(({ id }) => id));
  for (const node of nodes) {
    if (node.topic !== undefined) {
      const kind =
        node.type === "topic-stream"
          ? "external"
          : node.type === "topic-table"
            ? "table"
            : node.type === "publish"
              ? "published"
              : "internal";
      const key = node.type === "topic-stream" || node.type === "topic-table" ? node.key : undefined;
      const ofTable = node.type === "publish" && node.inputs.some((input) => joined.has(input.node));
      topics.push({
        name: node.topic,
        kind,
        partitions: kind === "table" || ofTable ? 1 : partitions,
        ...(key === undefined ? {} : { key }),
        ...(ofTable ? { compacted: true as const } : {}),
      });
    }
    const between = node.inputs.flatMap((input) => input.repartition ?? []);
    for (const name of new Set(between)) topics.push({ name, kind: "repartition", partitions });
  }
  return topics;
}

function storesOf(dag: string, nodes: readonly PlanNode[]): PlanStore[] {
  const stores: PlanStore[] = [];
  for (const node of nodes) {
    const name = fullName(dag, node.id);
    if (node.type === "topic-table") stores.push({ name, node: node.id, kind: "table" });
    if (node.operation === undefined) continue;
    const operation = operationName(node.operation);
    if (operation === "group-complete") stores.push({ name, node: node.id, kind: "group" });
    for (const kind of ["dedupe", "aggregate", "window", "stream-join", "table-join"] as const)
      if (operation === kind) stores.push({ name, node: node.id, kind });
    if ("join" in node.operation && node.operation.join.wait) stores.push({ name, node: node.id, kind: "join" });
  }
  return stores;
}

function subTopologiesOf(nodes: readonly PlanNode[]): SubTopology[] {
  const parent = new Map<string, string>();
  const root = (name: string): string => {
    const up = parent.get(name) ?? name;
    return up === name ? name : root(up);
  };
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const sourceOf = (input: PlanInput): string => {
    const from = byId.get(input.node);
    return input.repartition ?? (from?.type === "external-task" ? (from.topic ?? "") : "");
  };
  for (const node of nodes) {
    if (node.type === "external-task") continue;
    for (const input of node.inputs)
      parent.set(root(node.id), root(sourceOf(input) === "" ? input.node : `topic ${sourceOf(input)}`));
  }
  const topicsOfTable = (id: string): string[] => {
    const { topic, tables = [] } = byId.get(id) ?? {};
    return topic === undefined ? tables.flatMap(topicsOfTable) : [topic];
  };
  const groups = new Map<string, PlanNode[]>();
  for (const node of nodes) {
    if (node.type === "topic-table") continue;
    groups.set(root(node.id), [...(groups.get(root(node.id)) ?? []), node]);
  }
  return [...groups.values()].map((members, id) => {
    const inside = new Set(members.map((node) => node.id));
    const sources = new Set<string>();
    const sinks = new Set<string>();
    for (const node of members) {
      if (node.type === "topic-stream") sources.add(node.topic ?? "");
      for (const table of node.tables) for (const topic of topicsOfTable(table)) sources.add(topic);
      for (const input of node.inputs) {
        const via = node.type === "external-task" ? (byId.get(input.node)?.topic ?? "") : sourceOf(input);
        if (via !== "") sources.add(via);
      }
      if (node.type !== "topic-stream" && node.topic !== undefined) sinks.add(node.topic);
    }
    for (const node of nodes) {
      for (const input of node.inputs)
        if (input.repartition !== undefined && inside.has(input.node)) sinks.add(input.repartition);
    }
    return { id, nodes: members.map((node) => node.id), sources: [...sources].sort(), sinks: [...sinks].sort() };
  });
}
