import type { ReadBlock } from "./read-block.ts";
import { UNKNOWN } from "./sequence.ts";

/** Which reads are good enough. Of a pair both must be. Qualities are Phred. */
export interface ReadFilter {
  /** Least mean of a read's qualities. */
  minMeanQuality?: number;
  /** Least quality that every base of a read has. */
  minBaseQuality?: number;
  /** Bases of lower quality become N, once reads are judged and overlaps found. */
  maskBelow?: number;
  /** Fewest bases of a read; default 1. */
  minLength?: number;
}

/** Why a read is left out, in the order in which it is looked at. */
export type FilterReason = "short" | "mean-quality" | "base-quality";

const reasons: readonly (FilterReason | undefined)[] = [undefined, "short", "mean-quality", "base-quality"];

/** The reason of a code that `judgeReads` gives; undefined of 0. */
export const reasonOf = (code: number): FilterReason | undefined => reasons[code];

/**
 * Judges the reads of a block.
 * @param into a code a read: 0 passes, else see `reasonOf`. Of shape (block.count) at least
 */
export function judgeReads(block: ReadBlock, filter: ReadFilter, into: Uint8Array): void {
  const { count, start, qualities } = block;
  const { minMeanQuality = 0, minBaseQuality = 0, minLength = 1 } = filter;
  const looks = minMeanQuality > 0 || minBaseQuality > 0;
  for (let i = 0; i < count; i++) {
    const from = start[i]!;
    const to = start[i + 1]!;
    into[i] = 0;
    if (to - from < minLength) into[i] = 1;
    else if (looks) {
      let sum = 0;
      let least = 255;
      for (let at = from; at < to; at++) {
        const quality = qualities[at]!;
        sum += quality;
        if (quality < least) least = quality;
      }
      if (sum < minMeanQuality * (to - from)) into[i] = 2;
      else if (least < minBaseQuality) into[i] = 3;
    }
  }
}

/**
 * Makes bases of read `index` N whose quality is below `quality`.
 * @returns how many were a base before
 */
export function maskBases({ bases, qualities, start }: ReadBlock, index: number, quality: number): number {
  const end = start[index + 1]!;
  let masked = 0;
  for (let at = start[index]!; at < end; at++)
    if (qualities[at]! < quality && bases[at] !== UNKNOWN) {
      bases[at] = UNKNOWN;
      masked++;
    }
  return masked;
}
