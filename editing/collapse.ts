import { orderSequences } from "./order-sequences.ts";
import { type SequenceSet, sequenceSet } from "./sequence-set.ts";
import type { UniqueReads } from "./unique-reads.ts";

/** Takes reads one by one and gives each sequence once. */
export interface ReadCollapser {
  /** Distinct sequences so far. */
  readonly size: number;
  /** Adds `count` (default 1) reads of the codes from `from` to before `to`. */
  add(codes: Uint8Array, from: number, to: number, count?: number): void;
  /** The reads of a sample. The collapser must not be used any more. */
  finish(signal?: AbortSignal): UniqueReads;
}

/**
 * Collapses identical reads. The outcome does not depend on the order in which they come. Memory is a quarter of a byte a base of distinct
 * sequences, and up to 40 bytes a distinct sequence.
 * @example
 * const collapser = collapseReads();
 * for (const read of ["ACGT", "TTTT", "ACGT"].map((text) => encodeSequence(text, "read"))) collapser.add(read, 0, read.length);
 * collapser.finish().count(0); // 2
 */
export function collapseReads(): ReadCollapser {
  const set = sequenceSet();
  return {
    get size() {
      return set.size;
    },
    add(codes, from, to, count) {
      set.add(codes, from, to, count);
    },
    finish: (signal) => uniqueReadsOf(set, signal),
  };
}

/** A set of sequences, which is sealed, in the order that UniqueReads promises. */
export function uniqueReadsOf(set: SequenceSet, signal?: AbortSignal): UniqueReads {
  set.seal();
  const order = orderSequences(set, signal);
  let total = 0;
  let longest = 0;
  for (let i = 0; i < set.size; i++) {
    total += set.count(i);
    longest = Math.max(longest, set.length(i));
  }
  return {
    size: set.size,
    total,
    longest,
    count: (index) => set.count(order[index]!),
    length: (index) => set.length(order[index]!),
    copy: (index, into, at) => set.copy(order[index]!, into, at),
  };
}
