import { UNKNOWN } from "./sequence.ts";

/** Distinct sequences, each once, with a count: two bits a base, found by their hash. */
export interface SequenceSet {
  /** Distinct sequences so far. */
  readonly size: number;
  /** Adds `count` reads of the codes from `from` to before `to`. @returns the sequence's index: 0, 1, 2 … in the order of first sight */
  add(codes: Uint8Array, from: number, to: number, count?: number): number;
  count(index: number): number;
  length(index: number): number;
  /** Writes a sequence's codes into `into` at `at`. @returns its length */
  copy(index: number, into: Uint8Array, at?: number): number;
  /** Whether the sequence has a base that is not known. */
  hasUnknown(index: number): boolean;
  /** 32-bit words of its bases, 16 in each, the first one in the highest bits; unknown bases count as A. */
  words(index: number): number;
  word(index: number, at: number): number;
  /** The code of one base. */
  code(index: number, at: number): number;
  /** Frees what only `add` needs; nothing can be added any more. */
  seal(): void;
}

/** Words in a piece of storage: 8 MiB. A sequence lies in one piece. */
const PIECE_BITS = 21;
const PIECE_WORDS = 1 << PIECE_BITS;
const WITH_UNKNOWN = 0x80000000;
const LENGTH = 0x7fffffff;

/** The four codes of a byte of packed bases, one in each byte of a word, the first base in the lowest. */
const unpacked = Uint32Array.from(
  { length: 256 },
  (_, byte) => ((byte >>> 6) | (((byte >>> 4) & 3) << 8) | (((byte >>> 2) & 3) << 16) | ((byte & 3) << 24)) >>> 0,
);

/**
 * An empty set of sequences. Bases take 2 bits; a sequence with unknown ones is followed by a bit a base that marks them. Each sequence takes
 * 16 bytes more, and 8 at most in the table of hashes (linear probing, at most three quarters full). Nothing of the storage moves when it grows.
 */
export function sequenceSet(): SequenceSet {
  const pieces: Uint32Array[] = [new Uint32Array(PIECE_WORDS)];
  let end = 0;
  let size = 0;
  let starts = new Uint32Array(1 << 12);
  let lengths = new Uint32Array(1 << 12);
  let counts = new Uint32Array(1 << 12);
  let hashes = new Uint32Array(1 << 12);
  // Index + 1 of a sequence; 0 is free.
  let slots = new Uint32Array(1 << 13);
  let packed = new Uint32Array(64);

  function add(codes: Uint8Array, from: number, to: number, count = 1): number {
    const length = to - from;
    const bases = (length + 15) >>> 4;
    const most = bases + ((length + 31) >>> 5);
    if (most > packed.length) packed = new Uint32Array(2 * most);
    const words = pack(codes, from, to, packed);
    const flagged = words > bases ? (length | WITH_UNKNOWN) >>> 0 : length;
    const hash = hashOf(packed, words, flagged);
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const index = slots[slot]! - 1;
      if (index < 0) {
        slots[slot] = size + 1;
        return insert(words, flagged, hash, count);
      }
      if (hashes[index] === hash && lengths[index] === flagged && isEqual(index, words)) {
        counts[index] = counts[index]! + count;
        return index;
      }
    }
  }

  function isEqual(index: number, words: number): boolean {
    const at = starts[index]!;
    const piece = pieces[at >>> PIECE_BITS]!;
    const offset = at & (PIECE_WORDS - 1);
    for (let w = 0; w < words; w++) if (piece[offset + w] !== packed[w]) return false;
    return true;
  }

  function insert(words: number, flagged: number, hash: number, count: number): number {
    if (size === starts.length) {
      starts = grown(starts);
      lengths = grown(lengths);
      counts = grown(counts);
      hashes = grown(hashes);
    }
    if ((end & (PIECE_WORDS - 1)) + words > PIECE_WORDS) end = pieces.length * PIECE_WORDS;
    if (end >>> PIECE_BITS >= pieces.length) pieces.push(new Uint32Array(PIECE_WORDS));
    const piece = pieces[end >>> PIECE_BITS]!;
    const offset = end & (PIECE_WORDS - 1);
    for (let w = 0; w < words; w++) piece[offset + w] = packed[w]!;
    starts[size] = end;
    lengths[size] = flagged;
    counts[size] = count;
    hashes[size] = hash;
    end += words;
    size++;
    if (size > 0.75 * slots.length) rehash();
    return size - 1;
  }

  function rehash(): void {
    slots = new Uint32Array(2 * slots.length);
    const mask = slots.length - 1;
    for (let index = 0; index < size; index++) {
      let slot = hashes[index]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = index + 1;
    }
  }

  function copy(index: number, into: Uint8Array, at = 0): number {
    const flagged = lengths[index]!;
    const length = flagged & LENGTH;
    const start = starts[index]!;
    const piece = pieces[start >>> PIECE_BITS]!;
    const offset = start & (PIECE_WORDS - 1);
    const whole = length >>> 4;
    let to = at;
    for (let w = 0; w < whole; w++) {
      const word = piece[offset + w]!;
      for (let shift = 24; shift >= 0; shift -= 8) {
        const four = unpacked[(word >>> shift) & 255]!;
        into[to] = four & 255;
        into[to + 1] = (four >>> 8) & 255;
        into[to + 2] = (four >>> 16) & 255;
        into[to + 3] = four >>> 24;
        to += 4;
      }
    }
    for (let i = whole << 4; i < length; i++) into[to++] = (piece[offset + whole]! >>> (30 - 2 * (i & 15))) & 3;
    if (flagged >= WITH_UNKNOWN) {
      const marks = offset + ((length + 15) >>> 4);
      for (let i = 0; i < length; i++) if ((piece[marks + (i >>> 5)]! >>> (31 - (i & 31))) & 1) into[at + i] = UNKNOWN;
    }
    return length;
  }

  return {
    get size() {
      return size;
    },
    add,
    count: (index) => counts[index]!,
    length: (index) => lengths[index]! & LENGTH,
    copy,
    hasUnknown: (index) => lengths[index]! >= WITH_UNKNOWN,
    words: (index) => ((lengths[index]! & LENGTH) + 15) >>> 4,
    word(index, at) {
      const start = starts[index]! + at;
      return pieces[start >>> PIECE_BITS]![start & (PIECE_WORDS - 1)]!;
    },
    code(index, at) {
      const flagged = lengths[index]!;
      const start = starts[index]!;
      const piece = pieces[start >>> PIECE_BITS]!;
      const offset = start & (PIECE_WORDS - 1);
      if (flagged >= WITH_UNKNOWN) {
        const marks = offset + (((flagged & LENGTH) + 15) >>> 4);
        if ((piece[marks + (at >>> 5)]! >>> (31 - (at & 31))) & 1) return UNKNOWN;
      }
      return (piece[offset + (at >>> 4)]! >>> (30 - 2 * (at & 15))) & 3;
    },
    seal() {
      slots = new Uint32Array(0);
      hashes = new Uint32Array(0);
    },
  };
}

/** Packs codes, and behind them the marks of unknown bases when there are any. @returns how many words */
function pack(codes: Uint8Array, from: number, to: number, into: Uint32Array): number {
  let words = 0;
  let seen = 0;
  let at = from;
  for (; at + 16 <= to; at += 16) {
    let word = 0;
    for (let i = at; i < at + 16; i++) {
      const code = codes[i]!;
      seen |= code;
      word = (word << 2) | (code & 3);
    }
    into[words++] = word;
  }
  if (at < to) {
    let word = 0;
    for (let i = at; i < at + 16; i++) {
      const code = i < to ? codes[i]! : 0;
      seen |= code;
      word = (word << 2) | (code & 3);
    }
    into[words++] = word;
  }
  if (seen < 4) return words;
  for (let first = from; first < to; first += 32) {
    let marks = 0;
    for (let i = first; i < first + 32; i++) marks = (marks << 1) | (i < to && codes[i] === UNKNOWN ? 1 : 0);
    into[words++] = marks;
  }
  return words;
}

/** MurmurHash3's 32-bit mix (Appleby 2011). */
function hashOf(words: Uint32Array, count: number, seed: number): number {
  let hash = seed | 0;
  for (let w = 0; w < count; w++) {
    let k = Math.imul(words[w]!, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    hash ^= Math.imul(k, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function grown(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const longer = new Uint32Array(2 * array.length);
  longer.set(array);
  return longer;
}
