/** Connected regions of bright blocks. Areas in blocks. */
export interface Blobs {
  readonly largest: number;
  /** Median area of the regions of four blocks or more; 0 when there is none. */
  readonly typical: number;
  /** Blocks in any region. */
  readonly covered: number;
  /** Mean value of the largest region. */
  readonly shine: number;
  /** Mean step from the largest region's blocks to the darker blocks beside it. */
  readonly edge: number;
}

/**
 * Finds the regions of blocks above a threshold, connected over their sides.
 * @param blocks shape (rows, columns)
 */
export function blobsOf(blocks: Float32Array, columns: number, rows: number, threshold: number): Blobs {
  const mask = new Uint8Array(blocks.length);
  let covered = 0;
  for (let i = 0; i < blocks.length; i++) {
    if (blocks[i]! > threshold) {
      mask[i] = 1;
      covered++;
    }
  }
  const areas: number[] = [];
  let largest: readonly number[] = [];
  for (const region of regionsOf(mask, columns, rows)) {
    if (region.length >= 4) areas.push(region.length);
    if (region.length > largest.length) largest = region;
  }
  areas.sort((a, b) => a - b);
  return {
    largest: largest.length,
    typical: areas[Math.floor(areas.length / 2)] ?? 0,
    covered,
    shine: largest.reduce((sum, i) => sum + blocks[i]!, 0) / Math.max(1, largest.length),
    edge: edgeOf(largest, blocks, columns, threshold),
  };
}

function edgeOf(region: readonly number[], blocks: Float32Array, columns: number, threshold: number): number {
  let sum = 0;
  let count = 0;
  for (const i of region) {
    for (const beside of [i - 1, i + 1, i - columns, i + columns]) {
      const value = blocks[beside];
      if (value === undefined || value > threshold) continue;
      sum += blocks[i]! - value;
      count++;
    }
  }
  return count === 0 ? 0 : sum / count;
}

/** Regions of equal ones, each the list of its positions. Clears the mask. */
function regionsOf(mask: Uint8Array, columns: number, rows: number): number[][] {
  const regions: number[][] = [];
  for (let seed = 0; seed < mask.length; seed++) {
    if (mask[seed] === 0) continue;
    const region = [seed];
    mask[seed] = 0;
    for (let next = 0; next < region.length; next++) {
      const at = region[next]!;
      const x = at % columns;
      const y = (at - x) / columns;
      if (x > 0) visit(at - 1);
      if (x < columns - 1) visit(at + 1);
      if (y > 0) visit(at - columns);
      if (y < rows - 1) visit(at + columns);
    }
    regions.push(region);
    function visit(i: number): void {
      if (mask[i] === 0) return;
      mask[i] = 0;
      region.push(i);
    }
  }
  return regions;
}

/**
 * Finds the largest region that is dark in at least half of the channels at the same place: light is lost before it is split into
 * channels, as in a bubble.
 * @param darkness for each channel, 1 where its background is dark; shape (rows, columns)
 * @returns its cells, their share of the grid, and how much of it lies in the disc of its own area around its middle (0…1)
 */
export function darkDiscOf(
  darkness: readonly Uint8Array[],
  columns: number,
): { share: number; roundness: number; cells: readonly number[] } {
  const count = darkness[0]?.length ?? 0;
  if (count === 0) return { share: 0, roundness: 0, cells: [] };
  const mask = Uint8Array.from({ length: count }, (_, i) => {
    const dark = darkness.reduce((sum, grid) => sum + grid[i]!, 0);
    return 2 * dark >= darkness.length ? 1 : 0;
  });
  const region = regionsOf(mask, columns, count / columns).reduce<readonly number[]>(
    (best, one) => (one.length > best.length ? one : best),
    [],
  );
  if (region.length === 0) return { share: 0, roundness: 0, cells: [] };
  const cx = region.reduce((sum, i) => sum + (i % columns), 0) / region.length;
  const cy = region.reduce((sum, i) => sum + Math.floor(i / columns), 0) / region.length;
  const radius = Math.sqrt(region.length / Math.PI) + 0.35;
  const inDisc = region.filter((i) => Math.hypot((i % columns) - cx, Math.floor(i / columns) - cy) <= radius).length;
  return { share: region.length / count, roundness: inDisc / region.length, cells: region };
}
