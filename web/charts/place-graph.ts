import dagre from "@dagrejs/dagre";
import { type BoxSize, COMFORTABLE_WIDTH, type GraphLayout, NARROW_BOX, WIDE_BOX } from "../model/graph-layout.ts";

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
  const size = graph.graph();
  return { width: size.width ?? 0, height: size.height ?? 0, box, nodes };
}

/**
 * Places the boxes of a graph from left to right in ranks (Sugiyama's layered layout, by dagre); a pipeline of many ranks gets
 * narrower boxes, so that all of it is in sight. Loaded only when a graph is opened.
 */
export function placeGraph(ids: readonly string[], edges: readonly GraphEdge[]): GraphLayout {
  const wide = place(ids, edges, WIDE_BOX);
  return wide.width <= COMFORTABLE_WIDTH ? wide : place(ids, edges, NARROW_BOX);
}
