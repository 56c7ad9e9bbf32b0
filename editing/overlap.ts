/** Where two reads of one fragment overlap, found on bit planes: 32 bases are compared by a few operations. */
import { type BasePlanes, type Overlap, overlapMemory } from "./base-planes.ts";

export interface OverlapLimits {
  /** Fewest known bases that both reads have of a fragment; default 10. */
  minOverlap?: number;
  /** Largest share of them that may differ; default 0.25. */
  maxMismatchShare?: number;
  /** Most overlaps as good that chance would give a pair of unrelated reads; default 0.01. */
  maxChance?: number;
}

/** FLASH's defaults (Magoč and Salzberg 2011), and one accident in a hundred pairs that do not overlap. */
export const usualLimits: Required<OverlapLimits> = { minOverlap: 10, maxMismatchShare: 0.25, maxChance: 0.01 };

/**
 * λ of a score of +1 a match and −2 a mismatch when all bases are as frequent: the solution of ¼ e^λ + ¾ e^−2λ = 1 (Karlin and Altschul
 * 1990, doi 10.1073/pnas.87.6.2264), so that a score of S or more at a given place has a chance of e^−λS at most.
 */
const LAMBDA = Math.log((3 + Math.sqrt(21)) / 2);

/**
 * A finder of the best overlap of a first read with the reverse complement of a second one, over all lengths of the fragment, read through
 * or not. Matches count 1, mismatches −2 (the likelihood of 5 % errors; PEAR, Zhang et al. 2014, scores alike), unknown bases 0; the best
 * sum wins, of equal ones that with fewer mismatches, then the longer fragment. An overlap that chance explains is none. Pairs seen
 * lately are remembered: amplicons give the same ones again and again.
 * @returns a function that gives whether there is an overlap and writes it into its last argument
 */
export function overlapFinder(
  limits: OverlapLimits = {},
): (first: BasePlanes, turned: BasePlanes, into: Overlap) => boolean {
  const { minOverlap, maxMismatchShare, maxChance } = { ...usualLimits, ...limits };
  const memory = overlapMemory();
  const shortest = Math.max(1, minOverlap);
  let usual = 0;

  function search(first: BasePlanes, turned: BasePlanes, into: Overlap): void {
    into.length = 0;
    into.compared = 0;
    into.mismatches = 0;
    const longest = first.length + turned.length - shortest;
    if (longest < shortest) return;
    const allKnown = first.allKnown && turned.allKnown;
    // Only sums of at least `least` are of interest, so that most places are left at their first 32 bases.
    let least = Math.max(1, Math.ceil(Math.log((longest - shortest + 1) / maxChance) / LAMBDA));
    // The last pair's length first: a good sum early leaves little to look at.
    for (let length = longest + 1; length >= shortest; length--) {
      const tried = length > longest ? usual : length;
      if (tried < shortest || tried > longest) continue;
      const ahead = tried - turned.length;
      const shifted = ahead >= 0 ? first : turned;
      const other = ahead >= 0 ? turned : first;
      const shift = ahead >= 0 ? ahead : -ahead;
      const columns = Math.min(shifted.length - shift, other.length);
      if (columns < least || columns < shortest) continue;
      const allowed = ((columns - least) / 3) | 0;
      const mismatches = allKnown
        ? mismatchesOfKnown(shifted, other, shift, columns, allowed)
        : mismatchesOf(shifted, other, shift, columns, allowed);
      if (mismatches > allowed) continue;
      const compared = allKnown ? columns : comparedOf(shifted, other, shift, columns);
      const sum = compared - 3 * mismatches;
      if (sum < least || compared < minOverlap || mismatches > maxMismatchShare * compared) continue;
      const found = into.length > 0;
      if (found && sum === least && mismatches > into.mismatches) continue;
      if (found && sum === least && mismatches === into.mismatches && tried < into.length) continue;
      least = sum;
      into.length = tried;
      into.compared = compared;
      into.mismatches = mismatches;
    }
    if (into.length > 0) usual = into.length;
  }

  return (first, turned, into) => {
    if (!memory.recall(first, turned, into)) {
      search(first, turned, into);
      memory.keep(into);
    }
    return into.length > 0;
  };
}

/** Columns that differ, or more than `allowed`, when every base of both reads is known. */
function mismatchesOfKnown(
  shifted: BasePlanes,
  other: BasePlanes,
  shift: number,
  columns: number,
  allowed: number,
): number {
  const { high, low } = shifted;
  const otherHigh = other.high;
  const otherLow = other.low;
  const last = (columns - 1) >>> 5;
  const bit = shift & 31;
  const back = 31 - bit;
  let at = shift >>> 5;
  let mismatches = 0;
  for (let w = 0; w < last; w++, at++) {
    const h = ((high[at]! >>> bit) | ((high[at + 1]! << 1) << back)) ^ otherHigh[w]!;
    const l = ((low[at]! >>> bit) | ((low[at + 1]! << 1) << back)) ^ otherLow[w]!;
    mismatches += bitCount(h | l);
    if (mismatches > allowed) return mismatches;
  }
  const h = ((high[at]! >>> bit) | ((high[at + 1]! << 1) << back)) ^ otherHigh[last]!;
  const l = ((low[at]! >>> bit) | ((low[at + 1]! << 1) << back)) ^ otherLow[last]!;
  return mismatches + bitCount((h | l) & (-1 >>> (31 - ((columns - 1) & 31))));
}

/** The same when some bases are not known; those never differ. */
function mismatchesOf(shifted: BasePlanes, other: BasePlanes, shift: number, columns: number, allowed: number): number {
  const { high, low, known } = shifted;
  const words = (columns + 31) >>> 5;
  const bit = shift & 31;
  const back = 31 - bit;
  let mismatches = 0;
  for (let w = 0, at = shift >>> 5; w < words && mismatches <= allowed; w++, at++) {
    const both = ((known[at]! >>> bit) | ((known[at + 1]! << 1) << back)) & other.known[w]!;
    const h = ((high[at]! >>> bit) | ((high[at + 1]! << 1) << back)) ^ other.high[w]!;
    const l = ((low[at]! >>> bit) | ((low[at + 1]! << 1) << back)) ^ other.low[w]!;
    mismatches += bitCount((h | l) & both);
  }
  return mismatches;
}

/** Columns in which both reads' bases are known. */
function comparedOf(shifted: BasePlanes, other: BasePlanes, shift: number, columns: number): number {
  const { known } = shifted;
  const words = (columns + 31) >>> 5;
  const bit = shift & 31;
  let compared = 0;
  for (let w = 0, at = shift >>> 5; w < words; w++, at++)
    compared += bitCount(((known[at]! >>> bit) | ((known[at + 1]! << 1) << (31 - bit))) & other.known[w]!);
  return compared;
}

function bitCount(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}
