import { squaredDistance } from "./filter-distance.ts";
import type { FeatureSink, MeasureInput } from "./measure-pixels.ts";
import { type ObjectOutline, objectOutline } from "./object-outline.ts";

const rings = 4;
const wedges = 8;

/** Names of the radial distribution of the given channels: three features in four rings. */
export function radialNames(channels: readonly string[]): string[] {
  return channels.flatMap((channel) =>
    Array.from({ length: rings }, (_, r) =>
      ["FracAtD", "MeanFrac", "RadialCV"].map((name) => `RadialDistribution_${name}_${channel}_${r + 1}of${rings}`),
    ).flat(),
  );
}

/**
 * Measures how intensity is distributed from the centre of an object to its edge (CellProfiler
 * MeasureObjectIntensityDistribution, four scaled rings). The centre is the pixel deepest inside the object; a pixel's
 * ring is its path length from the centre within the object over that length plus its distance to the edge.
 * FracAtD = share of the total intensity in a ring; MeanFrac = that over the ring's share of pixels; RadialCV = coefficient
 * of variation between the means of the ring's eight wedges.
 */
export function measureRadial(input: MeasureInput, sink: FeatureSink): void {
  const { labels, pixels, channels } = input;
  for (let k = 0; k < labels.count; k++) {
    const start = pixels.start[k]!;
    const end = pixels.start[k + 1]!;
    if (start === end) continue;
    const outline = objectOutline(labels, pixels, k);
    const { ring, wedge } = placesInRings(outline, labels);
    // Ring and wedge of every pixel of the object's list; 255 where the centre cannot be reached.
    const cell = new Uint8Array(end - start);
    const perRing = new Float64Array(rings);
    const perCell = new Float64Array(rings * wedges);
    let reached = 0;
    for (let p = start; p < end; p++) {
      const i = pixels.index[p]!;
      const y = (i / labels.width) | 0;
      const at = (y - outline.y + 1) * (outline.width + 2) + (i - y * labels.width - outline.x + 1);
      if (ring[at] === 255) {
        cell[p - start] = 255;
        continue;
      }
      cell[p - start] = ring[at]! * wedges + wedge[at]!;
      perRing[ring[at]!]!++;
      perCell[cell[p - start]!]!++;
      reached++;
    }
    channels.forEach(({ plane }, c) => {
      const sums = new Float64Array(rings * wedges);
      let total = 0;
      for (let p = start; p < end; p++) {
        if (cell[p - start] === 255) continue;
        const v = plane.data[pixels.index[p]!]!;
        sums[cell[p - start]!]! += v;
        total += v;
      }
      let at = k * sink.stride + sink.offset + c * rings * 3;
      for (let r = 0; r < rings; r++) {
        let inRing = 0;
        for (let w = 0; w < wedges; w++) inRing += sums[r * wedges + w]!;
        const share = inRing / total;
        sink.values[at++] = share;
        sink.values[at++] = share / (perRing[r]! / reached + Number.EPSILON);
        sink.values[at++] = wedgeVariation(sums, perCell, r);
      }
    });
  }
}

function wedgeVariation(sums: Float64Array, counts: Float64Array, ring: number): number {
  const means: number[] = [];
  for (let w = ring * wedges; w < (ring + 1) * wedges; w++) if (counts[w]! > 0) means.push(sums[w]! / counts[w]!);
  if (means.length === 0) return 0;
  const mean = means.reduce((a, b) => a + b, 0) / means.length;
  return Math.sqrt(means.reduce((a, b) => a + (b - mean) * (b - mean), 0) / means.length) / mean;
}

/** Ring (255 = not reached) and wedge of every pixel of an outline's mask. */
function placesInRings(
  outline: ObjectOutline,
  image: { width: number; height: number },
): { ring: Uint8Array; wedge: Uint8Array } {
  const width = outline.width + 2;
  const height = outline.height + 2;
  const edge = squaredDistance(openAtBorder(outline, image), width, height, new Float32Array(width * height));
  let centre = -1;
  for (let i = 0; i < edge.length; i++) {
    if (outline.mask[i] !== 0 && (centre < 0 || edge[i]! > edge[centre]!)) centre = i;
  }
  const path = pathLengths(outline.mask, width, height, centre);
  const ring = new Uint8Array(width * height).fill(255);
  const wedge = new Uint8Array(width * height);
  const cx = centre % width;
  const cy = (centre - cx) / width;
  for (let i = 0; i < ring.length; i++) {
    if (outline.mask[i] === 0 || path[i] === Number.POSITIVE_INFINITY) continue;
    const toEdge = edge[i] === Number.POSITIVE_INFINITY ? 0 : Math.sqrt(edge[i]!);
    ring[i] = Math.min(rings - 1, Math.floor((path[i]! / (path[i]! + toEdge + 0.001)) * rings));
    const x = i % width;
    const dy = (i - x) / width - cy;
    const dx = x - cx;
    wedge[i] = (dy > 0 ? 1 : 0) + (dx > 0 ? 2 : 0) + (Math.abs(dy) > Math.abs(dx) ? 4 : 0);
  }
  return { ring, wedge };
}

/** The mask with the frame set where it lies outside of the image: an object does not end there, it is only not seen. */
function openAtBorder(outline: ObjectOutline, image: { width: number; height: number }): Uint8Array {
  const mask = outline.mask.slice();
  const width = outline.width + 2;
  const height = outline.height + 2;
  if (outline.y === 0) mask.fill(1, 0, width);
  if (outline.y + outline.height === image.height) mask.fill(1, (height - 1) * width);
  for (let y = 0; y < height; y++) {
    if (outline.x === 0) mask[y * width] = 1;
    if (outline.x + outline.width === image.width) mask[y * width + width - 1] = 1;
  }
  return mask;
}

/** Length of the shortest path to a pixel within the mask, straight steps 1 and diagonal √2; sweeps until nothing changes. */
function pathLengths(mask: Uint8Array, width: number, height: number, from: number): Float64Array {
  const length = new Float64Array(width * height).fill(Number.POSITIVE_INFINITY);
  length[from] = 0;
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = width + 1; i < (height - 1) * width - 1; i++) {
      if (mask[i] === 0) continue;
      const straight = Math.min(length[i - 1]!, length[i - width]!) + 1;
      const diagonal = Math.min(length[i - width - 1]!, length[i - width + 1]!) + Math.SQRT2;
      const best = straight < diagonal ? straight : diagonal;
      if (best < length[i]! - 1e-12) {
        length[i] = best;
        changed = true;
      }
    }
    for (let i = (height - 1) * width - 2; i > width; i--) {
      if (mask[i] === 0) continue;
      const straight = Math.min(length[i + 1]!, length[i + width]!) + 1;
      const diagonal = Math.min(length[i + width + 1]!, length[i + width - 1]!) + Math.SQRT2;
      const best = straight < diagonal ? straight : diagonal;
      if (best < length[i]! - 1e-12) {
        length[i] = best;
        changed = true;
      }
    }
  }
  return length;
}
