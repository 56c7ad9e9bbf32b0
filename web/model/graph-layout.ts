/** Geometry of a run's graph: boxes placed from left to right, edges as smooth curves. */

/** A box with its centre. */
export interface PlacedNode {
  id: string;
  x: number;
  y: number;
}

/** A drawing of a graph in its own units (1 = 1 CSS pixel at natural size). */
export interface GraphLayout {
  width: number;
  height: number;
  nodes: readonly PlacedNode[];
}

/** Size of a node's box. */
export const NODE_WIDTH = 158;
/** Height of a node's box. */
export const NODE_HEIGHT = 70;

/** Top left corner to top left corner is what SVG wants; layouts give centres. */
export const corner = (node: PlacedNode): { x: number; y: number } => ({
  x: node.x - NODE_WIDTH / 2,
  y: node.y - NODE_HEIGHT / 2,
});

/** The path of an edge from the right side of a box to the left side of another. */
export function edgePath(from: PlacedNode, to: PlacedNode): string {
  const x1 = from.x + NODE_WIDTH / 2;
  const x2 = to.x - NODE_WIDTH / 2;
  // Edges over several ranks bend close to their ends, so that they run level past what is between them.
  const bend = Math.min((x2 - x1) / 2, 60);
  if (from.y === to.y) return `M${x1} ${from.y}H${x2}`;
  return `M${x1} ${from.y}C${x1 + bend} ${from.y} ${x2 - bend} ${to.y} ${x2} ${to.y}`;
}

/** How a node is doing, most urgent first. */
export type NodeTone = "fail" | "run" | "ok" | "wait";

/** Tone of a node from its counts: failed, done, under way or waiting. */
export function nodeTone(
  node: { done: number; expected?: number | null; failed: number; active: number },
  finished: boolean,
): NodeTone {
  if (node.failed > 0) return "fail";
  if (finished && node.done > 0) return "ok";
  if (node.expected !== null && node.expected !== undefined && node.expected > 0 && node.done >= node.expected)
    return "ok";
  if (node.done > 0 || node.active > 0) return "run";
  return "wait";
}

/** The node that an arrow key leads to: the nearest one in that direction, sideways distance counting double. */
export function stepNode(from: string, key: string, nodes: readonly PlacedNode[]): string {
  const start = nodes.find((n) => n.id === from);
  if (!start) return nodes[0]?.id ?? from;
  let best = from;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const node of nodes) {
    const dx = node.x - start.x;
    const dy = node.y - start.y;
    const along = key === "ArrowRight" ? dx : key === "ArrowLeft" ? -dx : key === "ArrowDown" ? dy : -dy;
    const across = key === "ArrowRight" || key === "ArrowLeft" ? Math.abs(dy) : Math.abs(dx);
    if (along <= 1) continue;
    const distance = along + 2 * across;
    if (distance < bestDistance) {
      bestDistance = distance;
      best = node.id;
    }
  }
  return best;
}
