import type { Plan, PlanNode } from "@artesian/engine";
import { escapeHtml } from "@artesian/figures";
import { Graph, layout } from "@dagrejs/dagre";

const WIDTH = 168;
const HEIGHT = 46;
const COLOURS: Record<PlanNode["type"], string> = {
  "topic-stream": "#0b7285",
  "topic-table": "#2b8a3e",
  "stream-operation": "#8a94a0",
  "external-task": "#e8590c",
  publish: "#5f3dc4",
};

/** Draws a plan left to right as an SVG document: one box a node with its kind, one line an edge (dashed: a table that is looked up). */
export function drawPlan(plan: Plan): string {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", ranksep: 48, nodesep: 14, marginx: 16, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of plan.nodes) graph.setNode(node.id, { width: WIDTH, height: HEIGHT });
  const edges = plan.nodes.flatMap((node) => [
    ...node.inputs.map((input) => ({ from: input.node, to: node.id, table: false })),
    ...node.tables.map((table) => ({ from: table, to: node.id, table: true })),
  ]);
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph();
  const lines = edges.map(({ from, to, table }) => {
    const a = graph.node(from);
    const b = graph.node(to);
    const [x1, x2] = [a.x + WIDTH / 2, b.x - WIDTH / 2];
    const bend = Math.max(18, (x2 - x1) / 2);
    return `<path d="M${x1} ${a.y}C${x1 + bend} ${a.y} ${x2 - bend} ${b.y} ${x2} ${b.y}" fill="none" stroke="#c9d0d8" stroke-width="1.5"${table ? ' stroke-dasharray="4 3"' : ""}/>`;
  });
  const boxes = plan.nodes.map((node) => {
    const { x, y } = graph.node(node.id);
    const [left, top] = [x - WIDTH / 2, y - HEIGHT / 2];
    return (
      `<g><title>${escapeHtml(node.promise)}</title><rect x="${left}" y="${top}" width="${WIDTH}" height="${HEIGHT}" rx="6" fill="#fff" stroke="#c9d0d8"/>` +
      `<rect x="${left}" y="${top + 6}" width="3" height="${HEIGHT - 12}" rx="1.5" fill="${COLOURS[node.type]}"/>` +
      `<text x="${left + 12}" y="${top + 19}" font-size="12" font-weight="600" fill="#1a2129">${escapeHtml(node.spec.label ?? node.id)}</text>` +
      `<text x="${left + 12}" y="${top + 35}" font-size="11" fill="#55606d">${escapeHtml(describeKind(node))}</text></g>`
    );
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${Math.ceil(width)}" height="${Math.ceil(height)}" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" ` +
    `font-family="Inter, system-ui, sans-serif"><title>${escapeHtml(plan.dag)} ${escapeHtml(plan.version)}</title><rect width="100%" height="100%" fill="#f7f8fa"/>${lines.join("")}${boxes.join("")}</svg>\n`
  );
}

/** What kind of node it is, in two or three words. */
export function describeKind(node: PlanNode): string {
  if (node.type === "external-task") return `task ${node.spec.type === "external-task" ? node.spec["task-name"] : ""}`;
  if (node.type === "stream-operation")
    return node.operation === undefined ? "function" : (Object.keys(node.operation)[0] ?? "");
  return node.type.replace("topic-", "");
}
