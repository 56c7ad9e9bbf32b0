import { digestOf } from "@artesian/data/hash.ts";
import { CycleError, ReservedNameError, UnknownNodeError, UnreachableNodeError } from "./errors.ts";
import { checkFields } from "./fields.ts";
import type { FunctionRegistry } from "./functions.ts";
import type { SchemaRegistry } from "./json-schema.ts";
import { isTable, type Plan, type PlanNode } from "./plan.ts";
import { materialise, storesOf, topicsOf } from "./plan-topics.ts";
import { inputNames, resolveNode, splitInput } from "./resolve-node.ts";
import { schemaOf, schemasOf } from "./schema-registry.ts";
import { type DagSpec, parseSpec } from "./spec.ts";
import { subTopologiesOf } from "./sub-topologies.ts";

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
    const node = resolveNode(spec, id, byId, options.functions);
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

function checkReachable(dag: string, nodes: readonly PlanNode[]): void {
  const reached = new Set<string>();
  for (const node of nodes) {
    const source = node.type === "topic-stream" || isTable(node);
    if (source || node.inputs.some((input) => reached.has(input.node))) reached.add(node.id);
    else throw new UnreachableNodeError(dag, node.id);
  }
}
