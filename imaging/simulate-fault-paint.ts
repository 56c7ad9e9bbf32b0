import { paintSpot, type SiteCanvas } from "./simulate-paint.ts";
import type { RandomStream } from "./simulate-random.ts";

/** Light of debris in DNA, ER, RNA, AGP, Mito, Golgi: lint and salts glow most where the excitation is blue. */
const DEBRIS_LIGHT = [1, 0.55, 0.5, 0.35, 0.25, 0.4];

/** Puts a clump of debris into a site: a crooked, very bright thread of lint inside of a wide blob out of focus. */
export function paintDebris(canvas: SiteCanvas, random: RandomStream): void {
  const { sizePx, light } = canvas;
  let x = random.between(0.3, 0.7) * sizePx;
  let y = random.between(0.3, 0.7) * sizePx;
  let heading = random.between(0, 2 * Math.PI);
  const step = sizePx / 90;
  for (let k = 0; k < 42; k++) {
    heading += 0.4 * random.normal();
    x += step * Math.cos(heading);
    y += step * Math.sin(heading);
    const thick = random.between(3, 6);
    const peak = random.between(9000, 16000);
    const wide = k % 6 === 0;
    light.forEach((plane, channel) => {
      const share = DEBRIS_LIGHT[channel] ?? 0.3;
      paintSpot(plane, sizePx, x, y, thick, share * peak);
      if (wide) paintSpot(plane, sizePx, x, y, 24, share * 3500);
    });
  }
}

/**
 * Light that comes through a site with an air bubble: dim within, dark at its rim, a thin bright ring beside the rim.
 * @returns factors of shape (sizePx, sizePx)
 */
export function paintBubble(sizePx: number, random: RandomStream): Float32Array {
  const radius = random.between(0.22, 0.3) * sizePx;
  const cx = random.between(0.38, 0.62) * sizePx;
  const cy = random.between(0.38, 0.62) * sizePx;
  const factors = new Float32Array(sizePx * sizePx);
  for (let y = 0; y < sizePx; y++) {
    for (let x = 0; x < sizePx; x++) {
      const outside = Math.hypot(x + 0.5 - cx, y + 0.5 - cy) - radius;
      const within = 1 / (1 + Math.exp(outside / 2));
      const darkRim = 0.2 * Math.exp(-(((outside + 5) / 5) ** 2));
      const brightRing = 0.7 * Math.exp(-(((outside - 5) / 3) ** 2));
      factors[y * sizePx + x] = Math.max(0.03, 1 - 0.72 * within - darkRim + brightRing);
    }
  }
  return factors;
}

/** Factor that drives the brightest fifth of what lies above the plane's mean past the camera's ceiling. */
export function saturatingGain(plane: Float32Array): number {
  const sample: number[] = [];
  const mean = plane.reduce((sum, value) => sum + value, 0) / plane.length;
  for (let i = 0; i < plane.length; i += 7) if (plane[i]! > mean) sample.push(plane[i]!);
  sample.sort((a, b) => a - b);
  const level = sample[Math.floor(0.8 * sample.length)] ?? 1;
  return 72000 / Math.max(1, level);
}
