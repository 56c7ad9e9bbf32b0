/** A read as bit planes: 32 bases a word, the first in the lowest bit, zeros behind the last. */
export interface BasePlanes {
  /** Bases. */
  length: number;
  /** Words that have bases; one more is zero. */
  words: number;
  /** High and low bits of codes; they mean nothing where a base is not known. */
  high: Uint32Array;
  low: Uint32Array;
  /** Ones where a base is known. */
  known: Uint32Array;
  allKnown: boolean;
}

export function emptyPlanes(): BasePlanes {
  const none = new Uint32Array(0);
  return { length: 0, words: 0, high: none, low: none, known: none, allKnown: true };
}

/** Writes the planes of the codes from `from` to before `to`. */
export function setPlanes(planes: BasePlanes, codes: Uint8Array, from: number, to: number): void {
  write(planes, codes, from, 1, 0, to - from);
}

/** Writes the planes of the reverse complement of the codes from `from` to before `to`. */
export function setTurnedPlanes(planes: BasePlanes, codes: Uint8Array, from: number, to: number): void {
  write(planes, codes, to - 1, -1, 3, to - from);
}

/** @param flip bits that differ between a base and what is written of it: the complement of a code is 3 less the code */
function write(planes: BasePlanes, codes: Uint8Array, begin: number, step: 1 | -1, flip: 0 | 3, length: number): void {
  const words = (length + 31) >>> 5;
  if (words + 1 > planes.high.length) {
    planes.high = new Uint32Array(2 * words + 2);
    planes.low = new Uint32Array(2 * words + 2);
    planes.known = new Uint32Array(2 * words + 2);
  }
  const { high, low, known } = planes;
  let seen = 0;
  for (let w = 0, at = begin; w < words; w++) {
    let [h, l, u] = [0, 0, 0];
    const columns = Math.min(32, length - 32 * w);
    for (let bit = 0; bit < columns; bit++, at += step) {
      const code = codes[at]! ^ flip;
      h |= ((code >>> 1) & 1) << bit;
      l |= (code & 1) << bit;
      u |= (code >>> 2) << bit;
    }
    seen |= u;
    high[w] = h;
    low[w] = l;
    known[w] = ~u & (-1 >>> (32 - columns));
  }
  high[words] = 0;
  low[words] = 0;
  known[words] = 0;
  planes.length = length;
  planes.words = words;
  planes.allKnown = seen === 0;
}

export interface Overlap {
  /** Bases of the fragment that two reads come from; 0 when they do not overlap. */
  length: number;
  /** Known bases that both reads have. */
  compared: number;
  mismatches: number;
}

/** Pairs that were searched lately, with what was found. */
export interface OverlapMemory {
  /** Writes what was found of a pair into `into`, when it is still known. */
  recall(first: BasePlanes, turned: BasePlanes, into: Overlap): boolean;
  /** Keeps what was found of the pair that was asked for last. */
  keep(found: Overlap): void;
}

/** 2^14 pairs of up to 320 bases a read: 3 MiB. */
const PLACES = 1 << 14;
const MOST_WORDS = 10;
const ENTRY_WORDS = 4 * MOST_WORDS + 2;

/** A memory of pairs without N, each in one place that its hash says; a new pair takes the place of an old one. */
export function overlapMemory(): OverlapMemory {
  const entries = new Uint32Array(PLACES * ENTRY_WORDS);
  const found = new Int32Array(PLACES * 3).fill(-1);
  const asked = new Uint32Array(ENTRY_WORDS);
  let place = -1;

  return {
    recall(first, turned, into) {
      place = -1;
      if (!first.allKnown || !turned.allKnown || first.words > MOST_WORDS || turned.words > MOST_WORDS) return false;
      let used = 0;
      asked[used++] = first.length;
      asked[used++] = turned.length;
      for (let w = 0; w < first.words; w++) {
        asked[used++] = first.high[w]!;
        asked[used++] = first.low[w]!;
      }
      for (let w = 0; w < turned.words; w++) {
        asked[used++] = turned.high[w]!;
        asked[used++] = turned.low[w]!;
      }
      let hash = used;
      for (let w = 0; w < used; w++) {
        hash = Math.imul(hash ^ asked[w]!, 0x9e3779b1);
        hash ^= hash >>> 15;
      }
      place = hash & (PLACES - 1);
      if (found[3 * place]! < 0) return false;
      const entry = place * ENTRY_WORDS;
      for (let w = 0; w < used; w++) if (entries[entry + w] !== asked[w]) return false;
      into.length = found[3 * place]!;
      into.compared = found[3 * place + 1]!;
      into.mismatches = found[3 * place + 2]!;
      return true;
    },
    keep(overlap) {
      if (place < 0) return;
      entries.set(asked, place * ENTRY_WORDS);
      found[3 * place] = overlap.length;
      found[3 * place + 1] = overlap.compared;
      found[3 * place + 2] = overlap.mismatches;
    },
  };
}
