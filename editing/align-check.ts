import { type AlignmentScheme, editingScheme } from "./alignment.ts";
import { AlignmentSchemeError, CutPositionError, SequenceLengthError } from "./errors.ts";
import type { Codes } from "./sequence.ts";

/** Bases of the longest reference and read that are aligned. */
export const LONGEST_ALIGNED = 32_767;

/** What reads are aligned by. */
export interface AlignOptions {
  /** Bases of the reference left of each cut, 1 to its length − 1. Default none. */
  cuts?: readonly number[];
  /** Default `editingScheme`. */
  scheme?: AlignmentScheme;
}

/**
 * Options with what was left out, once they are known to be sound.
 * @throws SequenceLengthError ("editing/sequence-length") on a reference of no or too many bases, CutPositionError
 *   ("editing/cut-position"), AlignmentSchemeError ("editing/alignment-scheme")
 */
export function checkedOptions(reference: Codes, options: AlignOptions): Required<AlignOptions> {
  const { cuts = [], scheme = editingScheme } = options;
  if (reference.length < 1 || reference.length > LONGEST_ALIGNED)
    throw new SequenceLengthError("the reference", reference.length, 1, LONGEST_ALIGNED);
  for (const cut of cuts)
    if (!Number.isInteger(cut) || cut < 1 || cut >= reference.length) throw new CutPositionError(cut, reference.length);
  checkScheme(scheme);
  return { cuts, scheme };
}

/**
 * A gap must not be cheaper in two parts than in one, and no step may be worth more than a match: otherwise "the best alignment" is not
 * what the scheme's author means.
 */
function checkScheme(scheme: AlignmentScheme): void {
  const demand = (field: keyof AlignmentScheme, lowest: number, highest: number, why: string): void => {
    const value = scheme[field];
    if (!Number.isInteger(value) || value < lowest || value > highest)
      throw new AlignmentSchemeError(field, value, `a whole number from ${lowest} to ${highest}${why}`);
  };
  demand("match", 1, 1000, "");
  demand("mismatch", -1000, scheme.match, ", not above match");
  demand("unknown", -1000, scheme.match, ", not above match");
  demand("gapExtend", -1000, 0, "");
  demand("gapOpen", -1000, scheme.gapExtend, ", not above gapExtend");
  demand("endGapOpen", -1000, scheme.gapExtend, ", not above gapExtend");
  demand(
    "cutIncentive",
    0,
    scheme.gapExtend - scheme.gapOpen,
    ", so that opening a gap never costs less than extending it",
  );
}
