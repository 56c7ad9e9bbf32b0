import dagre from "@dagrejs/dagre";
import {
  type BoxSize,
  COMFORTABLE_WIDTH,
  type GraphLayout,
  NARROW_BOX,
  type Point,
  WIDE_BOX,
} from "../model/graph-layout.ts";

const MARGIN = 8;

/** An edge by the ids of its ends. */
export interface GraphEdge {
  from: string;
  to: string;
}

function place(ids: readonly string[], edges: readonly GraphEdge[], box: BoxSize): GraphLayout {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({
    rankdir: "LR",
    nodesep: 28,
    ranksep: box.narrow ? 20 : 52,
    marginx: MARGIN,
    marginy: MARGIN,
    ranker: "network-simplex",
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of ids) graph.setNode(id, { width: box.width, height: box.height });
  for (const { from, to } of edges) if (graph.hasNode(from) && graph.hasNode(to)) graph.setEdge(from, to);
  dagre.layout(graph);
  const nodes = ids.map((id) => {
    const { x, y } = graph.node(id);
    return { id, x: x ?? 0, y: y ?? 0 };
  });
  const at = new Map(nodes.map((node) => [node.id, node]));
  const round = (v: number): number => Math.round(v * 10) / 10;
  const placed = graph.edges().flatMap(({ v, w }) => {
    const from = at.get(v);
    const to = at.get(w);
    if (!from || !to) return [];
    // The layout ends edges on the outlines of boxes, at any side; ours leave on the right and arrive on the left. Between
    // neighbouring ranks nothing is in the way; farther edges pass where the layout left room for them.
    const left = from.x + box.width / 2;
    const right = to.x - box.width / 2;
    const far = right - left > box.width;
    const between = far
      ? (graph.edge(v, w).points ?? []).slice(1, -1).filter((p: Point) => p.x > left && p.x < right)
      : [];
    const points = [{ x: left, y: from.y }, ...between, { x: right, y: to.y }];
    return [{ from: v, to: w, points: points.map((p: Point) => ({ x: round(p.x), y: round(p.y) })) }];
  });
  const size = graph.graph();
  return { width: size.width ?? 0, height: size.height ?? 0, box, nodes, edges: placed };
}

/**
 * Places the boxes of a graph from left to right in ranks (Sugiyama's layered layout, by dagre); a pipeline of many ranks gets
 * narrower boxes, so that all of it is in sight. Loaded only when a graph is opened.
 */
export function placeGraph(ids: readonly string[], edges: readonly GraphEdge[]): GraphLayout {
  const wide = place(ids, edges, WIDE_BOX);
  return wide.width <= COMFORTABLE_WIDTH ? wide : place(ids, edges, NARROW_BOX);
}
