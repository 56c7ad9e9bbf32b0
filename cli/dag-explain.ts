import type { Plan, PlanNode, PlanTopic } from "@artesian/engine";

/** A plan in words: what runs together between topics, and for every node what it reads, keeps, writes and promises. */
export function explainPlan(plan: Plan): string[] {
  const byId = new Map(plan.nodes.map((node) => [node.id, node]));
  const tasks = plan.nodes.filter(({ type }) => type === "external-task").length;
  const lines = [
    `${plan.dag} ${plan.version} · plan ${plan.sha256}`,
    `${plan.nodes.length} nodes, ${tasks} of them tasks, in ${plan.subTopologies.length} sub-topologies · ${plan.stores.length} stores · ${plan.topics.length} topics · ${plan.partitions} partitions`,
  ];
  for (const part of plan.subTopologies) {
    lines.push("", `sub-topology ${part.id}: ${part.sources.join(", ") || "-"} → ${part.sinks.join(", ") || "-"}`);
    for (const id of part.nodes) {
      const node = byId.get(id);
      if (node !== undefined) lines.push(...explainNode(plan, node));
    }
  }
  const tables = plan.nodes.filter(({ type }) => type === "topic-table");
  if (tables.length > 0) lines.push("", "tables, whose rows every partition sees:");
  for (const table of tables) lines.push(...explainNode(plan, table));
  lines.push(
    "",
    "stores:",
    ...columns(plan.stores.map(({ name, kind, node }) => [name, kind, lookedUpBy(plan, node)])),
  );
  lines.push(
    "",
    "topics:",
    ...columns(plan.topics.map((topic) => [topic.name, topic.kind, ...aboutTopic(plan, topic)])),
  );
  if (plan.schemas !== undefined)
    lines.push("", "schemas:", ...columns(Object.keys(plan.schemas).map((name) => [name, usedBy(plan, name)])));
  return lines;
}

function explainNode(plan: Plan, node: PlanNode): string[] {
  const reads = [
    ...node.inputs.map(({ node: from, branch, repartition }) => {
      const name = branch === undefined ? from : `${from}:${branch}`;
      return repartition === undefined ? name : `${name} by way of ${repartition}`;
    }),
    ...node.tables.map((table) => `table ${table}`),
  ];
  const store = plan.stores.find((one) => one.node === node.id);
  const isSource = node.type === "topic-stream" || node.type === "topic-table";
  const details: [string, string | undefined][] = [
    ["reads", reads.length > 0 ? reads.join(", ") : isSource ? `topic ${node.topic}` : undefined],
    ["key", node.keys === undefined ? node.key : `${node.key ?? "as given"}, ${node.keys}`],
    ["schema", node.schema],
    ["keeps", store === undefined ? undefined : `store ${store.name} (${store.kind})`],
    ["writes", isSource || node.topic === undefined ? undefined : `topic ${node.topic}`],
    ["runs", runs(node)],
    ["promise", node.promise],
  ];
  return [
    `  ${node.id} — ${describeNode(node)}`,
    ...details.flatMap(([name, text]) => (text === undefined ? [] : [`      ${name.padEnd(8)}${text}`])),
  ];
}

/** What kind of node it is, with what matters most of its rule. */
function describeNode(node: PlanNode): string {
  const { operation } = node;
  const kind = describeKind(node);
  if (operation === undefined)
    return node.spec.type === "stream-operation" ? `${kind} ${String(node.spec.function)}` : kind;
  if ("group-complete" in operation) {
    const { by, member, expect } = operation["group-complete"];
    return `${kind} of ${member.join(", ")} by ${by.join(", ")}, ${expected(expect)}`;
  }
  if ("aggregate" in operation) return `${kind} by ${operation.aggregate.by.join(", ")}`;
  if ("window" in operation) return `${kind} of ${span(operation.window.sizeMs)} by ${operation.window.by.join(", ")}`;
  if ("dedupe" in operation) return `${kind} by ${operation.dedupe.by.join(", ")}`;
  if ("join" in operation)
    return `${kind} with table ${operation.join.table}${operation.join.wait ? ", waiting for its row" : ""}`;
  const rule: unknown = Object.values(operation)[0];
  return typeof rule === "string" ? `${kind} ${rule}` : kind;
}

function expected(
  expect: Extract<NonNullable<PlanNode["operation"]>, { "group-complete": unknown }>["group-complete"]["expect"],
): string {
  if ("constant" in expect) return `${expect.constant} of them`;
  if ("expression" in expect) return `as many as ${expect.expression}`;
  if ("table" in expect) return `those of ${expect.table}.${expect.field}`;
  return `as many as ${expect.field} says`;
}

/** How a task is run, where the document says it. */
function runs({ spec }: PlanNode): string | undefined {
  if (spec.type !== "external-task") return undefined;
  const { executor, retry, timeout, concurrency, exclusive, priority, cache } = spec;
  const said = [
    executor === undefined ? "" : `by ${executor}`,
    `${retry?.attempts ?? 3} attempts`,
    timeout === undefined ? "" : `${span(timeout)} each`,
    concurrency === undefined ? "" : `${concurrency} at a time`,
    exclusive === undefined ? "" : "one of a key at a time",
    priority === undefined ? "" : `priority ${priority}`,
    cache === false ? "never from the cache" : cache === undefined ? "" : `cached by ${cache.inputs.join(", ")}`,
  ];
  return said.filter((one) => one !== "").join(", ");
}

function span(ms: number): string {
  const units: [number, string][] = [
    [86_400_000, "d"],
    [3_600_000, "h"],
    [60_000, "min"],
    [1000, "s"],
  ];
  const [size, unit] = units.find(([one]) => ms >= one && ms % one === 0) ?? [1, "ms"];
  return `${ms / size} ${unit}`;
}

function lookedUpBy(plan: Plan, table: string): string {
  const users = plan.nodes.filter(({ tables }) => tables.includes(table)).map(({ id }) => id);
  return users.length === 0 ? "" : `looked up by ${users.join(", ")}`;
}

function usedBy(plan: Plan, schema: string): string {
  return `of ${plan.nodes
    .filter((node) => node.schema === schema)
    .map(({ id }) => id)
    .join(", ")}`;
}

function aboutTopic(plan: Plan, topic: PlanTopic): string[] {
  const { partitions, key, name } = topic;
  const size = `${partitions} partition${partitions === 1 ? "" : "s"}`;
  const readers = plan.nodes.filter(({ type, topic: of, inputs }) => {
    const isReadHere = (type === "topic-stream" || type === "topic-table") && of === name;
    const isOwn =
      type === "external-task" || plan.nodes.every((one) => one.topic !== name || one.type !== "topic-stream");
    return (
      isReadHere || inputs.some((input) => input.repartition === name || (isOwn && isTopicOf(plan, input.node, name)))
    );
  });
  const read = readers.length === 0 ? "" : `read by ${readers.map(({ id }) => id).join(", ")}`;
  return [size, [key === undefined ? "" : `key ${key}`, read].filter((one) => one !== "").join(" · ")];
}

function isTopicOf(plan: Plan, node: string, topic: string): boolean {
  const found = plan.nodes.find(({ id }) => id === node);
  return found?.topic === topic;
}

function columns(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd());
}

/** What kind of node it is, in two or three words. */
export function describeKind(node: PlanNode): string {
  if (node.type === "external-task") return `task ${node.spec.type === "external-task" ? node.spec["task-name"] : ""}`;
  if (node.type === "stream-operation")
    return node.operation === undefined ? "function" : (Object.keys(node.operation)[0] ?? "");
  return node.type.replace("topic-", "");
}
