import { normalTable, type RandomStream } from "./simulate-random.ts";

/** Camera: counts at no light, counts per photo-electron, read noise. */
const OFFSET = 200;
const COUNTS_PER_ELECTRON = 2.2;
const READ_NOISE = 7;
const CEILING = 65535;

let vignette: { sizePx: number; values: Float32Array } | undefined;

/** Fall-off of the illumination toward the corners (1 in the middle, about 0.8 there), its middle a little off the image's. */
function vignetteOf(sizePx: number): Float32Array {
  if (vignette?.sizePx !== sizePx) {
    const values = new Float32Array(sizePx * sizePx);
    for (let y = 0; y < sizePx; y++) {
      for (let x = 0; x < sizePx; x++) {
        const dx = x / sizePx - 0.47;
        const dy = y / sizePx - 0.52;
        values[y * sizePx + x] = 1.03 - 0.42 * (dx * dx + dy * dy);
      }
    }
    vignette = { sizePx, values };
  }
  return vignette.values;
}

/**
 * Blurs a plane in place by the point spread of an objective in focus: the binomial 1-2-1 in both directions (sigma 0.71 px).
 * @param plane shape (sizePx, sizePx)
 * @param row scratch of sizePx values
 */
export function sharpPsf(plane: Float32Array, sizePx: number, row: Float32Array): void {
  row.set(plane.subarray(0, sizePx));
  for (let y = 0; y < sizePx; y++) {
    const at = y * sizePx;
    const below = y + 1 < sizePx ? at + sizePx : at;
    let left = 0;
    let here = 0;
    for (let x = 0; x < sizePx; x++) {
      const own = plane[at + x]!;
      const right = 0.25 * row[x]! + 0.5 * own + 0.25 * plane[below + x]!;
      row[x] = own;
      if (x > 0) plane[at + x - 1] = 0.25 * left + 0.5 * here + 0.25 * right;
      left = x === 0 ? right : here;
      here = right;
    }
    plane[at + sizePx - 1] = 0.25 * left + 0.75 * here;
  }
}

/** Blurs a plane in place by three passes of a moving mean in each direction: nearly a Gaussian, as an image out of focus. */
export function defocus(plane: Float32Array, sizePx: number, sigma: number): void {
  const reach = Math.max(1, Math.round(Math.sqrt(4 * sigma * sigma + 1) / 2 - 0.5));
  const line = new Float32Array(sizePx);
  for (let pass = 0; pass < 3; pass++) {
    for (let k = 0; k < sizePx; k++) {
      movingMean(plane, k * sizePx, 1, sizePx, reach, line);
      movingMean(plane, k, sizePx, sizePx, reach, line);
    }
  }
}

function movingMean(
  plane: Float32Array,
  start: number,
  step: number,
  count: number,
  reach: number,
  line: Float32Array,
): void {
  for (let i = 0; i < count; i++) line[i] = plane[start + i * step]!;
  let sum = (reach + 1) * line[0]!;
  for (let i = 1; i <= reach; i++) sum += line[Math.min(count - 1, i)]!;
  const share = 1 / (2 * reach + 1);
  for (let i = 0; i < count; i++) {
    plane[start + i * step] = sum * share;
    sum += line[Math.min(count - 1, i + reach + 1)]! - line[Math.max(0, i - reach)]!;
  }
}

/** Light scattered and out of the focal plane: a hazy copy of the plane on a grid of 12-pixel cells. */
interface Haze {
  readonly cells: number;
  readonly values: Float32Array;
}

const HAZE_PX = 12;

function hazeOf(plane: Float32Array, sizePx: number): Haze {
  const cells = Math.ceil(sizePx / HAZE_PX);
  const values = new Float32Array(cells * cells);
  for (let y = 0; y < sizePx; y += 2) {
    const row = Math.floor(y / HAZE_PX) * cells;
    for (let x = (y >> 1) & 1; x < sizePx; x += 2) values[row + Math.floor(x / HAZE_PX)]! += plane[y * sizePx + x]!;
  }
  const share = 4 / (HAZE_PX * HAZE_PX);
  for (let i = 0; i < values.length; i++) values[i]! *= share;
  defocus(values, cells, 1.6);
  return { cells, values };
}

export interface Exposure {
  /** Factor on all light of the channel. */
  readonly gain: number;
  /** Even light of medium and plastic, in counts. */
  readonly background: number;
  /** Share of the light that is scattered widely. */
  readonly scatter: number;
}

/**
 * Takes the picture: scatter, background, vignette, photon and read noise, camera offset, 16 bits.
 * @param plane light of shape (sizePx, sizePx), in counts
 */
export function expose(plane: Float32Array, sizePx: number, exposure: Exposure, random: RandomStream): Uint16Array {
  const out = new Uint16Array(plane.length);
  const haze = hazeOf(plane, sizePx);
  const shade = vignetteOf(sizePx);
  const normals = normalTable();
  const mask = normals.length - 1;
  const hazeRow = new Float32Array(haze.cells + 1);
  const readVariance = READ_NOISE * READ_NOISE;
  const { gain, background } = exposure;
  for (let y = 0; y < sizePx; y++) {
    const gridY = Math.max(0, Math.min(haze.cells - 1.001, (y + 0.5) / HAZE_PX - 0.5));
    const cellY = Math.floor(gridY);
    const partY = gridY - cellY;
    for (let c = 0; c < haze.cells; c++) {
      const above = haze.values[cellY * haze.cells + c]!;
      const under = haze.values[Math.min(haze.cells - 1, cellY + 1) * haze.cells + c]!;
      hazeRow[c] = background + gain * exposure.scatter * (above + (under - above) * partY);
    }
    hazeRow[haze.cells] = hazeRow[haze.cells - 1]!;
    let noiseAt = random.below(normals.length);
    const at = y * sizePx;
    for (let x = 0; x < sizePx; x++) {
      const gridX = Math.max(0, (x + 0.5) / HAZE_PX - 0.5);
      const cellX = gridX | 0;
      const near = hazeRow[cellX]!;
      const light = (gain * plane[at + x]! + near + (hazeRow[cellX + 1]! - near) * (gridX - cellX)) * shade[at + x]!;
      const lit = light > 0 ? light : 0;
      noiseAt = (noiseAt + 1) & mask;
      const value = OFFSET + lit + Math.sqrt(lit * COUNTS_PER_ELECTRON + readVariance) * normals[noiseAt]!;
      out[at + x] = value >= CEILING ? CEILING : value > 0 ? value + 0.5 : 0;
    }
  }
  return out;
}
