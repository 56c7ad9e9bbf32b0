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
  const width = reference.length + 1;
  const cutAt = new Uint8Array(width);
  for (const cut of cuts) cutAt[cut] = 1;
  const openInsertion = (column: number): number =>
    column === 0 || column === reference.length
      ? scheme.endGapOpen
      : scheme.gapOpen + cutAt[column]! * scheme.cutIncentive;
  const openDeletion = (row: number, column: number): number =>
    row === 0 || row === read.length ? scheme.endGapOpen : scheme.gapOpen + cutAt[column - 1]! * scheme.cutIncentive;

  const [best, deletion, insertion] = [0, 1, 2].map(() => new Int32Array((read.length + 1) * width).fill(NEVER)) as [
    Int32Array,
    Int32Array,
    Int32Array,
  ];
  best[0] = 0;
  for (let row = 0; row <= read.length; row++) {
    for (let column = 0; column < width; column++) {
      const at = row * width + column;
      if (column > 0)
        deletion[at] = Math.max(best[at - 1]! + openDeletion(row, column), deletion[at - 1]! + scheme.gapExtend);
      if (row > 0)
        insertion[at] = Math.max(best[at - width]! + openInsertion(column), insertion[at - width]! + scheme.gapExtend);
      const aligned =
        row > 0 && column > 0 ? best[at - width - 1]! + scoreOf(read[row - 1]!, reference[column - 1]!, scheme) : NEVER;
      if (at > 0) best[at] = Math.max(aligned, deletion[at]!, insertion[at]!);
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
      const goesOn = deletion[at] === deletion[at - 1]! + scheme.gapExtend;
      kinds.push(DELETED);
      column--;
      if (!goesOn) gap = EQUAL;
    } else {
      const goesOn = insertion[at] === insertion[at - width]! + scheme.gapExtend;
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
