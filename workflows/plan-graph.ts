import type { Plan, PlanNode } from "@artesian/engine";

/** A workflow as pages draw it. */
export interface WorkflowGraph {
  nodes: { id: string; label: string; kind: PlanNode["type"] }[];
  edges: { from: string; to: string }[];
}

/**
 * The plan as people think of it: what only reshapes or picks records, joins a table to them or collects them for one task is part of that task;
 * an edge that another path implies is not drawn.
 */
export function planGraph(plan: Plan): WorkflowGraph {
  const consumers = new Map<string, PlanNode[]>(plan.nodes.map(({ id }) => [id, []]));
  for (const node of plan.nodes) for (const id of sourcesOf(node)) consumers.get(id)?.push(node);
  const folded = new Set<string>();
  // Against the flow, so that what follows a node is already folded.
  for (const node of plan.nodes.toReversed()) {
    const reached = new Set<string>();
    const follow = (id: string): void => {
      for (const consumer of consumers.get(id) ?? []) {
        if (folded.has(consumer.id)) follow(consumer.id);
        else if (consumer.type !== "publish") reached.add(consumer.id);
      }
    };
    follow(node.id);
    if (node.type === "publish" || (isPlumbing(node) && (reached.size === 1 || !collects(node)))) folded.add(node.id);
  }
  const nodes = plan.nodes.filter(({ id }) => !folded.has(id));
  const byId = new Map(plan.nodes.map((node) => [node.id, node]));
  const drawnSources = (id: string): string[] => {
    const node = byId.get(id);
    return node === undefined
      ? []
      : sourcesOf(node).flatMap((source) => (folded.has(source) ? drawnSources(source) : [source]));
  };
  const sources = new Map(nodes.map(({ id }) => [id, new Set(drawnSources(id))]));
  const reaches = (from: string, to: string): boolean =>
    [...(sources.get(to) ?? [])].some((source) => source === from || reaches(from, source));
  return {
    nodes: nodes.map(({ id, type, spec }) => ({ id, label: spec.label ?? id, kind: type })),
    edges: nodes.flatMap(({ id }) => {
      const direct = [...(sources.get(id) ?? [])];
      return direct
        .filter((from) => !direct.some((other) => other !== from && reaches(from, other)))
        .map((from) => ({ from, to: id }));
    }),
  };
}

function sourcesOf(node: PlanNode): string[] {
  return [...node.inputs.map(({ node: id }) => id), ...node.tables];
}

function isPlumbing({ operation, spec }: PlanNode): boolean {
  if (operation === undefined) return false;
  const unnamed = spec.label === undefined ? ["filter", "flat-map"] : [];
  return ["map", "join", "group-complete", ...unnamed].some((name) => name in operation);
}

function collects(node: PlanNode): boolean {
  return node.operation !== undefined && "group-complete" in node.operation;
}
