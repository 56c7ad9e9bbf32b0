import { rootOf } from "./mask-runs.ts";

/** How basins are kept apart. All in the unit of the priority, for a distance transform in pixels. */
export interface SplitRule {
  /** Two basins merge when the lower peak rises less than this above the pass between them. */
  minDepth: number;
  /** The same, as a share of the lower peak; the larger of both holds. */
  minRelativeDepth: number;
}

/**
 * Splits a mask into basins: a watershed that floods from the peaks of a priority image downwards and keeps two peaks
 * apart only when the pass between them is deep enough (their dynamics; Grimaud 1992).
 *
 * One sorted visit of the foreground pixels with a union-find over basins: no separate search for seeds, so no
 * maximum filter, and shallow double peaks of one nucleus never become two objects.
 * @param mask foreground, shape (height, width)
 * @param priority peak inside objects, for instance the distance to the border
 * @param rule when basins merge
 * @returns basin numbers 1, 2, … in raster order of their first pixel, 0 on background, and how many there are
 */
export function splitBasins(
  mask: Uint8Array,
  priority: Float32Array,
  width: number,
  height: number,
  rule: SplitRule,
): { basins: Int32Array; count: number } {
  const order = descendingOrder(mask, priority);
  const basins = new Int32Array(width * height);
  let parent = new Int32Array(1024);
  let peak = new Float64Array(1024);
  let made = 0;
  const around = new Int32Array(8);
  for (let n = 0; n < order.length; n++) {
    const i = order[n]!;
    const level = priority[i]!;
    const x = i % width;
    const y = (i - x) / width;
    let found = 0;
    let steepest = 0;
    let steepestLevel = Number.NEGATIVE_INFINITY;
    for (let dy = y > 0 ? -1 : 0; dy <= (y < height - 1 ? 1 : 0); dy++) {
      for (let dx = x > 0 ? -1 : 0; dx <= (x < width - 1 ? 1 : 0); dx++) {
        const j = i + dy * width + dx;
        const basin = basins[j]!;
        if (basin === 0 || j === i) continue;
        const root = rootOf(parent, basin);
        if (priority[j]! > steepestLevel) {
          steepestLevel = priority[j]!;
          steepest = root;
        }
        let known = false;
        for (let k = 0; k < found; k++) if (around[k] === root) known = true;
        if (!known) around[found++] = root;
      }
    }
    if (found === 0) {
      made++;
      if (made === parent.length) {
        const wider = new Int32Array(made * 2);
        wider.set(parent);
        parent = wider;
        const higher = new Float64Array(made * 2);
        higher.set(peak);
        peak = higher;
      }
      parent[made] = made;
      peak[made] = level;
      basins[i] = made;
      continue;
    }
    if (found > 1) {
      for (let a = 1; a < found; a++) {
        for (let b = 0; b < a; b++) {
          const ra = rootOf(parent, around[a]!);
          const rb = rootOf(parent, around[b]!);
          if (ra === rb) continue;
          const lower = Math.min(peak[ra]!, peak[rb]!);
          if (lower - level >= Math.max(rule.minDepth, rule.minRelativeDepth * lower)) continue;
          const keep = peak[ra]! >= peak[rb]! ? ra : rb;
          parent[ra] = keep;
          parent[rb] = keep;
        }
      }
    }
    basins[i] = rootOf(parent, steepest);
  }
  const name = new Int32Array(made + 1);
  let count = 0;
  for (let i = 0; i < basins.length; i++) {
    const basin = basins[i]!;
    if (basin === 0) continue;
    const root = rootOf(parent, basin);
    if (name[root] === 0) name[root] = ++count;
    basins[i] = name[root]!;
  }
  return { basins, count };
}

/** Foreground positions from the highest priority to the lowest (4096 levels), in raster order within a level. */
function descendingOrder(mask: Uint8Array, priority: Float32Array): Int32Array {
  let n = 0;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0) continue;
    n++;
    const p = priority[i]!;
    if (p < min) min = p;
    if (p > max) max = p;
  }
  const levels = 4096;
  const scale = max > min ? (levels - 1) / (max - min) : 0;
  const start = new Int32Array(levels + 1);
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] !== 0) start[levels - Math.floor((priority[i]! - min) * scale)]!++;
  }
  for (let l = 1; l <= levels; l++) start[l]! += start[l - 1]!;
  const order = new Int32Array(n);
  for (let i = mask.length - 1; i >= 0; i--) {
    if (mask[i] !== 0) order[--start[levels - Math.floor((priority[i]! - min) * scale)]!] = i;
  }
  return order;
}
