/** Gene editing from amplicon reads: alignment, edits, rates with intervals, tables, figures. */
export { type Aligner, createAligner, type ReadSource } from "./align.ts";
export { type AlignOptions, LONGEST_ALIGNED } from "./align-check.ts";
export { alignPair, type PairAlignment } from "./align-reference.ts";
export { type AlignedBatch, type AlignReadsOptions, alignReads } from "./align-threads.ts";
export {
  type AlignmentScheme,
  type Alignments,
  DELETED,
  DIFFERENT,
  EQUAL,
  editingScheme,
  INSERTED,
} from "./alignment.ts";
export {
  AlignmentSchemeError,
  AlignThreadError,
  AlphabetError,
  CutPositionError,
  SequenceLengthError,
} from "./errors.ts";
export { type Codes, codeOfByte, decodeSequence, encodeSequence, reverseComplement, UNKNOWN } from "./sequence.ts";
export type { UniqueReads } from "./unique-reads.ts";
