/** What lies outside of the image for a distance transform: background, or nothing at all (only pixels inside count). */
export type Outside = "background" | "ignore";

/**
 * Squared Euclidean distance of every foreground pixel to the nearest background pixel, exact, in pixels².
 *
 * Felzenszwalb and Huttenlocher's lower envelope of parabolas (Theory of Computing 8, 2012), run by run: within a row
 * the background pixels at both ends of a run of foreground are nearer than anything beyond them, so each run is a
 * problem of its own and background costs nothing.
 * @param mask non-zero = foreground, shape (height, width)
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
  // Farther than any image is wide: stands for "no background in this column".
  const far = 1e6;
  const farSquared = 1e11;
  const vertical = new Float32Array(width);
  const rowsBelow = new Int32Array(width * height);
  const border = outside === "background" ? 0 : far;
  // Distance to the nearest background below, then, from the top, above: their minimum is the vertical distance.
  for (let y = height - 1; y >= 0; y--) {
    const row = y * width;
    if (y === height - 1) {
      for (let x = 0; x < width; x++) rowsBelow[row + x] = mask[row + x] ? border + 1 : 0;
    } else {
      for (let x = 0; x < width; x++) rowsBelow[row + x] = mask[row + x] ? rowsBelow[row + width + x]! + 1 : 0;
    }
  }
  const site = new Int32Array(width + 2);
  const from = new Float64Array(width + 3);
  const cost = new Float64Array(width + 2);
  vertical.fill(border);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) vertical[x] = mask[row + x] ? vertical[x]! + 1 : 0;
    let x = 0;
    while (x < width) {
      if (mask[row + x] === 0) {
        out[row + x] = 0;
        x++;
        continue;
      }
      let end = x;
      while (end < width && mask[row + end]) end++;
      // cost[j] is the squared vertical distance at column x - 1 + j; both neighbours of the run are background.
      const length = end - x + 2;
      for (let j = 1; j < length - 1; j++) {
        const d = Math.min(vertical[x - 1 + j]!, rowsBelow[row + x - 1 + j]!);
        cost[j] = d * d;
      }
      const leftOpen = x === 0 && outside === "ignore";
      const rightOpen = end === width && outside === "ignore";
      cost[0] = 0;
      cost[length - 1] = 0;
      const first = leftOpen ? 1 : 0;
      const last = rightOpen ? length - 2 : length - 1;
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
        out[row + x - 1 + j] = d >= farSquared ? Number.POSITIVE_INFINITY : d;
      }
      x = end;
    }
  }
  return out;
}
