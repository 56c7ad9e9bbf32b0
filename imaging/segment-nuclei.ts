import { ObjectCountError, ObjectOptionError } from "./errors.ts";
import { squaredDistance } from "./filter-distance.ts";
import { gaussianBlur } from "./filter-gaussian.ts";
import { borderObjects, keepObjects, type Labels, maxObjects } from "./labels.ts";
import { connectRuns, fillHoles, runsOf } from "./mask-runs.ts";
import type { Plane, PlaneData } from "./plane.ts";
import { subtractBackground } from "./segment-background.ts";
import { enlargeLabels, halfSize } from "./segment-half-size.ts";
import { tightenBasins, tightenComponents } from "./segment-halo.ts";
import { findThreshold, roundingNoise, type ThresholdMethod } from "./segment-threshold.ts";
import { splitBasins } from "./segment-watershed.ts";

/** How nuclei are found. Every length is in pixels of the plane. */
export interface SegmentNucleiOptions {
  /** Typical diameter of a nucleus; by default estimated from the widths of the objects above the threshold. */
  diameterPx?: number;
  /** Standard deviation of the smoothing before the threshold; default 1 for planes up to 600 px wide, else 1.5. */
  smoothingPx?: number;
  /** A method (default `robust-otsu`, which very bright objects do not pull up) or a grey value above the background. */
  threshold?: ThresholdMethod | number;
  /** Factor on the found threshold, measured from the background; default 0.8 (halos are cut afterwards). */
  thresholdFactor?: number;
  /** Side of the tiles of the background estimate; 0 subtracts nothing; default a twelfth of the shorter side. */
  backgroundTilePx?: number;
  /**
   * Cuts halos: an object keeps the pixels above this share of its own brightness (its median, then, once touching nuclei
   * are apart, its upper quartile); default 0.5, 0 keeps everything above the threshold.
   */
  halfMaximum?: number;
  /** What separates touching nuclei: their outline (default) or their brightness. */
  splitBy?: "shape" | "intensity";
  /** How deep the waist between two touching nuclei must be, as a share of the smaller one; default 0.2. */
  splitDepth?: number;
  /** Smallest and largest area; defaults 0.15 and 12 times that of a disk of the typical diameter. */
  minAreaPx?: number;
  maxAreaPx?: number;
  /**
   * 2 finds nuclei in the means of 2 × 2 pixels and draws their outlines at full size: three times as fast, for nuclei at
   * least 24 px wide. Default 2 for such nuclei in planes of 800 px and more, else 1.
   */
  binning?: 1 | 2;
  /** Drop nuclei that touch the image border; default false (they are kept and can be flagged by `borderObjects`). */
  removeBorder?: boolean;
  /** Least (mean of objects − background) / noise of the smoothed plane; below it the image counts as empty; default 6. */
  minContrast?: number;
}

/**
 * Finds nuclei in a DNA plane: background subtraction, smoothing, threshold, hole filling, and a watershed of the
 * distance to the outline that keeps two peaks apart when the waist between them is deep enough.
 *
 * Blank planes, and planes of noise or shading alone, give no objects.
 * @param plane grey values of shape (height, width)
 * @returns label image of the same shape, numbered in raster order
 * @throws ObjectOptionError (imaging/object-option) for an option outside of its range
 * @throws ObjectCountError (imaging/too-many-objects) above 65,535 objects
 */
export function segmentNuclei(plane: Plane, options: SegmentNucleiOptions = {}): Labels {
  checkOptions(options);
  const { width, height } = plane;
  const labels = atHalfSize(plane, options) ?? findNuclei(plane.data, width, height, options).labels;
  if (options.removeBorder !== true) return labels;
  const touching = borderObjects(labels);
  return keepObjects(
    labels,
    touching.map((yes) => 1 - yes),
  );
}

/** Nuclei found in 2 × 2 means and drawn at full size, or nothing when that is not wanted or they are too small for it. */
function atHalfSize(plane: Plane, options: SegmentNucleiOptions): Labels | undefined {
  const { width, height } = plane;
  const binning = options.binning ?? (Math.min(width, height) >= 800 && (options.diameterPx ?? 24) >= 24 ? 2 : 1);
  if (binning === 1 || Math.min(width, height) < 4) return undefined;
  const { diameterPx, smoothingPx, backgroundTilePx, minAreaPx, maxAreaPx } = options;
  const half = halfSize(plane.data, width, height);
  const found = findNuclei(half.data, half.width, half.height, {
    ...options,
    smoothingPx: (smoothingPx ?? 1.5) / 2,
    ...(diameterPx !== undefined && { diameterPx: diameterPx / 2 }),
    ...(backgroundTilePx !== undefined && { backgroundTilePx: backgroundTilePx / 2 }),
    ...(minAreaPx !== undefined && { minAreaPx: minAreaPx / 4 }),
    ...(maxAreaPx !== undefined && { maxAreaPx: maxAreaPx / 4 }),
  });
  if (options.binning === undefined && found.diameterPx > 0 && found.diameterPx < 12) return undefined;
  return enlargeLabels(found.labels, found.smooth, found.limit, width, height);
}

interface FoundNuclei {
  labels: Labels;
  /** Smoothed grey values above the background surface. */
  smooth: Float32Array;
  /** Grey value above which a pixel belongs to a nucleus, by label. */
  limit: Float32Array;
  /** Typical diameter, 0 when there is no nucleus. */
  diameterPx: number;
}

function findNuclei(data: PlaneData, width: number, height: number, options: SegmentNucleiOptions): FoundNuclei {
  const pixels = width * height;
  const smooth = new Float32Array(pixels);
  const scratch = new Float32Array(pixels);
  const smoothingPx = options.smoothingPx ?? (Math.min(width, height) <= 600 ? 1 : 1.5);
  gaussianBlur(data, width, height, smoothingPx, smooth, scratch);
  const leastNoise = roundingNoise(smooth);
  const tile = options.backgroundTilePx ?? Math.round(Math.min(width, height) / 12);
  if (tile > 0) subtractBackground(smooth, width, height, tile);

  const found = findThreshold(smooth, typeof options.threshold === "string" ? options.threshold : "robust-otsu");
  const none: FoundNuclei = {
    labels: { data: new Uint16Array(pixels), width, height, count: 0 },
    smooth,
    limit: new Float32Array(1),
    diameterPx: 0,
  };
  const above = typeof options.threshold === "number" ? options.threshold : found.value - found.background;
  const threshold = found.background + above * (options.thresholdFactor ?? 0.8);
  if (typeof options.threshold !== "number") {
    const contrast = (found.foreground - found.background) / Math.max(found.noise, leastNoise);
    if (found.noise === 0 || found.coverage > 0.8 || contrast < (options.minContrast ?? 6)) return none;
  }

  const mask = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) mask[i] = smooth[i]! > threshold ? 1 : 0;
  const halfMaximum = options.halfMaximum ?? 0.5;
  if (halfMaximum > 0) tightenComponents(mask, smooth, width, height, found.background, 0.5, halfMaximum);
  const distance = squaredDistance(mask, width, height, scratch);
  const diameterPx = options.diameterPx ?? estimateDiameter(mask, distance, width, height);
  if (diameterPx === 0) return none;
  const diskArea = (Math.PI / 4) * diameterPx * diameterPx;
  if (fillHoles(mask, width, height, diskArea / 2) > 0) squaredDistance(mask, width, height, distance);
  for (let i = 0; i < pixels; i++) {
    if (mask[i] !== 0) distance[i] = Math.min(Math.sqrt(distance[i]!), Math.max(width, height));
  }

  const relative = options.splitDepth ?? 0.2;
  const byShape = (options.splitBy ?? "shape") === "shape";
  const { basins, count } = byShape
    ? splitBasins(mask, distance, width, height, {
        minDepth: Math.max(0.75, 0.03 * diameterPx),
        minRelativeDepth: relative,
      })
    : splitByIntensity(mask, smooth, distance, width, height, threshold, diameterPx, relative);
  const own =
    halfMaximum > 0
      ? tightenBasins(basins, count, smooth, found.background, 0.75, halfMaximum)
      : new Float32Array(count + 1);
  const { labels, basinOf } = basinLabels(basins, count, width, height, {
    minAreaPx: options.minAreaPx ?? 0.15 * diskArea,
    maxAreaPx: options.maxAreaPx ?? 12 * diskArea,
  });
  const limit = Float32Array.from({ length: labels.count + 1 }, (_, k) => Math.max(threshold, own[basinOf[k]!]!));
  return { labels, smooth, limit, diameterPx };
}

function checkOptions(options: SegmentNucleiOptions): void {
  const positive = ["diameterPx", "thresholdFactor", "maxAreaPx"] as const;
  const notNegative = ["smoothingPx", "backgroundTilePx", "minAreaPx", "minContrast"] as const;
  for (const name of positive) {
    const v = options[name];
    if (v !== undefined && !(v > 0)) throw new ObjectOptionError(name, String(v), "a number above 0");
  }
  for (const name of notNegative) {
    const v = options[name];
    if (v !== undefined && !(v >= 0)) throw new ObjectOptionError(name, String(v), "0 or a number above");
  }
  const depth = options.splitDepth;
  if (depth !== undefined && !(depth >= 0 && depth <= 1)) {
    throw new ObjectOptionError("splitDepth", String(depth), "a share from 0 to 1");
  }
}

/** Brightness as the flooding priority: smoothed over a fifth of a nucleus, so that chromatin texture is no peak. */
function splitByIntensity(
  mask: Uint8Array,
  smooth: Float32Array,
  scratch: Float32Array,
  width: number,
  height: number,
  threshold: number,
  diameterPx: number,
  relative: number,
): { basins: Int32Array; count: number } {
  const blurred = new Float32Array(smooth.length);
  gaussianBlur(smooth, width, height, diameterPx / 5, blurred, scratch);
  for (let i = 0; i < blurred.length; i++) blurred[i]! -= threshold;
  return splitBasins(mask, blurred, width, height, { minDepth: 0, minRelativeDepth: relative });
}

/**
 * Typical diameter of the objects in a mask: the area-weighted median, over connected components, of twice the radius of
 * the largest inscribed disk (which a clump of several nuclei hardly changes), less specks under 8 pixels.
 */
function estimateDiameter(mask: Uint8Array, squared: Float32Array, width: number, height: number): number {
  const runs = runsOf(mask, width, height);
  const { component, count } = connectRuns(runs, height, true);
  const area = new Float64Array(count);
  const radius = new Float64Array(count);
  for (let r = 0; r < runs.count; r++) {
    const c = component[r]! - 1;
    const base = runs.y[r]! * width;
    area[c]! += runs.last[r]! - runs.first[r]! + 1;
    for (let i = base + runs.first[r]!; i <= base + runs.last[r]!; i++)
      if (squared[i]! > radius[c]!) radius[c] = squared[i]!;
  }
  const known = Array.from(area.keys()).filter((c) => area[c]! >= 8 && Number.isFinite(radius[c]!));
  known.sort((a, b) => radius[a]! - radius[b]!);
  const half = known.reduce((sum, c) => sum + area[c]!, 0) / 2;
  let seen = 0;
  for (const c of known) {
    seen += area[c]!;
    if (seen >= half) return 2.2 * Math.sqrt(radius[c]!);
  }
  return 0;
}

/** Basins of a fitting size as labels, and the basin of every label. */
function basinLabels(
  basins: Int32Array,
  count: number,
  width: number,
  height: number,
  size: { minAreaPx: number; maxAreaPx: number },
): { labels: Labels; basinOf: Int32Array } {
  const area = new Int32Array(count + 1);
  for (let i = 0; i < basins.length; i++) area[basins[i]!]!++;
  const name = new Int32Array(count + 1);
  const basinOf = new Int32Array(count + 1);
  let kept = 0;
  for (let b = 1; b <= count; b++) {
    if (area[b]! < size.minAreaPx || area[b]! > size.maxAreaPx) continue;
    name[b] = ++kept;
    basinOf[kept] = b;
  }
  if (kept > maxObjects) throw new ObjectCountError(kept, maxObjects);
  const data = new Uint16Array(basins.length);
  for (let i = 0; i < data.length; i++) data[i] = name[basins[i]!]!;
  return { labels: { data, width, height, count: kept }, basinOf };
}
