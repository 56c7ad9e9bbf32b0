import { defocus } from "./simulate-optics.ts";
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

/** An air bubble in the light path, both of shape (sizePx, sizePx). */
export interface Bubble {
  /** 1 inside of the bubble, 0 outside. */
  readonly within: Float32Array;
  /** Factor on the light that gets through: dim within, darkest at the rim, a thin bright ring beside it. */
  readonly factor: Float32Array;
}

/** Blows a bubble of about a quarter of the site's width in radius. */
export function blowBubble(sizePx: number, random: RandomStream): Bubble {
  const radius = random.between(0.22, 0.3) * sizePx;
  const cx = random.between(0.38, 0.62) * sizePx;
  const cy = random.between(0.38, 0.62) * sizePx;
  const bubble = { within: new Float32Array(sizePx * sizePx), factor: new Float32Array(sizePx * sizePx) };
  for (let y = 0; y < sizePx; y++) {
    for (let x = 0; x < sizePx; x++) {
      const outside = Math.hypot(x + 0.5 - cx, y + 0.5 - cy) - radius;
      const within = 1 / (1 + Math.exp(outside / 2));
      const darkRim = 0.2 * Math.exp(-(((outside + 5) / 5) ** 2));
      const brightRing = 0.7 * Math.exp(-(((outside - 5) / 3) ** 2));
      const i = y * sizePx + x;
      bubble.within[i] = within;
      bubble.factor[i] = Math.max(0.03, 1 - 0.72 * within - darkRim + brightRing);
    }
  }
  return bubble;
}

/** Looks through the bubble: blurred within, all light times its factor. The plane, of shape (sizePx, sizePx), is changed in place. */
export function lookThrough(bubble: Bubble, plane: Float32Array, sizePx: number): void {
  const blurred = plane.slice();
  defocus(blurred, sizePx, 3);
  for (let i = 0; i < plane.length; i++) {
    const within = bubble.within[i]!;
    plane[i] = bubble.factor[i]! * (plane[i]! * (1 - within) + blurred[i]! * within);
  }
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
