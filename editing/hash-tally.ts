/** Counts of things that are known by a 64-bit hash only, each with the first read that had it. */
export interface HashTally {
  readonly size: number;
  /** Sum of all weights. */
  readonly total: number;
  /** Adds `weight` to what has this hash. The first read given stays its representative. */
  add(high: number, low: number, weight: number, read: number, tag: number): void;
  /** What was added under a hash; 0 when nothing was. */
  weightOf(high: number, low: number): number;
  /**
   * The heaviest entries, heaviest first, equal ones in the order of their first reads.
   * @param most how many @param least weight; default all
   */
  heaviest(most: number, least?: number): TallyEntry[];
}

export interface TallyEntry {
  high: number;
  low: number;
  weight: number;
  /** Index of the first read that had it. */
  read: number;
  /** What the caller gave with the first read. */
  tag: number;
}

/**
 * A tally in typed arrays: 25 bytes an entry and 8 a slot, so that millions of distinct alleles fit where strings would not. Two
 * things are taken for one when their 64-bit hashes agree: with eight million of them that happens once in half a million runs.
 */
export function hashTally(): HashTally {
  let size = 0;
  let total = 0;
  let capacity = 1024;
  let highs = new Uint32Array(capacity);
  let lows = new Uint32Array(capacity);
  let weights = new Float64Array(capacity);
  let reads = new Uint32Array(capacity);
  let tags = new Uint16Array(capacity);
  let slots = new Uint32Array(capacity * 2);

  function grow(): void {
    capacity *= 2;
    highs = enlarged(highs, new Uint32Array(capacity));
    lows = enlarged(lows, new Uint32Array(capacity));
    weights = enlarged(weights, new Float64Array(capacity));
    reads = enlarged(reads, new Uint32Array(capacity));
    tags = enlarged(tags, new Uint16Array(capacity));
    slots = new Uint32Array(capacity * 2);
    for (let entry = 0; entry < size; entry++) slots[slotOf(highs[entry]!, lows[entry]!)] = entry + 1;
  }

  /** The slot of a hash, or the empty one where it belongs. */
  function slotOf(high: number, low: number): number {
    const mask = slots.length - 1;
    let slot = (low ^ Math.imul(high, 0x9e3779b1)) & mask;
    for (let entry = slots[slot]!; entry !== 0; entry = slots[slot]!) {
      if (lows[entry - 1] === low && highs[entry - 1] === high) break;
      slot = (slot + 1) & mask;
    }
    return slot;
  }

  return {
    get size() {
      return size;
    },
    get total() {
      return total;
    },
    add(signedHigh, signedLow, weight, read, tag) {
      const [high, low] = [signedHigh >>> 0, signedLow >>> 0];
      const slot = slotOf(high, low);
      const entry = slots[slot]!;
      total += weight;
      if (entry !== 0) {
        weights[entry - 1]! += weight;
        return;
      }
      highs[size] = high;
      lows[size] = low;
      weights[size] = weight;
      reads[size] = read;
      tags[size] = tag;
      slots[slot] = ++size;
      if (size === capacity) grow();
    },
    weightOf(high, low) {
      const entry = slots[slotOf(high >>> 0, low >>> 0)]!;
      return entry === 0 ? 0 : weights[entry - 1]!;
    },
    heaviest(most, least = 0) {
      if (size === 0 || most < 1) return [];
      const sorted = weights.slice(0, size).sort();
      const lightest = Math.max(least, sorted[Math.max(0, size - most)]!);
      let equal = most;
      for (let i = size - 1; i >= 0 && sorted[i]! > lightest; i--) equal--;
      const chosen: number[] = [];
      for (let entry = 0; entry < size; entry++) {
        const weight = weights[entry]!;
        if (weight > lightest || (weight === lightest && equal-- > 0)) chosen.push(entry);
      }
      chosen.sort((a, b) => weights[b]! - weights[a]! || a - b);
      return chosen.map((entry) => ({
        high: highs[entry]!,
        low: lows[entry]!,
        weight: weights[entry]!,
        read: reads[entry]!,
        tag: tags[entry]!,
      }));
    },
  };
}

function enlarged<T extends Uint32Array | Float64Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}

/** A 64-bit hash of a sequence of whole numbers, in two halves of 32 bits: two independent multiply–rotate mixes as in MurmurHash3. */
export interface Hash64 {
  high: number;
  low: number;
}

/** Starts a hash. */
export function beginHash(hash: Hash64, seed: number): void {
  hash.high = 0x243f6a88 ^ seed;
  hash.low = 0x85a308d3;
  mixIn(hash, seed);
}

/** Adds a whole number of 32 bits to a hash. */
export function mixIn(hash: Hash64, value: number): void {
  let a = Math.imul(value, 0xcc9e2d51);
  a = Math.imul((a << 15) | (a >>> 17), 0x1b873593);
  hash.high ^= a;
  hash.high = (Math.imul((hash.high << 13) | (hash.high >>> 19), 5) + 0xe6546b64) | 0;
  let b = Math.imul(value ^ 0x5bd1e995, 0xab0e9789);
  b = Math.imul((b << 16) | (b >>> 16), 0x38b34ae5);
  hash.low ^= b;
  hash.low = (Math.imul((hash.low << 17) | (hash.low >>> 15), 5) + 0x561ccd1b + hash.high) | 0;
}

/** Ends a hash: every bit of the value depends on all that went in. */
export function endHash(hash: Hash64): void {
  hash.high = finish(hash.high ^ Math.imul(hash.low, 0x2c1b3c6d));
  hash.low = finish(hash.low ^ Math.imul(hash.high, 0x297a2d39));
}

function finish(value: number): number {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return h ^ (h >>> 16);
}
