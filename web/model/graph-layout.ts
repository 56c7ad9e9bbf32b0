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
  edges: readonly PlacedEdge[];
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

/** A place on the drawing. */
export interface Point {
  x: number;
  y: number;
}

/** An edge with the places it passes, from the right side of a box to the left side of another. */
export interface PlacedEdge {
  from: string;
  to: string;
  points: readonly Point[];
}

/**
 * The path of an edge: level at every place it passes, so that an edge over several ranks runs between the boxes on its way.
 * @param points at least two, from left to right
 */
export function edgePath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return "";
  let path = `M${first.x} ${first.y}`;
  let before = first;
  for (const point of rest) {
    const bend = (point.x - before.x) / 2;
    path +=
      point.y === before.y
        ? `H${point.x}`
        : `C${before.x + bend} ${before.y} ${point.x - bend} ${point.y} ${point.x} ${point.y}`;
    before = point;
  }
  return path;
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
