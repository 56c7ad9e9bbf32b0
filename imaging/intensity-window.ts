import { greyQuantile, greyValuesOf } from "./grey-values.ts";
import type { Plane } from "./plane.ts";

/** The grey values shown as black and as full brightness, in the file's units. */
export interface IntensityWindow {
  readonly low: number;
  readonly high: number;
}

export interface WindowOptions {
  /** Share of pixels (0…1) that turn black. Default 0.01. */
  lowShare?: number;
  /** Share of pixels (0…1) below full brightness. Default 0.995. */
  highShare?: number;
}

/** The window between two percentiles of a plane, exact from its histogram; at least one grey value wide. */
export function intensityWindow(plane: Plane, options: WindowOptions = {}): IntensityWindow {
  const values = greyValuesOf(plane);
  const low = greyQuantile(values, options.lowShare ?? 0.01);
  const high = greyQuantile(values, options.highShare ?? 0.995);
  const least = plane.data instanceof Float32Array ? 1e-6 : 1;
  return { low, high: Math.max(high, low + least) };
}

/**
 * One window for all sites of a plate and channel, so that their thumbnails can be compared by eye: the medians of the sites' own
 * windows. A few saturated or empty wells do not darken the plate. Undefined without windows.
 */
export function sharedWindow(windows: readonly IntensityWindow[]): IntensityWindow | undefined {
  if (windows.length === 0) return undefined;
  const low = median(windows.map((window) => window.low));
  return { low, high: Math.max(median(windows.map((window) => window.high)), low + Number.EPSILON) };
}

function median(values: number[]): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
