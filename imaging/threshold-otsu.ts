import type { GreyValues } from "./grey-values.ts";

const CANDIDATES = 256;
const FLOAT32_EPSILON = 2 ** -23;
const { fround } = Math;

/**
 * Otsu's two-class threshold of a whole plane, as an intensity (0…1): the split with the smallest within-class sum of squares of log
 * intensities. Candidates are every 256th part of the sorted pixels; the result lies midway (in log intensity) between the neighbours of
 * the best one. This is CellProfiler's `ThresholdOtsu_…_2W` (centrosome `get_otsu_threshold`); its details are kept: intensities below
 * min + (max − min)/256 count as that, intensities and their logs are float32, and the upper class is weighted n/(n − 1).
 * NaN without pixels.
 */
export function otsuThreshold(values: GreyValues): number {
  const { greys, counts, distinct, pixelCount, scale } = values;
  if (pixelCount === 0) return Number.NaN;
  const low = fround(greys[0]! / scale);
  const high = fround(greys[distinct - 1]! / scale);
  const floor = fround(low + fround(fround(high - low) / 256) + FLOAT32_EPSILON);
  const logOf = (index: number): number => fround(Math.log(Math.max(fround(greys[index]! / scale), floor)));
  if (distinct === 1 || pixelCount === 1) return Math.exp(logOf(0));

  const centre = logOf(0);
  let total = 0;
  let totalSquares = 0;
  for (let index = 0; index < distinct; index++) {
    const value = logOf(index) - centre;
    total += counts[index]! * value;
    totalSquares += counts[index]! * value * value;
  }
  const step = Math.floor(pixelCount / Math.min(CANDIDATES, pixelCount));
  const candidates: number[] = [];
  let best = 0;
  let bestScore = Number.POSITIVE_INFINITY;
  // the lower class ends before pixel `split` of the sorted pixels, the upper class begins with it
  let index = 0;
  let before = 0;
  let sum = 0;
  let squares = 0;
  for (let split = 1; split < pixelCount; split += step) {
    while (before + counts[index]! <= split) {
      const value = logOf(index) - centre;
      sum += counts[index]! * value;
      squares += counts[index]! * value * value;
      before += counts[index]!;
      index++;
    }
    const value = logOf(index) - centre;
    const lowerSum = sum + (split - before) * value;
    const lowerSquares = squares + (split - before) * value * value;
    const upperCount = pixelCount - split;
    const upperSum = total - lowerSum;
    const lower = lowerSquares - (lowerSum * lowerSum) / split;
    const upper = totalSquares - lowerSquares - (upperSum * upperSum) / upperCount;
    const score = lower + (upperCount > 1 ? (upper * upperCount) / (upperCount - 1) : 0);
    if (score < bestScore) {
      bestScore = score;
      best = candidates.length;
    }
    candidates.push(value + centre);
  }
  const left = candidates[Math.max(best - 1, 0)]!;
  const right = candidates[Math.min(best + 1, candidates.length - 1)]!;
  // the reference stretches log intensities to 0…1 in float64, and back over a range that it keeps in float32
  const range = logOf(distinct - 1) - centre;
  return Math.exp((((left + right) / 2 - centre) / range) * fround(range) + centre);
}
