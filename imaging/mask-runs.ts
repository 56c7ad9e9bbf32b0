/** A binary image as horizontal runs of foreground: for run r, columns first[r] to last[r] (inclusive) of row y[r]. */
export interface Runs {
  y: Int32Array;
  first: Int32Array;
  last: Int32Array;
  /** Index of the first run of every row, shape (height + 1). */
  row: Int32Array;
  count: number;
}

/** Lists the runs of pixels where `(mask !== 0) === value`. */
export function runsOf(mask: Uint8Array, width: number, height: number, value = true): Runs {
  let capacity = Math.max(64, height * 8);
  let y = new Int32Array(capacity);
  let first = new Int32Array(capacity);
  let last = new Int32Array(capacity);
  const row = new Int32Array(height + 1);
  let count = 0;
  for (let r = 0; r < height; r++) {
    row[r] = count;
    const base = r * width;
    let x = 0;
    while (x < width) {
      if ((mask[base + x] !== 0) !== value) {
        x++;
        continue;
      }
      const start = x;
      while (x < width && (mask[base + x] !== 0) === value) x++;
      if (count === capacity) {
        capacity *= 2;
        y = grown(y, capacity);
        first = grown(first, capacity);
        last = grown(last, capacity);
      }
      y[count] = r;
      first[count] = start;
      last[count] = x - 1;
      count++;
    }
  }
  row[height] = count;
  return { y, first, last, row, count };
}

function grown(array: Int32Array<ArrayBuffer>, capacity: number): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(capacity);
  bigger.set(array);
  return bigger;
}

/**
 * Connects runs of neighbouring rows that touch.
 * @param diagonal whether corners connect (8-connectivity) or only edges (4-connectivity)
 * @returns for every run the number of its component, 1, 2, … in raster order, and how many there are
 */
export function connectRuns(runs: Runs, height: number, diagonal: boolean): { component: Int32Array; count: number } {
  const { first, last, row } = runs;
  const parent = new Int32Array(runs.count);
  for (let r = 0; r < runs.count; r++) parent[r] = r;
  const reach = diagonal ? 1 : 0;
  for (let y = 1; y < height; y++) {
    let above = row[y - 1]!;
    const aboveEnd = row[y]!;
    for (let r = row[y]!; r < row[y + 1]!; r++) {
      while (above < aboveEnd && last[above]! + reach < first[r]!) above++;
      for (let a = above; a < aboveEnd && first[a]! - reach <= last[r]!; a++) join(parent, a, r);
    }
  }
  const component = new Int32Array(runs.count);
  let count = 0;
  for (let r = 0; r < runs.count; r++) {
    const root = rootOf(parent, r);
    if (root === r) component[r] = ++count;
    else component[r] = component[root]!;
  }
  return { component, count };
}

/** Root of a union-find forest with path halving; a root is the smallest member of its tree. */
export function rootOf(parent: Int32Array, i: number): number {
  let at = i;
  while (parent[at] !== at) {
    parent[at] = parent[parent[at]!]!;
    at = parent[at]!;
  }
  return at;
}

/** Joins two trees of a union-find forest; the smaller index stays root. */
export function join(parent: Int32Array, a: number, b: number): number {
  const ra = rootOf(parent, a);
  const rb = rootOf(parent, b);
  if (ra === rb) return ra;
  const keep = Math.min(ra, rb);
  parent[Math.max(ra, rb)] = keep;
  return keep;
}

/**
 * Fills the holes of a mask in place: background that foreground encloses (not connected to the border).
 * @param diagonal whether background also connects over corners, which leaves fewer holes
 * @param largestPx holes with more pixels stay open, so that a ring of cells does not become one object
 * @returns number of pixels filled
 */
export function fillHoles(
  mask: Uint8Array,
  width: number,
  height: number,
  largestPx: number = Number.POSITIVE_INFINITY,
  diagonal = false,
): number {
  const runs = runsOf(mask, width, height, false);
  const { component, count } = connectRuns(runs, height, diagonal);
  const area = new Float64Array(count + 1);
  const open = new Uint8Array(count + 1);
  for (let r = 0; r < runs.count; r++) {
    const c = component[r]!;
    area[c]! += runs.last[r]! - runs.first[r]! + 1;
    if (runs.y[r] === 0 || runs.y[r] === height - 1 || runs.first[r] === 0 || runs.last[r] === width - 1) open[c] = 1;
  }
  let filled = 0;
  for (let r = 0; r < runs.count; r++) {
    const c = component[r]!;
    if (open[c] || area[c]! > largestPx) continue;
    const base = runs.y[r]! * width;
    mask.fill(1, base + runs.first[r]!, base + runs.last[r]! + 1);
    filled += runs.last[r]! - runs.first[r]! + 1;
  }
  return filled;
}
