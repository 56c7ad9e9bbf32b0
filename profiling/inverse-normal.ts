import { normalQuantile } from "@artesian/numerics";

/** Landmarks of one feature's distribution: ascending values, at equal steps of probability from 0 to 1. */
export type Landmarks = Float64Array;

const BOUND = 1e-7;
const LEAST = normalQuantile(BOUND - Number.EPSILON);

/**
 * Landmarks of a feature: `count` quantiles at equal steps, linear interpolation, rounding included as numpy's `nanpercentile` does it
 * (scikit-learn's QuantileTransformer); missing values are left out.
 * @returns `count` values; all NaN when none is present
 */
export function landmarksOf(values: Float64Array, count: number): Landmarks {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const last = sorted.length - 1;
  return Float64Array.from({ length: count }, (_, i) => {
    if (last < 0) return Number.NaN;
    const position = last * ((referenceOf(i, count) * 100) / 100);
    if (position >= last) return sorted[last]!;
    const below = Math.floor(position);
    const part = position - below;
    const [low, high] = [sorted[below]!, sorted[below + 1]!];
    const step = high - low;
    return part >= 0.5 ? high - step * (1 - part) : low + step * part;
  });
}

/**
 * Where a value stands among the landmarks, as a normal score: interpolated from below and from above and averaged, so that ties share
 * their middle rank; beyond the landmarks ± 5.2.
 */
export function normalScore(value: number, landmarks: Landmarks): number {
  if (Number.isNaN(value) || Number.isNaN(landmarks[0]!)) return Number.NaN;
  const last = landmarks.length - 1;
  let share = 0.5 * (shareFromBelow(value, landmarks) + shareFromAbove(value, landmarks));
  if (value + BOUND > landmarks[last]!) share = 1;
  if (value - BOUND < landmarks[0]!) share = 0;
  return Math.min(-LEAST, Math.max(LEAST, normalQuantile(share)));
}

/** numpy's linspace(0, 1, count). */
function referenceOf(index: number, count: number): number {
  return index === count - 1 ? (count === 1 ? 0 : 1) : index * (1 / (count - 1));
}

/** numpy's interp of the value in ascending landmarks: of equal landmarks the last counts. */
function shareFromBelow(value: number, landmarks: Landmarks): number {
  const last = landmarks.length - 1;
  if (value < landmarks[0]!) return referenceOf(0, last + 1);
  if (value >= landmarks[last]!) return referenceOf(last, last + 1);
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (landmarks[middle]! <= value) low = middle;
    else high = middle;
  }
  return between(
    value,
    landmarks[low]!,
    landmarks[low + 1]!,
    referenceOf(low, last + 1),
    referenceOf(low + 1, last + 1),
  );
}

/** The same with everything mirrored at 0: of equal landmarks the first counts. */
function shareFromAbove(value: number, landmarks: Landmarks): number {
  const last = landmarks.length - 1;
  if (value > landmarks[last]!) return referenceOf(last, last + 1);
  if (value <= landmarks[0]!) return referenceOf(0, last + 1);
  let [low, high] = [0, last];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (landmarks[middle]! >= value) high = middle;
    else low = middle;
  }
  return -between(
    -value,
    -landmarks[high]!,
    -landmarks[high - 1]!,
    -referenceOf(high, last + 1),
    -referenceOf(high - 1, last + 1),
  );
}

function between(value: number, from: number, to: number, low: number, high: number): number {
  if (value === from) return low;
  return ((high - low) / (to - from)) * (value - from) + low;
}
