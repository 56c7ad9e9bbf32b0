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
  type AmpliconDesign,
  type AmpliconSpec,
  type DesignOptions,
  designAmplicon,
  type Reference,
  type ReferenceRole,
} from "./amplicon.ts";
export { type AnalyseContext, type AnalysisPlan, analyseReads, analyseSample, type SampleInput } from "./analyse.ts";
export { type Assignment, assignAmplicons, type PooledAmplicon } from "./assign-amplicons.ts";
export { bamFiles } from "./bam.ts";
export {
  BATCH_FILE,
  type BatchDocument,
  type BatchEntry,
  batchOutputs,
  type ConditionRate,
  conditionsOf,
  sampleFolder,
} from "./batch.ts";
export { type AlignedRead, type Edit, readEdits } from "./calls.ts";
export { type EditKind, OUTCOMES, type Outcome } from "./classify.ts";
export { type Exon, locateExons } from "./coding.ts";
export { collapseReads, type ReadCollapser } from "./collapse.ts";
export { type ComparedRate, type Comparison, compareResults } from "./compare.ts";
export { comparisonLines, comparisonOutputs } from "./compare-outputs.ts";
export { type BaseEditor, type Conversions, parseBaseEditor } from "./conversions.ts";
export {
  BadReferenceError,
  CodingNotFoundError,
  ComparisonError,
  EditingOptionError,
  GuideNotFoundError,
  type NamedPlace,
  NoReadsKeptError,
  RepeatedGuideError,
  SheetError,
  WindowError,
} from "./design-errors.ts";
export { editText, type NamedEdit } from "./edit-text.ts";
export {
  AlignmentSchemeError,
  AlignThreadError,
  AlphabetError,
  CutPositionError,
  FastaError,
  FastqFormatError,
  GeneFileError,
  GuideSearchError,
  NoReadsError,
  NotFastqError,
  PairNameError,
  ReadOptionError,
  RunSheetError,
  SampleFilesError,
  SequenceLengthError,
  SimulationPlanError,
  TruncatedFastqError,
  UmiNameError,
  UmiPatternError,
  UnequalPairsError,
} from "./errors.ts";
export { type ReadFastqOptions, readFastq } from "./fastq.ts";
export { type EditingFigure, rateText } from "./figure.ts";
export { fisherExact } from "./fisher.ts";
export { type GeneModel, type GenePlace, readGeneModel } from "./gene-model.ts";
export { type GuideSpec, type LocatedGuide, locateGuide } from "./guide.ts";
export type { GuideLimits, GuideMatch } from "./guide-match.ts";
export { hitScore, specificity } from "./guide-score.ts";
export { findGuideSites, type GuideSearchOptions, type GuideSite } from "./guide-search.ts";
export { type Allele, type AlleleList, listAlleles } from "./list-alleles.ts";
export { type CountedEdit, listEdits } from "./list-edits.ts";
export { type MergedPair, type MergeOptions, type PairMerger, pairMerger, type ReadSlice } from "./merge-pairs.ts";
export type { StreamedFile } from "./outputs.ts";
export {
  figuresOf,
  isOutputFile,
  type OutputFile,
  type OutputOptions,
  outputsOf,
  RESULT_FILE,
  tablesOf,
} from "./outputs.ts";
export type { OverlapLimits } from "./overlap.ts";
export { type AssignedPool, splitPool } from "./pool.ts";
export { type Quantification, type QuantifyContext, type QuantifyOptions, quantify } from "./quantify.ts";
export { differenceOf, type Rate, type ReadCount, type ReplicateRate, rateOf, replicateRate } from "./rates.ts";
export { nameOf, type ReadBlock } from "./read-block.ts";
export type { ReadCounts, ReadWarning } from "./read-counts.ts";
export type { FilterReason, ReadFilter } from "./read-filter.ts";
export { type FileSource, readInput, type SampleSource } from "./read-input.ts";
export { type ReadSampleOptions, readSample, type SampleFiles, type SampleReads } from "./read-sample.ts";
export { summaryOf } from "./report.ts";
export type {
  Background,
  Contrast,
  CountedRate,
  EditingResult,
  InputFile,
  Provenance,
  ReferenceResult,
} from "./result.ts";
export { readBatch, readResult } from "./result-file.ts";
export {
  type PromisedFile,
  RUN_MARKERS,
  type RunFolderState,
  type RunSheet,
  readRunSheet,
  runFolderState,
} from "./run-folder.ts";
export type { PegRna } from "./scaffold.ts";
export { type Codes, codeOfByte, decodeSequence, encodeSequence, reverseComplement, UNKNOWN } from "./sequence.ts";
export { readAmpliconTable, readSampleSheet, type SheetAmplicon, type SheetSample } from "./sheets.ts";
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
export { quantificationRow } from "./tables.ts";
export { applyEdits, leftNormalised, type TrueEdit } from "./true-edits.ts";
export type { UmiPlan } from "./umi.ts";
export { groupUmis } from "./umi-groups.ts";
export type { UmiCounts } from "./umi-molecules.ts";
export type { UniqueReads } from "./unique-reads.ts";
export { writeVcf } from "./vcf.ts";
