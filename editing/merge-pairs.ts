/**
 * Merges of paired reads: FLASH (Magoč and Salzberg 2011, doi 10.1093/bioinformatics/btr507) and PEAR (Zhang et al. 2014, doi
 * 10.1093/bioinformatics/btt593) for the overlap, Edgar and Flyvbjerg 2015 (doi 10.1093/bioinformatics/btv401) for qualities.
 */
import { emptyPlanes, type Overlap, setPlanes, setTurnedPlanes } from "./base-planes.ts";
import { type OverlapLimits, overlapFinder } from "./overlap.ts";
import type { ReadBlock } from "./read-block.ts";
import { UNKNOWN } from "./sequence.ts";

export interface MergeOptions extends OverlapLimits {
  /** Highest quality that two agreeing bases get; default 41. */
  maxQuality?: number;
}

/** A fragment put together; valid until the next merge. */
export interface MergedPair {
  /** Codes; the first `length` count. */
  bases: Uint8Array;
  qualities: Uint8Array;
  length: number;
  overlap: Overlap;
  /** The fragment is shorter than a read: what lay behind its end, an adapter, was cut off. */
  readThrough: boolean;
}

/** Reads are given each from its own 5′ end. */
export interface PairMerger {
  readonly pair: MergedPair;
  /** Looks for their overlap. @returns whether there is one; it is `pair.overlap` then */
  find(first: ReadSlice, second: ReadSlice): boolean;
  /** Puts reads whose overlap was found together into `pair`. Bases may have become N since. */
  join(first: ReadSlice, second: ReadSlice): void;
}

/** Bases and qualities of one read. */
export interface ReadSlice {
  bases: Uint8Array;
  qualities: Uint8Array;
  from: number;
  to: number;
}

/** Read `index` of a block, without its first `cut` bases, as a slice that is written into `into`. */
export function sliceRead(block: ReadBlock, index: number, cut: number, into: ReadSlice): ReadSlice {
  into.bases = block.bases;
  into.qualities = block.qualities;
  into.to = block.start[index + 1]!;
  into.from = Math.min(block.start[index]! + cut, into.to);
  return into;
}

const QUALITIES = 94;

/**
 * A merger of pairs. Where both reads have a base, equal ones get the quality that both together give; of different ones the better is
 * taken (R1's when both are as good), with the quality that the other leaves it; N gives way to any base.
 * @example
 * const merger = pairMerger();
 * if (merger.find(r1, r2)) {
 *   merger.join(r1, r2);
 *   collapser.add(merger.pair.bases, 0, merger.pair.length);
 * }
 */
export function pairMerger(options: MergeOptions = {}): PairMerger {
  const search = overlapFinder(options);
  const { agree, differ } = posteriors(options.maxQuality ?? 41);
  const [first, turned] = [emptyPlanes(), emptyPlanes()];
  const pair: MergedPair = {
    bases: new Uint8Array(1024),
    qualities: new Uint8Array(1024),
    length: 0,
    overlap: { length: 0, compared: 0, mismatches: 0 },
    readThrough: false,
  };

  function find(r1: ReadSlice, r2: ReadSlice): boolean {
    setPlanes(first, r1.bases, r1.from, r1.to);
    setTurnedPlanes(turned, r2.bases, r2.from, r2.to);
    return search(first, turned, pair.overlap);
  }

  function join(r1: ReadSlice, r2: ReadSlice): void {
    const { length } = pair.overlap;
    if (length > pair.bases.length) {
      pair.bases = new Uint8Array(2 * length);
      pair.qualities = new Uint8Array(2 * length);
    }
    const { bases, qualities } = pair;
    const length1 = r1.to - r1.from;
    // Base `i` of the fragment is the complement of the second read's base `last - i`.
    const last = r2.from + length - 1;
    const begin = Math.max(0, length - (r2.to - r2.from));
    const end = Math.min(length1, length);
    for (let i = 0, at = r1.from; i < begin; i++, at++) {
      bases[i] = r1.bases[at]!;
      qualities[i] = r1.qualities[at]!;
    }
    for (let i = begin; i < end; i++) {
      const base = r1.bases[r1.from + i]!;
      const quality = r1.qualities[r1.from + i]!;
      const other = complement(r2.bases[last - i]!);
      const otherQuality = r2.qualities[last - i]!;
      if (base === other && base !== UNKNOWN) {
        bases[i] = base;
        qualities[i] = agree[quality * QUALITIES + otherQuality]!;
      } else if (base === UNKNOWN || other === UNKNOWN) {
        const mine = other === UNKNOWN && (base !== UNKNOWN || quality >= otherQuality);
        bases[i] = mine ? base : other;
        qualities[i] = mine ? quality : otherQuality;
      } else {
        bases[i] = quality >= otherQuality ? base : other;
        qualities[i] = differ[quality * QUALITIES + otherQuality]!;
      }
    }
    for (let i = end; i < length; i++) {
      bases[i] = complement(r2.bases[last - i]!);
      qualities[i] = r2.qualities[last - i]!;
    }
    pair.length = length;
    pair.readThrough = length < r2.to - r2.from || length < length1;
  }

  return { pair, find, join };
}

const complement = (code: number): number => (code < 4 ? 3 - code : UNKNOWN);

/** Quality of a base that two reads agree on, or that is the better one of two; by both qualities (Edgar and Flyvbjerg 2015, equations 8 and 9). */
function posteriors(maxQuality: number): { agree: Uint8Array; differ: Uint8Array } {
  const agree = new Uint8Array(QUALITIES * QUALITIES);
  const differ = new Uint8Array(QUALITIES * QUALITIES);
  const highest = Math.min(maxQuality, QUALITIES - 1);
  const asQuality = (error: number): number =>
    Math.max(0, Math.min(highest, Math.round(-10 * Math.log10(Math.max(error, 1e-10)))));
  for (let a = 0; a < QUALITIES; a++)
    for (let b = 0; b < QUALITIES; b++) {
      // No base is wrong more often than when it is drawn by lot.
      const [x, y] = [Math.min(0.75, 10 ** (-a / 10)), Math.min(0.75, 10 ** (-b / 10))];
      const [better, worse] = [Math.min(x, y), Math.max(x, y)];
      agree[a * QUALITIES + b] = asQuality((x * y) / 3 / (1 - x - y + (4 * x * y) / 3));
      differ[a * QUALITIES + b] = asQuality((better * (1 - worse / 3)) / (x + y - (4 * x * y) / 3));
    }
  return { agree, differ };
}
