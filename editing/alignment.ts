/**
 * What an alignment scores. A gap of n bases costs its opening and (n − 1) extensions, as in EMBOSS needle and parasail; a gap at either
 * end costs endGapOpen and (n − 1) extensions.
 */
export interface AlignmentScheme {
  /** Two equal, known bases. */
  match: number;
  /** Two different, known bases. */
  mismatch: number;
  /** Either base is N. */
  unknown: number;
  /** First base of a gap; negative. */
  gapOpen: number;
  /** Each further base of a gap; negative. */
  gapExtend: number;
  /** First base of a gap at an end of read or reference. */
  endGapOpen: number;
  /** Added when a gap is opened at a cut: an insertion there, or a deletion whose first base is right of it. */
  cutIncentive: number;
}

/** EDNAFULL 5/−4, N −2; gaps 20 and 2; end gaps cost extension only. */
export const editingScheme: AlignmentScheme = {
  match: 5,
  mismatch: -4,
  unknown: -2,
  gapOpen: -20,
  gapExtend: -2,
  endGapOpen: -2,
  cutIncentive: 1,
};

/** Kinds of run in an alignment; a run is packed as length × 4 + kind. */
export const EQUAL = 0;
/** Bases of both that differ, or of which one is N. */
export const DIFFERENT = 1;
/** Bases of the read that the reference does not have. */
export const INSERTED = 2;
/** Bases of the reference that the read does not have. */
export const DELETED = 3;

/** Global alignments of many reads to one reference, one path each. */
export interface Alignments {
  /** Of shape (reads). */
  score: Int32Array;
  /** Equal, known bases. Of shape (reads). */
  identities: Int32Array;
  /** Columns of the alignment, gaps included. Of shape (reads). */
  columns: Int32Array;
  /** Where a read's runs begin in `runs`. Of shape (reads + 1). */
  runStart: Uint32Array;
  /** From the left of the reference to its right: length × 4 + kind. */
  runs: Uint32Array;
}
