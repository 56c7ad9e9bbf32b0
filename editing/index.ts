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
export { collapseReads, type ReadCollapser } from "./collapse.ts";
export {
  AlignmentSchemeError,
  AlignThreadError,
  AlphabetError,
  CutPositionError,
  FastqFormatError,
  NoReadsError,
  NotFastqError,
  PairNameError,
  SampleFilesError,
  SequenceLengthError,
  SimulationPlanError,
  TruncatedFastqError,
  UmiNameError,
  UmiPatternError,
  UnequalPairsError,
} from "./errors.ts";
export { type ReadFastqOptions, readFastq } from "./fastq.ts";
export { type MergedPair, type MergeOptions, type PairMerger, pairMerger, type ReadSlice } from "./merge-pairs.ts";
export type { OverlapLimits } from "./overlap.ts";
export { nameOf, type ReadBlock } from "./read-block.ts";
export type { ReadCounts, ReadWarning } from "./read-counts.ts";
export type { FilterReason, ReadFilter } from "./read-filter.ts";
export { type ReadSampleOptions, readSample, type SampleFiles, type SampleReads } from "./read-sample.ts";
export { type Codes, codeOfByte, decodeSequence, encodeSequence, reverseComplement, UNKNOWN } from "./sequence.ts";
export {
  fastqText,
  type SampleTruth,
  type SimulatedPiece,
  type SimulatedSample,
  type SimulationPlan,
  simulateSample,
} from "./simulate.ts";
export {
  type AlleleOrigin,
  type EditingPlan,
  type IndelSpectrum,
  type TrueAllele,
  usualSpectrum,
} from "./simulate-alleles.ts";
export type { SequencingPlan } from "./simulate-errors.ts";
export { applyEdits, leftNormalised, type TrueEdit } from "./true-edits.ts";
export type { UmiPlan } from "./umi.ts";
export { groupUmis } from "./umi-groups.ts";
export type { UmiCounts } from "./umi-molecules.ts";
export type { UniqueReads } from "./unique-reads.ts";
