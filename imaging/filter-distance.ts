/** What lies outside of the image for a distance transform: background, or nothing at all (only pixels inside count). */
export type Outside = "background" | "ignore";

// Scratch that grows and is reused: a site has a hundred objects.
let below = new Int32Array(0);
let above = new Int32Array(0);
let site = new Int32Array(0);
let from = new Float64Array(0);
let cost = new Float64Array(0);

/** Farther than any image is wide: stands for "no background in this column". */
const far = 1e6;
const farSquared = 1e11;

/**
 * Squared Euclidean distance of every foreground pixel to the nearest background pixel, exact, in pixels².
 *
 * Felzenszwalb and Huttenlocher's lower envelope of parabolas (Theory of Computing 8, 2012), run by run: within a row
 * the background pixels at both ends of a run of foreground are nearer than anything beyond them, so each run is a
 * problem of its own and background costs nothing.
 * @param mask 1 = foreground, 0 = background, shape (height, width)
 * @param out receives the squared distances, 0 on background; without any background all are Infinity
 * @param outside what lies beyond the border
 */
export function squaredDistance(
  mask: Uint8Array,
  width: number,
  height: number,
  out: Float32Array,
  outside: Outside = "ignore",
): Float32Array {
  reserve(width, height);
  const border = outside === "background" ? 0 : far;
  // Rows to the nearest background below, for every foreground pixel.
  for (let y = height - 1; y >= 0; y--) {
    forEachRun(mask, y * width, (y + 1) * width, (start, end) => {
      if (y === height - 1) below.fill(border + 1, start, end);
      else for (let i = start; i < end; i++) below[i] = mask[i + width] === 0 ? 1 : below[i + width]! + 1;
    });
  }
  out.fill(0, 0, width * height);
  above.fill(border, 0, width);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let done = row;
    forEachRun(mask, row, row + width, (start, end) => {
      above.fill(0, done - row, start - row);
      done = end;
      for (let x = start - row; x < end - row; x++) above[x]!++;
      nearestInRun(row, start, end, width, outside, out);
    });
    above.fill(0, done - row, width);
  }
  return out;
}

function reserve(width: number, height: number): void {
  if (below.length < width * height) below = new Int32Array(width * height);
  if (above.length >= width + 3) return;
  above = new Int32Array(width + 3);
  site = new Int32Array(width + 3);
  from = new Float64Array(width + 4);
  cost = new Float64Array(width + 3);
}

/** Calls back for every run of ones between two positions, by searches that the engine does natively. */
function forEachRun(mask: Uint8Array, begin: number, stop: number, visit: (start: number, end: number) => void): void {
  const part = mask.subarray(begin, stop);
  for (let start = part.indexOf(1); start >= 0; ) {
    const zero = part.indexOf(0, start);
    const end = zero < 0 ? part.length : zero;
    visit(begin + start, begin + end);
    start = zero < 0 ? -1 : part.indexOf(1, end);
  }
}

/** Lower envelope of the parabolas of one run; `cost[j]` is the squared vertical distance at column x − 1 + j. */
function nearestInRun(
  row: number,
  start: number,
  end: number,
  width: number,
  outside: Outside,
  out: Float32Array,
): void {
  const x = start - row;
  const length = end - start + 2;
  for (let j = 1; j < length - 1; j++) {
    const d = Math.min(above[x - 1 + j]!, below[start - 1 + j]!);
    cost[j] = d * d;
  }
  cost[0] = 0;
  cost[length - 1] = 0;
  const first = x === 0 && outside === "ignore" ? 1 : 0;
  const last = end - row === width && outside === "ignore" ? length - 2 : length - 1;
  let top = 0;
  site[0] = first;
  from[0] = Number.NEGATIVE_INFINITY;
  from[1] = Number.POSITIVE_INFINITY;
  for (let q = first + 1; q <= last; q++) {
    let p = site[top]!;
    let s = (cost[q]! + q * q - (cost[p]! + p * p)) / (2 * (q - p));
    while (s <= from[top]!) {
      top--;
      p = site[top]!;
      s = (cost[q]! + q * q - (cost[p]! + p * p)) / (2 * (q - p));
    }
    top++;
    site[top] = q;
    from[top] = s;
    from[top + 1] = Number.POSITIVE_INFINITY;
  }
  top = 0;
  for (let j = 1; j < length - 1; j++) {
    while (from[top + 1]! < j) top++;
    const p = site[top]!;
    const d = (j - p) * (j - p) + cost[p]!;
    out[start - 1 + j] = d >= farSquared ? Number.POSITIVE_INFINITY : d;
  }
}
