import type { ObjectOutline } from "./object-outline.ts";

/** Moments Σ yᵖ xᑫ of an object for p, q = 0 … 3, shape (4, 4) with p the row power, from the corner of its box. */
export function rawMoments(outline: ObjectOutline): Float64Array {
  return momentsAbout(outline, 0, 0);
}

/** The same about the object's centre of mass. */
export function centralMoments(outline: ObjectOutline, raw: Float64Array): Float64Array {
  return momentsAbout(outline, raw[1]! / raw[0]!, raw[4]! / raw[0]!);
}

function momentsAbout(outline: ObjectOutline, cx: number, cy: number): Float64Array {
  const { mask, width, height } = outline;
  const m = new Float64Array(16);
  for (let v = 0; v < height; v++) {
    const base = (v + 1) * (width + 2) + 1;
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    for (let u = outline.first[v]!; u <= outline.last[v]!; u++) {
      if (mask[base + u] === 0) continue;
      const d = u - cx;
      s0++;
      s1 += d;
      s2 += d * d;
      s3 += d * d * d;
    }
    let power = 1;
    for (let p = 0; p < 4; p++) {
      m[p * 4]! += power * s0;
      m[p * 4 + 1]! += power * s1;
      m[p * 4 + 2]! += power * s2;
      m[p * 4 + 3]! += power * s3;
      power *= v - cy;
    }
  }
  return m;
}

/** Central moment made independent of size; NaN for p + q < 2, where it says nothing (scikit-image's convention). */
export function normalizedMoment(central: Float64Array, p: number, q: number): number {
  return p + q < 2 ? Number.NaN : central[p * 4 + q]! / central[0]! ** ((p + q) / 2 + 1);
}

/** Hu's seven moments, independent of place, size and rotation (IRE Trans. Inf. Theory 8, 1962). */
export function huMoments(central: Float64Array): number[] {
  const n = (p: number, q: number) => normalizedMoment(central, p, q);
  const a = n(3, 0) + n(1, 2);
  const b = n(2, 1) + n(0, 3);
  const c = n(3, 0) - 3 * n(1, 2);
  const d = 3 * n(2, 1) - n(0, 3);
  const e = n(2, 0) - n(0, 2);
  return [
    n(2, 0) + n(0, 2),
    e * e + 4 * n(1, 1) * n(1, 1),
    c * c + d * d,
    a * a + b * b,
    c * a * (a * a - 3 * b * b) + d * b * (3 * a * a - b * b),
    e * (a * a - b * b) + 4 * n(1, 1) * a * b,
    d * a * (a * a - 3 * b * b) - c * b * (3 * a * a - b * b),
  ];
}
