import type { SchemaRegistry } from "./json-schema.ts";
import type { KeyType } from "./partition.ts";
import type { NodeSpec, Operation } from "./spec.ts";

/** Where a node reads: another node, one of its branches, and the repartition topic in between when keys change. */
export interface PlanInput {
  node: string;
  branch?: string;
  repartition?: string;
}

export interface PlanNode {
  id: string;
  type: NodeSpec["type"];
  spec: NodeSpec;
  /** A stream operation's resolved form; absent when `function` is a registered TypeScript function. */
  operation?: Operation;
  inputs: PlanInput[];
  /** The topic-table nodes it looks up. */
  tables: string[];
  /** The topic that holds its output; for topic nodes the topic they read. */
  topic?: string;
  /** The template that its records' keys are known to follow. */
  key?: string;
  /** How its records' keys lie on Kafka; text where it is absent. */
  keys?: KeyType;
  /** The schema of its records, as named in the plan's `schemas`. */
  schema?: string;
  /** What holds for its order, delivery and state. */
  promise: string;
}

export interface PlanTopic {
  name: string;
  kind: "external" | "table" | "internal" | "published" | "repartition";
  partitions: number;
  key?: string;
  keys?: KeyType;
  /** Holds a table's changes: the last record of a key is never removed. */
  compacted?: true;
}

export interface PlanStore {
  name: string;
  node: string;
  kind: "table" | "group" | "join" | "stream-join" | "table-join" | "dedupe" | "aggregate" | "window";
}

/** Nodes that run together between topics: Kafka Streams' unit of assignment. */
export interface SubTopology {
  id: number;
  nodes: string[];
  sources: string[];
  sinks: string[];
}

/** A compiled workflow: JSON, in topological order, named by `sha256`. */
export interface Plan {
  format: 1;
  dag: string;
  version: string;
  partitions: number;
  /** In topological order, ties by name. */
  nodes: PlanNode[];
  topics: PlanTopic[];
  stores: PlanStore[];
  subTopologies: SubTopology[];
  /** The schemas that nodes name. */
  schemas?: SchemaRegistry;
  sha256: string;
}

/** Full name of a node, its store and its internal topic. */
export function fullName(dag: string, node: string): string {
  return `${dag}.${node}`;
}

/** The topic that a task takes its requests from. */
export function requestsTopic(plan: Plan, { inputs }: PlanNode): string {
  return plan.nodes.find(({ id }) => id === inputs[0]?.node)?.topic ?? "";
}

/** Whether a node's rows can be looked up: a topic's, or those of a joined table. */
export function isTable({ type, operation }: PlanNode): boolean {
  return type === "topic-table" || (operation !== undefined && "table-join" in operation);
}

/** Whether a node tells by event time what is late or over. */
export function usesEventTime(node: PlanNode | undefined): boolean {
  const { operation } = node ?? {};
  if (operation === undefined) return false;
  if ("window" in operation || "stream-join" in operation) return true;
  if (!("group-complete" in operation)) return false;
  const { gap, deadline } = operation["group-complete"];
  return gap?.eventTimeMs !== undefined || deadline?.eventTimeMs !== undefined;
}

/** An input as the document names it. */
export function inputName({ node, branch }: PlanInput): string {
  return branch === undefined ? node : `${node}:${branch}`;
}
