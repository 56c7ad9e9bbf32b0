/** A smoothed distribution on a regular grid. */
export interface Density {
  /** Ascending, of shape (points). */
  at: Float64Array;
  /** Integrates to 1 over the grid's axis. */
  density: Float64Array;
}

/**
 * Gaussian kernel density by Scott's rule over a fine histogram, so that a million values cost what a thousand do.
 * @param values finite
 * @param points of the grid. Default 64
 * @returns undefined without values; a single spike is as wide as 1 % of its distance from 0
 */
export function densityOf(values: Float64Array, points = 64): Density | undefined {
  if (values.length === 0) return undefined;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let sum = 0;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
    sum += value;
  }
  const centre = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - centre) ** 2;
  const sd = Math.sqrt(squares / Math.max(1, values.length - 1));
  const range = high - low || Math.max(0.02 * Math.abs(low), 0.02);
  if (high === low) {
    low -= range / 2;
    high += range / 2;
  }
  const bins = 512;
  const counts = new Float64Array(bins);
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.floor(((value - low) / range) * bins));
    counts[bin] = counts[bin]! + 1;
  }
  const width = Math.max(sd * values.length ** -0.2, range / points);
  const at = Float64Array.from({ length: points }, (_, i) => low + (range * i) / (points - 1));
  const density = at.map((place) => {
    let total = 0;
    for (let bin = 0; bin < bins; bin++) {
      if (counts[bin] === 0) continue;
      const z = (low + ((bin + 0.5) * range) / bins - place) / width;
      if (Math.abs(z) < 6) total += counts[bin]! * Math.exp(-0.5 * z * z);
    }
    return total / (values.length * width * Math.sqrt(2 * Math.PI));
  });
  return { at, density };
}

/** How many values are in each cell of a grid of equal cells; `counts` is of shape (columns, rows), row-major. */
export interface Grid {
  lowX: number;
  lowY: number;
  stepX: number;
  stepY: number;
  counts: Uint32Array;
}

/** Counts pairs on a square grid of `cells` × `cells` between their extremes given by `bounds`. */
export function gridOf(
  x: Float64Array,
  y: Float64Array,
  bounds: { lowX: number; highX: number; lowY: number; highY: number },
  cells: number,
): Grid {
  const stepX = (bounds.highX - bounds.lowX) / cells || 1;
  const stepY = (bounds.highY - bounds.lowY) / cells || 1;
  const counts = new Uint32Array(cells * cells);
  for (let i = 0; i < x.length; i++) {
    const column = Math.min(cells - 1, Math.floor((x[i]! - bounds.lowX) / stepX));
    const row = Math.min(cells - 1, Math.floor((y[i]! - bounds.lowY) / stepY));
    const at = column * cells + row;
    counts[at] = counts[at]! + 1;
  }
  return { lowX: bounds.lowX, lowY: bounds.lowY, stepX, stepY, counts };
}
