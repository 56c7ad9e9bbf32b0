import { commonShape, type Plane, planeScale } from "./plane.ts";

/** Length of an embedding. */
export const embeddingSize = 128;
const levels = 4;
/** Intensities, band energies, band asymmetries and coherence of one channel. */
const perChannel = 5 + 2 * levels + 1;
/** Levels at which channels are correlated with each other. */
const correlatedLevels = [0, 1, 2];

/**
 * Describes a site by a unit vector of 128 numbers, without training: a fixed filter bank and a fixed projection.
 *
 * Per channel: how bright (background-subtracted mean and quantiles, logarithmic), how much structure at four scales
 * (root mean square of the bands of a Laplacian pyramid, Burt and Adelson 1983, relative to the mean), how spotty or
 * holey each band is (its skewness) and how directed the texture is (mean coherence of the structure tensor). Between
 * channels: correlation of their bands at three scales. These are averages over the site, so where the cells lie does
 * not matter, and a constant offset of the camera changes nothing. Every number is centred and scaled by a fixed
 * constant and mixed by a seeded random sign matrix (Achlioptas 2003), which keeps distances.
 *
 * The order of the channels matters; compare only embeddings of the same channels at the same magnification.
 * @param planes one plane per channel, all of shape (height, width)
 * @returns shape (128), length 1
 * @throws PlaneShapeError (imaging/plane-shape) when there is no plane or the shapes differ
 */
export function embedSite(planes: readonly Plane[]): Float32Array {
  return project(siteDescriptors(planes));
}

/** Names the descriptors behind an embedding, in their order. */
export function descriptorNames(channels: readonly string[]): string[] {
  const bands = Array.from({ length: levels }, (_, l) => l);
  const own = channels.flatMap((c) => [
    ...["Mean", "Median", "UpperQuartile", "Percentile90", "Percentile99"].map((q) => `Log${q}_${c}`),
    ...bands.map((l) => `LogBandEnergy_${l}_${c}`),
    ...bands.map((l) => `BandSkewness_${l}_${c}`),
    `Coherence_${c}`,
  ]);
  const between = channels.flatMap((a, i) =>
    channels.slice(i + 1).flatMap((b) => correlatedLevels.map((l) => `BandCorrelation_${l}_${a}_${b}`)),
  );
  return [...own, ...between];
}

/**
 * The centred and scaled descriptors behind an embedding: 14 a channel and 3 a pair of channels.
 * @param planes one plane per channel, all of shape (height, width)
 * @returns shape (descriptors), in the order of `descriptorNames`; always finite
 */
export function siteDescriptors(planes: readonly Plane[]): Float64Array {
  const { width, height } = commonShape(planes);
  const factor = Math.max(1, Math.round(Math.min(width, height) / 270));
  const pairs = (planes.length * (planes.length - 1)) / 2;
  const out = new Float64Array(planes.length * perChannel + pairs * correlatedLevels.length);
  const pyramids = planes.map((plane, c) => {
    const small = shrink(plane, factor);
    const mean = writeIntensities(small, out, c * perChannel);
    for (let i = 0; i < small.data.length; i++) small.data[i]! /= mean;
    const bands = laplacianPyramid(small);
    bands.forEach((band, l) => {
      const { rms, skewness } = spreadOf(band.data);
      out[c * perChannel + 5 + l] = Math.log(rms + 1e-3) + 1.5;
      out[c * perChannel + 5 + levels + l] = (Math.asinh(skewness) - 0.5) / 2;
    });
    out[c * perChannel + perChannel - 1] = (coherence(bands[1]!) - 0.4) * 5;
    return bands;
  });
  let at = planes.length * perChannel;
  for (let a = 0; a < planes.length; a++) {
    for (let b = a + 1; b < planes.length; b++) {
      for (const l of correlatedLevels)
        out[at++] = 2 * bandCorrelation(pyramids[a]![l]!.data, pyramids[b]![l]!.data) - 0.5;
    }
  }
  return out;
}

interface Grid {
  data: Float32Array;
  width: number;
  height: number;
}

/** Mean of blocks of factor × factor pixels, as intensities; what does not fill a block is left out. */
function shrink(plane: Plane, factor: number): Grid {
  const width = Math.max(1, Math.floor(plane.width / factor));
  const height = Math.max(1, Math.floor(plane.height / factor));
  const data = new Float32Array(width * height);
  const blockWidth = Math.min(factor, plane.width);
  const blockHeight = Math.min(factor, plane.height);
  const scale = 1 / (blockWidth * blockHeight * planeScale(plane));
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let v = y * factor; v < y * factor + blockHeight; v++) {
      let i = v * plane.width;
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let u = 0; u < blockWidth; u++) sum += plane.data[i + u]!;
        data[row + x]! += sum * scale;
        i += factor;
      }
    }
  }
  return { data, width, height };
}

/** Subtracts the background (2nd percentile) in place, writes the logarithmic intensities, and returns the mean. */
function writeIntensities(grid: Grid, out: Float64Array, at: number): number {
  const [background, ...upper] = quantiles(grid.data, [0.02, 0.5, 0.75, 0.9, 0.99]);
  let sum = 0;
  for (let i = 0; i < grid.data.length; i++) {
    const v = grid.data[i]! - background!;
    grid.data[i] = v;
    sum += v;
  }
  const mean = sum / grid.data.length;
  [mean, ...upper.map((v) => v - background!)].forEach((v, k) => {
    out[at + k] = Math.log(Math.max(v, 0) + 1e-4) / 2 + 2;
  });
  return Math.max(mean, 1e-5);
}

/** Quantiles to within 1/16384 of the range, from a histogram. */
function quantiles(data: Float32Array, shares: readonly number[]): number[] {
  const bins = 16384;
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < data.length; i++) {
    const v = data[i]!;
    if (v < min) min = v;
    if (v > max) max = v;
  }
  if (!(max > min)) return shares.map(() => min);
  const counts = new Uint32Array(bins);
  const perBin = (bins - 1) / (max - min);
  for (let i = 0; i < data.length; i++) counts[((data[i]! - min) * perBin) | 0]!++;
  let bin = 0;
  let seen = counts[0]!;
  return shares.map((share) => {
    while (seen <= share * (data.length - 1)) seen += counts[++bin]!;
    return min + bin / perBin;
  });
}

/** Differences between an image and its smoothed self, at full, half, quarter and eighth size. */
function laplacianPyramid(image: Grid): Grid[] {
  const bands: Grid[] = [];
  let current = image;
  for (let l = 0; l < levels; l++) {
    const smooth = binomial(current);
    const band = new Float32Array(smooth.length);
    for (let i = 0; i < band.length; i++) band[i] = current.data[i]! - smooth[i]!;
    bands.push({ data: band, width: current.width, height: current.height });
    const width = Math.ceil(current.width / 2);
    const height = Math.ceil(current.height / 2);
    const half = new Float32Array(width * height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) half[y * width + x] = smooth[2 * y * current.width + 2 * x]!;
    }
    current = { data: half, width, height };
  }
  return bands;
}

/** Smooths with 1 4 6 4 1 along rows and columns; the border pixel repeats. */
function binomial({ data, width, height }: Grid): Float32Array {
  const rows = new Float32Array(data.length);
  const padded = new Float32Array(width + 4);
  for (let y = 0; y < height; y++) {
    const r = y * width;
    padded.set(data.subarray(r, r + width), 2);
    padded.fill(data[r]!, 0, 2);
    padded.fill(data[r + width - 1]!, width + 2);
    for (let x = 0; x < width; x++) {
      rows[r + x] = (padded[x]! + padded[x + 4]! + 4 * (padded[x + 1]! + padded[x + 3]!) + 6 * padded[x + 2]!) * 0.0625;
    }
  }
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    const a = Math.max(0, y - 2) * width;
    const b = Math.max(0, y - 1) * width;
    const c = y * width;
    const d = Math.min(height - 1, y + 1) * width;
    const e = Math.min(height - 1, y + 2) * width;
    for (let x = 0; x < width; x++) {
      out[c + x] = (rows[a + x]! + rows[e + x]! + 4 * (rows[b + x]! + rows[d + x]!) + 6 * rows[c + x]!) * 0.0625;
    }
  }
  return out;
}

function spreadOf(band: Float32Array): { rms: number; skewness: number } {
  let squares = 0;
  let cubes = 0;
  for (let i = 0; i < band.length; i++) {
    const v = band[i]!;
    squares += v * v;
    cubes += v * v * v;
  }
  const variance = squares / band.length;
  const rms = Math.sqrt(variance);
  return { rms, skewness: variance > 1e-12 ? cubes / band.length / (variance * rms) : 0 };
}

function bandCorrelation(a: Float32Array, b: Float32Array): number {
  let ab = 0;
  let aa = 0;
  let bb = 0;
  for (let i = 0; i < a.length; i++) {
    const u = a[i]!;
    const v = b[i]!;
    ab += u * v;
    aa += u * u;
    bb += v * v;
  }
  const both = Math.sqrt(aa * bb);
  return both > 1e-12 ? ab / both : 0;
}

/** Energy-weighted mean coherence of the gradient over blocks of 5 × 5 pixels: 0 = no direction, 1 = parallel stripes. */
function coherence({ data, width, height }: Grid): number {
  const block = 5;
  let directed = 0;
  let all = 0;
  for (let y0 = 1; y0 + block < height; y0 += block) {
    for (let x0 = 1; x0 + block < width; x0 += block) {
      let xx = 0;
      let yy = 0;
      let xy = 0;
      for (let y = y0; y < y0 + block; y++) {
        for (let i = y * width + x0; i < y * width + x0 + block; i++) {
          const gx = data[i + 1]! - data[i - 1]!;
          const gy = data[i + width]! - data[i - width]!;
          xx += gx * gx;
          yy += gy * gy;
          xy += gx * gy;
        }
      }
      directed += Math.sqrt((xx - yy) * (xx - yy) + 4 * xy * xy);
      all += xx + yy;
    }
  }
  return all > 1e-12 ? directed / all : 0;
}

/** Mixes descriptors into 128 numbers with random signs from a fixed seed, and scales the result to length 1. */
function project(descriptors: Float64Array): Float32Array {
  const mixed = new Float64Array(embeddingSize);
  let state = 0x2545f491;
  for (let f = 0; f < descriptors.length; f++) {
    let bits = 0;
    for (let d = 0; d < embeddingSize; d++) {
      if (d % 32 === 0) {
        // xorshift32 (Marsaglia 2003), a word of 32 signs at a time.
        state ^= state << 13;
        state ^= state >>> 17;
        state ^= state << 5;
        bits = state;
      }
      mixed[d]! += (bits & 1) === 1 ? descriptors[f]! : -descriptors[f]!;
      bits >>>= 1;
    }
  }
  let squares = 0;
  for (const v of mixed) squares += v * v;
  const length = Math.sqrt(squares);
  return Float32Array.from(mixed, (v, d) => (length > 0 ? v / length : d === 0 ? 1 : 0));
}
