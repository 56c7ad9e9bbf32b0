import dagre from "@dagrejs/dagre";
import { type GraphLayout, NODE_HEIGHT, NODE_WIDTH } from "../model/graph-layout.ts";

const MARGIN = 10;

/**
 * Places the boxes of a graph from left to right in ranks (Sugiyama's layered layout, by dagre).
 * Loaded only when a graph is opened.
 */
export function placeGraph(ids: readonly string[], edges: readonly { from: string; to: string }[]): GraphLayout {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({
    rankdir: "LR",
    nodesep: 30,
    ranksep: 52,
    marginx: MARGIN,
    marginy: MARGIN,
    ranker: "network-simplex",
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const id of ids) graph.setNode(id, { width: NODE_WIDTH, height: NODE_HEIGHT });
  for (const { from, to } of edges) if (graph.hasNode(from) && graph.hasNode(to)) graph.setEdge(from, to);
  dagre.layout(graph);
  const nodes = ids.map((id) => {
    const { x, y } = graph.node(id);
    return { id, x: x ?? 0, y: y ?? 0 };
  });
  const size = graph.graph();
  return { width: size.width ?? 0, height: size.height ?? 0, nodes };
}
