import type { Plan, PlanNode } from "@artesian/engine";
import { escapeHtml } from "@artesian/figures";
import { Graph, layout } from "@dagrejs/dagre";
import { describeKind } from "./dag-explain.ts";

const HEIGHT = 46;
const LEGEND = 34;
/** A drawing wider than this is turned to run downwards. */
const MOST_WIDE = 1600;
const COLOURS: Record<PlanNode["type"], string> = {
  "topic-stream": "#0b7285",
  "topic-table": "#2b8a3e",
  "stream-operation": "#8a94a0",
  "external-task": "#e8590c",
  publish: "#5f3dc4",
};
const LINE = "#6b7683";

interface Edge {
  from: string;
  to: string;
  kind: "records" | "repartitioned" | "table";
  /** What is said beside it. */
  label: string;
}

/**
 * Draws a plan as an SVG document: one box a node with its kind, the number of its sub-topology and a mark when it keeps state; lines with
 * arrows for records, bold where they change partitions, dashed for tables that are looked up. Small graphs run from left to right, wide
 * ones downwards.
 */
export function drawPlan(plan: Plan): string {
  const edges = edgesOf(plan);
  const across = arranged(plan, edges, "LR");
  const graph = (across.graph().width ?? 0) > MOST_WIDE ? arranged(plan, edges, "TB") : across;
  const isDown = graph !== across;
  const { width = 0, height = 0 } = graph.graph();
  const [w, h] = [Math.max(Math.ceil(width), 640), Math.ceil(height) + LEGEND];
  const lines = edges.map((edge) => drawEdge(edge, graph.edge(edge.from, edge.to).points, isDown));
  const boxes = plan.nodes.map((node) => drawNode(plan, node, graph.node(node.id)));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${w} ${h}" font-family="Inter, 'DejaVu Sans', system-ui, sans-serif">` +
    `<title>${escapeHtml(plan.dag)} ${escapeHtml(plan.version)}</title>` +
    `<defs>${marker("records", LINE)}${marker("table", COLOURS["topic-table"])}</defs>` +
    `<rect width="100%" height="100%" fill="#f7f8fa"/>${lines.join("")}${boxes.join("")}${legend(h - LEGEND)}</svg>\n`
  );
}

function edgesOf(plan: Plan): Edge[] {
  return plan.nodes.flatMap((node) => [
    ...node.inputs.map(
      ({ node: from, branch, repartition }): Edge => ({
        from,
        to: node.id,
        kind: repartition === undefined ? "records" : "repartitioned",
        label: branch ?? "",
      }),
    ),
    ...node.tables.map((table): Edge => ({ from: table, to: node.id, kind: "table", label: "" })),
  ]);
}

/** As wide as what is written in it, about. */
function widthOf(node: PlanNode): number {
  const text = Math.max((node.spec.label ?? node.id).length * 7.4, (describeKind(node).length + 8) * 6.2);
  return Math.max(130, Math.ceil(text) + 46);
}

function arranged(plan: Plan, edges: readonly Edge[], rankdir: "LR" | "TB"): Graph {
  const graph = new Graph();
  graph.setGraph({ rankdir, ranksep: rankdir === "LR" ? 48 : 34, nodesep: 18, edgesep: 10, marginx: 28, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of plan.nodes) graph.setNode(node.id, { width: widthOf(node), height: HEIGHT });
  for (const { from, to } of edges) graph.setEdge(from, to);
  layout(graph);
  return graph;
}

function drawEdge({ kind, label }: Edge, points: readonly { x: number; y: number }[], isDown: boolean): string {
  const [first, ...others] = points;
  if (first === undefined) return "";
  let path = `M${round(first.x)} ${round(first.y)}`;
  let at = first;
  for (const next of others) {
    const bend = isDown ? (next.y - at.y) / 2 : (next.x - at.x) / 2;
    const [one, two] = isDown
      ? [
          [at.x, at.y + bend],
          [next.x, next.y - bend],
        ]
      : [
          [at.x + bend, at.y],
          [next.x - bend, next.y],
        ];
    path += `C${one.map(round).join(" ")} ${two.map(round).join(" ")} ${round(next.x)} ${round(next.y)}`;
    at = next;
  }
  const colour = kind === "table" ? COLOURS["topic-table"] : LINE;
  const look = kind === "table" ? ' stroke-dasharray="4 3"' : "";
  const middle = points[Math.floor(points.length / 2)] ?? first;
  const text =
    label === ""
      ? ""
      : `<text x="${round(middle.x + 4)}" y="${round(middle.y - 3)}" font-size="10" fill="#55606d">${escapeHtml(label)}</text>`;
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${kind === "repartitioned" ? 2.6 : 1.2}"${look} marker-end="url(#${kind === "table" ? "table" : "records"})"/>${text}`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

function marker(id: string, colour: string): string {
  return `<marker id="${id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0.5L8 4L0 7.5Z" fill="${colour}"/></marker>`;
}

function drawNode(plan: Plan, node: PlanNode, { x, y, width = 0 }: { x: number; y: number; width?: number }): string {
  const [left, top] = [round(x - width / 2), round(y - HEIGHT / 2)];
  const part = plan.subTopologies.find(({ nodes }) => nodes.includes(node.id))?.id;
  const isKept = plan.stores.some((store) => store.node === node.id);
  const corner =
    part === undefined
      ? ""
      : `<text x="${round(left + width - 8)}" y="${top + 17}" font-size="10" text-anchor="end" fill="#8a94a0">${part}</text>`;
  const state = isKept ? drum(round(left + width - 20), top + 25, COLOURS["topic-table"]) : "";
  return (
    `<g><title>${escapeHtml(`${node.id}: ${node.promise}`)}</title><rect x="${left}" y="${top}" width="${width}" height="${HEIGHT}" rx="6" fill="#fff" stroke="#c9d0d8"/>` +
    `<rect x="${left}" y="${top + 6}" width="3" height="${HEIGHT - 12}" rx="1.5" fill="${COLOURS[node.type]}"/>` +
    `<text x="${left + 12}" y="${top + 19}" font-size="12" font-weight="600" fill="#1a2129">${escapeHtml(node.spec.label ?? node.id)}</text>` +
    `<text x="${left + 12}" y="${top + 35}" font-size="11" fill="#55606d">${escapeHtml(describeKind(node))}</text>${corner}${state}</g>`
  );
}

/** A store's mark. */
function drum(x: number, y: number, colour: string): string {
  return `<path d="M${x} ${y + 2}v8a6 2 0 0 0 12 0v-8" fill="none" stroke="${colour}"/><ellipse cx="${x + 6}" cy="${y + 2}" rx="6" ry="2" fill="none" stroke="${colour}"/>`;
}

function legend(top: number): string {
  const y = top + LEGEND / 2;
  const line = (x: number, name: string, kind: Edge["kind"]): string =>
    `${drawEdge(
      { from: "", to: "", kind, label: "" },
      [
        { x, y },
        { x: x + 30, y },
      ],
      false,
    )}<text x="${x + 36}" y="${y + 4}" font-size="11" fill="#55606d">${name}</text>`;
  return `${line(16, "records", "records")}${line(120, "change partitions", "repartitioned")}${line(280, "table looked up", "table")}${drum(430, y - 6, COLOURS["topic-table"])}<text x="448" y="${y + 4}" font-size="11" fill="#55606d">keeps state</text><text x="536" y="${y + 4}" font-size="11" fill="#55606d">n: sub-topology</text>`;
}
