import type { PlanInput, PlanNode, SubTopology } from "./plan.ts";

/** Splits a plan where records pass through topics: what remains together runs together. */
export function subTopologiesOf(nodes: readonly PlanNode[]): SubTopology[] {
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
