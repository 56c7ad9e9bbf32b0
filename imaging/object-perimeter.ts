import type { ObjectOutline } from "./object-outline.ts";

/**
 * Length of an object's outline: its edge pixels weighed by how their neighbours on the edge lie (Benkrid and Crookes,
 * with the weights of scikit-image's perimeter for a 4-neighbourhood).
 */
export function perimeter(outline: ObjectOutline): number {
  const { mask, width, height } = outline;
  const w = width + 2;
  const edge = new Uint8Array(mask.length);
  for (let y = 1; y <= height; y++) {
    for (let x = 1; x <= width; x++) {
      const i = y * w + x;
      if (mask[i] !== 0 && (mask[i - 1] === 0 || mask[i + 1] === 0 || mask[i - w] === 0 || mask[i + w] === 0))
        edge[i] = 1;
    }
  }
  let straight = 0;
  let diagonal = 0;
  let mixed = 0;
  for (let y = 1; y <= height; y++) {
    for (let x = 1; x <= width; x++) {
      const i = y * w + x;
      if (edge[i] === 0) continue;
      const sides = edge[i - 1]! + edge[i + 1]! + edge[i - w]! + edge[i + w]!;
      const corners = edge[i - w - 1]! + edge[i - w + 1]! + edge[i + w - 1]! + edge[i + w + 1]!;
      const code = 1 + 2 * sides + 10 * corners;
      if (code === 5 || code === 7 || code === 15 || code === 17 || code === 25 || code === 27) straight++;
      else if (code === 21 || code === 33) diagonal++;
      else if (code === 13 || code === 23) mixed++;
    }
  }
  return straight + diagonal * Math.SQRT2 + (mixed * (1 + Math.SQRT2)) / 2;
}

/** How often each of the 16 patterns of 2 × 2 pixels occurs; bit 1 = upper left, 4 = upper right, 2 = lower left, 8 = lower right. */
function quads(outline: ObjectOutline): Float64Array {
  const { mask, width, height } = outline;
  const w = width + 2;
  const counts = new Float64Array(16);
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x <= width; x++) {
      const i = y * w + x;
      counts[mask[i]! + 4 * mask[i + 1]! + 2 * mask[i + w]! + 8 * mask[i + w + 1]!]!++;
    }
  }
  return counts;
}

/** Perimeter by Crofton's formula from the crossings in four directions (Legland et al. 2007; scikit-image's weights). */
export function perimeterCrofton(outline: ObjectOutline): number {
  const s = Math.PI / (4 * Math.SQRT2);
  const q = Math.PI / 4;
  const weights = [0, q + s, s, 2 * s, 0, q + s, 0, s, q, 2 * q, s, s, q, 2 * q, 0, 0];
  const counts = quads(outline);
  return weights.reduce((sum, weight, pattern) => sum + weight * counts[pattern]!, 0);
}

/** Number of objects less the number of their holes, with 8-connected foreground (Gray 1971). */
export function eulerNumber(outline: ObjectOutline): number {
  const counts = quads(outline);
  const one = counts[1]! + counts[2]! + counts[4]! + counts[8]!;
  const three = counts[7]! + counts[11]! + counts[13]! + counts[14]!;
  const across = counts[9]! + counts[6]!;
  return (one - three - 2 * across) / 4;
}
