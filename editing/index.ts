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
export { AlphabetError, RunSheetError } from "./errors.ts";
export {
  type PromisedFile,
  RUN_MARKERS,
  type RunFolderState,
  type RunSheet,
  readRunSheet,
  runFolderState,
} from "./run-folder.ts";
export { type Codes, codeOfByte, decodeSequence, encodeSequence, reverseComplement, UNKNOWN } from "./sequence.ts";
export type { UniqueReads } from "./unique-reads.ts";
