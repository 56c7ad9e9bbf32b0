import { fastFft } from "@artesian/numerics/fast-fft.ts";
import type { BatchFft } from "@artesian/numerics/fft.ts";
import type { Plane } from "./plane.ts";
import { type Scratch, threadScratch } from "./scratch.ts";

/** Sequences that are transformed side by side. */
const BATCH = 4;

/**
 * PowerLogLogSlope: slope of log(power) against log(radius) of the plane's Fourier transform, power summed over rings of whole radii from
 * 2 to floor(min(height, width)/8) − 1. Strongly negative when blurred; 0 for a constant or very small plane.
 *
 * As CellProfiler has it (centrosome `rps`): the ring of index (i, j) is floor(√(r²)) + 1 with r² = min(i, H−1−i)² + min(j, W−1−j)², so
 * that negative frequencies lie one ring further inside than positive ones. Dividing by the median deviation, as it does too, moves
 * the line but not its slope, and is left out.
 * @param mean the plane's mean, in the file's units (subtracted for precision; only the excluded zero frequency depends on it)
 */
export function powerLogLogSlope(plane: Plane, mean: number, scratch: Scratch = threadScratch): number {
  const rings = Math.floor(Math.min(plane.height, plane.width) / 8) - 1;
  if (rings < 3) return 0;
  const power = ringPower(plane, Math.round(mean), rings, scratch);
  return logLogSlope(power.subarray(2, rings + 1), 2);
}

/**
 * Power by ring 0…rings. Frequencies are needed up to `rings` only: of the transforms along y, which are of real columns (two to a
 * complex sequence), the first rows; along x, both ends of those rows.
 */
function ringPower(plane: Plane, offset: number, rings: number, scratch: Scratch): Float64Array {
  const { width, height } = plane;
  const kept = rings + 1;
  const groups = Math.ceil(kept / BATCH);
  // rows of the half-transformed plane, of shape (groups, width, batch), as the second transform wants them
  const size = groups * width * BATCH;
  const rowsRe = scratch.float64("spectrum rows re", size);
  const rowsIm = scratch.float64("spectrum rows im", size);
  transformColumns(plane, offset, kept, rowsRe, rowsIm);

  const fft = transformOf(width);
  const power = new Float64Array(rings + 1);
  const ringOf = ringTable(rings);
  const span = rings + 1;
  for (let group = 0; group < groups; group++) {
    const from = group * width * BATCH;
    fft.inputRe.set(rowsRe.subarray(from, from + width * BATCH));
    fft.inputIm.set(rowsIm.subarray(from, from + width * BATCH));
    fft.transform();
    const { outputRe, outputIm } = fft;
    for (let lane = 0; lane < BATCH; lane++) {
      const v = group * BATCH + lane;
      if (v >= kept) continue;
      for (let u = -rings; u <= rings; u++) {
        const at = (u < 0 ? u + width : u) * BATCH + lane;
        const value = outputRe[at]! * outputRe[at]! + outputIm[at]! * outputIm[at]!;
        // index of frequency f is f or, when negative, N + f, whose mirrored distance is −f − 1
        const positive = ringOf[v * span + (u < 0 ? -u - 1 : u)]!;
        if (positive <= rings) power[positive] = power[positive]! + value;
        // the plane is real: the opposite frequency (−v, −u) has the same power
        if (v === 0 || 2 * v === height) continue;
        const opposite = ringOf[(v - 1) * span + (u > 0 ? u - 1 : -u)]!;
        if (opposite <= rings) power[opposite] = power[opposite]! + value;
      }
    }
  }
  return power;
}

/** Transforms along y, 2 × BATCH columns at a time, and keeps frequencies 0…kept−1 in the layout of {@link ringPower}. */
function transformColumns(
  plane: Plane,
  offset: number,
  kept: number,
  rowsRe: Float64Array,
  rowsIm: Float64Array,
): void {
  const { data, width, height } = plane;
  const fft = transformOf(height);
  const { inputRe, inputIm, outputRe, outputIm } = fft;
  for (let left = 0; left < width; left += 2 * BATCH) {
    const pairs = Math.min(BATCH, width - left);
    const seconds = Math.min(BATCH, width - left - pairs);
    for (let y = 0, at = 0; y < height; y++, at += BATCH) {
      const pixel = y * width + left;
      for (let lane = 0; lane < pairs; lane++) inputRe[at + lane] = data[pixel + lane]! - offset;
      for (let lane = 0; lane < seconds; lane++) inputIm[at + lane] = data[pixel + BATCH + lane]! - offset;
    }
    fft.transform();
    for (let v = 0; v < kept; v++) {
      const plus = v * BATCH;
      const minus = (v === 0 ? 0 : height - v) * BATCH;
      const row = Math.floor(v / BATCH) * width * BATCH + (v % BATCH);
      for (let lane = 0; lane < pairs; lane++) {
        const aRe = outputRe[plus + lane]!;
        const aIm = outputIm[plus + lane]!;
        const bRe = outputRe[minus + lane]!;
        const bIm = outputIm[minus + lane]!;
        const first = row + (left + lane) * BATCH;
        rowsRe[first] = (aRe + bRe) / 2;
        rowsIm[first] = (aIm - bIm) / 2;
        if (lane >= seconds) continue;
        const second = first + BATCH * BATCH;
        rowsRe[second] = (aIm + bIm) / 2;
        rowsIm[second] = (bRe - aRe) / 2;
      }
    }
  }
}

const transforms = new Map<number, BatchFft>();

function transformOf(length: number): BatchFft {
  let fft = transforms.get(length);
  if (fft === undefined) {
    fft = fastFft(length, BATCH);
    transforms.set(length, fft);
  }
  return fft;
}

const ringTables = new Map<number, Uint16Array>();

/** Ring of the distances (dy, dx), each 0…rings: floor(√(dy² + dx²)) + 1. */
function ringTable(rings: number): Uint16Array {
  let table = ringTables.get(rings);
  if (table === undefined) {
    const span = rings + 1;
    table = new Uint16Array(span * span);
    for (let dy = 0; dy < span; dy++) {
      for (let dx = 0; dx < span; dx++) table[dy * span + dx] = Math.floor(Math.sqrt(dy * dy + dx * dx)) + 1;
    }
    ringTables.set(rings, table);
  }
  return table;
}

/** Least-squares slope of log(power) on log(radius) over rings with power; 0 when fewer than two have any. */
function logLogSlope(power: Float64Array, firstRadius: number): number {
  const points: { x: number; y: number }[] = [];
  power.forEach((value, index) => {
    if (value > 0) points.push({ x: Math.log(firstRadius + index), y: Math.log(value) });
  });
  if (points.length < 2) return 0;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  let xx = 0;
  let xy = 0;
  for (const { x, y } of points) {
    xx += (x - meanX) ** 2;
    xy += (x - meanX) * (y - meanY);
  }
  return xy / xx;
}
