import { type RandomStream, randomStream } from "./simulate-random.ts";

/** Side of a texture tile in pixels: a power of two, so that tiles repeat by a bit mask. */
export const TILE = 256;

/** Tiles of shape (TILE, TILE) that wrap around without a seam. */
export interface Textures {
  /** Grain of a nucleus: mean 0, standard deviation 1. */
  readonly chromatin: Float32Array;
  /** Broad mottling of a cell body: mean 0, standard deviation 1. */
  readonly mottle: Float32Array;
  /** Net of the endoplasmic reticulum: mean 1. */
  readonly net: Float32Array;
  /** Threads of healthy mitochondria: mean 1. */
  readonly threads: Float32Array;
  /** Grains of fragmented mitochondria: mean 1. */
  readonly grains: Float32Array;
  /** Bundles of actin along the tile's x axis: mean 1. */
  readonly fibres: Float32Array;
}

let made: Textures | undefined;

/** The tiles from which cells are painted; made once, always the same. */
export function textures(): Textures {
  made ??= {
    chromatin: smoothNoise("chromatin", 1.6, 1.6),
    mottle: smoothNoise("mottle", 6, 6),
    net: ridges(smoothNoise("net", 1.5, 1.5), 0.6, 0.4),
    threads: ridges(smoothNoise("threads", 1.9, 1.9), 0.28, 0.06),
    grains: grains(),
    fibres: ridges(smoothNoise("fibres", 26, 1.6), 0.35, 0),
  };
  return made;
}

/** White noise under a wrapped Gaussian of the given widths, scaled to mean 0 and standard deviation 1. */
function smoothNoise(name: string, sigmaX: number, sigmaY: number): Float32Array {
  const random: RandomStream = randomStream(0, `texture/${name}`);
  const noise = Float32Array.from({ length: TILE * TILE }, () => random.normal());
  const tile = wrappedBlur(wrappedBlur(noise, sigmaX, 1), sigmaY, TILE);
  const mean = tile.reduce((sum, value) => sum + value, 0) / tile.length;
  const sd = Math.sqrt(tile.reduce((sum, value) => sum + (value - mean) ** 2, 0) / tile.length);
  return tile.map((value) => (value - mean) / sd);
}

function wrappedBlur(tile: Float32Array, sigma: number, step: number): Float32Array {
  const reach = Math.ceil(3 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)));
  const out = new Float32Array(tile.length);
  const other = TILE / step;
  for (let line = 0; line < TILE; line++) {
    for (let at = 0; at < TILE; at++) {
      let sum = 0;
      for (let k = -reach; k <= reach; k++) {
        sum += weights[k + reach]! * tile[line * other + ((at + k) & (TILE - 1)) * step]!;
      }
      out[line * other + at * step] = sum;
    }
  }
  return out;
}

/** The lines along which smooth noise crosses zero form a net: bright where |noise| is small. */
function ridges(noise: Float32Array, width: number, floor: number): Float32Array {
  return meanOne(noise.map((value) => floor + Math.exp(-((value / width) ** 2))));
}

function grains(): Float32Array {
  const random = randomStream(0, "texture/grains");
  const tile = new Float32Array(TILE * TILE).fill(0.03);
  for (let i = 0; i < 1500; i++) {
    const x = random.uniform() * TILE;
    const y = random.uniform() * TILE;
    const sigma = random.between(0.8, 1.5);
    const peak = random.between(0.4, 1.3);
    for (let dy = -5; dy <= 5; dy++) {
      for (let dx = -5; dx <= 5; dx++) {
        const px = Math.floor(x) + dx;
        const py = Math.floor(y) + dy;
        const distance = (px - x) ** 2 + (py - y) ** 2;
        tile[(py & (TILE - 1)) * TILE + (px & (TILE - 1))]! += peak * Math.exp(-distance / (2 * sigma * sigma));
      }
    }
  }
  return meanOne(tile.map((value) => Math.min(value, 1.6)));
}

function meanOne(tile: Float32Array): Float32Array {
  const mean = tile.reduce((sum, value) => sum + value, 0) / tile.length;
  return tile.map((value) => value / mean);
}
