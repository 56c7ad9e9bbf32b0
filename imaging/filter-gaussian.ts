/**
 * Weights of a Gaussian cut at `truncate` standard deviations, one side: centre first, summing (mirrored) to 1.
 * @param sigmaPx standard deviation in pixels
 */
export function gaussianWeights(sigmaPx: number, truncate = 3): Float32Array {
  const radius = Math.max(1, Math.round(sigmaPx * truncate));
  const weights = new Float32Array(radius + 1);
  let sum = 0;
  for (let k = 0; k <= radius; k++) {
    const w = Math.exp(-(k * k) / (2 * sigmaPx * sigmaPx));
    weights[k] = w;
    sum += k === 0 ? w : 2 * w;
  }
  for (let k = 0; k <= radius; k++) weights[k]! /= sum;
  return weights;
}

/**
 * Smooths an image with a Gaussian; pixels outside repeat the border pixel.
 *
 * Two passes of a symmetric kernel: along rows into `between`, then whole rows are added up, so that every inner loop
 * walks memory in order.
 * @param source grey values of shape (height, width)
 * @param sigmaPx standard deviation in pixels; 0 copies
 * @param out receives the result; may not be `source`
 * @param between scratch of the same length
 */
export function gaussianBlur(
  source: ArrayLike<number>,
  width: number,
  height: number,
  sigmaPx: number,
  out: Float32Array,
  between: Float32Array,
): Float32Array {
  if (sigmaPx <= 0) {
    for (let i = 0; i < width * height; i++) out[i] = source[i]!;
    return out;
  }
  const weights = gaussianWeights(sigmaPx);
  blurRows(source, width, height, weights, between);
  blurColumns(between, width, height, weights, out);
  return out;
}

function blurRows(
  source: ArrayLike<number>,
  width: number,
  height: number,
  weights: Float32Array,
  out: Float32Array,
): void {
  const radius = weights.length - 1;
  const padded = new Float32Array(width + 2 * radius);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) padded[radius + x] = source[row + x]!;
    const first = padded[radius]!;
    const last = padded[radius + width - 1]!;
    for (let k = 0; k < radius; k++) {
      padded[k] = first;
      padded[radius + width + k] = last;
    }
    const centre = weights[0]!;
    for (let x = 0; x < width; x++) {
      let sum = centre * padded[x + radius]!;
      for (let k = 1; k <= radius; k++) sum += weights[k]! * (padded[x + radius - k]! + padded[x + radius + k]!);
      out[row + x] = sum;
    }
  }
}

function blurColumns(
  source: Float32Array,
  width: number,
  height: number,
  weights: Float32Array,
  out: Float32Array,
): void {
  const radius = weights.length - 1;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const centre = weights[0]!;
    for (let x = 0; x < width; x++) out[row + x] = centre * source[row + x]!;
    for (let k = 1; k <= radius; k++) {
      const above = Math.max(0, y - k) * width;
      const below = Math.min(height - 1, y + k) * width;
      const w = weights[k]!;
      for (let x = 0; x < width; x++) out[row + x]! += w * (source[above + x]! + source[below + x]!);
    }
  }
}
