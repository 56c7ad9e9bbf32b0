/** Reads of a sample, each sequence once with how many reads had it; most frequent first, equal frequencies by sequence. */
export interface UniqueReads {
  /** Distinct sequences. */
  readonly size: number;
  /** Reads altogether. */
  readonly total: number;
  /** Bases of the longest. */
  readonly longest: number;
  /** How many reads have sequence `index`. */
  count(index: number): number;
  /** Bases of sequence `index`. */
  length(index: number): number;
  /** Writes the codes (see sequence.ts) of sequence `index` into `into` at `at`. @returns its length */
  copy(index: number, into: Uint8Array, at?: number): number;
}
