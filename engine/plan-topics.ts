import { operationName } from "./operations.ts";
import { fullName, isTable, type PlanNode, type PlanStore, type PlanTopic } from "./plan.ts";

/** Gives every node whose output must outlive its step a topic: tasks and groups always, others when a task reads them. */
export function materialise(dag: string, nodes: readonly PlanNode[]): void {
  const read = new Set(
    nodes.flatMap((node) => (node.type === "external-task" ? node.inputs.map((input) => input.node) : [])),
  );
  for (const node of nodes) {
    if (node.topic !== undefined) continue;
    const grouped = node.operation !== undefined && "group-complete" in node.operation;
    if (node.type === "external-task" || grouped || read.has(node.id)) node.topic = fullName(dag, node.id);
  }
}

/** The topics of a plan: those that its nodes read and write, and those between them where keys change. */
export function topicsOf(nodes: readonly PlanNode[], partitions: number): PlanTopic[] {
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
        ...keysOf(node),
        ...(ofTable ? { compacted: true as const } : {}),
      });
    }
    const between = node.inputs.flatMap((input) => input.repartition ?? []);
    for (const name of new Set(between)) topics.push({ name, kind: "repartition", partitions, ...keysOf(node) });
  }
  return topics;
}

function keysOf({ keys }: PlanNode): Pick<PlanTopic, "keys"> {
  return keys === undefined ? {} : { keys };
}

/** The stores of a plan, each named after its node. */
export function storesOf(dag: string, nodes: readonly PlanNode[]): PlanStore[] {
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
