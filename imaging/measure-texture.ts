import type { FeatureSink, MeasureInput } from "./measure-pixels.ts";
import type { Plane } from "./plane.ts";

const scalePx = 3;
const levels = 256;
/** Steps to the neighbour: right, lower right, down, lower left. */
const directions = [
  [0, 1],
  [1, 1],
  [1, 0],
  [1, -1],
] as const;
const haralick = [
  "AngularSecondMoment",
  "Contrast",
  "Correlation",
  "Variance",
  "InverseDifferenceMoment",
  "SumAverage",
  "SumVariance",
  "SumEntropy",
  "Entropy",
  "DifferenceVariance",
  "DifferenceEntropy",
  "InfoMeas1",
  "InfoMeas2",
] as const;

/** Names of the texture features of the given channels: 13 Haralick features in four directions, scale 3, 256 levels. */
export function textureNames(channels: readonly string[]): string[] {
  return channels.flatMap((channel) =>
    directions.flatMap((_, d) => haralick.map((name) => `Texture_${name}_${channel}_${scalePx}_0${d}_${levels}`)),
  );
}

/**
 * Measures Haralick's textures (IEEE Trans. SMC 3, 1973) of every object, as CellProfiler's MeasureTexture through mahotas:
 * grey values reduced to 256 levels of the full range, pairs of pixels three apart, both inside and both above zero, counted
 * in both orders. All features of an object are NaN in a channel when one of the four directions has no pair.
 */
export function measureTexture(input: MeasureInput, sink: FeatureSink): void {
  const { labels, pixels, channels } = input;
  const table = new CooccurrenceTable();
  const perChannel = directions.length * haralick.length;
  const quantized = channels.map(({ plane }) => plane);
  for (let k = 0; k < labels.count; k++) {
    const start = pixels.start[k]!;
    const end = pixels.start[k + 1]!;
    if (start === end) continue;
    const x0 = pixels.box[k * 4]!;
    const y0 = pixels.box[k * 4 + 1]!;
    // A frame of three zero pixels to the left, the right and below spares the border checks.
    const stride = pixels.box[k * 4 + 2]! - x0 + 1 + 2 * scalePx;
    const grid = new Uint8Array(stride * (pixels.box[k * 4 + 3]! - y0 + 1 + scalePx));
    const places = new Int32Array(end - start);
    for (let p = start; p < end; p++) {
      const i = pixels.index[p]!;
      const y = (i / labels.width) | 0;
      places[p - start] = (y - y0) * stride + (i - y * labels.width - x0) + scalePx;
    }
    quantized.forEach((plane, c) => {
      quantize(plane, pixels.index, start, places, grid);
      let top = 0;
      for (let p = 0; p < places.length; p++) if (grid[places[p]!]! > top) top = grid[places[p]!]!;
      const at = k * sink.stride + sink.offset + c * perChannel;
      for (let d = 0; d < directions.length; d++) {
        const [dy, dx] = directions[d]!;
        table.count(grid, places, scalePx * (dy * stride + dx));
        if (table.total === 0) {
          sink.values.fill(Number.NaN, at, at + perChannel);
          break;
        }
        table.write(top + 1, sink.values, at + d * haralick.length);
      }
    });
  }
}

/** Puts the object's grey values, in 256 levels, into its grid. */
function quantize(plane: Plane, index: Int32Array, start: number, places: Int32Array, grid: Uint8Array): void {
  const { data } = plane;
  const toLevel = data instanceof Uint8Array ? 1 : data instanceof Uint16Array ? 255 / 65535 : 255;
  for (let p = 0; p < places.length; p++) {
    const v = data[index[start + p]!]! * toLevel;
    grid[places[p]!] = v <= 0 ? 0 : v >= 255 ? 255 : Math.round(v);
  }
}

/** Counts of pairs of grey levels; only the cells that occur are visited and cleared, which are few. */
class CooccurrenceTable {
  total = 0;
  private readonly counts = new Int32Array(levels * levels);
  private occupied = new Int32Array(4096);
  private size = 0;
  private readonly one = new Float64Array(levels);
  private readonly sum = new Float64Array(2 * levels);
  private readonly difference = new Float64Array(levels);

  count(grid: Uint8Array, places: Int32Array, step: number): void {
    for (let o = 0; o < this.size; o++) this.counts[this.occupied[o]!] = 0;
    this.size = 0;
    this.total = 0;
    if (this.occupied.length < 2 * places.length) this.occupied = new Int32Array(4 * places.length);
    for (let p = 0; p < places.length; p++) {
      const a = grid[places[p]!]!;
      const b = grid[places[p]! + step]!;
      if (a === 0 || b === 0) continue;
      const cell = a < b ? a * levels + b : b * levels + a;
      if (this.counts[cell]!++ === 0) this.occupied[this.size++] = cell;
      this.total += 2;
    }
  }

  /** Writes the 13 features; `size` is the highest grey level + 1, which the variance of the differences runs over. */
  write(size: number, out: Float64Array, at: number): void {
    const { one, sum, difference, total } = this;
    one.fill(0, 0, size);
    sum.fill(0, 0, 2 * size);
    difference.fill(0, 0, size);
    let squares = 0;
    let entropy = 0;
    let inverse = 0;
    let product = 0;
    for (let o = 0; o < this.size; o++) {
      const cell = this.occupied[o]!;
      const i = cell >> 8;
      const j = cell & 255;
      // The upper triangle stands for both orders; a pair of equal levels counts twice in one cell.
      const both = this.counts[cell]! / total;
      const p = i === j ? 2 * both : both;
      const times = i === j ? 1 : 2;
      squares += times * p * p;
      entropy -= times * p * Math.log2(p);
      const d = j - i;
      inverse += (times * p) / (1 + d * d);
      product += times * p * i * j;
      one[i]! += p;
      if (i !== j) one[j]! += p;
      sum[i + j]! += times * p;
      difference[d]! += times * p;
    }
    const marginal = momentsOf(one, size);
    const sums = momentsOf(sum, 2 * size);
    let contrast = 0;
    let spread = 0;
    for (let d = 0; d < size; d++) {
      contrast += d * d * difference[d]!;
      spread += (difference[d]! - 1 / size) ** 2;
    }
    const hx = entropyOf(one, size);
    const std = Math.sqrt(marginal.variance);
    // Summed over all pairs, −p log(pₓ p_y) and the entropy of independent levels are both twice the marginal entropy.
    const independent = 2 * hx;
    out[at++] = squares;
    out[at++] = contrast;
    out[at++] = std === 0 ? 1 : (product - marginal.mean * marginal.mean) / std / std;
    out[at++] = marginal.variance;
    out[at++] = inverse;
    out[at++] = sums.mean;
    out[at++] = sums.variance;
    out[at++] = entropyOf(sum, 2 * size);
    out[at++] = entropy;
    out[at++] = spread / size;
    out[at++] = entropyOf(difference, size);
    out[at++] = hx === 0 ? entropy - independent : (entropy - independent) / hx;
    out[at++] = Math.sqrt(Math.max(0, 1 - Math.exp(-2 * (independent - entropy))));
  }
}

function momentsOf(p: Float64Array, size: number): { mean: number; variance: number } {
  let mean = 0;
  for (let k = 0; k < size; k++) mean += k * p[k]!;
  let variance = 0;
  for (let k = 0; k < size; k++) if (p[k] !== 0) variance += (k - mean) * (k - mean) * p[k]!;
  return { mean, variance };
}

function entropyOf(p: Float64Array, size: number): number {
  let sum = 0;
  for (let k = 0; k < size; k++) if (p[k] !== 0) sum -= p[k]! * Math.log2(p[k]!);
  return sum;
}
