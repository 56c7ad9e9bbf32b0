import { UnknownFunctionError } from "./errors.ts";
import type { Aggregator, FunctionRegistry, RecordFunction, RegisteredFunction } from "./functions.ts";
import { type GroupRule, groupRule } from "./group-rule.ts";
import { aggregationOf, functionOf, type Operation, type TableJoin } from "./operations.ts";
import { keepsKey, keyFields } from "./placement.ts";
import { fullName, inputName, type Plan, type PlanInput, type PlanNode } from "./plan.ts";
import { type SchemaCheck, schemaCheck } from "./schema-check.ts";
import { fieldsTemplate, keyTemplateOf, parseTemplate, type Template } from "./template.ts";

export type JoinSide = "left" | "right";

export interface TopologyEdge {
  to: TopologyNode;
  branch?: string;
  /** Which side of a join of two streams it feeds. */
  side?: JoinSide;
  /** The repartition topic in between, where runtimes do not own every partition. */
  via?: { topic: string; by: Template };
}

/** A plan's node with its functions and templates at hand. */
export interface TopologyNode {
  id: string;
  /** `<dag>.<node>`: also the name of its store. */
  name: string;
  plan: PlanNode;
  topic?: string;
  operation?: Operation;
  /** Operations and publish nodes that run in the same step; tasks read the node's topic instead. */
  children: TopologyEdge[];
  /** The tables that it looks up, by node id. */
  tables: Map<string, TopologyNode>;
  /** Of a joined table: what it is joined from. */
  sides?: { left: TopologyNode; right: TopologyNode; rule: TableJoin };
  /** Of a table: whether another one is joined from it. */
  isSide: boolean;
  run?: RecordFunction;
  aggregator?: Aggregator;
  template?: Template;
  group?: GroupRule;
  /** Whether its records have the keys that they come with, and these are to be what its `key-schema` says. */
  keepsKey: boolean;
  /** Of a source whose records have a schema: what breaks it. */
  violation?: SchemaCheck;
}

/** A node that gathers a group. */
export type GroupNode = TopologyNode & { group: GroupRule };

export function isGroup(node: TopologyNode): node is GroupNode {
  return node.group !== undefined;
}

/** A plan that is ready to step. */
export interface Topology {
  plan: Plan;
  nodes: Map<string, TopologyNode>;
  /** The node whose records a topic holds: topic-stream, topic-table or external-task. */
  sources: Map<string, TopologyNode>;
  /** Nodes that look a table up, by the table's node id. */
  dependants: Map<string, TopologyNode[]>;
}

export interface TopologyOptions {
  /** Send records through repartition topics instead of straight on: for runtimes of several processes. Default false. */
  repartition?: boolean;
}

/**
 * Binds a plan to its registered functions.
 * @throws UnknownFunctionError (engine/unknown-function)
 */
export function topologyOf(plan: Plan, functions: FunctionRegistry = {}, options: TopologyOptions = {}): Topology {
  const nodes = new Map<string, TopologyNode>();
  const sources = new Map<string, TopologyNode>();
  const dependants = new Map<string, TopologyNode[]>();
  for (const node of plan.nodes) {
    const made = bind(plan, node, functions);
    nodes.set(node.id, made);
    const schema = node.schema === undefined ? undefined : plan.schemas?.[node.schema];
    if (schema !== undefined && (node.type === "topic-stream" || node.type === "topic-table"))
      made.violation = schemaCheck(node.schema ?? "", schema);
    const source = node.type === "topic-stream" || node.type === "topic-table" || node.type === "external-task";
    if (source && node.topic !== undefined) sources.set(node.topic, made);
    for (const table of node.tables) {
      const found = nodes.get(table);
      if (found !== undefined) made.tables.set(table, found);
      dependants.set(table, [...(dependants.get(table) ?? []), made]);
    }
    bindSides(made);
    if (node.type === "external-task") continue;
    for (const input of node.inputs) {
      const edge: TopologyEdge = { to: made };
      if (input.branch !== undefined) edge.branch = input.branch;
      const side = joinSide(node.operation, input);
      if (side !== undefined) edge.side = side;
      if (options.repartition === true && input.repartition !== undefined)
        edge.via = { topic: input.repartition, by: parseTemplate(node.key ?? "") };
      nodes.get(input.node)?.children.push(edge);
    }
  }
  return { plan, nodes, sources, dependants };
}

/** Which side of its join of two streams an input feeds; undefined where there is none. */
export function joinSide(operation: Operation | undefined, input: PlanInput): JoinSide | undefined {
  if (operation === undefined || !("stream-join" in operation)) return undefined;
  return inputName(input) === operation["stream-join"].left ? "left" : "right";
}

function bindSides(node: TopologyNode): void {
  const { operation, tables } = node;
  if (operation === undefined || !("table-join" in operation)) return;
  const rule = operation["table-join"];
  const [left, right] = [tables.get(rule.left), tables.get(rule.right)];
  if (left === undefined || right === undefined) return;
  node.sides = { left, right, rule };
  left.isSide = true;
  right.isSide = true;
}

function bind(plan: Plan, node: PlanNode, functions: FunctionRegistry): TopologyNode {
  const { operation } = node;
  const made: TopologyNode = {
    id: node.id,
    name: fullName(plan.dag, node.id),
    plan: node,
    children: [],
    tables: new Map(),
    isSide: false,
    keepsKey: node.keys !== undefined && (operation === undefined || keepsKey(operation)),
  };
  if (node.topic !== undefined) made.topic = node.topic;
  if (node.spec.type !== "stream-operation") return made;
  const find = <F extends RegisteredFunction>(name: string, kind: string, is: (found: object) => found is F): F => {
    const found = functions[name];
    if (found !== undefined && is(found)) return found;
    const what = found === undefined ? name : `${name} (as ${kind})`;
    throw new UnknownFunctionError(plan.dag, `graph.${node.id}.function`, what, Object.keys(functions).sort());
  };
  if (operation === undefined) {
    made.run = find(String(node.spec.function), "a function", isRecordFunction);
    return made;
  }
  made.operation = operation;
  const named = functionOf(operation);
  if (named !== undefined) {
    if (aggregationOf(operation) === undefined) made.run = find(named, "a function", isRecordFunction);
    else made.aggregator = find(named, "an aggregation", isAggregator);
  }
  const template = templateOf(operation);
  if (template !== undefined) made.template = template;
  if ("group-complete" in operation) made.group = groupRule(operation["group-complete"]);
  return made;
}

const isRecordFunction = (found: object): found is RecordFunction => typeof found === "function";
const isAggregator = (found: object): found is Aggregator => "add" in found;

/** What an operation makes the key of from each record. */
function templateOf(operation: Operation): Template | undefined {
  if ("flat-map" in operation) {
    const key = typeof operation["flat-map"] === "string" ? undefined : operation["flat-map"].key;
    return key === undefined ? undefined : parseTemplate(key);
  }
  if ("rekey" in operation) return keyTemplateOf(operation.rekey);
  if ("join" in operation) return parseTemplate(operation.join.key);
  const by = "dedupe" in operation ? operation.dedupe.by : keyFields(operation);
  return by === undefined || "group-complete" in operation ? undefined : fieldsTemplate(by);
}
