/** Geometry of a run's graph: boxes placed from left to right, edges as smooth curves. */

/** A box with its centre. */
export interface PlacedNode {
  id: string;
  x: number;
  y: number;
}

/** Size of a node's box; a narrow box has a line more. */
export interface BoxSize {
  width: number;
  height: number;
  narrow: boolean;
}

/** A drawing of a graph in its own units (1 = 1 CSS pixel at natural size). */
export interface GraphLayout {
  width: number;
  height: number;
  box: BoxSize;
  nodes: readonly PlacedNode[];
}

/** The box of the drawings: name and rate, counts and lag, bar. */
export const WIDE_BOX: BoxSize = { width: 158, height: 70, narrow: false };
/** The box of long pipelines: name, counts, rate and lag, bar. */
export const NARROW_BOX: BoxSize = { width: 124, height: 80, narrow: true };
/** Widest drawing that still reads well in a window of 1440 px. */
export const COMFORTABLE_WIDTH = 1280;

/** Top left corner, as SVG wants it; layouts give centres. */
export const corner = (node: PlacedNode, box: BoxSize): { x: number; y: number } => ({
  x: node.x - box.width / 2,
  y: node.y - box.height / 2,
});

/** The path of an edge from the right side of a box to the left side of another. */
export function edgePath(from: PlacedNode, to: PlacedNode, box: BoxSize): string {
  const x1 = from.x + box.width / 2;
  const x2 = to.x - box.width / 2;
  // Edges over several ranks bend close to their ends, so that they run level past what is between them.
  const bend = Math.min((x2 - x1) / 2, 60);
  if (from.y === to.y) return `M${x1} ${from.y}H${x2}`;
  return `M${x1} ${from.y}C${x1 + bend} ${from.y} ${x2 - bend} ${to.y} ${x2} ${to.y}`;
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
