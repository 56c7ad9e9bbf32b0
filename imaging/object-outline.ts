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

/** Convex hull of an object's pixel centres, in box coordinates, clockwise on the screen, without points on its edges. */
export function convexHull(outline: ObjectOutline): Point[] {
  const left: Point[] = [];
  const right: Point[] = [];
  for (let v = 0; v < outline.height; v++) {
    if (outline.last[v]! < 0) continue;
    extend(left, [outline.first[v]!, v], 1);
    extend(right, [outline.last[v]!, v], -1);
  }
  const hull = [...right];
  for (let j = left.length - 1; j >= 0; j--) {
    const p = left[j]!;
    const known = (q: Point | undefined) => q !== undefined && q[0] === p[0] && q[1] === p[1];
    if (!known(hull[0]) && !known(right.at(-1))) hull.push(p);
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

/** A circle; `radius` 0 for a single point. */
export interface Circle {
  x: number;
  y: number;
  radius: number;
}

/**
 * Smallest circle around the points of a hull, by Chrystal's method (Proc. Edinburgh Math. Soc. 3, 1884): from one side of
 * the hull, look for the point that sees it under the smallest angle; an obtuse triangle leads to its longest side, an
 * acute one gives the circle. Points, start and order of arithmetic are those of CellProfiler's centrosome, because
 * the Zernike features leave out a pixel that lies outside of the circle by a rounding error.
 * @param points hull vertices, clockwise on the screen
 */
export function enclosingCircle(points: readonly Point[]): Circle {
  const from = points.reduce(
    (best, [x, y], i) => (x < points[best]![0] || (x === points[best]![0] && y < points[best]![1]) ? i : best),
    0,
  );
  const ring = points.map((_, i) => points[(from + i) % points.length]!);
  let a = ring[0]!;
  if (ring.length === 1) return { x: a[0], y: a[1], radius: 0 };
  let b = ring[1]!;
  const others = ring.slice(2);
  for (let round = 0; round < 4 * ring.length; round++) {
    let smallest = Number.POSITIVE_INFINITY;
    let atA = 0;
    let atB = 0;
    let at = -1;
    others.forEach((v, i) => {
      const angleB = angle(b, a, v);
      const angleA = angle(a, b, v);
      const seen = Math.PI - angleB - angleA;
      if (seen >= smallest) return;
      smallest = seen;
      atA = angleA;
      atB = angleB;
      at = i;
    });
    if (at < 0 || smallest >= Math.PI / 2) {
      return diametral(a, b);
    }
    const v = others[at]!;
    if (atA <= Math.PI / 2 && atB <= Math.PI / 2) return circumcircle(a, b, v);
    if (atA > Math.PI / 2) {
      others[at] = a;
      a = v;
    } else {
      others[at] = b;
      b = v;
    }
  }
  return diametral(a, b);
}

function diametral(a: Point, b: Point): Circle {
  const dx = a[0] - b[0];
  const dy = a[1] - b[1];
  return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, radius: Math.sqrt(dy * dy + dx * dx) / 2 };
}

/** Angle at `corner` between the directions to two points. */
function angle(corner: Point, p: Point, q: Point): number {
  const px = p[0] - corner[0];
  const py = p[1] - corner[1];
  const qx = q[0] - corner[0];
  const qy = q[1] - corner[1];
  const cosine = (py * qy + px * qx) / Math.sqrt((py * py + px * px) * (qy * qy + qx * qx));
  return Math.acos(Math.max(-1, Math.min(1, cosine)));
}

function circumcircle(a: Point, b: Point, c: Point): Circle {
  const aa = a[1] * a[1] + a[0] * a[0];
  const bb = b[1] * b[1] + b[0] * b[0];
  const cc = c[1] * c[1] + c[0] * c[0];
  const d = 2 * (a[0] * (b[1] - c[1]) + b[0] * (c[1] - a[1]) + c[0] * (a[1] - b[1]));
  const x = (aa * (b[1] - c[1]) + bb * (c[1] - a[1]) + cc * (a[1] - b[1])) / d;
  const y = (aa * (c[0] - b[0]) + bb * (a[0] - c[0]) + cc * (b[0] - a[0])) / d;
  const dx = a[0] - x;
  const dy = a[1] - y;
  return { x, y, radius: Math.sqrt(dy * dy + dx * dx) };
}
