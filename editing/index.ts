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
export { AlphabetError } from "./errors.ts";
export { type Codes, codeOfByte, decodeSequence, encodeSequence, reverseComplement, UNKNOWN } from "./sequence.ts";
export type { UniqueReads } from "./unique-reads.ts";
