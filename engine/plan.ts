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
  /** What holds for its order, delivery and state. */
  promise: string;
}

export interface PlanTopic {
  name: string;
  kind: "external" | "table" | "internal" | "published" | "repartition";
  partitions: number;
  key?: string;
}

export interface PlanStore {
  name: string;
  node: string;
  kind: "table" | "group" | "join" | "stream-join" | "dedupe" | "aggregate" | "window";
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
  sha256: string;
}

/** Full name of a node, its store and its internal topic. */
export function fullName(dag: string, node: string): string {
  return `${dag}.${node}`;
}

/** An input as the document names it. */
export function inputName({ node, branch }: PlanInput): string {
  return branch === undefined ? node : `${node}:${branch}`;
}

/** The plan's node of an id. */
export function planNode(plan: Plan, id: string): PlanNode | undefined {
  return plan.nodes.find((node) => node.id === id);
}
