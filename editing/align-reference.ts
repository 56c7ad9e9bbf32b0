import { type AlignOptions, checkedOptions } from "./align-check.ts";
import { type AlignmentScheme, DELETED, DIFFERENT, EQUAL, INSERTED } from "./alignment.ts";
import { type Codes, UNKNOWN } from "./sequence.ts";

/** The alignment of one read. */
export interface PairAlignment {
  score: number;
  /** Equal, known bases. */
  identities: number;
  /** Columns of the alignment, gaps included. */
  columns: number;
  /** From the left of the reference to its right: length × 4 + kind. */
  runs: number[];
}

const NEVER = -(2 ** 30);

/**
 * The best global alignment of a read to a reference with affine gaps (Gotoh 1982, doi 10.1016/0022-2836(82)90398-9), written to be read:
 * what `createAligner` gives is held to this. Three tables of (read + 1) × (reference + 1) numbers; time and memory grow with their product.
 *
 * An insertion may follow a deletion directly, or the other way round; each pays its own opening, as in EMBOSS needle and parasail. Gaps at the ends get
 * no incentive. Of several best alignments this one is taken: read column by column from the right end, at the first column where two of
 * them differ, a gap that goes on to the left wins, then a pair of bases, then a deletion, then an insertion.
 * @example alignPair(encodeSequence("ACT", "read"), encodeSequence("ACGT", "amplicon")).runs // [8, 7, 4]: 2 equal, 1 deleted, 1 equal
 * @throws the codes of `checkedOptions`
 */
export function alignPair(read: Codes, reference: Codes, options: AlignOptions = {}): PairAlignment {
  const { cuts, scheme } = checkedOptions(reference, options);
  const { gapOpen, gapExtend, endGapOpen, cutIncentive } = scheme;
  const width = reference.length + 1;
  const openInsertion = new Int32Array(width).fill(gapOpen);
  const openDeletion = new Int32Array(width).fill(gapOpen);
  for (const cut of cuts) {
    openInsertion[cut] = gapOpen + cutIncentive;
    openDeletion[cut + 1] = gapOpen + cutIncentive;
  }
  openInsertion[0] = endGapOpen;
  openInsertion[reference.length] = endGapOpen;

  const size = (read.length + 1) * width;
  const best = new Int32Array(size);
  const deletion = new Int32Array(size).fill(NEVER);
  const insertion = new Int32Array(size).fill(NEVER);
  for (let row = 0; row <= read.length; row++) {
    const isAtEnd = row === 0 || row === read.length;
    for (let column = 0; column < width; column++) {
      const at = row * width + column;
      if (column > 0) {
        const open = isAtEnd ? endGapOpen : openDeletion[column]!;
        deletion[at] = Math.max(best[at - 1]! + open, deletion[at - 1]! + gapExtend);
      }
      if (row > 0)
        insertion[at] = Math.max(best[at - width]! + openInsertion[column]!, insertion[at - width]! + gapExtend);
      if (at === 0) continue;
      best[at] = Math.max(deletion[at]!, insertion[at]!);
      if (row > 0 && column > 0) {
        const pair = scoreOf(read[row - 1]!, reference[column - 1]!, scheme);
        best[at] = Math.max(best[at]!, best[at - width - 1]! + pair);
      }
    }
  }

  const kinds: number[] = [];
  let [row, column, gap] = [read.length, reference.length, EQUAL];
  while (row > 0 || column > 0) {
    const at = row * width + column;
    if (gap === EQUAL) {
      const isAligned =
        row > 0 &&
        column > 0 &&
        best[at] === best[at - width - 1]! + scoreOf(read[row - 1]!, reference[column - 1]!, scheme);
      if (!isAligned) gap = best[at] === deletion[at] ? DELETED : INSERTED;
      else kinds.push(isIdentity(read[--row]!, reference[--column]!) ? EQUAL : DIFFERENT);
    } else if (gap === DELETED) {
      const goesOn = deletion[at] === deletion[at - 1]! + gapExtend;
      kinds.push(DELETED);
      column--;
      if (!goesOn) gap = EQUAL;
    } else {
      const goesOn = insertion[at] === insertion[at - width]! + gapExtend;
      kinds.push(INSERTED);
      row--;
      if (!goesOn) gap = EQUAL;
    }
  }
  return {
    score: best.at(-1)!,
    identities: kinds.filter((kind) => kind === EQUAL).length,
    columns: kinds.length,
    runs: runsOf(kinds.reverse()),
  };
}

function isIdentity(a: number, b: number): boolean {
  return a === b && a !== UNKNOWN;
}

/** What two bases score. */
export function scoreOf(a: number, b: number, scheme: AlignmentScheme): number {
  if (a === UNKNOWN || b === UNKNOWN) return scheme.unknown;
  return a === b ? scheme.match : scheme.mismatch;
}

/** Columns' kinds, packed as length × 4 + kind. */
export function runsOf(kinds: readonly number[]): number[] {
  const runs: number[] = [];
  for (const kind of kinds) {
    const last = runs.length - 1;
    if (last >= 0 && runs[last]! % 4 === kind) runs[last] = runs[last]! + 4;
    else runs.push(4 + kind);
  }
  return runs;
}
