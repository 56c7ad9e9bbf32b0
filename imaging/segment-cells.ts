import { ObjectOptionError, PlaneShapeError } from "./errors.ts";
import { gaussianBlur } from "./filter-gaussian.ts";
import type { Labels } from "./labels.ts";
import { fillHoles } from "./mask-runs.ts";
import { commonShape, type Plane, type PlaneData } from "./plane.ts";
import { enlargeLabels, halfSize } from "./segment-half-size.ts";
import { findThreshold, roundingNoise, type Threshold, type ThresholdMethod } from "./segment-threshold.ts";

/** How cells are grown from nuclei. Every length is in pixels of the plane. */
export interface SegmentCellsOptions {
  /** Standard deviation of the smoothing; default 1 for planes up to 600 px wide, else 1.5. */
  smoothingPx?: number;
  /** How the cell bodies are told from background (default `log-otsu`, which keeps dim edges). */
  threshold?: ThresholdMethod;
  /** Factor on the found threshold, measured from the background; default 1. */
  thresholdFactor?: number;
  /** How much a step of one pixel weighs against a change of brightness from background to bright cytoplasm; default 0.05. */
  regularization?: number;
  /** Cells reach at most this far from their nucleus along a path; default unlimited. */
  maxDistancePx?: number;
  /** Least (mean of bodies − background) / noise; below it cells are their nuclei; default 3. */
  minContrast?: number;
}

/**
 * Grows every nucleus into its cell over the bright parts of one or more cell-body planes (averaged after each is scaled
 * to its own background and brightness).
 *
 * Every pixel goes to the nucleus that reaches it on the cheapest path, where a path costs the changes of brightness it
 * crosses plus `regularization` times its length: borders between touching cells fall on intensity edges and, where there
 * are none, half-way (propagation; Jones, Carpenter and Golland 2005).
 * @param body one plane or several of shape (height, width)
 * @param nuclei label image of the same shape
 * @returns label image where cell k holds nucleus k; `count` is that of the nuclei
 * @throws PlaneShapeError (imaging/plane-shape), ObjectOptionError (imaging/object-option)
 */
export function segmentCells(
  body: Plane | readonly Plane[],
  nuclei: Labels,
  options: SegmentCellsOptions = {},
): Labels {
  const planes = "data" in body ? [body] : body;
  const { width, height } = commonShape(planes);
  if (nuclei.width !== width || nuclei.height !== height) {
    throw new PlaneShapeError("nuclei", `${nuclei.height} × ${nuclei.width} pixels`, `${height} × ${width} pixels`);
  }
  for (const name of ["regularization", "maxDistancePx", "thresholdFactor"] as const) {
    const v = options[name];
    if (v !== undefined && !(v > 0)) throw new ObjectOptionError(name, String(v), "a number above 0");
  }
  for (const name of ["smoothingPx", "minContrast"] as const) {
    const v = options[name];
    if (v !== undefined && !(v >= 0)) throw new ObjectOptionError(name, String(v), "0 or a number above");
  }
  const data = nuclei.data.slice();
  const cells: Labels = { data, width, height, count: nuclei.count };
  if (nuclei.count === 0) return cells;

  if (Math.min(width, height) < 800) {
    const body = planes.length === 1 ? planes[0]!.data : averageBody(planes.map(({ data: grey }) => grey));
    growCells(cells, body, options, options.smoothingPx ?? (Math.min(width, height) <= 600 ? 1 : 1.5), 1);
    return cells;
  }
  // Large planes: cells are grown in 2 × 2 means and drawn at full size.
  const halves = planes.map(({ data: grey }) => halfSize(grey, width, height).data);
  const small: Labels = { ...nearestHalf(nuclei), count: nuclei.count };
  const grown = growCells(
    small,
    halves.length === 1 ? halves[0]! : averageBody(halves),
    options,
    (options.smoothingPx ?? 1.5) / 2,
    2,
  );
  if (grown === undefined) return cells;
  const limit = new Float32Array(nuclei.count + 1).fill(grown.threshold);
  const drawn = enlargeLabels(small, grown.smooth, limit, width, height);
  for (let i = 0; i < data.length; i++) if (data[i] === 0) data[i] = drawn.data[i]!;
  return cells;
}

/** Label of the upper left pixel of every 2 × 2 block. */
function nearestHalf({ data, width, height }: Labels): Pick<Labels, "data" | "width" | "height"> {
  const w = width >> 1;
  const h = height >> 1;
  const out = new Uint16Array(w * h);
  for (let y = 0; y < h; y++) for (let x = 0; x < w; x++) out[y * w + x] = data[2 * y * width + 2 * x]!;
  return { data: out, width: w, height: h };
}

/** Grows labels in place over a body image; undefined, and labels as they were, when it is blank. */
function growCells(
  cells: Labels,
  body: PlaneData,
  options: SegmentCellsOptions,
  smoothingPx: number,
  pixelSize: number,
): { smooth: Float32Array; threshold: number } | undefined {
  const { width, height, count } = cells;
  const smooth = new Float32Array(width * height);
  gaussianBlur(body, width, height, smoothingPx, smooth, new Float32Array(width * height));
  const found = findThreshold(smooth, options.threshold ?? "log-otsu");
  const noise = Math.max(found.noise, roundingNoise(smooth));
  if (!((found.foreground - found.background) / noise >= (options.minContrast ?? 3))) return undefined;
  const threshold = found.background + (found.value - found.background) * (options.thresholdFactor ?? 1);
  const mask = new Uint8Array(width * height);
  for (let i = 0; i < mask.length; i++) mask[i] = smooth[i]! > threshold ? 1 : 0;
  // A gap smaller than a quarter of a cell's share of the image is a vacuole, a larger one is background.
  fillHoles(mask, width, height, mask.length / Math.max(50, count * 4));
  const maxSteps = (options.maxDistancePx ?? Number.POSITIVE_INFINITY) / pixelSize;
  propagate(cells, mask, greyLevels(smooth, found), (options.regularization ?? 0.05) * pixelSize, maxSteps);
  return { smooth, threshold };
}

/**
 * The cell without its nucleus: label k where cell k is and nucleus k is not.
 * @throws PlaneShapeError (imaging/plane-shape) when the label images differ in shape
 */
export function cytoplasmOf(cells: Labels, nuclei: Labels): Labels {
  if (cells.width !== nuclei.width || cells.height !== nuclei.height) {
    throw new PlaneShapeError(
      "nuclei",
      `${nuclei.height} × ${nuclei.width} pixels`,
      `${cells.height} × ${cells.width} pixels as the cells have`,
    );
  }
  const data = new Uint16Array(cells.data.length);
  for (let i = 0; i < data.length; i++) if (nuclei.data[i] === 0) data[i] = cells.data[i]!;
  return { data, width: cells.width, height: cells.height, count: cells.count };
}

/** Mean of the planes, each scaled so that its background is 0 and the mean of its brighter class 1. */
function averageBody(planes: readonly PlaneData[]): Float32Array {
  const sum = new Float32Array(planes[0]!.length);
  for (const data of planes) {
    const found = findThreshold(data, "otsu", 7);
    const range = found.foreground - found.background;
    if (!(range > 0)) continue;
    const factor = 1 / (range * planes.length);
    for (let i = 0; i < sum.length; i++) sum[i]! += (data[i]! - found.background) * factor;
  }
  return sum;
}

/** Brightness in 256 steps from background to twice the mean of the bright class. */
function greyLevels(smooth: Float32Array, found: Threshold): Uint8Array {
  const out = new Uint8Array(smooth.length);
  const scale = 127.5 / (found.foreground - found.background);
  for (let i = 0; i < out.length; i++) {
    const v = (smooth[i]! - found.background) * scale;
    out[i] = v <= 0 ? 0 : v >= 255 ? 255 : v;
  }
  return out;
}

/**
 * Dijkstra's algorithm from all nuclei at once with whole-number costs and a ring of buckets, so that a step is a few
 * array reads; the order within a bucket is fixed, which keeps the result the same on every machine. A frame of closed
 * pixels around the image spares the border checks.
 */
function propagate(cells: Labels, mask: Uint8Array, grey: Uint8Array, regularization: number, maxPx: number): void {
  const { width, height } = cells;
  const stride = width + 2;
  const size = stride * (height + 2);
  const label = new Uint16Array(size);
  const level = new Uint8Array(size);
  // 1 where a cell may grow; 0 in background and in the frame.
  const open = new Uint8Array(size);
  for (let y = 0; y < height; y++) {
    const to = (y + 1) * stride + 1;
    label.set(cells.data.subarray(y * width, (y + 1) * width), to);
    level.set(grey.subarray(y * width, (y + 1) * width), to);
    open.set(mask.subarray(y * width, (y + 1) * width), to);
  }
  // A change of brightness of 255 levels costs 255; a straight step costs the regularization on the same scale.
  const straight = Math.max(1, Math.round(regularization * 255));
  const diagonal = Math.max(1, Math.round(regularization * 255 * Math.SQRT2));
  const offsets = Int32Array.of(-1, 1, -stride, stride, -stride - 1, -stride + 1, stride - 1, stride + 1);
  let ring = 256;
  while (ring <= 255 + diagonal) ring *= 2;
  const head = new Int32Array(ring).fill(-1);
  let nodes = 1 << 16;
  let pixelOf = new Int32Array(nodes);
  let nextOf = new Int32Array(nodes);
  let used = 0;
  let waiting = 0;
  const cost = new Int32Array(size).fill(0x7fffffff);
  const length = Number.isFinite(maxPx) ? new Float32Array(size) : undefined;
  const push = (i: number, slot: number) => {
    if (used === nodes) {
      nodes *= 2;
      const p = new Int32Array(nodes);
      p.set(pixelOf);
      pixelOf = p;
      const n = new Int32Array(nodes);
      n.set(nextOf);
      nextOf = n;
    }
    pixelOf[used] = i;
    nextOf[used] = head[slot]!;
    head[slot] = used++;
    waiting++;
  };
  for (let i = stride; i < size - stride; i++) {
    const own = label[i]!;
    if (own === 0) continue;
    cost[i] = 0;
    // Only the rim of a nucleus can grow.
    if (label[i - 1] === own && label[i + 1] === own && label[i - stride] === own && label[i + stride] === own)
      continue;
    push(i, 0);
  }
  for (let now = 0; waiting > 0; now++) {
    const slot = now & (ring - 1);
    // A step costs at least 1 and less than the ring is long, so nothing joins this bucket while it is emptied.
    let node = head[slot]!;
    head[slot] = -1;
    while (node !== -1) {
      const i = pixelOf[node]!;
      node = nextOf[node]!;
      waiting--;
      if (cost[i] !== now) continue;
      const here = level[i]!;
      const own = label[i]!;
      for (let k = 0; k < 8; k++) {
        const j = i + offsets[k]!;
        if (open[j] === 0) continue;
        const change = here - level[j]!;
        const reached = now + (k < 4 ? straight : diagonal) + (change < 0 ? -change : change);
        if (reached >= cost[j]!) continue;
        if (length !== undefined) {
          const path = length[i]! + (k < 4 ? 1 : Math.SQRT2);
          if (path > maxPx) continue;
          length[j] = path;
        }
        cost[j] = reached;
        label[j] = own;
        push(j, reached & (ring - 1));
      }
    }
  }
  for (let y = 0; y < height; y++) {
    const from = (y + 1) * stride + 1;
    cells.data.set(label.subarray(from, from + width), y * width);
  }
}
