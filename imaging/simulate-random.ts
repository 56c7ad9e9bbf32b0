/** A seeded stream of random numbers. Streams of different names are independent, so that any site renders alone. */
export interface RandomStream {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Integer in 0 … count − 1. */
  below(count: number): number;
  /** Standard normal. */
  normal(): number;
  /** The items in random order; the input is left alone. */
  shuffled<T>(items: readonly T[]): T[];
}

/**
 * Opens the stream that a seed and a name stand for: equal arguments give equal numbers on every machine.
 * Generator: sfc32 (C. Doty-Humphrey, PractRand), its state filled from an FNV-1a hash of the name; normals by the polar method.
 * @param seed any integer
 * @param name what the stream is for, such as "P1/C05/site 2"
 * @example randomStream(7, "P1/C05").uniform() === randomStream(7, "P1/C05").uniform() // true
 */
export function randomStream(seed: number, name: string): RandomStream {
  let a = fnv1a(`${seed}/a/${name}`);
  let b = fnv1a(`${seed}/b/${name}`);
  let c = fnv1a(`${seed}/c/${name}`);
  let counter = 1;
  let spare = Number.NaN;

  function next(): number {
    const t = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + t;
    return t >>> 0;
  }
  for (let i = 0; i < 15; i++) next();

  const uniform = (): number => next() / 4294967296;
  const below = (count: number): number => Math.floor(uniform() * count);
  function normal(): number {
    if (!Number.isNaN(spare)) {
      const value = spare;
      spare = Number.NaN;
      return value;
    }
    for (;;) {
      const x = 2 * uniform() - 1;
      const y = 2 * uniform() - 1;
      const s = x * x + y * y;
      if (s >= 1 || s === 0) continue;
      const scale = Math.sqrt((-2 * Math.log(s)) / s);
      spare = y * scale;
      return x * scale;
    }
  }
  return {
    uniform,
    below,
    normal,
    between: (low, high) => low + (high - low) * uniform(),
    shuffled: (items) => {
      const order = [...items];
      for (let i = order.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [order[i], order[j]] = [order[j]!, order[i]!];
      }
      return order;
    },
  };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x7feb352d);
  return hash ^ (hash >>> 15);
}

let normals: Float32Array | undefined;

/**
 * A table of 2¹⁸ standard normal numbers, always the same. Camera noise reads it from a random place onward: a noisy pixel then
 * costs two nanoseconds instead of forty.
 */
export function normalTable(): Float32Array {
  if (normals !== undefined) return normals;
  const stream = randomStream(0, "camera noise");
  normals = new Float32Array(1 << 18);
  for (let i = 0; i < normals.length; i++) normals[i] = stream.normal();
  return normals;
}
