import { connectRuns, runsOf } from "./mask-runs.ts";

/**
 * Cuts the halo of every connected component of a mask in place: pixels at or below
 * `background + share × (quantile of the component − background)` go.
 */
export function tightenComponents(
  mask: Uint8Array,
  image: Float32Array,
  width: number,
  height: number,
  background: number,
  quantile: number,
  share: number,
): void {
  const runs = runsOf(mask, width, height);
  const { component, count } = connectRuns(runs, height, true);
  const start = new Int32Array(count + 2);
  for (let r = 0; r < runs.count; r++) start[component[r]! + 1]! += runs.last[r]! - runs.first[r]! + 1;
  for (let c = 1; c < start.length; c++) start[c]! += start[c - 1]!;
  const values = new Float32Array(start[count + 1]!);
  for (let r = 0; r < runs.count; r++) {
    const base = runs.y[r]! * width;
    for (let i = base + runs.first[r]!; i <= base + runs.last[r]!; i++) values[start[component[r]!]!++] = image[i]!;
  }
  const limit = limits(values, start, count, background, quantile, share);
  for (let r = 0; r < runs.count; r++) {
    const base = runs.y[r]! * width;
    const least = limit[component[r]!]!;
    for (let i = base + runs.first[r]!; i <= base + runs.last[r]!; i++) if (image[i]! <= least) mask[i] = 0;
  }
}

/**
 * The same for basins that a watershed has told apart: pixels below an object's own limit become background, in place.
 * @returns the limits, by basin
 */
export function tightenBasins(
  basins: Int32Array,
  count: number,
  image: Float32Array,
  background: number,
  quantile: number,
  share: number,
): Float32Array {
  const start = new Int32Array(count + 2);
  for (let i = 0; i < basins.length; i++) if (basins[i] !== 0) start[basins[i]! + 1]!++;
  for (let c = 1; c < start.length; c++) start[c]! += start[c - 1]!;
  const values = new Float32Array(start[count + 1]!);
  for (let i = 0; i < basins.length; i++) if (basins[i] !== 0) values[start[basins[i]!]!++] = image[i]!;
  const limit = limits(values, start, count, background, quantile, share);
  for (let i = 0; i < basins.length; i++) if (basins[i] !== 0 && image[i]! <= limit[basins[i]!]!) basins[i] = 0;
  return limit;
}

/** `start[c]` has moved to the end of component c's values, which is where those of c + 1 begin. */
function limits(
  values: Float32Array,
  start: Int32Array,
  count: number,
  background: number,
  quantile: number,
  share: number,
): Float32Array {
  const limit = new Float32Array(count + 1);
  for (let c = 1; c <= count; c++) {
    const of = values.subarray(start[c - 1]!, start[c]!).sort();
    if (of.length > 0) limit[c] = background + share * (of[Math.floor((of.length - 1) * quantile)]! - background);
  }
  return limit;
}
