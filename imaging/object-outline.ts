import type { Labels, ObjectPixels } from "./labels.ts";

/** One object cut out: its mask with a frame of one background pixel, and the first and last pixel of every row. */
export interface ObjectOutline {
  /** 1 inside, shape (height + 2, width + 2). */
  mask: Uint8Array;
  /** Size of the bounding box; the mask is two wider and higher. */
  width: number;
  height: number;
  /** Upper left corner of the bounding box in the image. */
  x: number;
  y: number;
  /** First and last column of the object in every row of the box, relative to the box; first > last in an empty row. */
  first: Int32Array;
  last: Int32Array;
  area: number;
}

/** Cuts object k (label k + 1) out of a label image. */
export function objectOutline(labels: Labels, pixels: ObjectPixels, k: number): ObjectOutline {
  const x = pixels.box[k * 4]!;
  const y = pixels.box[k * 4 + 1]!;
  const width = pixels.box[k * 4 + 2]! - x + 1;
  const height = pixels.box[k * 4 + 3]! - y + 1;
  const padded = width + 2;
  const mask = new Uint8Array(padded * (height + 2));
  const first = new Int32Array(height).fill(width);
  const last = new Int32Array(height).fill(-1);
  const start = pixels.start[k]!;
  const end = pixels.start[k + 1]!;
  for (let p = start; p < end; p++) {
    const i = pixels.index[p]!;
    const row = (i / labels.width) | 0;
    const v = row - y;
    const u = i - row * labels.width - x;
    mask[(v + 1) * padded + u + 1] = 1;
    if (u < first[v]!) first[v] = u;
    last[v] = u;
  }
  return { mask, width, height, x, y, first, last, area: end - start };
}

/** A point of a hull: column and row. */
export type Point = readonly [x: number, y: number];

/** Convex hull of an object's pixel centres, in box coordinates, without points on its edges. */
export function convexHull(outline: ObjectOutline): Point[] {
  const left: Point[] = [];
  const right: Point[] = [];
  for (let v = 0; v < outline.height; v++) {
    if (outline.last[v]! < 0) continue;
    extend(left, [outline.first[v]!, v], 1);
    extend(right, [outline.last[v]!, v], -1);
  }
  const hull = [...left];
  for (let j = right.length - 1; j >= 0; j--) {
    const p = right[j]!;
    if (!hull.some((q) => q[0] === p[0] && q[1] === p[1])) hull.push(p);
  }
  return hull;
}

/** Adds a lower point to a chain and drops the points that it makes redundant; side 1 = left chain, −1 = right. */
function extend(chain: Point[], point: Point, side: 1 | -1): void {
  while (chain.length > 1) {
    const a = chain[chain.length - 2]!;
    const b = chain[chain.length - 1]!;
    const turn = (b[0] - a[0]) * (point[1] - a[1]) - (b[1] - a[1]) * (point[0] - a[0]);
    if (turn * side < 0) break;
    chain.pop();
  }
  chain.push(point);
}

/**
 * Number of pixel centres inside or on the convex hull of an object's pixels, each pixel taken as the diamond of its four
 * edge midpoints (scikit-image's convex_hull_image). Exact: doubled coordinates keep everything a whole number.
 */
export function convexArea(outline: ObjectOutline): number {
  const left: Point[] = [];
  const right: Point[] = [];
  const { first, last, height } = outline;
  for (let line = -1; line <= 2 * height - 1; line++) {
    let from = Number.POSITIVE_INFINITY;
    let to = Number.NEGATIVE_INFINITY;
    if (line % 2 === 0) {
      from = 2 * first[line / 2]! - 1;
      to = 2 * last[line / 2]! + 1;
      if (last[line / 2]! < 0) continue;
    } else {
      for (const v of [(line - 1) / 2, (line + 1) / 2]) {
        if (v < 0 || v >= height || last[v]! < 0) continue;
        from = Math.min(from, 2 * first[v]!);
        to = Math.max(to, 2 * last[v]!);
      }
      if (to < from) continue;
    }
    extend(left, [from, line], 1);
    extend(right, [to, line], -1);
  }
  let area = 0;
  let l = 0;
  let r = 0;
  for (let v = 0; v < height; v++) {
    const line = 2 * v;
    while (l < left.length - 2 && left[l + 1]![1] <= line) l++;
    while (r < right.length - 2 && right[r + 1]![1] <= line) r++;
    area += Math.floor(crossing(right, r, line) / 2) - Math.ceil(crossing(left, l, line) / 2) + 1;
  }
  return area;
}

/** Column where a chain's segment crosses a line. Exact when the crossing is a whole or half number. */
function crossing(chain: Point[], at: number, line: number): number {
  const a = chain[at]!;
  const b = chain[at + 1] ?? a;
  if (a[1] === b[1]) return a[0];
  return (a[0] * (b[1] - a[1]) + (b[0] - a[0]) * (line - a[1])) / (b[1] - a[1]);
}

/** Smallest and largest distance between two parallel lines that hold the object's pixel centres between them. */
export function feretDiameters(hull: readonly Point[]): { min: number; max: number } {
  let max = 0;
  let min = Number.POSITIVE_INFINITY;
  for (let i = 0; i < hull.length; i++) {
    const [ax, ay] = hull[i]!;
    const [bx, by] = hull[(i + 1) % hull.length]!;
    const edge = Math.hypot(bx - ax, by - ay);
    let across = 0;
    for (const [px, py] of hull) {
      const distance = (px - ax) * (px - ax) + (py - ay) * (py - ay);
      if (distance > max) max = distance;
      const height = Math.abs((bx - ax) * (py - ay) - (by - ay) * (px - ax));
      if (height > across) across = height;
    }
    if (edge > 0) min = Math.min(min, across / edge);
  }
  return { min: hull.length < 2 ? 0 : min, max: Math.sqrt(max) };
}

/**
 * Smallest circle around the points of a hull (Welzl's move-to-front idea without chance: points are added one by one and
 * the circle rebuilt when one lies outside).
 */
export function enclosingCircle(points: readonly Point[]): { x: number; y: number; radius: number } {
  const first = points[0]!;
  let circle = { x: first[0], y: first[1], radius: 0 };
  const outside = ([x, y]: Point) => Math.hypot(x - circle.x, y - circle.y) > circle.radius * (1 + 1e-12) + 1e-12;
  for (let i = 1; i < points.length; i++) {
    if (!outside(points[i]!)) continue;
    circle = { x: points[i]![0], y: points[i]![1], radius: 0 };
    for (let j = 0; j < i; j++) {
      if (!outside(points[j]!)) continue;
      circle = circleOfTwo(points[i]!, points[j]!);
      for (let l = 0; l < j; l++) if (outside(points[l]!)) circle = circleOfThree(points[i]!, points[j]!, points[l]!);
    }
  }
  return circle;
}

function circleOfTwo(a: Point, b: Point): { x: number; y: number; radius: number } {
  return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, radius: Math.hypot(a[0] - b[0], a[1] - b[1]) / 2 };
}

function circleOfThree(a: Point, b: Point, c: Point): { x: number; y: number; radius: number } {
  const bx = b[0] - a[0];
  const by = b[1] - a[1];
  const cx = c[0] - a[0];
  const cy = c[1] - a[1];
  const d = 2 * (bx * cy - by * cx);
  const b2 = bx * bx + by * by;
  const c2 = cx * cx + cy * cy;
  const x = (cy * b2 - by * c2) / d;
  const y = (bx * c2 - cx * b2) / d;
  return { x: a[0] + x, y: a[1] + y, radius: Math.hypot(x, y) };
}
