import { type Aligner, createAligner, type ReadSource } from "./align.ts";
import { type Codes, UNKNOWN } from "./sequence.ts";
import type { UniqueReads } from "./unique-reads.ts";

/** Which strand of its amplicon a read is of. */
export type Strands = Uint8Array;
export const FORWARD = 0;
export const REVERSE = 1;

export interface OrientContext {
  signal?: AbortSignal;
  /** Reads behind, of all. */
  progress?: (done: number, total: number) => void;
}

/** Seeds of one strand must outnumber the other's by this factor, and this many, to decide. */
const FACTOR = 2;
const MARGIN = 4;
const CHECK_EVERY = 65_536;

/**
 * The strand of every read: the one whose k-mers (k so that a random one is rarely in the references: 4^k ≥ 256 × their bases) the read
 * has at least twice as often as the other's and at least four more of; for the few reads where seeds do not decide, the strand
 * with the better best alignment, forward when both are equal.
 * @returns of shape (reads)
 */
export function orientReads(
  reads: UniqueReads,
  references: readonly { codes: Codes; cuts: readonly number[] }[],
  { signal, progress }: OrientContext = {},
): Strands {
  const strands = new Uint8Array(reads.size);
  const seeds = seedsOf(references.map(({ codes }) => codes));
  const codes = new Uint8Array(reads.longest);
  const open: number[] = [];
  for (let i = 0; i < reads.size; i++) {
    if (i % CHECK_EVERY === 0) {
      signal?.throwIfAborted();
      progress?.(i, reads.size);
    }
    const length = reads.copy(i, codes);
    const difference = seeds.count(codes, length);
    if (difference === 0) open.push(i);
    else strands[i] = difference > 0 ? FORWARD : REVERSE;
  }
  const aligners =
    open.length === 0 ? [] : references.map(({ codes: reference, cuts }) => createAligner(reference, { cuts }));
  for (let from = 0; from < open.length; from += 4096) {
    signal?.throwIfAborted();
    const some = Uint32Array.from(open.slice(from, from + 4096));
    const forward = bestScores(subsetReads(reads, some), aligners);
    const turned = new Uint8Array(some.length).fill(REVERSE);
    const reverse = bestScores(orientedReads(subsetReads(reads, some), turned), aligners);
    some.forEach((read, i) => {
      strands[read] = reverse[i]! > forward[i]! ? REVERSE : FORWARD;
    });
  }
  progress?.(reads.size, reads.size);
  return strands;
}

function bestScores(reads: ReadSource, aligners: readonly Aligner[]): Int32Array {
  const best = new Int32Array(reads.size).fill(-(2 ** 31));
  for (const aligner of aligners) {
    const { score } = aligner.align(reads);
    for (let i = 0; i < best.length; i++) best[i] = Math.max(best[i]!, score[i]!);
  }
  return best;
}

interface Seeds {
  /** 1 when the read's k-mers are clearly of the forward strand, −1 of the reverse one, 0 when they do not decide. */
  count(codes: Codes, length: number): -1 | 0 | 1;
}

function seedsOf(references: readonly Codes[]): Seeds {
  const bases = references.reduce((sum, codes) => sum + codes.length, 0);
  const k = Math.min(12, Math.max(6, Math.ceil(Math.log(256 * bases) / Math.log(4))));
  const table = new Uint8Array(4 ** k);
  for (const codes of references)
    eachSeed(codes, codes.length, k, (forward, reverse) => {
      table[forward]! |= 1;
      table[reverse]! |= 2;
    });
  return {
    count(codes, length) {
      let forward = 0;
      let reverse = 0;
      eachSeed(codes, length, k, (seed) => {
        const found = table[seed]!;
        forward += found & 1;
        reverse += found >> 1;
      });
      if (forward >= FACTOR * reverse && forward - reverse >= MARGIN) return 1;
      return reverse >= FACTOR * forward && reverse - forward >= MARGIN ? -1 : 0;
    },
  };
}

/** Every k-mer without N as a number, with the one of the opposite strand. */
function eachSeed(codes: Codes, length: number, k: number, see: (forward: number, reverse: number) => void): void {
  const mask = 4 ** k - 1;
  const top = 2 * (k - 1);
  let forward = 0;
  let reverse = 0;
  let known = 0;
  for (let i = 0; i < length; i++) {
    const code = codes[i]!;
    if (code === UNKNOWN) {
      known = 0;
      continue;
    }
    forward = ((forward << 2) | code) & mask;
    reverse = (reverse >>> 2) | ((3 - code) << top);
    if (++known >= k) see(forward, reverse);
  }
}

/** Some of the reads, in the order given. */
export function subsetReads(reads: UniqueReads, indices: Uint32Array): UniqueReads {
  let total = 0;
  let longest = 0;
  for (const index of indices) {
    total += reads.count(index);
    longest = Math.max(longest, reads.length(index));
  }
  return {
    size: indices.length,
    total,
    longest,
    count: (i) => reads.count(indices[i]!),
    length: (i) => reads.length(indices[i]!),
    copy: (i, into, at) => reads.copy(indices[i]!, into, at),
  };
}

/** The reads as they lie on the forward strand. @param strands of shape (reads) */
export function orientedReads(reads: UniqueReads, strands: Strands): UniqueReads {
  const complement = Uint8Array.of(3, 2, 1, 0, UNKNOWN);
  return {
    size: reads.size,
    total: reads.total,
    longest: reads.longest,
    count: (i) => reads.count(i),
    length: (i) => reads.length(i),
    copy(i, into, at = 0) {
      const length = reads.copy(i, into, at);
      if (strands[i] === FORWARD) return length;
      for (let left = at, right = at + length - 1; left <= right; left++, right--) {
        const turned = complement[into[left]!]!;
        into[left] = complement[into[right]!]!;
        into[right] = turned;
      }
      return length;
    },
  };
}
