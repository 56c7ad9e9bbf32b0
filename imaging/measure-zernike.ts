import type { FeatureSink, MeasureInput } from "./measure-pixels.ts";
import { type Circle, convexHull, enclosingCircle, objectOutline, type Point } from "./object-outline.ts";

const degree = 9;

/** The 30 pairs of order n and repetition m up to degree 9. */
const orders: readonly (readonly [n: number, m: number])[] = Array.from({ length: degree + 1 }, (_, n) =>
  Array.from({ length: Math.floor(n / 2) + 1 }, (_, i): [number, number] => [n, (n % 2) + 2 * i]),
).flat();

/** Names of the Zernike shape features. */
export const zernikeNames: readonly string[] = orders.map(([n, m]) => `AreaShape_Zernike_${n}_${m}`);

/** Names of the Zernike magnitudes and phases of the given channels. */
export function radialZernikeNames(channels: readonly string[]): string[] {
  return channels.flatMap((channel) =>
    orders.flatMap(([n, m]) => [
      `RadialDistribution_ZernikeMagnitude_${n}_${m}_${channel}`,
      `RadialDistribution_ZernikePhase_${n}_${m}_${channel}`,
    ]),
  );
}

/** Radial polynomial of (n, m): coefficients of rᵐ · (r²)ʲ for j = 0, 1, …, (n − m)/2. */
function radialPolynomial(n: number, m: number): number[] {
  const factorial = (k: number): number => (k < 2 ? 1 : k * factorial(k - 1));
  const terms = (n - m) / 2;
  return Array.from({ length: terms + 1 }, (_, j) => {
    const k = terms - j;
    const sign = k % 2 === 0 ? 1 : -1;
    return (sign * factorial(n - k)) / (factorial(k) * factorial((n + m) / 2 - k) * factorial((n - m) / 2 - k));
  });
}

/** Place of the sum Σ zᵐ (r²)ʲ among the 30 sums. */
const sumAt: Int32Array = (() => {
  const at = new Int32Array((degree + 1) * 8).fill(-1);
  let next = 0;
  for (let m = 0; m <= degree; m++) for (let j = 0; 2 * j + m <= degree; j++) at[m * 8 + j] = next++;
  return at;
})();
const polynomials = orders.map(([n, m]) => ({ m, coefficients: radialPolynomial(n, m) }));
const sums = 30;

/**
 * Zernike moments of an object's shape within its smallest enclosing circle (Boland et al. 1998): magnitudes divided by
 * the circle's area, which makes them independent of rotation and size.
 */
export function measureZernike(input: MeasureInput, sink: FeatureSink): void {
  const accumulated = new Float64Array(2 * sums);
  forEachObject(input, (k, circle) => {
    accumulated.fill(0);
    const { start, index } = input.pixels;
    const terms = new Float64Array(2 * sums);
    for (let p = start[k]!; p < start[k + 1]!; p++) {
      if (!basis(index[p]!, input.labels.width, circle, terms)) continue;
      for (let t = 0; t < 2 * sums; t++) accumulated[t]! += terms[t]!;
    }
    const circleArea = Math.PI * circle.radius * circle.radius;
    const at = k * sink.stride + sink.offset;
    polynomials.forEach((polynomial, f) => {
      const [re, im] = combine(polynomial, accumulated, 0);
      sink.values[at + f] = Math.hypot(re, im) / circleArea;
    });
  });
}

/**
 * Zernike moments of the intensities within the object's smallest enclosing circle (CellProfiler
 * MeasureObjectIntensityDistribution): magnitude per pixel, and phase in radians.
 */
export function measureRadialZernike(input: MeasureInput, sink: FeatureSink): void {
  const { channels } = input;
  const accumulated = new Float64Array(2 * sums * channels.length);
  const terms = new Float64Array(2 * sums);
  forEachObject(input, (k, circle) => {
    accumulated.fill(0);
    const { start, index } = input.pixels;
    const n = start[k + 1]! - start[k]!;
    for (let p = start[k]!; p < start[k + 1]!; p++) {
      const i = index[p]!;
      if (!basis(i, input.labels.width, circle, terms)) continue;
      for (let c = 0; c < channels.length; c++) {
        const v = channels[c]!.plane.data[i]!;
        const base = c * 2 * sums;
        for (let t = 0; t < 2 * sums; t++) accumulated[base + t]! += v * terms[t]!;
      }
    }
    let at = k * sink.stride + sink.offset;
    for (let c = 0; c < channels.length; c++) {
      for (const polynomial of polynomials) {
        const [re, im] = combine(polynomial, accumulated, c * 2 * sums);
        sink.values[at++] = Math.hypot(re, im) / channels[c]!.scale / n;
        sink.values[at++] = Math.atan2(re, im);
      }
    }
  });
}

function forEachObject(input: MeasureInput, visit: (k: number, circle: Circle) => void): void {
  const { labels, pixels } = input;
  for (let k = 0; k < labels.count; k++) {
    if (pixels.start[k + 1] === pixels.start[k]) continue;
    const outline = objectOutline(labels, pixels, k);
    visit(k, enclosingCircle(convexHull(outline).map(([x, y]): Point => [x + outline.x, y + outline.y])));
  }
}

/** Fills zᵐ (r²)ʲ of one pixel, z = y + ix in units of the circle's radius; false outside of the circle. */
function basis(i: number, width: number, circle: Circle, terms: Float64Array): boolean {
  const row = (i / width) | 0;
  const y = (row - circle.y) / circle.radius;
  const x = (i - row * width - circle.x) / circle.radius;
  const rr = x * x + y * y;
  if (rr > 1) return false;
  let re = 1;
  let im = 0;
  let t = 0;
  for (let m = 0; m <= degree; m++) {
    let a = re;
    let b = im;
    for (let j = 0; 2 * j + m <= degree; j++) {
      terms[t++] = a;
      terms[t++] = b;
      a *= rr;
      b *= rr;
    }
    const next = re * y - im * x;
    im = re * x + im * y;
    re = next;
  }
  return true;
}

function combine(
  polynomial: { m: number; coefficients: number[] },
  accumulated: Float64Array,
  base: number,
): [re: number, im: number] {
  let re = 0;
  let im = 0;
  polynomial.coefficients.forEach((coefficient, j) => {
    const at = base + 2 * sumAt[polynomial.m * 8 + j]!;
    re += coefficient * accumulated[at]!;
    im += coefficient * accumulated[at + 1]!;
  });
  return [re, im];
}
