/** Gene editing from amplicon reads: alignment, edits, rates with intervals, tables, figures. */
export {
  type AlignmentScheme,
  type Alignments,
  DELETED,
  DIFFERENT,
  EQUAL,
  editingScheme,
  INSERTED,
} from "./alignment.ts";
export { AlphabetError, FastaError, GeneFileError, GuideSearchError } from "./errors.ts";
export { type GeneModel, type GenePlace, readGeneModel } from "./gene-model.ts";
export type { GuideLimits, GuideMatch } from "./guide-match.ts";
export { hitScore, specificity } from "./guide-score.ts";
export { findGuideSites, type GuideSearchOptions, type GuideSite } from "./guide-search.ts";
export { type Codes, codeOfByte, decodeSequence, encodeSequence, reverseComplement, UNKNOWN } from "./sequence.ts";
export type { UniqueReads } from "./unique-reads.ts";
